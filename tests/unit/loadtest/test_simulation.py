"""The simulated verifier against what is known of queues, and against itself."""

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.simulation import Compared, simulated_at
from loadtest.simulation_measured import Measured, Point
from loadtest.simulation_model import Phase, Verifier, percentile, poisson, simulate

FIXED = (1.0,)
BUSY = st.floats(min_value=0.001, max_value=2.0)
GAPS = st.lists(st.floats(min_value=0.0, max_value=3.0), min_size=1, max_size=60)


def exponential(mean: float = 1.0, size: int = 4_000) -> tuple[float, ...]:
    """A sample of exponential service times whose mean is exactly ``mean``."""
    drawn = [-math.log(1 - (n + 0.5) / size) for n in range(size)]
    return tuple(mean * taken / statistics.fmean(drawn) for taken in drawn)


def times_of(gaps: list[float]) -> list[tuple[float, int]]:
    """Arrivals with these pauses before each."""
    now, found = 0.0, []
    for gap in gaps:
        now += gap
        found.append((now, 1))
    return found


def mean_wait(verifier: Verifier, load: float, requests: int) -> float:
    """The mean time that requests wait before they are served, at this share of what can be answered."""
    rate = load / statistics.fmean(verifier.service)
    came = simulate(verifier, poisson([Phase(seconds=requests / rate, rate=rate)]))
    return statistics.fmean(came.seconds) - came.busy / len(came.seconds)


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_requests_of_equal_length_wait_as_long_as_the_formula_says(load: float) -> None:
    # M/D/1: half of what M/M/1 waits.
    expected = load / (2 * (1 - load))
    assert mean_wait(Verifier(service=FIXED), load, 20_000) == pytest.approx(expected, rel=0.12)


@pytest.mark.full
@pytest.mark.parametrize("load", [0.3, 0.5, 0.7, 0.85])
def test_requests_of_exponential_length_wait_as_long_as_the_formula_says(load: float) -> None:
    expected = load / (1 - load)
    waited = mean_wait(Verifier(service=exponential()), load, 300_000)
    assert waited == pytest.approx(expected, rel=0.08)


@given(gaps=GAPS, busy=BUSY, processes=st.integers(1, 4), until=st.floats(min_value=0.0, max_value=60.0))
@settings(max_examples=60, deadline=None)
def test_what_arrived_was_answered_or_is_still_there(
    gaps: list[float], busy: float, processes: int, until: float
) -> None:
    arrivals = times_of(gaps)
    verifier = Verifier(service=[busy], processes=processes, lists=2, fetch_seconds=0.5)
    some = simulate(verifier, arrivals, until=max(until, 1e-6))
    assert some.arrived == len(some.seconds) + some.unfinished
    assert some.arrived == sum(at < max(until, 1e-6) for at, _ in arrivals)
    everything = simulate(verifier, arrivals)
    assert (everything.arrived, everything.unfinished) == (len(arrivals), 0)
    assert everything.busy == pytest.approx(busy * len(arrivals))


@given(gaps=GAPS, busy=BUSY, closer=st.floats(min_value=0.1, max_value=1.0))
@settings(max_examples=60, deadline=None)
def test_more_people_in_the_same_time_never_wait_less(gaps: list[float], busy: float, closer: float) -> None:
    few = simulate(Verifier(service=[busy]), times_of(gaps))
    many = simulate(Verifier(service=[busy]), times_of([gap * closer for gap in gaps]))
    assert all(a <= b + 1e-9 for a, b in zip(few.seconds, many.seconds, strict=True))


@given(gaps=GAPS, busy=BUSY, longer=st.floats(min_value=1.0, max_value=3.0))
@settings(max_examples=60, deadline=None)
def test_longer_checks_never_end_sooner(gaps: list[float], busy: float, longer: float) -> None:
    short = simulate(Verifier(service=[busy]), times_of(gaps))
    long = simulate(Verifier(service=[busy * longer]), times_of(gaps))
    assert all(a <= b + 1e-9 for a, b in zip(short.seconds, long.seconds, strict=True))


@given(gaps=GAPS, busy=BUSY, processes=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_twice_the_processes_never_answer_later(gaps: list[float], busy: float, processes: int) -> None:
    one = simulate(Verifier(service=[busy], processes=processes), times_of(gaps))
    two = simulate(Verifier(service=[busy], processes=2 * processes), times_of(gaps))
    assert all(a >= b - 1e-9 for a, b in zip(sorted(one.seconds), sorted(two.seconds), strict=True))


def test_a_list_is_fetched_once_for_all_who_wait_and_again_when_it_is_old() -> None:
    verifier = Verifier(service=[0.01], lists=1, fetch_seconds=1.0, refresh_seconds=10.0)
    came = simulate(verifier, [(0.0, 1), (0.5, 1), (2.0, 1), (11.5, 1)])
    assert came.fetched == 2
    assert came.seconds == pytest.approx([1.01, 0.52, 0.01, 1.01])


def test_a_batch_keeps_its_process_busy_as_long_as_all_its_credentials() -> None:
    came = simulate(Verifier(service=[0.01], outside=0.001), [(0.0, 200), (0.1, 1)])
    assert came.seconds == pytest.approx([2.001, 1.911])


def test_the_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
    assert percentile([], 99) == 0.0


def test_a_measured_process_is_as_busy_as_when_full_and_as_uneven_as_when_alone() -> None:
    measured = Measured(
        alone=[0.002, 0.004],
        full_rate=500,
        cpu_seconds=0.0018,
        alone_cpu_seconds=0.0024,
        asker_seconds=0.0001,
        alone_asker_seconds=0.0003,
    )
    verifier = measured.as_verifier()
    assert list(verifier.service) == pytest.approx([0.002 * 2 / 3, 0.004 * 2 / 3])
    assert verifier.waking == pytest.approx(0.0004)
    assert verifier.asker == pytest.approx(0.0001)
    assert verifier.asker_waking == pytest.approx(0.0002)
    assert verifier.outside == pytest.approx(0.0003)


def test_only_a_request_that_finds_its_process_idle_wakes_it() -> None:
    came = simulate(Verifier(service=[1.0], waking=0.5), [(0.0, 1), (0.1, 1), (9.0, 1)])
    assert came.seconds == pytest.approx([1.5, 2.4, 1.5])


def test_one_asker_sends_and_reads_one_thing_at_a_time() -> None:
    came = simulate(Verifier(service=[1.0], processes=2, asker=0.2), [(0.0, 1), (0.0, 1)])
    assert came.seconds == pytest.approx([1.2, 1.3])


def test_an_asker_found_idle_takes_longer_each_time() -> None:
    came = simulate(Verifier(service=[1.0], processes=2, asker=0.2, asker_waking=0.1), [(0.0, 1), (0.0, 1)])
    assert came.seconds == pytest.approx([1.3, 1.4])


@pytest.mark.parametrize(("p99", "agrees"), [(0.010, True), (0.014, True), (0.016, False), (0.004, False)])
def test_a_simulation_that_is_too_far_off_does_not_agree(p99: float, agrees: bool) -> None:
    measured = Point(throughput=100, p50=0.002, p99=0.010)
    compared = Compared(share=0.5, measured=measured, simulated=Point(throughput=100, p50=0.002, p99=p99))
    assert compared.agrees is agrees


def test_a_process_that_is_asked_for_half_of_what_it_can_answers_all_of_it() -> None:
    point = simulated_at(Verifier(service=[0.002]), 250, 20.0)
    assert point.throughput == pytest.approx(250, rel=0.05)
    assert 0.002 <= point.p50 <= point.p99 <= 0.02
