"""Was the issuer entitled: recognised, with this key, for this award, at the time of issuance?

Judged against the trust list at the instant the proof was created; the reasons are kept apart so
that the answer says *why not* (unknown issuer, type, qualification, level, date).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vc.model.verdict import Answer, Reason
from vc.trust.trust_list import ISSUER_ROLE, Accreditation, IssuerKey, TrustedIssuer, TrustList

# Types every credential of ours carries; they say nothing about what was certified.
UMBRELLA_TYPES = frozenset({"VerifiableCredential", "OpenBadgeCredential", "AchievementCredential"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Award:
    """What is certified: credential types, qualification code and CQF level where stated."""

    credential_types: frozenset[str]
    qualification_code: str | None
    cqf_level: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """Answer, reason, and the accreditation it rests on (None unless yes)."""

    answer: Answer
    reason: Reason
    accreditation: Accreditation | None = None


def judge_key(issuer: TrustedIssuer, public_key_multibase: str, created: datetime) -> Judgement:
    """Whether ``issuer`` could sign with this key at ``created``.

    A compromised key answers *could not check* for earlier signatures: ``created`` is the word of
    whoever held the key, and may have been written by the thief.
    """
    key = next((k for k in issuer.keys if k.public_key_multibase == public_key_multibase), None)
    if key is None:
        return Judgement(answer=Answer.NO, reason=Reason.KEY_NOT_ISSUERS)
    return _judge_window(key, created)


def _judge_window(key: IssuerKey, created: datetime) -> Judgement:
    if key.compromised_since is not None:
        if created >= key.compromised_since:
            return Judgement(answer=Answer.NO, reason=Reason.KEY_COMPROMISED)
        return Judgement(answer=Answer.COULD_NOT_CHECK, reason=Reason.KEY_HISTORY_UNCERTAIN)
    if created < key.valid_from or (key.valid_until is not None and created >= key.valid_until):
        return Judgement(answer=Answer.NO, reason=Reason.KEY_RETIRED)
    return Judgement(answer=Answer.YES, reason=Reason.PROOF_VALID)


def judge_entitled(
    trust_list: TrustList, issuer_did: str, award: Award, created: datetime, *, refuse_demo: bool
) -> Judgement:
    """Whether the issuer was accredited for this award when it signed."""
    if refuse_demo and is_demo_did(issuer_did):
        return Judgement(answer=Answer.NO, reason=Reason.ISSUER_DEMO)
    issuer = trust_list.issuers.get(issuer_did)
    if issuer is None or ISSUER_ROLE not in issuer.roles:
        return Judgement(answer=Answer.NO, reason=Reason.ISSUER_UNKNOWN)
    claimed = award.credential_types - UMBRELLA_TYPES
    # An award of no named type is covered by no accreditation: nothing was said about it.
    if not claimed:
        return Judgement(answer=Answer.NO, reason=Reason.TYPE_NOT_ACCREDITED)
    return _narrow(issuer.accreditations, claimed, award, created)


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
    for accreditation in left:
        if accreditation.valid_from <= created and (
            accreditation.valid_until is None or created < accreditation.valid_until
        ):
            return Judgement(answer=Answer.YES, reason=Reason.ISSUER_ACCREDITED, accreditation=accreditation)
    return Judgement(answer=Answer.NO, reason=Reason.DATE_NOT_ACCREDITED)


def is_demo_did(did: str) -> bool:
    """Whether a did:web lives under the reserved ``.example`` top-level domain (RFC 2606)."""
    if not did.startswith("did:web:"):
        return False
    host = did.removeprefix("did:web:").split(":", 1)[0].split("%", 1)[0].rstrip(".").lower()
    return host == "example" or host.endswith(".example")
