"""Accreditations and licences through time: what was decided, by whom, why, and what follows.

Nothing is overwritten. Each decision is an event; how a thing stands is the fold of its events.
Windows are half open, [from, until), in UTC and whole seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vc.errors import MalformedValue, NotAuthorized

MAX_REASON = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantedAccreditation:
    """What an organisation may certify, and when. None means "any" for codes and levels."""

    organisation_id: str
    credential_types: frozenset[str]
    valid_from: datetime
    valid_until: datetime | None = None
    qualification_codes: frozenset[str] | None = None
    cqf_levels: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Who decides, why and when; ``approver`` is the second officer where one is needed."""

    actor: str
    reason: str
    at: datetime
    approver: str | None = None


class AccreditationDecision(StrEnum):
    """What can be decided about an accreditation."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"


class LicenceDecision(StrEnum):
    """What can be decided about a licence. Amending replaces its facts from then on."""

    GRANTED = "granted"
    AMENDED = "amended"
    SUSPENDED = "suspended"
    LIFTED = "lifted"
    ENDED = "ended"


class VerifierClass(StrEnum):
    """What kind of party asks to see certificates."""

    AGENCY = "agency"
    FOREIGN_ORGANISATION = "foreign-organisation"
    EMPLOYER = "employer"
    PUBLIC_BODY = "public-body"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspension:
    """A time in which something did not hold; ``until`` is None while it is not lifted."""

    begins: datetime
    until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether ``moment`` lies in it."""
        return self.begins <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """Void from ``begins``; what was issued earlier stands good, or not."""

    begins: datetime
    earlier_stand: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AccreditationEvent:
    """One decision about an accreditation. ``earlier_stand`` belongs to a withdrawal alone."""

    accreditation_id: int
    decision: AccreditationDecision
    effective_from: datetime
    act: Act
    earlier_stand: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceFacts:
    """What a licence says.

    ``names`` maps language → legal name, with ``en`` and ``km``; ``countries`` are ISO 3166 codes;
    ``vouched_by`` is a licence number or a DID.
    """

    licence_class: VerifierClass
    names: Mapping[str, str]
    office: str
    phone: str
    countries: tuple[str, ...]
    valid_from: datetime
    programmes: tuple[str, ...] = ()
    valid_until: datetime | None = None
    inspection_grade: str | None = None
    registration_number: str | None = None
    vouched_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceEvent:
    """One decision about a licence. ``facts`` belong to granting and amending alone."""

    number: str
    decision: LicenceDecision
    effective_from: datetime
    act: Act
    facts: LicenceFacts | None = None


class AccreditationState(StrEnum):
    """How an accreditation stands at one moment."""

    NOT_YET = "not-yet"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class LicenceState(StrEnum):
    """How a licence stands at one moment; ``UNKNOWN`` is a number that nobody has."""

    LICENSED = "licensed"
    NOT_YET = "not-yet"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingAccreditation:
    """An accreditation with everything decided about it since, oldest first."""

    id: int
    granted: GrantedAccreditation
    events: tuple[AccreditationEvent, ...] = ()
    suspensions: tuple[Suspension, ...] = field(init=False)
    withdrawal: Withdrawal | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "suspensions", _suspensions(self.events))
        object.__setattr__(self, "withdrawal", _withdrawal(self.events))

    @property
    def organisation_id(self) -> str:
        """Whose it is."""
        return self.granted.organisation_id

    def state_at(self, moment: datetime) -> AccreditationState:
        """How it stands at ``moment``, for a certificate issued then."""
        if self.withdrawal is not None and moment >= self.withdrawal.begins:
            return AccreditationState.WITHDRAWN
        if moment < self.granted.valid_from:
            return AccreditationState.NOT_YET
        if self.granted.valid_until is not None and moment >= self.granted.valid_until:
            return AccreditationState.ENDED
        if any(item.covers(moment) for item in self.suspensions):
            return AccreditationState.SUSPENDED
        return AccreditationState.IN_FORCE


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingLicence:
    """A licence as its events leave it, oldest first; the first grants it."""

    number: str
    events: tuple[LicenceEvent, ...]
    facts: LicenceFacts = field(init=False)
    suspensions: tuple[Suspension, ...] = field(init=False)
    valid_until: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        facts = [event.facts for event in self.events if event.facts is not None]
        if not facts:
            raise ValueError("a licence begins with the facts it was granted on")
        ends = [item.effective_from for item in self.events if item.decision is LicenceDecision.ENDED]
        last = [facts[-1].valid_until] if facts[-1].valid_until is not None else []
        object.__setattr__(self, "facts", facts[-1])
        object.__setattr__(self, "suspensions", _suspensions(self.events))
        object.__setattr__(self, "valid_until", min([*ends, *last], default=None))

    def state_at(self, moment: datetime) -> LicenceState:
        """How it stands at ``moment``."""
        if self.valid_until is not None and moment >= self.valid_until:
            return LicenceState.EXPIRED
        if any(item.covers(moment) for item in self.suspensions):
            return LicenceState.SUSPENDED
        if moment < self.facts.valid_from:
            return LicenceState.NOT_YET
        return LicenceState.LICENSED


def require_reason(act: Act) -> None:
    """Raises ``MalformedValue`` unless a reason is given in a few words."""
    if not act.reason.strip() or len(act.reason) > MAX_REASON:
        raise MalformedValue("Say why, in at most 500 characters.")


def require_second_officer(act: Act) -> None:
    """Raises ``NotAuthorized`` unless somebody else approved."""
    if act.approver is None or act.approver == act.actor:
        raise NotAuthorized("A second officer must approve this.")


def _suspensions(events: Iterable[AccreditationEvent | LicenceEvent]) -> tuple[Suspension, ...]:
    found: list[Suspension] = []
    for event in events:
        if event.decision in (AccreditationDecision.SUSPENDED, LicenceDecision.SUSPENDED):
            found.append(Suspension(begins=event.effective_from))
        elif event.decision in (AccreditationDecision.LIFTED, LicenceDecision.LIFTED) and found:
            found[-1] = Suspension(begins=found[-1].begins, until=event.effective_from)
    # Lifted before it began: it never was.
    return tuple(item for item in found if item.until is None or item.until > item.begins)


def _withdrawal(events: Iterable[AccreditationEvent]) -> Withdrawal | None:
    for event in events:
        if event.decision is AccreditationDecision.WITHDRAWN:
            return Withdrawal(begins=event.effective_from, earlier_stand=event.earlier_stand is True)
    return None
