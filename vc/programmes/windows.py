"""Days and durations: until when something counts, how old a person is, how many months lie between.

ISO 8601 leaves open how a duration is added. Here: years and months first, to the same day of the month or
that month's last one, then days. The day so reached still counts.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

_DURATION: Final = re.compile(r"P(?=[0-9])(?:([0-9]{1,3})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,5})D)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: object) -> date | None:
    """A day in its one spelling ``YYYY-MM-DD``; None for anything else, and for days that do not exist."""
    if not isinstance(text, str) or _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_duration(text: str) -> bool:
    """Whether this is an ISO 8601 duration of years, months and days, such as ``P2Y`` or ``P30D``."""
    return _DURATION.fullmatch(text) is not None


def last_day(start: date, duration: str) -> date:
    """The last day that counts for something of the day ``start``; the calendar's last where it ends later.

    Raises ValueError for what ``is_duration`` refuses.
    """
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError("not a duration of years, months and days")
    years, months, days = (int(part or 0) for part in match.groups())
    try:
        return _add_months(start, years * 12 + months) + timedelta(days=days)
    except (ValueError, OverflowError):
        return date.max


def age_on(born: date, day: date) -> int:
    """Whole years of age on ``day``; who was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def stretches(spans: Iterable[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """The spans (first day, last day) in order, those that touch or overlap put together."""
    ordered = sorted(spans)
    if not ordered:
        return
    first, last = ordered[0]
    for begins, ends in ordered[1:]:
        if begins.toordinal() > last.toordinal() + 1:
            yield first, last
            first, last = begins, ends
        else:
            last = max(last, ends)
    yield first, last


def months_of(first: date, last: date) -> int:
    """Months from one day to another, both included; a begun month counts as one."""
    whole = (last.year - first.year) * 12 + last.month - first.month
    return whole + (last.day >= first.day)


def _add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
