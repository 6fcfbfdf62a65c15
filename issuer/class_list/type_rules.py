"""Rules over several cells of a row, by the name a type's description calls them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

from issuer.class_list.catalogue import CodeEntry
from issuer.class_list.khmer import match_key_khmer

Value = str | int | bool | date | tuple[str, ...] | CodeEntry
"""What a cell was read as."""


class Judge(Protocol):
    """What a rule sees of a row: the cells read so far, today, and how to complain."""

    values: dict[str, Value]

    @property
    def today(self) -> date:
        """The day on which the row is judged."""

    def complain(self, rule: str, key: str | None = None, **params: str) -> None:
        """Add a problem about the cell under ``key``, or about the row."""


def rule_names() -> frozenset[str]:
    """The rules a type's description may call."""
    return frozenset(_RULES)


def check_rule(name: str, judge: Judge, given: Mapping[str, Any]) -> None:
    """Hold a row to the rule ``name``; a cell that could not be read breaks no rule here."""
    _RULES[name](judge, given)


def _in_order(judge: Judge, given: Mapping[str, Any]) -> None:
    earlier, later = _day(judge, given["earlier"]), _day(judge, given["later"])
    if earlier and later and later < earlier:
        judge.complain(given["says"], given["later"])


def _different(judge: Judge, given: Mapping[str, Any]) -> None:
    first, second = judge.values.get(given["first"]), judge.values.get(given["second"])
    if isinstance(first, str) and isinstance(second, str) and _folded(first) == _folded(second):
        judge.complain(given["says"], given["second"])


def _usual_length(judge: Judge, given: Mapping[str, Any]) -> None:
    entry = judge.values.get(given["code"])
    start, end = _day(judge, given["start"]), _day(judge, given["end"])
    if not isinstance(entry, CodeEntry) or not entry.weeks_min or not entry.weeks_max or not start or not end:
        return
    weeks = ((end - start).days + 7) / 7
    if end >= start and not entry.weeks_min - 1 < weeks < entry.weeks_max + 1:
        least, most = str(entry.weeks_min), str(entry.weeks_max)
        judge.complain(given["says"], given["end"], least=least, most=most)


def _born_before(judge: Judge, given: Mapping[str, Any]) -> None:
    born, day = _day(judge, "birth_date"), _day(judge, given["column"])
    if born and day and born >= day:
        judge.complain("birth-after-award", "birth_date")


def _fits_between(judge: Judge, given: Mapping[str, Any]) -> None:
    days = judge.values.get(given["number"])
    start, end = _day(judge, given["start"]), _day(judge, given["end"])
    if isinstance(days, int) and start and end and start <= end and days > (end - start).days + 1:
        judge.complain(given["says"], given["number"])


def _only_when(judge: Judge, given: Mapping[str, Any]) -> None:
    if given["column"] in judge.values and judge.values.get(given["when"]) != given["is"]:
        del judge.values[given["column"]]
        judge.complain(given["says"], given["column"])


def _needed_when(judge: Judge, given: Mapping[str, Any]) -> None:
    if judge.values.get(given["when"]) == given["is"] and given["column"] not in judge.values:
        judge.complain(given["says"], given["column"])


def _day(judge: Judge, key: str) -> date | None:
    value = judge.values.get(key)
    return value if isinstance(value, date) else None


def _folded(text: str) -> str:
    return match_key_khmer(text).casefold()


_RULES: Mapping[str, Callable[[Judge, Mapping[str, Any]], None]] = {
    "in-order": _in_order,
    "different": _different,
    "usual-length": _usual_length,
    "born-before": _born_before,
    "fits-between": _fits_between,
    "only-when": _only_when,
    "needed-when": _needed_when,
}
