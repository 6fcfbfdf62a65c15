"""Offers: somebody here lets a wallet fetch certificates of one person (OpenID4VCI 1.0 section 4.1).

The random name of an offer is its address, and its code follows from it; neither is kept. The Transaction
Code is shown once, to whoever made the offer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from issuer.openid4vci import grant_store
from issuer.openid4vci.grant_store import Grant, NewOffer
from issuer.openid4vci.granted import (
    Granted,
    configuration_ids,
    datasets,
    digest_of,
    pre_authorized_code_of,
    tx_code_digest,
)
from issuer.service.copies import copyable
from issuer.service.delivery import readable_issuance, require_standing
from issuer.service.desk import Desk
from runtime.auth import Principal
from runtime.entropy import random_below, random_token
from runtime.i18n import DEFAULT_LANGUAGE, gettext_noop
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, MalformedValue, NotFound
from vc.oid4vc.credential_offer import TX_CODE_DIGITS, credential_offer, offer_link
from vc.oid4vc.dcql import CredentialFormat

LIFETIME: Final = timedelta(minutes=10)
"""How long an offer with a Transaction Code can be redeemed."""

LIFETIME_WITHOUT_TX_CODE: Final = timedelta(minutes=2)
"""How long one without can be: whoever sees the picture has everything."""

MAX_CERTIFICATES: Final = 20
OFFER_PATH: Final = "/openid4vci/offers"

_TOKEN_BITS: Final = 160
_TX_CODE_HINT: Final = gettext_noop("The six digits that were shown or sent to you together with the offer.")
_NOT_COPYABLE: Final = gettext_noop("Nothing can be given to a wallet of this certificate now.")


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeOffer:
    """An offer as whoever made it sees it, once. ``tx_code`` is None where there is none.

    ``uri`` is where the wallet reads it, ``link`` what the wallet opens or scans.
    """

    document: JsonObject
    uri: str
    link: str
    tx_code: str | None
    expires: datetime


async def offer_one(
    desk: Desk, principal: Principal, intent_id: str, *, form: CredentialFormat, with_tx_code: bool
) -> MadeOffer:
    """Offer one certificate that ``principal`` may read.

    Raises ``NotFound``, ``ConflictError`` for one that no copies are made of.
    """
    record = await readable_issuance(desk, principal, intent_id)
    require_standing(record)
    return await make_offer(
        desk,
        [record.credential_id],
        rld_number=record.details.rld_number,
        formats=(form,),
        with_tx_code=with_tx_code,
        actor=principal.subject,
    )


async def require_offerable(desk: Desk, principal: Principal, intent_id: str) -> None:
    """Raise ``NotFound`` for a certificate that is not this clerk's, ``ConflictError`` for one that ended."""
    require_standing(await readable_issuance(desk, principal, intent_id))


async def make_offer(
    desk: Desk,
    credential_ids: Sequence[str],
    *,
    rld_number: str,
    formats: tuple[CredentialFormat, ...],
    with_tx_code: bool,
    actor: str,
) -> MadeOffer:
    """Offer certificates of one person, each in every one of ``formats``.

    Raises ``MalformedValue`` for none, too many, or one twice; ``ConflictError`` for what no copies are made
    of, also where it is not this person's; ``EvidenceUnavailable``.
    """
    if not 0 < len(credential_ids) <= MAX_CERTIFICATES or len(set(credential_ids)) < len(credential_ids):
        raise MalformedValue(
            "An offer is of one to twenty different certificates.", pointer="/credential_ids"
        )
    known = {one.credential_id: one for one in await copyable(desk, rld_number)}
    if not known.keys() >= set(credential_ids):
        raise ConflictError(_NOT_COPYABLE)
    certificates = tuple(
        Granted(credential_id=name, type_name=known[name].type_name, formats=formats)
        for name in credential_ids
    )
    context, token = desk.context, random_token(_TOKEN_BITS)
    now = context.clock.now()
    code = pre_authorized_code_of(token)
    tx_code = f"{random_below(10**TX_CODE_DIGITS):0{TX_CODE_DIGITS}d}" if with_tx_code else None
    grant = Grant(
        grant_id=random_token(_TOKEN_BITS),
        person=desk.sealed.personal.person(rld_number),
        certificates=certificates,
        client_id=None,
        created=now,
    )
    offer = NewOffer(
        grant=grant,
        offer_digest=digest_of(token),
        code_digest=digest_of(code),
        tx_code_digest=None if tx_code is None else tx_code_digest(code, tx_code),
        expires=now + (LIFETIME if with_tx_code else LIFETIME_WITHOUT_TX_CODE),
    )
    await context.database.write(grant_store.add_offer, offer, actor=actor, now=now)
    uri = f"{context.settings.base_url}{OFFER_PATH}/{token}"
    return MadeOffer(
        document=_document(desk, grant, token, with_tx_code=with_tx_code, language=DEFAULT_LANGUAGE),
        uri=uri,
        link=offer_link(uri),
        tx_code=tx_code,
        expires=offer.expires,
    )


async def read_offer(desk: Desk, token: str, language: str) -> JsonObject:
    """The offer of this name, its text in ``language``. Raises ``NotFound`` once it is used or over."""
    context = desk.context
    found = await context.database.read(grant_store.open_offer, digest_of(token), context.clock.now())
    if found is None:
        raise NotFound("There is no such offer, or not any more.")
    grant, has_tx_code = found
    return _document(desk, grant, token, with_tx_code=has_tx_code, language=language)


def _document(desk: Desk, grant: Grant, token: str, *, with_tx_code: bool, language: str) -> JsonObject:
    hint = desk.context.pages.translator.gettext(language, _TX_CODE_HINT)
    return credential_offer(
        desk.context.settings.base_url,
        configuration_ids(datasets(grant.certificates)),
        pre_authorized_code=pre_authorized_code_of(token),
        tx_code_description=hint if with_tx_code else None,
    )
