"""What the issuer asks the RLD and tells it, whichever adapter answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from issuer.identity_link.matching import RldRecord
from vc.errors import EvidenceUnavailable


class Trouble(StrEnum):
    """Why the RLD gave no answer that can be used, by who has to do something about it."""

    CONFIGURATION = "configuration"
    """Ours: an address, identifier or certificate of this deployment is wrong. The operator."""
    UNAVAILABLE = "unavailable"
    """Theirs: a server on the way, or the RLD itself, is down. Nobody; ask again later."""
    REFUSED = "refused"
    """The RLD's owner has not allowed this deployment to ask. The operator, with the RLD's owner."""
    UNUSABLE = "unusable"
    """What came back is no answer to what was asked. Whoever runs the RLD."""


class RldUnavailable(EvidenceUnavailable):
    """The RLD could not be asked, or its answer not used; never to be read as "no such person".

    ``trouble`` says whose turn it is. The sentence names no fault of the far side word for word.
    """

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble


class PhotoState(StrEnum):
    """How it stands with a person's photo; *none* is an answer, not a failure."""

    HELD = "held"
    NONE = "none"
    WITHHELD = "withheld"
    """There is one that must not be handed on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RldPerson(RldRecord):
    """A record of the RLD with what is said about it.

    ``protected``: nothing is done with it unless a person decides. ``photo_reference`` names the photo to
    ``RldPort.get_photo``.
    """

    protected: bool = False
    deceased: bool = False
    photo: PhotoState = PhotoState.NONE
    photo_reference: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Photo:
    """A photo as the RLD holds it: the bytes of a JPEG or PNG, or none and why."""

    state: PhotoState
    image: bytes | None = None


class NoticeStatus(StrEnum):
    """What became of a certificate."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What the RLD is told of a certificate: never more than this, and never anything of health.

    ``notice_id`` is the same each time one notice is sent, so that it counts once. ``level`` is the CQF
    level where the award states one; ``on`` the day it happened.
    """

    notice_id: str
    rld_number: str
    credential_type: str
    title: str
    level: int | None
    on: date
    status: NoticeStatus


class EventKind(StrEnum):
    """What happened to a record of the RLD."""

    MERGED = "merged"
    DIED = "died"
    NAME_CORRECTED = "name-corrected"
    PROTECTED = "protected"


@dataclass(frozen=True, kw_only=True, slots=True)
class RldEvent:
    """One thing that happened to one record. ``merged_into`` is the number that goes on, if merged."""

    event_id: str
    kind: EventKind
    rld_number: str
    happened_at: datetime
    merged_into: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPage:
    """Events in the order in which the RLD wrote them, and the cursor to go on from."""

    events: tuple[RldEvent, ...]
    cursor: str


class RldPort(Protocol):
    """The RLD. Every method raises ``RldUnavailable`` where there is no answer that can be used."""

    async def aclose(self) -> None:
        """Give back what asking needs; called once, at the end."""

    async def get_persons(self, numbers: Sequence[str]) -> Mapping[str, RldPerson | None]:
        """The record of each number, None where the RLD has none; every number has an entry."""

    async def find_persons(self, *, name_km: str, name_latin: str, birth_date: date) -> tuple[RldPerson, ...]:
        """Who may be meant: everybody born that day whose name begins alike, scored by nobody yet."""

    async def get_photo(self, reference: str) -> Photo:
        """The photo that a record names, or why there is none to be had."""

    async def notify(self, notice: Notice) -> None:
        """Tell the RLD what became of a certificate; telling it again changes nothing."""

    async def get_events(self, cursor: str) -> EventPage:
        """What happened since ``cursor``; the empty cursor is the beginning."""
