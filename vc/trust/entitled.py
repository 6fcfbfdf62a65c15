"""Was the issuer entitled: recognised, with this key, for this award, at the time of issuance?

Judged against the trust list at the instant the proof was created; the reasons are kept apart so
that the answer says *why not* (unknown issuer, type, qualification, level, date, withdrawn, suspended).

What a list does not have may have come since it was got: of what was signed later, that is no *no*. What a
list says (retired, stolen, suspended, withdrawn, ended) stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from vc.model.verdict import Answer, Reason
from vc.trust.trust_list import ISSUER_ROLE, Accreditation, IssuerKey, TrustedIssuer, TrustList
from vc.trust.windows import is_within

# Types every credential of ours carries; they say nothing about what was certified.
UMBRELLA_TYPES = frozenset({"VerifiableCredential", "OpenBadgeCredential", "AchievementCredential"})

# A *no* for what a list does not have, and what it becomes where the list is older than the signature.
NEWER_THAN_LIST: Final[Mapping[Reason, Reason]] = {
    Reason.KEY_NOT_ISSUERS: Reason.KEY_NEWER_THAN_LIST,
    Reason.ISSUER_UNKNOWN: Reason.ISSUER_NEWER_THAN_LIST,
    Reason.TYPE_NOT_ACCREDITED: Reason.ACCREDITATION_NEWER_THAN_LIST,
    Reason.QUALIFICATION_NOT_ACCREDITED: Reason.ACCREDITATION_NEWER_THAN_LIST,
    Reason.LEVEL_NOT_ACCREDITED: Reason.ACCREDITATION_NEWER_THAN_LIST,
}


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """What is certified: credential types, qualification code and CQF level where stated."""

    credential_types: frozenset[str]
    qualification_code: str | None
    cqf_level: int | None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Answer, reason, and the accreditation it rests on (None unless yes)."""

    answer: Answer
    reason: Reason
    accreditation: Accreditation | None = None


def is_newer_than(created: datetime | None, as_of: datetime, *, now: datetime, skew: timedelta) -> bool:
    """Whether a signature may be later than ``as_of``, when a list or key document was last known whole.

    ``created`` is when the signature says it was made, by a clock that may be ``skew`` behind; None where
    it says nothing. It is at hand ``now``, so it was made by then whatever it says: nothing is newer than
    a list got as late as that. One that says it is of the future, by more than ``skew``, is not believed.
    All moments are aware.
    """
    return created is not None and created <= now + skew and min(created + skew, now) > as_of


def judge_absence(reason: Reason, *, is_newer: bool) -> Judgement:
    """The judgement where something is not on a list: a *no* for this reason, unless the list is older.

    ``is_newer`` is what ``is_newer_than`` says of the signature and that list.
    """
    newer = NEWER_THAN_LIST.get(reason) if is_newer else None
    if newer is not None:
        return Judgement(answer=Answer.COULD_NOT_CHECK, reason=newer)
    return Judgement(answer=Answer.NO, reason=reason)


def judge_key(
    issuer: TrustedIssuer,
    public_key_multibase: str,
    created: datetime,
    *,
    was_signed_before: bool | None = None,
    is_newer: bool = False,
) -> Judgement:
    """Whether ``issuer`` could sign with this key at ``created``.

    A compromised key answers *could not check* for earlier signatures: ``created`` is the word of
    whoever held the key, and may have been written by the thief. ``was_signed_before`` settles it:
    whether the issuance log held this very signature before the theft, None where that is not known.
    ``is_newer`` as in ``judge_absence``.
    """
    key = key_of(issuer, public_key_multibase)
    if key is None:
        return judge_absence(Reason.KEY_NOT_ISSUERS, is_newer=is_newer)
    if key.compromised_since is not None:
        if created >= key.compromised_since or was_signed_before is False:
            return Judgement(answer=Answer.NO, reason=Reason.KEY_COMPROMISED)
        if was_signed_before is None:
            return Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_HISTORY_UNCERTAIN)
    if not is_within(created, key.valid_from, key.valid_until):
        return Judgement(answer=Answer.NO, reason=Reason.KEY_RETIRED)
    return Judgement(answer=Answer.YES, reason=Reason.PROOF_VALID)


def key_of(issuer: TrustedIssuer, public_key_multibase: str) -> IssuerKey | None:
    """The issuer's entry for this public key."""
    return next((k for k in issuer.keys if k.public_key_multibase == public_key_multibase), None)


def judge_entitled(
    trust_list: TrustList,
    issuer_did: str,
    award: Award,
    created: datetime,
    *,
    refuse_demo: bool,
    is_newer: bool = False,
) -> Judgement:
    """Whether the issuer was accredited for this award when it signed.

    ``is_newer`` as in ``judge_absence``.
    """
    if refuse_demo and is_demo_did(issuer_did):
        return Judgement(answer=Answer.NO, reason=Reason.ISSUER_DEMO)
    issuer = trust_list.issuers.get(issuer_did)
    if issuer is None or ISSUER_ROLE not in issuer.roles:
        return judge_absence(Reason.ISSUER_UNKNOWN, is_newer=is_newer)
    claimed = award.credential_types - UMBRELLA_TYPES
    # An award of no named type is covered by no accreditation: nothing was said about it.
    if not claimed:
        return Judgement(answer=Answer.NO, reason=Reason.TYPE_NOT_ACCREDITED)
    judged = _narrow(issuer.accreditations, claimed, award, created)
    return judged if judged.answer is Answer.YES else judge_absence(judged.reason, is_newer=is_newer)


def _narrow(
    accreditations: Iterable[Accreditation], claimed: frozenset[str], award: Award, created: datetime
) -> Judgement:
    left = [a for a in accreditations if claimed <= a.credential_types]
    if not left:
        return Judgement(answer=Answer.NO, reason=Reason.TYPE_NOT_ACCREDITED)
    code = award.qualification_code
    left = [a for a in left if a.qualification_codes is None or code in a.qualification_codes]
    if not left:
        return Judgement(answer=Answer.NO, reason=Reason.QUALIFICATION_NOT_ACCREDITED)
    if award.cqf_level is not None:
        left = [a for a in left if a.cqf_levels is None or award.cqf_level in a.cqf_levels]
        if not left:
            return Judgement(answer=Answer.NO, reason=Reason.LEVEL_NOT_ACCREDITED)
    return _in_time([a for a in left if a.runs_at(created)], created)


def _in_time(running: Sequence[Accreditation], created: datetime) -> Judgement:
    """The judgement over accreditations that cover the award and its date: one that stands suffices."""
    if not running:
        return Judgement(answer=Answer.NO, reason=Reason.DATE_NOT_ACCREDITED)
    left = [a for a in running if a.withdrawn is None or not a.withdrawn.covers(created)]
    if not left:
        return Judgement(answer=Answer.NO, reason=Reason.ACCREDITATION_WITHDRAWN)
    left = [a for a in left if not any(suspension.covers(created) for suspension in a.suspensions)]
    if not left:
        return Judgement(answer=Answer.NO, reason=Reason.ISSUER_SUSPENDED)
    return Judgement(answer=Answer.YES, reason=Reason.ISSUER_ACCREDITED, accreditation=left[0])


def is_demo_did(did: str) -> bool:
    """Whether a did:web lives under the reserved ``.example`` top-level domain (RFC 2606)."""
    if not did.startswith("did:web:"):
        return False
    host = did.removeprefix("did:web:").split(":", 1)[0].split("%", 1)[0].rstrip(".").lower()
    return host == "example" or host.endswith(".example")
