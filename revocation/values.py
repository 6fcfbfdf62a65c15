"""Values of the registry that more than one of its modules speaks of."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vc.status.fold import StatusChange


class Reason(StrEnum):
    """Why a credential was revoked; kept in the log, never published."""

    FRAUD = "FRAUD"
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR"
    SUPERSEDED = "SUPERSEDED"
    HOLDER_REQUEST = "HOLDER_REQUEST"
    CENTRE_VOIDED = "CENTRE_VOIDED"
    KEY_COMPROMISE = "KEY_COMPROMISE"
    IDENTITY_MERGED = "IDENTITY_MERGED"
    DECEASED = "DECEASED"
    ABANDONED = "ABANDONED"
    """The issuer cannot tell whether it was signed, and never handed it out. Officers are not offered it."""


URGENT = frozenset({Reason.FRAUD.value, Reason.KEY_COMPROMISE.value})
"""Reasons whose change is published at once; every other waits for the end of its period."""

RECOVERED = "RECOVERED"
"""The reason of a change re-imported from a published list that the log had lost."""

UNDER_REVIEW = "UNDER_REVIEW"
"""The reason of a suspension: something is being looked into, nothing is found yet."""

LAPSED = "LAPSED"
"""The reason of a reinstatement that nobody asked for: the suspension was not renewed in time."""


UPHELD = "APPEAL_UPHELD"
"""The reason of a reinstatement after an appeal."""


class Pool(StrEnum):
    """Which credentials share a list. Health has lists of its own, so that no bit of theirs tells more."""

    GENERAL = "general"
    HEALTH = "health"


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A request for one status entry; the same intent always gets the same entry.

    ``copy_of`` is the certificate that it is for a bound copy of.
    """

    intent_id: str
    credential_id: str
    issuer: str
    cryptosuite: str
    copy_of: str | None = None
    # The list says it; two intents that differ in nothing else are one.
    pool: Pool = field(default=Pool.GENERAL, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Who does something to credentials and why: what every line of the log it leads to has in common.

    ``approver`` is the second officer, where one was needed. ``only_allocated_by`` limits a service to
    its own.
    """

    reason: str
    actor: str
    request_id: str
    note: str | None = None
    approver: str | None = None
    case_id: str | None = None
    only_allocated_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """The wish to revoke one credential for ever; ``successor`` is what replaces it."""

    credential_id: str
    act: Act
    successor: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenList:
    """The list that entries are being allocated in."""

    list_id: str
    length: int
    permutation_key: bytes
    next_counter: int
    suspends: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredList:
    """A list as the database knows it. ``version`` is the last one reserved for publishing.

    ``suspends`` says whether credentials with an index in it name its suspensions too; those of the
    first lists do not.
    """

    list_id: str
    pool: Pool
    suspends: bool
    length: int
    permutation_key: bytes
    next_counter: int
    closed: bool
    opened_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One line of the status log with all that is known about it."""

    list_id: str
    credential_id: str
    reason: str
    note: str | None
    actor: str
    request_id: str
    approver: str | None
    case_id: str | None
    logged: StatusChange


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedRepresentation:
    """One signed document as published. ``version`` is its validFrom in milliseconds since 1970.

    ``change_seq`` is the last change of the log that it takes in, ``digest`` the SHA-256 (hex).
    """

    list_id: str
    representation: str
    version: int
    body: bytes
    digest: str
    etag: str
    valid_from: datetime
    valid_until: datetime
    set_count: int
    change_seq: int
