"""How long a credential is good: the rules of ``schemas/data/validity_rules.json``.

A rule has a source and a confidence. Those not read in the law itself are settings of a deployment: it
may add an entry with a later ``effective_from``, which holds from that day on.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from schemas import read_json

_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")


def ends_on(rule: str, starts: date) -> date | None:
    """The last day of validity for something that begins at ``starts``; None where it never ends.

    The duration is the one in force on the day it begins.
    """
    entries = [entry for entry in _rules()[rule] if date.fromisoformat(entry["effective_from"]) <= starts]
    duration = max(entries, key=lambda entry: str(entry["effective_from"]))["duration"] if entries else None
    return None if duration is None else add_duration(starts, duration)


def add_duration(day: date, duration: str) -> date:
    """``day`` and an ISO 8601 duration in years, months and days later, such as ``P2Y`` or ``P30D``."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError("a validity rule has an unreadable duration")
    years, months, days = (int(part or 0) for part in match.groups())
    return _add_months(day, years * 12 + months) + timedelta(days=days)


def _add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def _rules() -> Mapping[str, list[dict[str, Any]]]:
    rules: dict[str, list[dict[str, Any]]] = read_json("data/validity_rules.json")["rules"]
    return rules
