"""What ``passport monitor`` prints, and the status it ends with."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from passport.cli import app
from passport.monitor import rounds
from passport.monitor.judge import Observation

SOON = Observation(place="trust root", detail="it ends", wrong=False, soon=True)
UNCHECKED = Observation(place="trust list", detail="not there", wrong=False)
WRONG = Observation(place="trust list", detail="a split view")


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([], 0, ["All"]),
        ([SOON], 0, ["SOON", "All"]),
        ([SOON, UNCHECKED], 69, ["SOON", "NOT"]),
        ([UNCHECKED, WRONG, SOON], 1, ["NOT", "WRONG", "SOON"]),
    ],
)
def test_what_must_be_done_soon_is_said_and_changes_no_status(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: Sequence[Observation],
    status: int,
    words: list[str],
) -> None:
    monkeypatch.setenv("PASSPORT_DATA_DIR", str(tmp_path))

    def look(_self: Any) -> Sequence[Observation]:
        return found

    monkeypatch.setattr(rounds.Rounds, "look", look)
    anchor = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    result = CliRunner().invoke(app, ["monitor", "--base", "http://127.0.0.1:9", "--anchor", anchor])
    assert result.exit_code == status, result.output
    assert [line.split()[0] for line in result.output.splitlines()] == words
