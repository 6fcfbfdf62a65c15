"""A signing key was stolen: say since when, and find out what it had signed before.

One officer proposes, another agrees, and with that the key is marked. The theft is published first: until
the set of what was signed before is there, earlier certificates answer *could not check*, never *yes*. What
a silent issuer did not tell is asked again until it does.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx2

from runtime.approvals import Approver, Proposal
from runtime.clients import Peers
from runtime.i18n import gettext_noop
from runtime.logging import get_logger, places_of
from runtime.service import ServiceContext
from trust_registry import compromise_store, root_store, store
from trust_registry.accounting import account_for
from trust_registry.compromise_store import DigestSet
from trust_registry.digest_document import build_digest_part, parts_url, secure_digest_part
from trust_registry.life import Act, require_reason, require_second_officer
from trust_registry.model import OrganisationKind, RegisteredKey
from trust_registry.publication import Publication
from trust_registry.root import require_list_signer
from trust_registry.service import AUTHORITY_ID, root_did
from trust_registry.store import Connection
from trust_registry.two_officers import Agreed, TwoOfficerAct, lay_down
from vc.crypto.keys import Signer
from vc.encoding import base64url
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, ProtocolError, RangeError
from vc.trust.digests import DIGEST_BYTES, MAX_PREFIX_BITS, multihash_text, split

COMPROMISE: Final = "key.compromise"
# About 90 KB a part: quick on a bad line, and hundreds of certificates to hide among.
DIGESTS_IN_A_PART: Final = 2_048
_MAX_DIGESTS: Final = 10_000_000

_log = get_logger("trust_registry")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stolen:
    """A key that is marked."""

    key: RegisteredKey
    since: datetime


def propose_compromise(
    connection: Connection, public_key_multibase: str, *, since: datetime, act: Act, maker: Approver
) -> Proposal:
    """Lay before a second officer that a key is stolen ``since``; nothing changes yet.

    Raises as ``mark_compromised`` and ``lay_down``.
    """
    _require_markable(connection, public_key_multibase, since, act.at)
    payload: JsonObject = {"since": format_timestamp(since)}
    return lay_down(connection, COMPROMISE, public_key_multibase, payload, act=act, maker=maker)


def mark_compromised(connection: Connection, public_key_multibase: str, since: datetime, act: Act) -> None:
    """Record that a key is stolen ``since``.

    Raises ``NotAuthorized`` without a second officer, ``NotFound`` for an unknown key, ``RangeError`` for an
    instant to come, ``ConflictError`` for the root's own keys (a root document ends those) and where the same
    or an earlier instant was said before.
    """
    require_reason(act)
    require_second_officer(act)
    _require_markable(connection, public_key_multibase, since, act.at)
    compromise_store.set_compromised(connection, public_key_multibase, since)
    account_for(connection, COMPROMISE, public_key_multibase, act)


def _require_markable(
    connection: Connection, public_key_multibase: str, since: datetime, now: datetime
) -> None:
    if since > now:
        raise RangeError(gettext_noop("A key cannot have been stolen in time to come."))
    key = store.key_or_none(connection, public_key_multibase)
    if key is None:
        raise NotFound("No organisation has registered this key.")
    if key.organisation_id == AUTHORITY_ID:
        raise ConflictError(gettext_noop("A key of the root is ended by the next root document."))
    if key.compromised_since is not None and since >= key.compromised_since:
        raise ConflictError(gettext_noop("It was said before that this key was stolen then, or earlier."))


def _mark(connection: Connection, agreed: Agreed) -> None:
    since = parse_timestamp(str(agreed.proposal.payload["since"]))
    mark_compromised(connection, agreed.proposal.object_id, since, agreed.act)


ACTS: Final = {COMPROMISE: TwoOfficerAct(do=_mark, publishes=True)}


def uncollected(connection: Connection) -> tuple[Stolen, ...]:
    """The stolen keys of centres of which nobody knows yet what they had signed before."""
    centres = {owner.id for owner in store.organisations(connection) if owner.kind is OrganisationKind.CENTRE}
    sets = compromise_store.digest_sets(connection)
    return tuple(
        Stolen(key=key, since=key.compromised_since)
        for key in store.read_register(connection).keys
        if key.compromised_since is not None
        and key.organisation_id in centres
        and key.public_key_multibase not in sets
    )


async def collect_missing(context: ServiceContext, publication: Publication) -> tuple[Stolen, ...]:
    """Collect and publish what stolen keys had signed before; doing it again is safe.

    Returns those about which the issuer did not answer.
    """
    missing = await context.database.read(uncollected)
    left = []
    for stolen in missing:
        try:
            await _collect(context, stolen)
        except EvidenceUnavailable:
            left.append(stolen)
    if len(left) < len(missing):
        await publication.publish()
    return tuple(left)


async def keep_collecting(context: ServiceContext, publication: Publication) -> None:
    """Ask again once per ``list_refresh_seconds``, for ever. Run it as a task and cancel it."""
    while True:
        await asyncio.sleep(context.settings.list_refresh_seconds)
        try:
            left = await collect_missing(context, publication)
            if left:
                _log.warning("the issuer does not tell what a stolen key had signed", count=len(left))
        except Exception as error:  # noqa: BLE001 - the edge of a task: it must outlive every failure
            _log.error(
                "what stolen keys had signed could not be collected",
                error=type(error).__name__,
                places=places_of(error.__traceback__),
            )


async def _collect(context: ServiceContext, stolen: Stolen) -> None:
    now, multikey = context.clock.now(), stolen.key.public_key_multibase
    digests = await collect_digests(context.peers, multikey, before=stolen.since)
    signer = await context.database.read(_list_signer, context, now)
    new, bodies = _sign_parts(context, stolen, digests, signer=signer, now=now)
    await context.database.write(_put_if_current, stolen, new, bodies)


def _put_if_current(connection: Connection, stolen: Stolen, new: DigestSet, bodies: Sequence[bytes]) -> None:
    # An earlier theft may have been recorded while the issuer was being asked.
    key = store.key_or_none(connection, stolen.key.public_key_multibase)
    if key is not None and key.compromised_since == stolen.since:
        compromise_store.put_digest_set(connection, key.public_key_multibase, new, bodies)


def _list_signer(connection: Connection, context: ServiceContext, now: datetime) -> Signer:
    register, roots = store.read_register(connection), root_store.roots(connection)
    keys = tuple(key for key in register.keys if key.organisation_id == AUTHORITY_ID)
    _, signer = require_list_signer(context.settings, context.keyring, keys, roots, now)
    return signer


async def collect_digests(peers: Peers, public_key_multibase: str, *, before: datetime) -> Sequence[bytes]:
    """Every digest the issuer holds under the key. Raises ``EvidenceUnavailable``."""
    digests: list[bytes] = []
    after: str | None = ""
    while after is not None:
        page, after = await _page(peers, public_key_multibase, before=before, after=after)
        digests += page
        if len(digests) > _MAX_DIGESTS:
            raise EvidenceUnavailable("The issuer's answers have no end.")
    return digests


async def _page(
    peers: Peers, public_key_multibase: str, *, before: datetime, after: str
) -> tuple[list[bytes], str | None]:
    query = {"key": public_key_multibase, "before": format_timestamp(before), "after": after}
    try:
        response = await peers.client("issuer").get("/issuer/api/issuance-digests", params=query)
        if response.status_code != 200:
            raise EvidenceUnavailable("The issuer did not answer as it should.")
        answer = response.json()
        page = [base64url.decode(text, max_bytes=DIGEST_BYTES) for text in answer["digests"]]
        next_after = answer["next_after"]
    except (httpx2.HTTPError, ProtocolError, ValueError, KeyError, TypeError):
        raise EvidenceUnavailable("The issuer did not answer as it should.") from None
    forward = next_after is None or (isinstance(next_after, str) and bool(page or next_after != after))
    if any(len(digest) != DIGEST_BYTES for digest in page) or not forward:
        raise EvidenceUnavailable("The issuer did not answer as it should.")
    return page, next_after


def _sign_parts(
    context: ServiceContext, stolen: Stolen, digests: Sequence[bytes], *, signer: Signer, now: datetime
) -> tuple[DigestSet, list[bytes]]:
    """The set in signed parts. Its id names what is in it, so that the same set is the same set."""
    bits = prefix_bits_for(len(set(digests)))
    parts = split(digests, bits)
    multikey, moment = stolen.key.public_key_multibase, now.replace(microsecond=0)
    content = b"".join((multikey.encode(), format_timestamp(stolen.since).encode(), *sorted(set(digests))))
    set_id = hashlib.sha256(content).hexdigest()[:32]
    bodies = [
        secure_digest_part(
            build_digest_part(
                url=parts_url(context.settings, set_id, number),
                did=root_did(context.settings),
                public_key_multibase=multikey,
                before=stolen.since,
                prefix_bits=bits,
                prefix=number,
                digests=part,
                valid_from=moment,
            ),
            signer,
            moment,
        )
        for number, part in enumerate(parts)
    ]
    new = DigestSet(
        set_id=set_id,
        signed_before=stolen.since,
        prefix_bits=bits,
        digests=tuple(multihash_text(body) for body in bodies),
    )
    return new, bodies


def prefix_bits_for(count: int) -> int:
    """As many leading bits as leave about ``DIGESTS_IN_A_PART`` digests in each part."""
    bits = 0
    while count > DIGESTS_IN_A_PART << bits and bits < MAX_PREFIX_BITS:
        bits += 1
    return bits
