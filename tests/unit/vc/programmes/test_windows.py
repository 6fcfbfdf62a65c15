"""Days: the last day counts, month ends are cut, ages turn on the birthday, a begun month is a month."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.programmes.windows import age_on, is_duration, last_day, months_of, parse_day, stretches

DAYS = st.dates(date(1950, 1, 1), date(2100, 12, 31))
DURATIONS = st.builds(
    lambda years, months, days: f"P{years}Y{months}M{days}D",
    st.integers(0, 9),
    st.integers(0, 40),
    st.integers(0, 400),
)


@pytest.mark.parametrize(
    ("start", "duration", "last"),
    [
        ("2026-08-15", "P3M", "2026-11-15"),
        ("2026-11-30", "P3M", "2027-02-28"),
        ("2023-11-30", "P3M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-11-27", "P2Y", "2026-11-27"),
        ("2026-01-31", "P1M1D", "2026-03-01"),
        ("2026-11-01", "P30D", "2026-12-01"),
        ("2026-11-27", "P0D", "2026-11-27"),
        ("9999-12-01", "P1M", "9999-12-31"),
        ("9999-12-31", "P99999D", "9999-12-31"),
        ("2026-11-27", "P999Y9999M", "3859-02-27"),
    ],
)
def test_the_last_day_of_a_duration(start: str, duration: str, last: str) -> None:
    day = date.fromisoformat(start)
    assert last_day(day, duration) == (date.max if start > "9" and last > "9" else date.fromisoformat(last))


@pytest.mark.parametrize("text", ["", "P", "PT1H", "P3W", "P-1M", "P1.5Y", "3M", "P3M ", "P1D1M", "P\u0663M"])
def test_another_spelling_is_no_duration(text: str) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="not a duration"):
        last_day(date(2026, 1, 1), text)


@settings(deadline=None)
@given(start=DAYS, duration=DURATIONS)
def test_a_window_ends_on_or_after_its_first_day_and_not_sooner_for_a_later_one(
    start: date, duration: str
) -> None:
    assert is_duration(duration)
    assert start <= last_day(start, duration) <= last_day(start + timedelta(days=1), duration)


@pytest.mark.parametrize(
    "text",
    ["2026-02-29", "2026-2-1", "20260201", "2026-W33-6", "2026-02-01T00:00:00Z", "", None, 20260201, ["x"]],
)
def test_another_spelling_is_no_day(text: object) -> None:
    assert parse_day(text) is None


@settings(deadline=None)
@given(DAYS)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2008-11-27", "2026-11-26", 17),
        ("2008-11-27", "2026-11-27", 18),
        ("2004-02-29", "2022-02-28", 17),
        ("2004-02-29", "2022-03-01", 18),
        ("2004-02-29", "2024-02-29", 20),
        ("2026-11-28", "2026-11-27", -1),
    ],
)
def test_who_is_how_old(born: str, day: str, age: int) -> None:
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2024-01-01", "2024-01-01", 1),
        ("2024-01-01", "2024-06-30", 6),
        ("2024-01-15", "2024-02-14", 1),
        ("2024-01-15", "2024-02-15", 2),
        ("2023-12-31", "2024-02-29", 2),
    ],
)
def test_months_between_days(first: str, last: str, months: int) -> None:
    assert months_of(date.fromisoformat(first), date.fromisoformat(last)) == months


@pytest.mark.parametrize(("begins", "together"), [("2024-01-20", 1), ("2024-01-21", 1), ("2024-01-22", 2)])
def test_spans_that_touch_are_one_stretch(begins: str, together: int) -> None:
    spans = [(date.fromisoformat(begins), date(2024, 2, 10)), (date(2024, 1, 1), date(2024, 1, 20))]
    assert len(list(stretches(spans))) == together


SPANS = st.lists(
    st.tuples(DAYS, st.integers(0, 900)).map(lambda s: (s[0], s[0] + timedelta(days=s[1]))), max_size=6
)


@settings(deadline=None)
@given(SPANS)
def test_stretches_hold_every_day_once(spans: list[tuple[date, date]]) -> None:
    found = list(stretches(spans))
    days = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    assert sum((last - first).days + 1 for first, last in found) == len(days)
    assert all(before[1] + timedelta(days=1) < after[0] for before, after in pairwise(found))
