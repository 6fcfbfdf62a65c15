"""What the files and the page of fault runs say, and that committed ones are complete and kept everything."""

from datetime import date
from pathlib import Path

import orjson
import pytest

from loadtest.faults.results import PAGE, Acts, FaultRun, begin_faults, page, write_page
from loadtest.results import FOLDER

RUNS = {
    "kill -9 of every process",
    "kill -9 of the database",
    "rolling restart of the verifiers",
    "disk full",
    "clock jump",
    "migration under load",
    "slow, silent and dead status host",
    "a stolen key",
    "twelve hours without the database",
    "soak",
}
CHECKED = Acts(act="check", count=10, failed=1, open=2, longest_gap_seconds=1.25, p50_ms=3.0, p99_ms=9.0)


def test_the_page_says_what_is_in_the_files(tmp_path: Path) -> None:
    results = begin_faults("short", date(2026, 11, 27))
    results.runs.append(FaultRun(fault="a", issued=3, acts=[CHECKED], facts={"b_seconds": 2.5}))
    results.runs.append(FaultRun(fault="c", skipped="mount is missing"))
    results.runs.append(FaultRun(fault="d", lost=["an index was given twice"]))
    assert results.write(tmp_path).name == "2026-11-27-faults-short.json"
    write_page(tmp_path)
    said = (tmp_path / PAGE).read_text()
    for line in (
        "| check | 10 | 1 | 2 | 1.2 | 3 | 9 |",
        "| b seconds | 2.5 |",
        "Not made: mount is missing.",
        "- an index was given twice",
    ):
        assert line in said.splitlines()


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        (FaultRun(fault="a"), True),
        (FaultRun(fault="a", skipped="mount is missing"), True),
        (FaultRun(fault="a", lost=["an index was given twice"]), False),
        (FaultRun(fault="a", broken=["the memory of issuer grows"]), False),
    ],
)
def test_whether_every_promise_was_kept(run: FaultRun, kept: bool) -> None:
    results = begin_faults("short", date(2026, 11, 27))
    results.runs += [FaultRun(fault="b"), run]
    assert results.kept is kept


def test_the_committed_page_is_that_of_the_committed_files() -> None:
    assert (FOLDER / PAGE).read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*-faults-*.json")), ids=lambda file: file.stem)
def test_committed_results_are_complete_and_kept_everything(file: Path) -> None:
    told = orjson.loads(file.read_bytes())
    assert {run["fault"] for run in told["runs"]} == RUNS
    assert [run for run in told["runs"] if run["lost"] or run["broken"]] == []
    assert str(Path.home()) not in file.read_text()
