"""The answers of ``POST /verify/check`` with types."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

QUESTIONS = ("authentic", "entitled", "inForce", "thisPersons")
_WORST_FIRST = ("rejected", "undetermined", "accepted")


class Outcome(StrEnum):
    """What the verdicts come to."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictAnswer:
    """One verdict: ``answer`` is ``yes``, ``no`` or ``couldNotCheck``; ``sentence`` says why."""

    answer: str
    reason: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckAnswer:
    """What came of one check.

    ``kind`` is ``credential``, ``card``, ``presentation`` or ``share``; the last two have their parts in
    ``credentials``, and is only as good as the worst of them. ``raw`` is the whole answer.
    """

    kind: str
    outcome: Outcome
    headline: str
    verdicts: Mapping[str, VerdictAnswer]
    next_steps: tuple[str, ...]
    is_demo: bool
    credentials: tuple["CheckAnswer", ...]
    raw: Mapping[str, Any]


def read_answer(raw: Mapping[str, Any]) -> CheckAnswer:
    """Read one answer. Raises KeyError, TypeError or ValueError for one that is not of this shape."""
    if raw.get("kind") in ("presentation", "share"):
        return _presentation(raw)
    decision = raw["decision"]
    return CheckAnswer(
        kind=raw.get("kind", "credential"),
        outcome=Outcome(decision["outcome"]),
        headline=decision["headline"],
        verdicts={question: _verdict(raw["verdicts"][question]) for question in QUESTIONS},
        next_steps=tuple(decision["nextSteps"]),
        is_demo=raw["demo"],
        credentials=(),
        raw=raw,
    )


def _verdict(raw: Mapping[str, Any]) -> VerdictAnswer:
    return VerdictAnswer(answer=raw["answer"], reason=raw["reason"], sentence=raw["sentence"])


def _presentation(raw: Mapping[str, Any]) -> CheckAnswer:
    credentials = tuple(map(read_answer, raw["credentialResults"]))
    worst = min(credentials, key=lambda one: _WORST_FIRST.index(one.outcome), default=None)
    sound = raw["verified"] or (worst is not None and worst.outcome is not Outcome.ACCEPTED)
    if worst is None or not sound:
        details = [finding["detail"] for finding in raw["problemDetails"]]
        nothing = VerdictAnswer(answer="couldNotCheck", reason="notReached", sentence="")
        return CheckAnswer(
            kind=raw["kind"],
            outcome=Outcome.REJECTED,
            headline=" ".join(details),
            verdicts=worst.verdicts if worst is not None else dict.fromkeys(QUESTIONS, nothing),
            next_steps=(),
            is_demo=raw["demo"],
            credentials=credentials,
            raw=raw,
        )
    return CheckAnswer(
        kind=raw["kind"],
        outcome=worst.outcome,
        headline=worst.headline,
        verdicts=worst.verdicts,
        next_steps=worst.next_steps,
        is_demo=raw["demo"],
        credentials=credentials,
        raw=raw,
    )
