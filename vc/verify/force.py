"""The answer to "is it in force", and how it is said that this could not be checked."""

import msgspec

from vc.errors import Finding, ProblemType
from vc.model.verdict import Answer, CheckedAgainst, Reason


class Force(msgspec.Struct, frozen=True, kw_only=True):
    """Answer on validity. ``since`` is an ISO date where the notes tell it."""

    answer: Answer
    reason: Reason
    findings: tuple[Finding, ...] = ()
    against: tuple[CheckedAgainst, ...] = ()
    since: str | None = None


def unsure(reason: Reason, problem: ProblemType, detail: str, pointer: str) -> Force:
    """Could not check, for one reason."""
    finding = Finding(type=problem, detail=detail, pointer=pointer)
    return Force(answer=Answer.COULD_NOT_CHECK, reason=reason, findings=(finding,))
