"""Values of the registry that more than one of its modules speaks of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vc.status.entries import StatusPurpose
from vc.status.fold import StatusChange

NOTES = "notes"
"""The representation that is not a list but the signed notes beside it."""

LIST_CRYPTOSUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
"""The securings a list is published in, each at its own URL."""

REPRESENTATIONS = (*LIST_CRYPTOSUITES, NOTES)


def list_cryptosuite(cryptosuite: str) -> str:
    """The securing of the list that a credential secured with ``cryptosuite`` names.

    The same transformation, so that a reader needs no second one; the key is the registry's Ed25519.
    """
    return "eddsa-jcs-2022" if "-jcs-" in cryptosuite else "eddsa-rdfc-2022"


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


RECOVERED = "RECOVERED"
"""The reason of a change re-imported from a published list that the log had lost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A request for one status entry; the same intent always gets the same entry."""

    intent_id: str
    credential_id: str
    issuer: str
    cryptosuite: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """The wish to revoke one credential. ``only_allocated_by`` limits a service to its own."""

    credential_id: str
    reason: Reason
    note: str | None
    successor: str | None
    actor: str
    request_id: str
    only_allocated_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenList:
    """The list that entries are being allocated in."""

    list_id: str
    length: int
    permutation_key: bytes
    next_counter: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredList:
    """A list as the database knows it. ``version`` is the last one reserved for publishing."""

    list_id: str
    purpose: StatusPurpose
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
