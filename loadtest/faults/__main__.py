"""The fault runs, one after the other: something breaks under load, and nothing acknowledged may be lost.

python -m loadtest.faults [--full] [--only kill …]

It prints every figure, writes a dated file into ``loadtest/results`` where every run was made, and ends with
an error where something was lost or another promise was broken.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadtest.faults.clocks import jump_forward_and_back
from loadtest.faults.disks import NoFileSystem, fill_the_disk, small_disk
from loadtest.faults.house_faults import (
    Fault,
    kill_every_process,
    kill_the_database,
    lived_in,
    restart_verifiers_in_turn,
    run_fault,
)
from loadtest.faults.load import Pace
from loadtest.faults.migrating import migrate_under_load
from loadtest.faults.results import FaultResults, FaultRun, begin_faults, write_page
from loadtest.faults.silent_host import silent_host
from loadtest.faults.soak import soak
from loadtest.faults.theft import theft
from loadtest.faults.twelve_hours import twelve_hours
from loadtest.moved_clock import VARIABLE, move
from loadtest.results import FOLDER
from runtime.clock import SystemClock
from runtime.logging import configure_logging


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How often and how long. ``soak_pace`` leaves awards for the whole of the soak."""

    rounds: int
    soak_seconds: float
    soak_pace: Pace
    silent_seconds: float
    rows: int


SHORT: Final = Size(rounds=1, soak_seconds=60, soak_pace=Pace(issue=3, revoke=3), silent_seconds=15, rows=500)
FULL: Final = Size(
    rounds=3,
    soak_seconds=1_800,
    soak_pace=Pace(issue=15, revoke=20, check=0.2, read=1),
    silent_seconds=60,
    rows=10_000,
)
_QUICK_CHECKS: Final = Pace(checkers=6, issue=5, revoke=5)
Runs = Iterator[FaultRun]


def _killed(size: Size) -> Runs:
    """Three faults in one house."""
    with lived_in() as (house, ledger):
        for _ in range(size.rounds):
            yield run_fault("kill -9 of every process", house, ledger, kill_every_process)
            yield run_fault("kill -9 of the database", house, ledger, kill_the_database)
            yield run_fault(
                "rolling restart of the verifiers", house, ledger, restart_verifiers_in_turn, _QUICK_CHECKS
            )


def _moved(size: Size) -> Runs:
    """A clock that jumps, then the tables of a later version."""
    with _folder("passport-clock-") as folder:
        file = folder / "clock"
        move(file, 0)
        with lived_in(variables={VARIABLE: str(file)}) as (house, ledger):
            jump: Fault = partial(jump_forward_and_back, file=file)
            yield run_fault("clock jump", house, ledger, jump)
            migrate: Fault = partial(migrate_under_load, folder=folder / "migrations")
            yield run_fault("migration under load", house, ledger, migrate)


def _full_disk(size: Size) -> Runs:
    try:
        with small_disk() as folder, lived_in(folder) as (house, ledger):
            yield run_fault("disk full", house, ledger, partial(fill_the_disk, folder=folder))
    except NoFileSystem as error:
        yield FaultRun(fault="disk full", skipped=str(error))


def _silent(size: Size) -> Runs:
    yield silent_host(seconds=size.silent_seconds)


def _stolen(size: Size) -> Runs:
    with _folder("passport-theft-") as folder:
        yield _timed(partial(theft, folder, rows=size.rows))


def _without_database(size: Size) -> Runs:
    with _folder("passport-hours-") as folder:
        yield _timed(partial(twelve_hours, folder))


def _timed(make_run: Callable[[], FaultRun]) -> FaultRun:
    began = time.monotonic()
    return replace(make_run(), seconds=time.monotonic() - began)


def _soaked(size: Size) -> Runs:
    with lived_in() as (house, ledger):
        act: Fault = partial(soak, seconds=size.soak_seconds)
        yield run_fault("soak", house, ledger, act, size.soak_pace)


_RUNNERS: Final[dict[str, Callable[[Size], Runs]]] = {
    "kill": _killed,
    "disk": _full_disk,
    "clock": _moved,
    "silent": _silent,
    "theft": _stolen,
    "hours": _without_database,
    "soak": _soaked,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the runs; raises ``SystemExit`` where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="10,000 certificates, half an hour of soak")
    parser.add_argument("--only", choices=tuple(_RUNNERS), action="append", help="one part; may be repeated")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the results")
    options = parser.parse_args(arguments)
    configure_logging(level="CRITICAL")
    results = make(options.full, options.only or tuple(_RUNNERS))
    if not options.only:
        path = results.write(options.out)
        write_page(options.out)
        _say(path.name)
    if not results.kept:
        raise SystemExit(1)


def make(is_full: bool, parts: Sequence[str]) -> FaultResults:
    """Make these runs, in the order in which they stand in this module."""
    results, began = (
        begin_faults("full" if is_full else "short", SystemClock().now().date()),
        time.monotonic(),
    )
    for part, runner in _RUNNERS.items():
        if part in parts:
            for run in runner(FULL if is_full else SHORT):
                results.runs.append(run)
                _show(run)
    results.seconds, results.load_after = time.monotonic() - began, os.getloadavg()[0]
    return results


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _show(run: FaultRun) -> None:
    if run.skipped:
        _say(f"{run.fault}: not made, {run.skipped}")
        return
    _say(
        f"{run.fault}: {run.seconds:.0f} s, {run.issued} issued, {run.revoked} revoked,"
        f" {len(run.lost)} lost, {len(run.broken)} broken"
    )
    for line in (*run.lost, *run.broken):
        _say(f"  ! {line}")
    for act in run.acts:
        _say(
            f"  {act.act:<32}{act.count:>6} asked{act.failed:>6} failed{act.open:>6} could not check"
            f"{act.longest_gap_seconds:>8.1f} s longest{act.p50_ms:>8.0f} ms p50{act.p99_ms:>8.0f} ms p99"
        )
    for name, value in run.facts.items():
        _say(f"  {name.replace('_', ' '):<64}{value:>10.3g}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
