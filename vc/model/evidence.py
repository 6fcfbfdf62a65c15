"""What the shell hands to the core: fetched documents, and what could not be fetched.

The map of these is at once the audit record, the test vector and the offline bundle: the same
bytes, evidence, policy and time always give the same verification.
"""

import hashlib
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """Bytes got from ``url`` at ``fetched_at`` (aware, UTC), exactly as received."""

    url: str
    body: bytes
    fetched_at: datetime
    digest: str = field(init=False, compare=False)
    """SHA-256 of ``body`` in hexadecimal."""

    def __post_init__(self) -> None:
        # Frozen: this is the one way to set what follows from the other fields.
        object.__setattr__(self, "digest", hashlib.sha256(self.body).hexdigest())


@dataclass(frozen=True, kw_only=True, slots=True)
class Unavailable:
    """``url`` could not be had at ``tried_at``; ``reason`` is a short word, no remote text."""

    url: str
    reason: str
    tried_at: datetime


EvidenceItem = Fetched | Unavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """The newest root document and trust list that were ever proven: nothing older is taken again.

    Digests are SHA-256 in hex: of what the root says, and of the list's exact bytes. ``list_key`` is
    the multikey that signed the list.
    """

    root_version: int
    root_digest: str
    list_version: int
    list_digest: str
    list_key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything known at the start of a round.

    ``memo`` holds results of deterministic work over immutable bytes (a list whose signature was
    already checked), keyed by what determined them. It can only save time: with an empty memo the
    answer is the same. Validity, expiry and trust are never memoised. ``seen`` is what an earlier
    verification told to remember, None where there was none.
    """

    items: Mapping[str, EvidenceItem] = field(default_factory=dict)
    memo: MutableMapping[str, "Remembered"] = field(default_factory=dict)
    seen: Seen | None = None


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """A result kept in a memo. ``size`` is about how many bytes of memory it holds.

    ``of`` names the version of what it was made from, where newer ones take its place.
    """

    value: object
    size: int
    of: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The core cannot go on without these URLs; fetch them all and call again."""

    urls: frozenset[str]
