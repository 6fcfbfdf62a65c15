"""Whether a centre may still certify what it is about to: asked at the approval, and again at signing.

Between reading a list and signing it days may pass. What a verifier would refuse is not signed.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from issuer import store
from issuer.clients import published_trust_list
from issuer.service.desk import Desk
from issuer.unsealed import Details
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, EvidenceUnavailable
from vc.model.verdict import Answer
from vc.trust.entitled import Award, judge_entitled, judge_key, key_of
from vc.trust.trust_list import Accreditation, IssuerKey, TrustedIssuer, TrustList


async def require_accredited(
    desk: Desk, slug: str, wanted: Iterable[Details], *, multikey: str | None = None
) -> None:
    """Raise ``ConflictError`` where the trust list does not let this centre certify one of these now.

    Raises ``EvidenceUnavailable`` when the trust list is not to be had, or does not have the key
    ``multikey`` yet: what is signed with a key that no verifier knows would be called not genuine.
    """
    trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
    centre = await desk.context.database.read(store.get_centre, slug)
    now = desk.context.clock.now()
    for award in {_award(details) for details in wanted}:
        judged = judge_entitled(trust_list, centre.did, award, now, refuse_demo=False)
        if judged.answer is not Answer.YES:
            raise ConflictError(gettext_noop("Your centre is not accredited to certify this at present."))
    if multikey is not None:
        _listed(trust_list, centre.did, multikey)


async def entitled_at(desk: Desk, slug: str, details: Details, *, multikey: str, since: datetime) -> datetime:
    """The first moment from ``since`` on at which a verifier finds this centre entitled to sign this.

    Every candidate is a moment of the trust list, and so the same for all its people. Raises
    ``ConflictError`` where the centre is not entitled now, ``EvidenceUnavailable`` when the trust list is not
    to be had or does not have the key ``multikey`` yet.
    """
    trust_list = await published_trust_list(desk.context.peers.client("trust_registry"))
    did, now = desk.did_of(slug), desk.context.clock.now()
    issuer, key = _listed(trust_list, did, multikey)
    if now < key.valid_from:
        raise EvidenceUnavailable("The centre's key does not begin before a moment.")

    def is_entitled(moment: datetime) -> bool:
        judged = judge_entitled(trust_list, did, _award(details), moment, refuse_demo=False)
        signed = judge_key(issuer, multikey, moment)
        return judged.answer is Answer.YES and signed.answer is Answer.YES

    if not is_entitled(now):
        raise ConflictError(gettext_noop("The centre may not certify this at present."))
    turns = {since, key.valid_from, *(turn for one in issuer.accreditations for turn in _turns(one))}
    return next(turn for turn in sorted(turns | {now}) if turn >= since and is_entitled(turn))


def _listed(trust_list: TrustList, did: str, multikey: str) -> tuple[TrustedIssuer, IssuerKey]:
    """The issuer and its key in the trust list. Raises ``EvidenceUnavailable`` where it is not there yet."""
    issuer = trust_list.issuers.get(did)
    key = None if issuer is None else key_of(issuer, multikey)
    if issuer is None or key is None:
        raise EvidenceUnavailable("The trust list does not have this key of the centre yet.")
    return issuer, key


def _turns(accreditation: Accreditation) -> Iterator[datetime]:
    """When it begins to hold, for the first time or again."""
    yield accreditation.valid_from
    for suspension in accreditation.suspensions:
        if suspension.until is not None:
            yield suspension.until


def _award(details: Details) -> Award:
    achievement = details.subject.get("achievement")
    stated = achievement if isinstance(achievement, dict) else {}
    code, level = stated.get("humanCode"), stated.get("cqfLevel")
    return Award(
        credential_types=frozenset({details.credential_type}),
        qualification_code=code if isinstance(code, str) else None,
        cqf_level=level if isinstance(level, int) else None,
    )
