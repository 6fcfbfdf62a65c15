"""Whether one credential bears on a rule, and until when: type, claims, and the time the rule gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto

from vc.encoding.strict_json import JsonValue
from vc.programmes.claims import claim_of, day_of
from vc.programmes.model import (
    AgeWithin,
    Condition,
    Confidence,
    Evidence,
    EvidenceKind,
    OneOf,
    Requirement,
    RequirementAnswer,
)
from vc.programmes.standing import Standing
from vc.programmes.windows import age_on, last_day


class Met(Enum):
    """Whether a condition is met. A holder may keep a claim back: then it cannot be told."""

    YES = auto()
    NO = auto()
    NOT_SHOWN = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What one credential says of one rule. ``good_until`` as in ``RequirementCheck``."""

    standing: Standing
    answer: RequirementAnswer
    good_until: date | None = None


def fixed_answer(rule: Requirement, *, is_in_effect: bool) -> RequirementAnswer | None:
    """The answer that no credential changes; None where it hangs on what is shown."""
    if not is_in_effect or rule.kind is EvidenceKind.NO_RULE:
        return RequirementAnswer.NO_RULE_ON_FILE
    if rule.confidence is Confidence.LOW:
        return RequirementAnswer.RULE_NOT_CONFIRMED
    return None if rule.evidence else RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY


def judge(rule: Requirement, standing: Standing, *, on: date, variant: str | None) -> tuple[Candidate, ...]:
    """What the credential says of a rule in force on the day; nothing where it has no bearing on it."""
    judged = (_judge(evidence, standing, on, variant) for evidence in rule.evidence)
    return tuple(_recorded(rule, one) for one in judged if one is not None)


def _recorded(rule: Requirement, candidate: Candidate) -> Candidate:
    """A good record of another body's test stays a record."""
    if rule.kind is EvidenceKind.THIRD_PARTY and candidate.answer is RequirementAnswer.SATISFIED:
        return replace(candidate, answer=RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY)
    return candidate


def _judge(evidence: Evidence, standing: Standing, on: date, variant: str | None) -> Candidate | None:
    if evidence.credential_type not in standing.types:
        return None
    met = [_met(condition, standing.document, on, variant) for condition in evidence.conditions]
    if Met.NO in met:
        return None
    if standing.answer is not RequirementAnswer.SATISFIED:
        return Candidate(standing=standing, answer=standing.answer)
    if Met.NOT_SHOWN in met:
        return Candidate(standing=standing, answer=RequirementAnswer.COULD_NOT_CHECK)
    return _within(evidence, standing, on)


def _within(evidence: Evidence, standing: Standing, on: date) -> Candidate:
    window = evidence.window
    if window is None:
        return Candidate(
            standing=standing, answer=RequirementAnswer.SATISFIED, good_until=standing.good_until
        )
    starts = day_of(standing.document, window.from_claim)
    if starts is None:
        return Candidate(standing=standing, answer=RequirementAnswer.COULD_NOT_CHECK)
    if starts > on:
        return Candidate(standing=standing, answer=RequirementAnswer.MISSING)
    ends = last_day(starts, window.duration)
    if ends < on:
        return Candidate(standing=standing, answer=RequirementAnswer.EXPIRED)
    good_until = ends if standing.good_until is None else min(ends, standing.good_until)
    return Candidate(standing=standing, answer=RequirementAnswer.SATISFIED, good_until=good_until)


def _met(condition: Condition, document: Mapping[str, JsonValue], on: date, variant: str | None) -> Met:
    value = claim_of(document, condition.claim)
    if value is None:
        return Met.NOT_SHOWN
    if isinstance(condition, OneOf):
        # True equals 1 in Python, and is another claim.
        return _as_met(any(type(one) is type(value) and one == value for one in condition.values))
    if isinstance(condition, AgeWithin):
        born = day_of(document, condition.claim)
        if born is None:
            return Met.NOT_SHOWN
        return _as_met(condition.from_years <= age_on(born, on) < condition.below_years)
    return _as_met(value == variant)


def _as_met(is_met: bool) -> Met:
    return Met.YES if is_met else Met.NO
