"""Checking a signed report again from the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from passport.judging import NoJudge
from runtime.settings import load_settings
from verifier.replay import ReplayResult, RowReplay, replay

_ANSWERS: Final = {
    RowReplay.SAME: "the same answer",
    RowReplay.DIFFERENT: "ANOTHER ANSWER",
}


def replay_file(path: Path, anchor: str | None) -> ReplayResult:
    """Check the report in ``path`` again. Raises ``NoJudge`` without an anchor, and as ``replay``."""
    known = anchor or load_settings().trust_anchor
    if known is None:
        raise NoJudge(
            "A report is checked by a trust anchor you have from elsewhere: name it with --anchor, "
            "or in the setting PASSPORT_TRUST_ANCHOR."
        )
    return replay(path.read_bytes(), anchor=known)


def describe_replay(result: ReplayResult) -> Iterator[str]:
    """Lines for a person."""
    demo = "DEMO. " if result.is_demo else ""
    yield f"{demo}Report of {result.verifier}, {result.made_at:%Y-%m-%d %H:%M} UTC."
    yield f"Signed with {result.key}: compare it with what that DID publishes."
    for fault in result.faults:
        yield f"ALTERED OR MISSING: {fault}"
    for row in result.rows:
        said = _ANSWERS.get(row.replay, row.replay.value)
        yield f"{row.number:>4} {row.recorded}: {said}"
    yield "It holds." if result.holds else "IT DOES NOT HOLD."
