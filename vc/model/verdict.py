"""The answer to "may I rely on this?": four verdicts and the decision drawn from them.

A verdict has three answers, because "no" and "could not check" are different answers. Every
verdict says when it was reached and against what, so that a page, a JSON answer and a report are
renderings of one value.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.errors import Finding
from vc.model.evidence import Seen


class Question(StrEnum):
    """The four things a recruiter wants to know."""

    AUTHENTIC = "authentic"
    ENTITLED = "entitled"
    IN_FORCE = "inForce"
    THIS_PERSONS = "thisPersons"


class Answer(StrEnum):
    """Yes, no, or honestly neither."""

    YES = "yes"
    NO = "no"
    COULD_NOT_CHECK = "couldNotCheck"


class Reason(StrEnum):
    """Why a verdict has its answer; each has one plain sentence in every language.

    The first block carries a *yes*, the second a *no*, the third *could not check*.
    """

    PROOF_VALID = "proofValid"
    ISSUER_ACCREDITED = "issuerAccredited"
    NOT_REVOKED = "notRevoked"
    NO_STATUS_NAMED = "noStatusNamed"
    KEY_BOUND = "keyBound"
    REGISTRY_PHOTO_CONFIRMED = "registryPhotoConfirmed"

    MALFORMED = "malformed"
    PROOF_MISSING = "proofMissing"
    PROOF_INVALID = "proofInvalid"
    KEY_NOT_ISSUERS = "keyNotIssuers"
    KEY_RETIRED = "keyRetired"
    KEY_COMPROMISED = "keyCompromised"
    ISSUER_UNKNOWN = "issuerUnknown"
    ISSUER_DEMO = "issuerDemo"
    TYPE_NOT_ACCREDITED = "typeNotAccredited"
    QUALIFICATION_NOT_ACCREDITED = "qualificationNotAccredited"
    LEVEL_NOT_ACCREDITED = "levelNotAccredited"
    DATE_NOT_ACCREDITED = "dateNotAccredited"
    ISSUER_SUSPENDED = "issuerSuspended"
    ACCREDITATION_WITHDRAWN = "accreditationWithdrawn"
    REVOKED = "revoked"
    REPLACED = "replaced"
    CARD_REPLACED = "cardReplaced"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "notYetValid"
    HOLDER_MISMATCH = "holderMismatch"
    PRESENTATION_PROOF_INVALID = "presentationProofInvalid"
    REGISTRY_PHOTO_OF_ANOTHER = "registryPhotoOfAnother"

    SUITE_UNKNOWN = "suiteUnknown"
    KEY_UNAVAILABLE = "keyUnavailable"
    KEY_HISTORY_UNCERTAIN = "keyHistoryUncertain"
    KEY_DIGESTS_UNAVAILABLE = "keyDigestsUnavailable"
    KEY_NEWER_THAN_LIST = "keyNewerThanList"
    ISSUER_NEWER_THAN_LIST = "issuerNewerThanList"
    ACCREDITATION_NEWER_THAN_LIST = "accreditationNewerThanList"
    TRUST_LIST_UNAVAILABLE = "trustListUnavailable"
    TRUST_LIST_INVALID = "trustListInvalid"
    TRUST_LIST_ROLLED_BACK = "trustListRolledBack"
    STATUS_UNAVAILABLE = "statusUnavailable"
    STATUS_INVALID = "statusInvalid"
    STATUS_STALE = "statusStale"
    STATUS_TYPE_UNKNOWN = "statusTypeUnknown"
    NOT_REACHED = "notReached"
    IDENTITY_NOT_CHECKED = "identityNotChecked"
    REGISTRY_PHOTO_NOT_COMPARED = "registryPhotoNotCompared"
    REGISTRY_PHOTO_UNCLEAR = "registryPhotoUnclear"
    REGISTRY_HAS_NO_PHOTO = "registryHasNoPhoto"
    REGISTRY_NOT_REACHED = "registryNotReached"


class CheckedAgainst(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a verdict rests on: a key, a list, an accreditation.

    ``kind`` is one of ``key``, ``trustRoot``, ``trustList``, ``accreditation``, ``statusList``, ``clock``,
    ``registryPhoto``, ``comparedBy``; ``as_of`` is when that thing was made (a photo: given, a comparison:
    said), ``fetched_at`` when we got it, both aware or None.
    """

    kind: str
    name: str
    version: str | None = None
    as_of: datetime | None = None
    fetched_at: datetime | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question. ``since`` is set for revoked and suspended where known."""

    question: Question
    answer: Answer
    reason: Reason
    checked_at: datetime
    against: tuple[CheckedAgainst, ...] = ()
    since: str | None = None


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one credential, before any policy.

    ``document`` is the *verified* document (what the proof really covers) or None unless
    authentic; ``issuer_name`` comes from the trust list, never from the credential.
    """

    verdicts: Mapping[Question, Verdict]
    findings: tuple[Finding, ...]
    checked_at: datetime
    document: Mapping[str, JsonValue] | None = None
    issuer: str | None = None
    issuer_name: Mapping[str, str] = msgspec.field(default_factory=dict)
    is_demo: bool = False
    evidence: Mapping[str, str] = msgspec.field(default_factory=dict)
    """URL → SHA-256 (hex) of every fetched document the verdicts rest on."""
    seen: Seen | None = None
    """The root and trust list this rests on, to be remembered; None where there is no good list."""

    def answered(self, verdict: Verdict, *findings: Finding) -> "Verification":
        """The same with ``verdict`` in place of the one on its question, and ``findings`` besides."""
        return msgspec.structs.replace(
            self,
            verdicts={**self.verdicts, verdict.question: verdict},
            findings=(*self.findings, *findings),
        )


class Outcome(StrEnum):
    """What the verdicts come to."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDETERMINED = "undetermined"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, its headline and the reasons (those of the verdicts that forced it)."""

    outcome: Outcome
    headline: str
    reasons: tuple[Reason, ...]
    identity_checked: bool
