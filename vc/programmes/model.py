"""Programmes and their rules as values, and what a check against them comes to.

A programme is one file of ``schemas/programmes`` (docs/reference/programmes.md). All texts for people are
either titles in seven languages or English message identifiers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

Titles: TypeAlias = Mapping[str, str]
"""A text by language, in each of ``LANGUAGES``."""
LANGUAGES = ("en", "km", "ja", "ko", "th", "ms", "ar")


class Confidence(StrEnum):
    """How sure a rule is: read at the source, from decent secondary sources, or sources disagree."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


class EvidenceKind(StrEnum):
    """What can show that a requirement is met."""

    CREDENTIAL = "credential"
    """A credential of ours."""
    THIRD_PARTY = "third_party"
    """A test or check of another body, which alone can confirm it. What we recorded of it is no proof."""
    NO_RULE = "no_rule"
    """Nothing is known of what is asked."""


class RequesterKind(StrEnum):
    """Who asks a worker for credentials."""

    PUBLIC_BODY = "public_body"
    PERMIT_EMPLOYER = "permit_employer"
    """The employer whom an employment permit names."""
    EMPLOYER = "employer"
    FOREIGN_ORGANISATION = "foreign_organisation"
    LICENSED_AGENCY = "licensed_agency"
    PRIVATE_INTERMEDIARY = "private_intermediary"
    """Anybody in between who is none of the others; no programme lists them."""


class RequirementAnswer(StrEnum):
    """What can be said of one requirement on the day asked about."""

    SATISFIED = "satisfied"
    MISSING = "missing"
    """Nothing that was shown fulfils it, or did so yet on that day."""
    EXPIRED = "expired"
    """The credential's own time, or the time the rule gives it, is over on that day."""
    REVOKED = "revoked"
    """Revoked, or replaced by a corrected credential."""
    SUSPENDED = "suspended"
    NOT_ENTITLED = "notEntitled"
    THIRD_PARTY_EVIDENCE_ONLY = "thirdPartyEvidenceOnly"
    RULE_NOT_CONFIRMED = "ruleNotConfirmed"
    NO_RULE_ON_FILE = "noRuleOnFile"
    COULD_NOT_CHECK = "couldNotCheck"
    NOT_SHOWN_ONE_PERSONS = "notShownOnePersons"


class EvidenceState(StrEnum):
    """How a result of another body is known (``ThirdPartyTestEvidence``)."""

    SELF_DECLARED = "self-declared"
    DOCUMENT_SEEN = "document seen"
    CHECKED_WITH_ISSUER = "checked with issuer"


class EvidenceStrength(StrEnum):
    """How well work is evidenced (``PriorEmployment``, ``OverseasWorkRecord``)."""

    STRONG = "strong"
    SUPPORTED = "supported"
    SELF_DECLARED = "self-declared"


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOf:
    """The claim is one of ``values``; true is not 1."""

    claim: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IsVariant:
    """The claim is the code of the variant that the check is for."""

    claim: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgeWithin:
    """Born on the claim's day, a person is at least ``from_years`` old and not yet ``below_years``."""

    claim: str
    from_years: int
    below_years: int


Condition: TypeAlias = OneOf | IsVariant | AgeWithin


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """How long evidence counts: an ISO 8601 duration from the day in ``from_claim``, last day included."""

    duration: str
    from_claim: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A credential of this type that meets every condition. ``window`` is None where no rule ends it."""

    credential_type: str
    conditions: tuple[Condition, ...]
    window: Window | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """One version of one rule. Versions share ``id``; the one in force on the day asked about counts.

    Any one of ``evidence`` is enough. ``variants`` are those it is for, empty for all. ``held_by`` is the
    proper name of the body whose test or check it is, None where it is nobody else's. ``recorded_on`` is
    when this version came on file; ``effective_until`` is its last day.
    """

    id: str
    title: Titles
    kind: EvidenceKind
    evidence: tuple[Evidence, ...]
    variants: frozenset[str]
    held_by: str | None
    source: str
    confidence: Confidence
    effective_from: date
    effective_until: date | None
    recorded_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One field, industry, sector or destination. Before ``effective_from`` nobody is shown it."""

    code: str
    title: Titles
    source: str
    confidence: Confidence
    effective_from: date
    effective_until: date | None

    def is_open(self, on: date) -> bool:
        """Whether it is open on this day; both ends are included."""
        return is_between(on, self.effective_from, self.effective_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something that a programme asks for and that is not checked here."""

    id: str
    title: Titles


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """One route to work.

    ``variants`` by code, in the order of the file; ``variants_are`` is what they are (``field``,
    ``industry``, ``sector``, ``destination``), None where there are none. ``requesters`` may ask;
    whoever else asks is refused, and the worker is told ``unlisted_requester_warning`` (a message
    identifier). ``claims`` are the claim paths that may be asked for, by credential type: members of
    the subject, joined by ``/``, each with all below it. ``notices`` are message identifiers.
    """

    id: str
    version: str
    title: Titles
    source: str
    confidence: Confidence
    effective_from: date
    effective_until: date | None
    recorded_on: date
    variants_are: str | None
    variants: Mapping[str, Variant]
    requesters: frozenset[RequesterKind]
    requesters_source: str
    requesters_confidence: Confidence
    unlisted_requester_warning: str
    requirements: tuple[Requirement, ...]
    not_checked_here: tuple[Item, ...]
    claims: Mapping[str, frozenset[str]]
    notices: tuple[str, ...]

    def is_open(self, on: date) -> bool:
        """Whether the programme is open on this day; both ends are included."""
        return is_between(on, self.effective_from, self.effective_until)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementCheck:
    """The answer to one requirement, and the rule it was drawn from.

    ``rests_on`` is the position of the credential that the answer is about, None where it is about none.
    ``good_until`` is the last day of the credential and of the rule's window, None where neither ends or
    the answer is not a good one; it says nothing of ages, so that nobody's birth date follows from it.
    ``evidence_state`` is set for results of other bodies. ``is_in_effect`` is false where no version of
    the rule is in force on that day.
    """

    requirement: Requirement
    is_in_effect: bool
    answer: RequirementAnswer
    rests_on: int | None = None
    good_until: date | None = None
    evidence_state: EvidenceState | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgrammeCheck:
    """A programme's requirements on the day ``on``, each with its answer. There is no answer over all.

    ``unread`` are the positions of credentials that are not authentic, or not known to be: nothing in
    them was read. ``notices`` are message identifiers.
    """

    programme: str
    version: str
    variant: str | None
    on: date
    requirements: tuple[RequirementCheck, ...]
    not_checked_here: tuple[Item, ...]
    notices: tuple[str, ...]
    unread: tuple[int, ...]


def is_between(day: date, first: date, last: date | None) -> bool:
    """Whether ``day`` lies between two days, both included; a ``last`` of None is no end."""
    return first <= day and (last is None or day <= last)
