"""A check against a programme: one answer for each requirement, none over all of them.

Only what a proof covers is read. Of several credentials that bear on a requirement the best answer counts.
Credentials of different people never add up: where more than one is needed, they must be shown to be one
person's, or none of them counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from vc.programmes.claims import choice_of
from vc.programmes.conditions import Candidate, fixed_answer, judge
from vc.programmes.model import (
    EvidenceState,
    Programme,
    ProgrammeCheck,
    Requirement,
    RequirementAnswer,
    RequirementCheck,
)
from vc.programmes.reading import require_open, rules_in_force
from vc.programmes.standing import Held, Identity, Standing, standings
from vc.verify.one_person import OnePerson

__all__ = ["Held", "evaluate"]

_GOOD: Final = frozenset({RequirementAnswer.SATISFIED, RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY})
# What was never shown is the least that can be said, so that showing more never makes an answer worse.
_BEST_FIRST: Final = (
    RequirementAnswer.SATISFIED,
    RequirementAnswer.THIRD_PARTY_EVIDENCE_ONLY,
    RequirementAnswer.COULD_NOT_CHECK,
    RequirementAnswer.SUSPENDED,
    RequirementAnswer.EXPIRED,
    RequirementAnswer.REVOKED,
    RequirementAnswer.NOT_ENTITLED,
    RequirementAnswer.NOT_SHOWN_ONE_PERSONS,
    RequirementAnswer.MISSING,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """The best answer to one requirement, and the credentials that give it; none where it needs none."""

    requirement: Requirement
    is_in_effect: bool
    answer: RequirementAnswer
    candidates: tuple[Candidate, ...] = ()


def evaluate(
    programme: Programme,
    credentials: Sequence[Held],
    *,
    on: date,
    variant: str | None,
    one_person: OnePerson | None,
) -> ProgrammeCheck:
    """Check what was shown against a programme, for the day ``on``, which may lie in the future.

    ``variant`` is named exactly where the programme has any. ``one_person`` is what is known of all
    ``credentials`` together: *proven* by one presentation or one share, else something less.
    Raises ``UnknownOption`` where programme or variant are not open on that day.
    """
    require_open(programme, on=on, variant=variant)
    shown = standings(credentials, on)
    found = [
        _answered(rule, shown, is_in_effect=is_in_effect, on=on, variant=variant)
        for rule, is_in_effect in rules_in_force(programme, on=on, variant=variant)
    ]
    read = {standing.position for standing in shown}
    return ProgrammeCheck(
        programme=programme.id,
        version=programme.version,
        variant=variant,
        on=on,
        requirements=_joined(found, one_person),
        not_checked_here=programme.not_checked_here,
        notices=programme.notices,
        unread=tuple(position for position in range(len(credentials)) if position not in read),
    )


def _answered(
    rule: Requirement, shown: Sequence[Standing], *, is_in_effect: bool, on: date, variant: str | None
) -> _Found:
    """The answer whoever's the credentials are."""
    fixed = fixed_answer(rule, is_in_effect=is_in_effect)
    if fixed is not None:
        return _Found(requirement=rule, is_in_effect=is_in_effect, answer=fixed)
    candidates = [one for standing in shown for one in judge(rule, standing, on=on, variant=variant)]
    best = min((one.answer for one in candidates), key=_BEST_FIRST.index, default=RequirementAnswer.MISSING)
    return _Found(
        requirement=rule,
        is_in_effect=True,
        answer=best,
        candidates=tuple(one for one in candidates if one.answer is best),
    )


def _joined(found: Sequence[_Found], one_person: OnePerson | None) -> tuple[RequirementCheck, ...]:
    """The answers once it is asked whose the credentials are.

    Good answers stand together if the credentials are proven one person's, or if one credential alone
    gives them all. Otherwise nothing tells which of them are this person's, and none stands.
    """
    if one_person is OnePerson.PROVEN:
        return tuple(_check(one) for one in found)
    alone = _alone([one for one in found if _rests_on_something_good(one)])
    return tuple(_check(one, among=alone if _rests_on_something_good(one) else None) for one in found)


def _rests_on_something_good(found: _Found) -> bool:
    return found.answer in _GOOD and bool(found.candidates)


def _alone(good: Sequence[_Found]) -> frozenset[Identity]:
    """The first credential shown that gives each of these answers by itself; none where there is no such."""
    first: dict[Identity, int] = {}
    for candidate in (candidate for one in good for candidate in one.candidates):
        first.setdefault(candidate.standing.identity, candidate.standing.position)
    for one in good:
        here = {candidate.standing.identity for candidate in one.candidates}
        first = {identity: position for identity, position in first.items() if identity in here}
    return frozenset(sorted(first, key=lambda identity: first[identity])[:1])


def _check(found: _Found, among: frozenset[Identity] | None = None) -> RequirementCheck:
    """As shown. With ``among`` only these credentials are known to be this person's."""
    allowed = [one for one in found.candidates if among is None or one.standing.identity in among]
    is_shown = bool(allowed) or not found.candidates
    best = max(allowed or found.candidates, key=_lasts, default=None)
    answer = found.answer if is_shown else RequirementAnswer.NOT_SHOWN_ONE_PERSONS
    return RequirementCheck(
        requirement=found.requirement,
        is_in_effect=found.is_in_effect,
        answer=answer,
        rests_on=None if best is None else best.standing.position,
        good_until=None if best is None or answer not in _GOOD else best.good_until,
        evidence_state=None
        if best is None
        else choice_of(best.standing.document, "evidenceState", EvidenceState),
    )


def _lasts(candidate: Candidate) -> date:
    return candidate.good_until or date.max
