"""What a centre issued: to look through, to take away as a table, and in figures by sex and province."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final

import anyio.to_thread

from issuer import overview_store
from issuer.class_list.csv_text import neutralise_text
from issuer.class_list.workbooks import table_workbook
from issuer.data_classes import OF_ROLES
from issuer.overview_store import STATES, Wanted
from issuer.service.classes import known_kind, slug_of
from issuer.service.desk import Desk
from issuer.store import REPLACED, TAKEN_BACK, Connection, Record
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import PHNOM_PENH, gettext_noop
from schemas import read_json
from vc.errors import MalformedValue, RangeError

PAGE: Final = 50
MAX_EXPORT: Final = 100_000
_CHUNK: Final = 500
_HEADINGS: Final = (
    gettext_noop("Certificate number"),
    gettext_noop("Title"),
    gettext_noop("Name in Khmer"),
    gettext_noop("Name in Latin letters"),
    gettext_noop("Issued on"),
    gettext_noop("State"),
)
STATE_WORDS: Final[Mapping[str, str]] = {
    "standing": gettext_noop("In force"),
    "replaced": gettext_noop("Replaced by a corrected one"),
    "taken-back": gettext_noop("Taken back"),
    "revoked": gettext_noop("Revoked"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One issued certificate. ``state`` is one of ``overview_store.STATES``; ``sex`` may be empty."""

    intent_id: str
    certificate_number: str
    kind: str
    title: str
    name_km: str
    name_latin: str
    sex: str
    province_code: str
    issued_on: date
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of them, counted from 1, and how many there are at all."""

    lines: tuple[Line, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """How many certificates under one heading went to women, to men, and to whom it is not known of."""

    name_en: str
    name_km: str
    women: int
    men: int
    unknown: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.women + self.men + self.unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What was issued and stands, as ``Group`` by title and by province of origin; and own errors.

    ``corrected`` and ``taken_back`` are not in the groups.
    """

    total: Group
    by_title: tuple[Group, ...]
    by_province: tuple[Group, ...]
    corrected: int
    taken_back: int


def wanted_of(
    principal: Principal,
    *,
    kind: str = "",
    state: str = "",
    since: str = "",
    until: str = "",
    number: str = "",
) -> Wanted:
    """What somebody asks for, from texts of a form: days as ISO dates of Cambodia, both included.

    Raises ``MalformedValue``.
    """
    if state and state not in STATES:
        raise MalformedValue(gettext_noop("Choose a state."), pointer="/state")
    first, last = _day(since, "/since"), _day(until, "/until")
    if len(number) > 60:
        raise MalformedValue(gettext_noop("Write the beginning of a certificate number."), pointer="/number")
    return Wanted(
        slug=slug_of(principal),
        data_classes=OF_ROLES[principal.role],
        kind=known_kind(kind) if kind else None,
        state=state or None,
        since=None if first is None else _instant(first),
        until=None if last is None else _instant(last + timedelta(days=1)),
        number=number.strip(),
    )


async def page(desk: Desk, wanted: Wanted, number: int) -> Page:
    """A page of what is asked for; one behind the last is the last."""

    def read(connection: Connection) -> Page:
        total = overview_store.count(connection, wanted)
        pages = max(1, -(-total // PAGE))
        here = min(max(number, 1), pages)
        records = overview_store.page(connection, wanted, skip=(here - 1) * PAGE, limit=PAGE)
        return Page(lines=_lines(desk, connection, records), number=here, pages=pages, total=total)

    return await desk.context.database.read_older(read)


async def export(
    desk: Desk, principal: Principal, wanted: Wanted, *, fmt: str, translate: Callable[[str], str]
) -> bytes:
    """All that is asked for as a workbook or CSV in which nothing is a formula; written in the audit log.

    Raises ``RangeError`` for more than ``MAX_EXPORT``.
    """
    total = await desk.context.database.read_older(overview_store.count, wanted)
    if total > MAX_EXPORT:
        raise RangeError(gettext_noop("This is too much for one table: choose fewer days."))
    entry = Entry(actor=principal.subject, act="certificates.export", object=wanted.slug)
    await desk.context.database.write(record, entry, now=desk.context.clock.now())
    rows = [[translate(heading) for heading in _HEADINGS]]
    async for line in _all(desk, wanted):
        rows.append(_cells(line, translate))
    build = csv_of if fmt == "csv" else table_workbook
    return await anyio.to_thread.run_sync(build, rows)


async def figures(desk: Desk, wanted: Wanted) -> Figures:
    """What stands of what is asked for, counted."""
    titles: Counter[tuple[str, str]] = Counter()
    provinces: Counter[tuple[str, str]] = Counter()
    ended: Counter[str] = Counter()
    async for line in _all(desk, wanted):
        if line.state in (REPLACED, TAKEN_BACK):
            ended[line.state] += 1
        elif line.state == overview_store.STANDING:
            titles[line.title, line.sex] += 1
            provinces[line.province_code, line.sex] += 1
    by_title = _groups(titles, {title: (title, title) for title, _ in titles})
    return Figures(
        total=Group(
            name_en="",
            name_km="",
            women=sum(group.women for group in by_title),
            men=sum(group.men for group in by_title),
            unknown=sum(group.unknown for group in by_title),
        ),
        by_title=by_title,
        by_province=_groups(provinces, _provinces()),
        corrected=ended[REPLACED],
        taken_back=ended[TAKEN_BACK],
    )


async def _all(desk: Desk, wanted: Wanted) -> AsyncIterator[Line]:
    """All lines in turn; each chunk is a transaction of its own, so that nobody waits for a long table."""
    last: Record | None = None
    while True:
        last, lines = await desk.context.database.read_older(_chunk, desk, wanted, last)
        if last is None:
            return
        for line in lines:
            yield line


def _chunk(
    connection: Connection, desk: Desk, wanted: Wanted, last: Record | None
) -> tuple[Record | None, tuple[Line, ...]]:
    """The next lines behind ``last``, and which certificate then came last; None where there are no more."""
    records = overview_store.behind(connection, wanted, last, limit=_CHUNK)
    return (records[-1] if records else None), _lines(desk, connection, records)


def _lines(desk: Desk, connection: Connection, records: Sequence[Record]) -> tuple[Line, ...]:
    by_intent = {record.intent_id: record for record in records}
    return tuple(
        Line(
            intent_id=one.intent_id,
            certificate_number=by_intent[one.intent_id].certificate_number,
            kind=by_intent[one.intent_id].kind,
            title=by_intent[one.intent_id].title,
            name_km=one.details.named.name_km,
            name_latin=one.details.named.name_latin,
            sex=one.details.sex,
            province_code=one.details.province_code,
            issued_on=datetime.fromisoformat(by_intent[one.intent_id].issued_at)
            .astimezone(PHNOM_PENH)
            .date(),
            state=overview_store.state_of(by_intent[one.intent_id]),
        )
        for one in desk.sealed.open_details(connection, records)
    )


def _cells(line: Line, translate: Callable[[str], str]) -> list[str]:
    state = translate(STATE_WORDS[line.state])
    names = [line.name_km, line.name_latin]
    return [line.certificate_number, line.title, *names, line.issued_on.isoformat(), state]


def csv_of(rows: Sequence[Sequence[str]]) -> bytes:
    """Texts as CSV in UTF-8 with a byte order mark, as Excel needs it; none of them is a formula."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([neutralise_text(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _groups(counted: Counter[tuple[str, str]], names: Mapping[str, tuple[str, str]]) -> tuple[Group, ...]:
    """The largest first; what has no name is under an empty one."""
    groups = []
    for key in {key for key, _ in counted}:
        english, khmer = names.get(key, ("", ""))
        women, men = counted[key, "F"], counted[key, "M"]
        every = sum(number for (one, _), number in counted.items() if one == key)
        groups.append(
            Group(name_en=english, name_km=khmer, women=women, men=men, unknown=every - women - men)
        )
    return tuple(sorted(groups, key=lambda group: (-group.total, group.name_en)))


@cache
def _provinces() -> Mapping[str, tuple[str, str]]:
    entries = read_json("data/provinces.json")["provinces"]
    return {entry["code"]: (entry["name_en"], entry["name_km"]) for entry in entries}


def _day(text: str, pointer: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise MalformedValue(gettext_noop("Write a day."), pointer=pointer) from None


def _instant(day: date) -> str:
    """The beginning of a day in Cambodia, as ``issued_at`` is kept."""

    return datetime.combine(day, time(), tzinfo=PHNOM_PENH).astimezone(UTC).isoformat()
