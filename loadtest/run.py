"""The load test: everything set up by itself on this machine, figures in one file, pages and plots beside it.

    python -m loadtest.run                     (make loadtest: a short one, some six minutes)
    python -m loadtest.run --full              (make loadtest-full: longer, and every format)
    python -m loadtest.run --only pure         (one part: pure, people or house)

*pure*: throughput by wrk, batches, 70 % of capacity, poison. *people*: scenarios against a verifier alone.
*house*: scenarios against all services on PostgreSQL. Ends with an error where any answer was wrong.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadtest import house_scenarios, pages, scenarios, throughput, wrk
from loadtest.bodies import write_bodies
from loadtest.origin import hosts
from loadtest.results import FOLDER, InProcess, People, Results, Throughput, begin
from loadtest.scenarios import Size
from loadtest.throughput import Bench
from loadtest.unit import Unit
from loadtest.verifiers import verifiers
from loadtest.world import FORMATS, SECOND_ORIGIN, LoadWorld
from runtime.clock import SystemClock
from tests.simulator import ORIGIN

PARTS: Final = ("pure", "people", "house")
_MAIN: Final = ("eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "SD-JWT VC")
# Those whose batches, share of capacity and second process are measured too.
_CLOSELY: Final = _MAIN[:2]
_POISONED: Final = "eddsa-jcs-2022"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How long everything goes on. ``bodies`` is how many different credentials of each format there are."""

    formats: Sequence[str]
    bodies: int
    seconds: float
    in_process_seconds: float
    people: Size


SHORT: Final = Scale(
    formats=_MAIN,
    bodies=throughput.COLD_BODIES,
    seconds=4,
    in_process_seconds=0.7,
    people=Size(seconds=15, users=20, credentials=600),
)
FULL: Final = Scale(
    formats=tuple(FORMATS),
    bodies=throughput.COLD_BODIES,
    seconds=20,
    in_process_seconds=3,
    people=Size(seconds=120, users=60, credentials=5_000),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write, say; raises ``SystemExit`` where an answer was wrong or a tool is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="longer, with every format")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part of it; may be given again")
    parser.add_argument("--name", help="name of the results file after the day; short or full")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the results")
    options = parser.parse_args(arguments)
    name = options.name or ("full" if options.full else "short")
    results = measure(name, FULL if options.full else SHORT, options.only or PARTS)
    path = results.write(options.out)
    pages.write(options.out)
    _say(f"{path.name}: {results.errors} requests failed, {results.wrong} answers were wrong")
    if results.errors or results.wrong:
        raise SystemExit(1)


def measure(name: str, scale: Scale, parts: Sequence[str]) -> Results:
    """Run the named parts; everything is started and ended here."""
    clock = SystemClock()
    results, unit, began = begin(name, clock.now().date(), wrk=wrk.version()), Unit(), time.monotonic()
    unit.sample()
    world = LoadWorld(clock.now().replace(microsecond=0))
    with TemporaryDirectory(prefix="passport-load-") as folder:
        for part, run in _RUNNERS.items():
            if part in parts:
                own = Path(folder) / part
                own.mkdir()
                run(results, world, own, scale, unit)
    unit.sample()
    samples = sorted(unit.samples)
    return replace(
        results,
        unit_microseconds=unit.microseconds,
        unit_spread=(samples[0], samples[-1]),
        bodies=scale.bodies,
        seconds=time.monotonic() - began,
        load_after=os.getloadavg()[0],
    )


def _pure(results: Results, world: LoadWorld, folder: Path, scale: Scale, unit: Unit) -> None:
    files = {}
    for name in scale.formats:
        bodies = [world.body(FORMATS[name], index) for index in range(scale.bodies)]
        files[name] = write_bodies(folder / name.replace(" ", "-"), bodies)
        _say(f"{scale.bodies} bodies of {name}, {sum(map(len, bodies)) // len(bodies)} bytes each")
    with hosts(world.documents, ORIGIN, SECOND_ORIGIN) as published:
        for processes, formats in ((1, scale.formats), (2, _CLOSELY)):
            own = folder / f"{processes}"
            own.mkdir()
            with verifiers(own, world, published, processes=processes) as running:
                bench = Bench(world=world, verifiers=running, folder=own, unit=unit)
                _throughput(results, bench, formats, files, scale)
                if processes == 1:
                    _closely(results, bench, files, scale)


def _throughput(
    results: Results, bench: Bench, formats: Sequence[str], files: dict[str, Path], scale: Scale
) -> None:
    for name in formats:
        made = FORMATS[name]
        throughput.require_right(bench, made)
        alone = _alone(results, name)
        if alone is None:
            indexes = range(1, scale.bodies)
            alone = throughput.in_process(bench, made, indexes, seconds=scale.in_process_seconds)
            results.in_process.append(alone)
        found = throughput.throughput(bench, made, files[name], alone, seconds=scale.seconds)
        results.throughput.append(found)
        _say(
            f"{name}, {found.processes} process(es): {found.per_second:,.0f}/s,"
            f" {found.per_server_cpu_second:,.0f} a server CPU second, {found.ratio:.1f} PyNaCl checks each,"
            f" {found.cpu_to_in_process:.2f} x in process"
        )


def _closely(results: Results, bench: Bench, files: dict[str, Path], scale: Scale) -> None:
    for name in _CLOSELY:
        made, alone, most = FORMATS[name], _alone(results, name), _most(results, name)
        if alone is None:
            raise RuntimeError("the formats measured closely are among the others")
        batch = throughput.batch(bench, made, alone, seconds=scale.seconds)
        results.batches.append(batch)
        _say(f"{name}, batches: {batch.per_second:,.0f}/s, {batch.share_of_in_process:.0%} of in process")
        paced = throughput.at_share(bench, made, files[name], most, seconds=scale.seconds)
        results.paced.append(paced)
        _say(f"{name} at {paced.share:.0%}: p50 {paced.p50_ms:.1f} ms, p99 {paced.p99_ms:.1f} ms")
    made, most = FORMATS[_POISONED], _most(results, _POISONED)
    for poison in throughput.poisoned(bench, made, files[_POISONED], most, seconds=scale.seconds):
        results.poison.append(poison)
        _say(f"{poison.kind}: others' p99 {poison.p99_ratio:.2f} x ({poison.p99_without_ms:.1f} ms without)")


def _alone(results: Results, name: str) -> InProcess | None:
    return next((one for one in results.in_process if one.format == name), None)


def _most(results: Results, name: str) -> Throughput:
    return next(one for one in results.throughput if one.format == name and one.processes == 1)


def _people(results: Results, world: LoadWorld, folder: Path, scale: Scale, unit: Unit) -> None:
    for play in (
        scenarios.job_fair,
        scenarios.roster_day,
        scenarios.cold_start,
        # The last one: it lets the second host's list end.
        scenarios.list_host_down,
    ):
        _note(results, play(world, folder, scale.people), unit)


def _house(results: Results, _: LoadWorld, folder: Path, scale: Scale, unit: Unit) -> None:
    with house_scenarios.lived_in_house() as (house, issued):
        for play in (house_scenarios.database_down, house_scenarios.revocation_storm):
            _note(results, play(house, issued, folder, scale.people), unit)


def _note(results: Results, found: People, unit: Unit) -> None:
    results.people.append(found)
    unit.sample()
    asked = sum(answered.count for answered in found.answers)
    failed = sum(answered.failed for answered in found.answers)
    _say(f"{found.scenario}: {asked:,} answers, {failed} failed, {sum(found.wrong.values())} wrong")


_RUNNERS: Final[dict[str, Callable[[Results, LoadWorld, Path, Scale, Unit], None]]] = {
    "pure": _pure,
    "people": _people,
    "house": _house,
}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
