"""A verifier simulated: first held against a real process, then taken where no machine of ours reaches.

    python -m loadtest.simulation [--seconds 4] [--rounds 3] [--suite eddsa-jcs-2022] [--inputs FILE]

A real verifier process is measured on loopback: alone, full, and at 30, 50, 70 and 85 % of what it can
answer. The simulation knows only *alone* and *full*, of the process and of whoever asks it (one process
as well), and must come to the rest: throughput within 5 %, the median within 30 % and the 99th percentile
within 50 % (on two shared cores other work is in what was measured and not in the simulation). Where it
does not, or the process had less than 85 % of a core, this is said, nothing is extrapolated, and the
command ends with 1. ``--inputs FILE`` measures nothing and extrapolates from the unit costs in a file of
``loadtest.capacity``.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from loadtest.capacity_inputs import read_inputs
from loadtest.paced import seed_of
from loadtest.simulation_measured import STREAM, Measured, Point, measure, measure_at, running
from loadtest.simulation_model import Answered, Phase, Verifier, poisson, simulate

SHARES: Final = (0.30, 0.50, 0.70, 0.85)
TOLERANCES: Final[Mapping[str, float]] = {"throughput": 0.05, "p50": 0.30, "p99": 0.50}
# As far as half the world: an employer in Seoul asks a registry in Phnom Penh.
_FETCH_SECONDS: Final = 0.25
# Of a core: what a process has that shares two of them with nothing but whoever asks it.
_QUIET: Final = 0.85


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One load measured and simulated."""

    share: float
    measured: Point
    simulated: Point

    def off(self, name: str) -> float:
        """How far the simulation is off, as a share of what was measured; below zero where it is less."""
        measured: float = getattr(self.measured, name)
        simulated: float = getattr(self.simulated, name)
        return simulated / measured - 1

    @property
    def agrees(self) -> bool:
        """Whether everything is within its tolerance."""
        return all(abs(self.off(name)) <= most for name, most in TOLERANCES.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """Some hours at the doors, and what stands behind them."""

    name: str
    phases: Sequence[Phase]
    processes: int
    lists: int


SCENARIOS: Final[Sequence[Scenario]] = (
    Scenario(
        # 3 fairs at once, 8,000 visitors each, 4 checks a visitor; a quarter of them in the first half hour.
        name="job fair morning",
        phases=(Phase(seconds=1_800, rate=13.4), Phase(seconds=1_800, rate=6.7)),
        processes=1,
        lists=50,
    ),
    Scenario(
        # 40,000 candidates of a roster within an hour, in batches of 200.
        name="roster day, batches",
        phases=(Phase(seconds=3_600, rate=40_000 / 200 / 3_600, size=200),),
        processes=1,
        lists=50,
    ),
    Scenario(
        name="cold start in a full hour",
        phases=(Phase(seconds=60, rate=200),),
        processes=2,
        lists=50,
    ),
    Scenario(
        # 100 million people, 5 million checks in the busiest hour.
        name="region, busiest minute",
        phases=(Phase(seconds=30, rate=1_400),),
        processes=4,
        lists=3_815,
    ),
)


def simulated_at(verifier: Verifier, rate: float, seconds: float) -> Point:
    """The point that the simulation comes to for the very people that ``measure_at`` lets come."""
    came = simulate(verifier, poisson([Phase(seconds=seconds, rate=rate)], seed=seed_of(STREAM)))
    return Point(throughput=came.throughput, p50=came.percentile(50), p99=came.percentile(99))


def compare(seconds: float, rounds: int, suite: str) -> tuple[Measured, list[Compared]]:
    """Measure in rounds, each alone, full and at every share; the medians of the rounds are compared."""
    bases, points = [], []
    with running(suite) as process:
        for _ in range(rounds):
            base = measure(process, seconds)
            bases.append(base)
            points.append([measure_at(process, share * base.full_rate, seconds) for share in SHARES])
    base = Measured(
        alone=[taken for one in bases for taken in one.alone],
        full_rate=statistics.median(one.full_rate for one in bases),
        cpu_seconds=statistics.median(one.cpu_seconds for one in bases),
        alone_cpu_seconds=statistics.median(one.alone_cpu_seconds for one in bases),
        asker_seconds=statistics.median(one.asker_seconds for one in bases),
        alone_asker_seconds=statistics.median(one.alone_asker_seconds for one in bases),
    )
    compared = [
        Compared(
            share=share,
            measured=_middle([point[number] for point in points]),
            simulated=simulated_at(base.as_verifier(), share * base.full_rate, seconds),
        )
        for number, share in enumerate(SHARES)
    ]
    return base, compared


def _middle(points: Sequence[Point]) -> Point:
    return Point(
        throughput=statistics.median(point.throughput for point in points),
        p50=statistics.median(point.p50 for point in points),
        p99=statistics.median(point.p99 for point in points),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, compare, and extrapolate only where the simulation agreed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="time of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--suite", default="eddsa-jcs-2022", help="the cryptosuite")
    parser.add_argument("--inputs", type=Path, help="extrapolate from these unit costs, and measure nothing")
    chosen = parser.parse_args(arguments)
    if chosen.inputs is not None:
        print_extrapolations(Verifier(service=[read_inputs(chosen.inputs).costs.check_seconds]))
        return
    base, compared = compare(chosen.seconds, chosen.rounds, chosen.suite)
    print_compared(base, compared)
    if base.core_share < _QUIET:
        raise SystemExit(
            f"the process had {base.core_share:.0%} of a core when it was full: on so busy a machine "
            "its times are those of the others, and nothing is compared"
        )
    if not all(one.agrees for one in compared):
        raise SystemExit("the simulation does not reproduce what was measured: nothing is extrapolated")
    # In the world people ask, each by a machine of their own.
    print_extrapolations(replace(base.as_verifier(), asker=0.0, asker_waking=0.0))


def print_compared(base: Measured, compared: Sequence[Compared]) -> None:
    """Measured and simulated side by side, in milliseconds."""
    sys.stdout.write(
        f"one process, full: {base.full_rate:,.0f} a second; "
        f"alone: {1e3 * statistics.median(base.alone):.2f} ms; "
        f"of a core: {1e3 * base.cpu_seconds:.2f} ms, alone {1e3 * base.alone_cpu_seconds:.2f} ms, "
        f"of the asker's {1e3 * base.asker_seconds:.2f} ms\n"
        f"{'load':>5}{'a second':>18}{'p50, ms':>20}{'p99, ms':>20}   within\n"
    )
    for one in compared:
        cells = (
            f"{one.measured.throughput:>9.0f} {one.simulated.throughput:>8.0f}",
            f"{1e3 * one.measured.p50:>11.2f} {1e3 * one.simulated.p50:>8.2f}",
            f"{1e3 * one.measured.p99:>11.2f} {1e3 * one.simulated.p99:>8.2f}",
        )
        sys.stdout.write(f"{one.share:>5.0%}{''.join(cells)}   {'yes' if one.agrees else 'NO'}\n")


def print_extrapolations(verifier: Verifier) -> None:
    """What every scenario comes to."""
    sys.stdout.write(
        f"{'scenario':<28}{'processes':>10}{'a second':>10}{'busy':>7}"
        f"{'p50 ms':>9}{'p99 ms':>9}{'fetched':>9}\n"
    )
    for scenario in SCENARIOS:
        came = run_scenario(scenario, verifier)
        busy = came.busy / came.lasted / scenario.processes
        sys.stdout.write(
            f"{scenario.name:<28}{scenario.processes:>10}{came.throughput:>10.1f}{busy:>7.1%}"
            f"{1e3 * came.percentile(50):>9.2f}{1e3 * came.percentile(99):>9.2f}{came.fetched:>9,}\n"
        )


def run_scenario(scenario: Scenario, verifier: Verifier) -> Answered:
    """Let a scenario through so many processes of this kind, with nothing at hand when it begins."""
    standing = replace(
        verifier, processes=scenario.processes, lists=scenario.lists, fetch_seconds=_FETCH_SECONDS
    )
    return simulate(standing, poisson(scenario.phases))


if __name__ == "__main__":
    main()
