"""Whether a credential counts at all on the day asked about, before any rule is looked at.

The first "no" of its verdicts decides, in their order; then its own dates on that day; then whether
everything that must be known could be checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias

from vc.encoding.strict_json import JsonValue
from vc.errors import ProtocolError
from vc.model.credential import types_of
from vc.model.legacy import validity_of
from vc.model.verdict import Answer, Decision, Outcome, Question, Reason, Verification
from vc.programmes.model import RequirementAnswer

Identity: TypeAlias = tuple[str, str] | int

_WITHDRAWN: Final[Mapping[Reason, RequirementAnswer]] = {
    Reason.REVOKED: RequirementAnswer.REVOKED,
    Reason.REPLACED: RequirementAnswer.REVOKED,
    Reason.SUSPENDED: RequirementAnswer.SUSPENDED,
    Reason.EXPIRED: RequirementAnswer.EXPIRED,
}
_SHORTEST = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One credential that was shown, as verified and decided upon."""

    verification: Verification
    decision: Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An authentic credential and what can be said of it on the day.

    ``position`` is its place among those shown. ``answer`` is *satisfied* where nothing speaks against it.
    ``good_until`` is then its own last day, None where it has none. Two with one ``identity`` are the same
    credential, shown twice.
    """

    position: int
    document: Mapping[str, JsonValue]
    types: frozenset[str]
    identity: Identity
    answer: RequirementAnswer
    good_until: date | None


def standings(credentials: Sequence[Held], on: date) -> tuple[Standing, ...]:
    """What can be said on the day ``on`` of those that are authentic; the others are not read at all."""
    return tuple(
        _standing(position, held, document, on)
        for position, held in enumerate(credentials)
        if (document := _verified(held.verification)) is not None
    )


def _verified(verification: Verification) -> Mapping[str, JsonValue] | None:
    is_authentic = verification.verdicts[Question.AUTHENTIC].answer is Answer.YES
    return verification.document if is_authentic else None


def _standing(position: int, held: Held, document: Mapping[str, JsonValue], on: date) -> Standing:
    dates = _dates(document)
    answer = _refusal(held) or (None if dates is None else _by_dates(*dates, on))
    if answer is None:
        is_known = dates is not None and held.decision.outcome is Outcome.ACCEPTED
        answer = RequirementAnswer.SATISFIED if is_known else RequirementAnswer.COULD_NOT_CHECK
    ends = None if dates is None or answer is not RequirementAnswer.SATISFIED else dates[1]
    name, issuer = document.get("id"), held.verification.issuer
    return Standing(
        position=position,
        document=document,
        types=types_of(document),
        identity=(issuer, name) if isinstance(name, str) and issuer is not None else position,
        answer=answer,
        good_until=None if ends is None else (ends - _SHORTEST).date(),
    )


def _dates(document: Mapping[str, JsonValue]) -> tuple[datetime | None, datetime | None] | None:
    """From when and until when it says it is good; None where that cannot be read."""
    try:
        return validity_of(document)
    except ProtocolError:
        return None


def _refusal(held: Held) -> RequirementAnswer | None:
    """The answer that a "no" among the verdicts comes to; None where no such one decides."""
    verdicts = held.verification.verdicts
    if verdicts[Question.ENTITLED].answer is Answer.NO:
        return RequirementAnswer.NOT_ENTITLED
    in_force = verdicts[Question.IN_FORCE]
    if in_force.answer is Answer.NO and in_force.reason in _WITHDRAWN:
        return _WITHDRAWN[in_force.reason]
    if verdicts[Question.THIS_PERSONS].answer is Answer.NO:
        return RequirementAnswer.NOT_SHOWN_ONE_PERSONS
    return None


def _by_dates(starts: datetime | None, ends: datetime | None, on: date) -> RequirementAnswer | None:
    """Days are those of UTC, in which credentials are dated. One that ends as the day begins is over."""
    if ends is not None and ends <= datetime.combine(on, time(), tzinfo=UTC):
        return RequirementAnswer.EXPIRED
    if starts is not None and starts.date() > on:
        return RequirementAnswer.MISSING
    return None
