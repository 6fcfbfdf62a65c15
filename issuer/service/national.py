"""Figures for the ministries and governors: how many certificates there are, of nobody in particular.

Counted in the background, certificate by certificate, into cells without names. What is shown is rounded to
tens, and fewer than ten are not shown, so that no difference of two figures tells of one person.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from issuer import tally_store
from issuer.service.desk import Desk
from issuer.store import Connection, Record
from issuer.tally_store import Cell, Count, StaleTally
from issuer.unsealed import Details
from runtime.i18n import PHNOM_PENH
from schemas import read_json
from vc.errors import MalformedValue
from vc.model.credential_types import credential_types, types_by_slug

FEW: Final = 10
"""Fewer than this are not shown."""

_MAX_CHUNKS: Final = 100
_AGRO: Final = frozenset({"agriculture", "agro-processing"})
_MICRO_MBA: Final = "MICRO-MBA"
_PASSPORTS: Final = frozenset({"passports", "registered"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a table: ``valid`` are those in force. None is a figure too small to be shown."""

    title_en: str
    title_km: str
    issued: int | None
    valid: int | None
    revoked: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A target of the report: what there is of ``goal``, and the share of women where it sets one.

    ``reached``, ``women`` and ``women_wanted`` are per cent; None where there is none, or too few people.
    """

    title_en: str
    title_km: str
    count: int | None
    goal: int | None
    reached: int | None
    women: int | None
    women_wanted: int | None
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NationalFigures:
    """What the ministries see; every number rounded or left out."""

    total: Row
    by_kind: tuple[Row, ...]
    by_province: tuple[Row, ...]
    by_sex: tuple[Row, ...]
    by_programme: tuple[Row, ...]
    targets: tuple[Target, ...]


async def sweep(desk: Desk) -> int:
    """Count what is not counted yet; returns how many certificates that were."""
    done = 0
    for _ in range(_MAX_CHUNKS):
        try:
            counted = await desk.context.database.write(_sweep, desk)
        except StaleTally:
            return done
        done += counted
        if not counted:
            return done
    return done


async def figures(desk: Desk, *, province: str = "") -> NationalFigures:
    """The figures of the country, or of one province of origin. Raises ``MalformedValue``."""
    if province and province not in provinces():
        raise MalformedValue("Choose a province.", pointer="/province")
    counted = await desk.context.database.read_older(tally_store.counts)
    people = 0 if province else await desk.context.database.read_older(tally_store.count_people)
    month = desk.context.clock.now().astimezone(PHNOM_PENH).strftime("%Y-%m")
    chosen = {
        cell: count for cell, count in counted.items() if not province or cell.province_code == province
    }
    kinds = {
        slug: (entry.titles["en"], entry.titles.get("km", "")) for slug, entry in types_by_slug().items()
    }
    return NationalFigures(
        total=_row(("All", "ទាំងអស់"), chosen.items(), month),
        by_kind=_rows(chosen, month, lambda cell: cell.kind, kinds),
        by_province=_rows(chosen, month, lambda cell: cell.province_code, provinces()),
        by_sex=_rows(chosen, month, lambda cell: cell.sex, {"F": ("Women", "ស្ត្រី"), "M": ("Men", "បុរស")}),
        by_programme=_rows(chosen, month, lambda cell: cell.programme, _programmes()),
        targets=_targets(chosen, people, with_people=not province),
    )


def shown(number: int) -> int | None:
    """A figure as it is shown: rounded to tens; None where it is small and not nought."""
    if 0 < number < FEW:
        return None
    return (number + 5) // 10 * 10


def table(found: NationalFigures) -> list[list[str]]:
    """The same as rows of a table."""
    rows = [["Group", "Title", "Title (km)", "Issued", "In force", "Revoked"]]
    groups: tuple[tuple[str, Sequence[Row]], ...] = (
        ("total", (found.total,)),
        ("type", found.by_kind),
        ("province", found.by_province),
        ("sex", found.by_sex),
        ("programme", found.by_programme),
    )
    for group, lines in groups:
        rows += [
            [group, line.title_en, line.title_km, *map(_text, (line.issued, line.valid, line.revoked))]
            for line in lines
        ]
    return rows


@cache
def provinces() -> Mapping[str, tuple[str, str]]:
    """Province code → its names in English and Khmer."""
    entries = read_json("data/provinces.json")["provinces"]
    return {entry["code"]: (entry["name_en"], entry["name_km"]) for entry in entries}


def programme_of(details: Details) -> str:
    """Which target of the report a certificate counts for; empty for none."""
    slug = credential_types()[details.credential_type].slug
    if slug == "attendance":
        return "cash-for-work"
    if slug == "rpl":
        return "rpl"
    achievement = details.subject.get("achievement")
    code = achievement.get("humanCode") if isinstance(achievement, dict) else None
    if slug != "training" or not isinstance(code, str):
        return ""
    if code == _MICRO_MBA:
        return "micro-mba"
    return "agro" if _course_sectors().get(code) in _AGRO else ""


def _sweep(connection: Connection, desk: Desk) -> int:
    fresh = tally_store.untallied(connection)
    if fresh:
        tally_store.add_issued(connection, _cells(connection, desk, fresh))
        return len(fresh)
    gone = tally_store.gone(connection)
    revoked = frozenset(record.intent_id for record in gone if record.ended is None)
    if gone:
        tally_store.add_gone(connection, _cells(connection, desk, gone), revoked)
    return len(gone)


def _cells(connection: Connection, desk: Desk, records: Sequence[Record]) -> dict[str, Cell]:
    """Of somebody who was erased only the kind is known."""
    cells = {record.intent_id: Cell(kind=record.kind) for record in records}
    for one in desk.sealed.open_details(connection, records):
        details = one.details
        cells[one.intent_id] = Cell(
            kind=cells[one.intent_id].kind,
            province_code=details.province_code,
            sex=details.sex if details.sex in ("F", "M") else "",
            programme=programme_of(details),
            until_month=(details.valid_until or "")[:7],
        )
    return cells


def _rows(
    chosen: Mapping[Cell, Count],
    month: str,
    key: Callable[[Cell], str],
    names: Mapping[str, tuple[str, str]],
) -> tuple[Row, ...]:
    """The largest first; what is in no group is left out."""
    groups: dict[str, list[tuple[Cell, Count]]] = {}
    for cell, count in chosen.items():
        groups.setdefault(key(cell), []).append((cell, count))
    rows = [_row(names[value], lines, month) for value, lines in groups.items() if value in names]
    return tuple(sorted(rows, key=lambda row: (-(row.issued or 0), row.title_en)))


def _row(names: tuple[str, str], lines: Iterable[tuple[Cell, Count]], month: str) -> Row:
    issued = valid = revoked = 0
    for cell, count in lines:
        issued += count.issued
        revoked += count.revoked
        if not cell.until_month or cell.until_month >= month:
            valid += count.issued - count.revoked - count.ended
    return Row(
        title_en=names[0],
        title_km=names[1],
        issued=shown(issued),
        valid=shown(max(valid, 0)),
        revoked=shown(revoked),
    )


def _targets(chosen: Mapping[Cell, Count], people: int, *, with_people: bool) -> tuple[Target, ...]:
    found = []
    for entry in read_json("data/report_targets.json")["targets"]:
        if entry["code"] in _PASSPORTS and not with_people:
            continue
        by_sex: Counter[str] = Counter()
        for cell, count in chosen.items():
            if cell.programme == entry["code"]:
                by_sex[cell.sex] += count.issued - count.revoked - count.ended
        number = people if entry["code"] in _PASSPORTS else sum(by_sex.values())
        found.append(_target(entry, number, by_sex))
    return tuple(found)


def _target(entry: Mapping[str, Any], number: int, by_sex: Counter[str]) -> Target:
    known = by_sex["F"] + by_sex["M"]
    are_few = min(by_sex["F"], by_sex["M"]) < FEW
    return Target(
        title_en=entry["title_en"],
        title_km=entry["title_km"],
        count=shown(number),
        goal=entry["goal"],
        reached=None if entry["goal"] is None else (shown(number) or 0) * 100 // entry["goal"],
        women=None if entry["women"] is None or are_few else round(by_sex["F"] * 100 / known),
        women_wanted=entry["women"],
        source=entry["source"],
    )


def _programmes() -> Mapping[str, tuple[str, str]]:
    entries = read_json("data/report_targets.json")["targets"]
    return {
        entry["code"]: (entry["title_en"], entry["title_km"])
        for entry in entries
        if entry["code"] not in _PASSPORTS
    }


@cache
def _course_sectors() -> Mapping[str, str]:
    return {entry["code"]: entry["sector"] for entry in read_json("data/courses.json")["courses"]}


def _text(number: int | None) -> str:
    return f"<{FEW}" if number is None else str(number)
