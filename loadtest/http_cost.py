"""What HTTP adds to a verification, measured in one run on one verifier of its own, with figures as ratios.

    python -m loadtest.http_cost                       (four formats, some four minutes)
    python -m loadtest.http_cost --format vc+jwt       (one of them; may be given again)
    python -m loadtest.http_cost --seconds 2           (shorter, less certain)

*New* credentials are not in the verifier's memory, *again* is the same one over and over. CPU is the
server's, in microseconds for one credential; *x in process* is over the same verification in this process,
which looks for unused objects by the rule of a server.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadtest import throughput
from loadtest.bodies import write_bodies
from loadtest.origin import hosts
from loadtest.results import InProcess, Throughput
from loadtest.throughput import Bench
from loadtest.unit import Unit
from loadtest.verifiers import verifiers
from loadtest.world import FORMATS, SD_JWT_VC, SECOND_ORIGIN, VC_JWT, Format, LoadWorld
from runtime.clock import SystemClock
from runtime.collecting import settle
from runtime.verification import MAX_MEMO_ENTRIES
from tests.simulator import ORIGIN

_FORMATS: Final = ("eddsa-jcs-2022", "eddsa-rdfc-2022", VC_JWT, SD_JWT_VC)
_BATCHED: Final = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
_NEW: Final = MAX_MEMO_ENTRIES // 3 + 500
"""More than a verifier remembers, three entries for each."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say. Raises ``RuntimeError`` where an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each measurement")
    parser.add_argument("--format", choices=FORMATS, action="append", help="one format; may be given again")
    parser.add_argument("--bodies", type=int, default=_NEW, help="different credentials of each format")
    options = parser.parse_args(arguments)
    measure(tuple(options.format or _FORMATS), bodies=options.bodies, seconds=options.seconds)


def measure(formats: Sequence[str], *, bodies: int, seconds: float) -> None:
    """Measure all ``formats``; the first of them is also asked at a given rate, and with poison among it."""
    world, unit = LoadWorld(SystemClock().now().replace(microsecond=0)), Unit()
    settle()
    unit.sample()
    _say(f"load average before: {os.getloadavg()[0]:.1f}")
    with (
        TemporaryDirectory(prefix="passport-http-") as folder,
        hosts(world.documents, ORIGIN, SECOND_ORIGIN) as published,
        verifiers(Path(folder), world, published) as running,
    ):
        bench = Bench(world=world, verifiers=running, folder=Path(folder), unit=unit)
        for number, name in enumerate(formats):
            made = FORMATS[name]
            throughput.require_right(bench, made)
            new = write_bodies(
                bench.folder / f"new-{number}", [world.body(made, index) for index in range(bodies)]
            )
            alone, most = _one(bench, made, new, seconds, bodies)
            if name in _BATCHED:
                _batch(bench, made, alone, seconds)
            if number == 0:
                _at_rate(bench, made, new, most, seconds)
    _say(f"load average after: {os.getloadavg()[0]:.1f}")


def _one(bench: Bench, made: Format, new: Path, seconds: float, bodies: int) -> tuple[InProcess, Throughput]:
    """One credential in a request: new ones, and the same one again."""
    alone = throughput.in_process(bench, made, range(1, bodies), seconds=seconds / 4)
    same = write_bodies(bench.folder / "same", [bench.world.body(made, 1)])
    cold = throughput.throughput(bench, made, new, alone, seconds=seconds)
    again = throughput.throughput(bench, made, same, alone, seconds=seconds)
    _say(f"{made.name}, in process: {_cpu(alone.cold_microseconds, bench)}")
    _say(f"{made.name}, in process again: {_cpu(alone.again_microseconds, bench)}")
    for word, found, base in (
        ("over HTTP", cold, alone.cold_microseconds),
        ("over HTTP again", again, alone.again_microseconds),
    ):
        _say(
            f"{made.name}, {word}: {_cpu(found.cpu_microseconds, bench)},"
            f" {found.cpu_microseconds / base:.2f} x in process ({found.cpu_microseconds - base:+.0f} us),"
            f" {found.per_second:,.0f}/s, p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms,"
            f" {found.errors} errors"
        )
    return alone, cold


def _batch(bench: Bench, made: Format, alone: InProcess, seconds: float) -> None:
    found = throughput.batch(bench, made, alone, seconds=seconds)
    _say(
        f"{made.name}, {found.rows} in one call: {found.per_server_cpu_second:,.0f} a server CPU second,"
        f" {found.share_of_in_process:.0%} of in process, {found.per_second:,.0f}/s,"
        f" {found.calls} calls, {found.errors} errors"
    )


def _at_rate(bench: Bench, made: Format, new: Path, most: Throughput, seconds: float) -> None:
    paced = throughput.at_share(bench, made, new, most, seconds=seconds)
    _say(
        f"{made.name} busy for {paced.busy:.0%}, {paced.per_second:,.0f}/s: p50 {paced.p50_ms:.2f} ms,"
        f" p99 {paced.p99_ms:.2f} ms, {paced.p99_to_p50:.1f} x, {paced.errors} errors"
    )
    for poison in throughput.poisoned(bench, made, new, most, seconds=seconds):
        _say(
            f"with {poison.share:.0%} of {poison.kind}: others' p99 {poison.p99_with_ms:.1f} ms,"
            f" {poison.p99_ratio:.2f} x, its own {poison.poison_p99_ms:.1f} ms,"
            f" {poison.errors_of_others} errors of others"
        )


def _cpu(microseconds: float, bench: Bench) -> str:
    return f"{microseconds:.0f} us, {microseconds / bench.unit.microseconds:.2f} PyNaCl checks"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
