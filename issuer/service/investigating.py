"""What the fraud desk asks: which certificates a case is about, and where something is unusual."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import anyio.to_thread

from issuer import investigation_store, photo_store
from issuer.class_list import match_key_khmer
from issuer.investigation_store import Suspected
from issuer.service.desk import Desk
from issuer.store import Connection, Record
from issuer.unsealed import Intent
from runtime.i18n import PHNOM_PENH
from runtime.settings import Settings
from vc.encoding.timestamps import format_timestamp, parse_timestamp

PAGE: Final = 500
ANOMALY_DAYS: Final = 30
_NIGHT: Final = (22, 5)
_MOST_SHOWN: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One certificate of a case: what the desk may see of it without opening it."""

    credential_id: str
    centre: str
    kind: str
    issued_on: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Anomaly:
    """Something unusual; it accuses nobody. ``rule`` names it, ``count`` says how much of it there is.

    ``who`` is an assessor's name where the rule is about one, else empty.
    """

    rule: str
    centre: str
    day: str
    count: int
    who: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """Which certificates, from where on; what is None is not asked about.

    The days are Cambodia's, both included. ``assessor``: only those that name this assessor, however the
    name is written.
    """

    centre: str | None = None
    assessor: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    batch: str | None = None
    key: str | None = None
    after: str = ""


async def matching(desk: Desk, search: Search) -> tuple[tuple[Member, ...], str | None]:
    """A page of the certificates asked for, and after which intent the next one begins."""
    wanted = Suspected(
        centre=search.centre,
        since=None if search.issued_from is None else _begins(search.issued_from),
        until=None if search.issued_to is None else _begins(search.issued_to + timedelta(days=1)),
        batch=search.batch,
        key=search.key,
    )
    assessor = search.assessor

    def read(connection: Connection) -> tuple[tuple[Member, ...], str | None]:
        records = investigation_store.suspected(connection, wanted, after=search.after, limit=PAGE)
        kept = records
        if assessor is not None:
            opened = {item.intent_id: item for item in desk.sealed.open_details(connection, records)}
            kept = [
                record
                for record in records
                if record.intent_id in opened and _names(opened[record.intent_id], assessor)
            ]
        last = records[-1].intent_id if len(records) == PAGE else None
        return tuple(_member(record) for record in kept), last

    return await desk.context.database.read(read)


async def anomalies(desk: Desk) -> tuple[Anomaly, ...]:
    """What was unusual in the last 30 days, the largest first, at most 50."""
    since = format_timestamp(desk.context.clock.now() - timedelta(days=ANOMALY_DAYS))
    found: list[Intent] = []
    after = ""
    while True:
        page, after = await desk.context.database.read(_opened_page, desk, since, after)
        found.extend(page)
        if not after:
            break
    counted = await anyio.to_thread.run_sync(_count, found, desk.context.settings)
    counted += [
        Anomaly(rule="shared-photo", centre=centre, day="", count=people)
        for centre, people in await desk.context.database.read(photo_store.shared_photos, since=since)
    ]
    return tuple(sorted(counted, key=lambda item: (-item.count, item.rule, item.centre))[:_MOST_SHOWN])


def _opened_page(
    connection: Connection, desk: Desk, since: str, after: str
) -> tuple[tuple[Intent, ...], str]:
    records = investigation_store.suspected(connection, Suspected(since=since), after=after, limit=PAGE)
    opened = desk.sealed.open_details(connection, records)
    return opened, records[-1].intent_id if len(records) == PAGE else ""


def _count(found: Sequence[Intent], settings: Settings) -> list[Anomaly]:
    assessed: Counter[tuple[str, str, str]] = Counter()
    at_night: Counter[tuple[str, str]] = Counter()
    contacts: Counter[tuple[str, str]] = Counter()
    for intent in found:
        subject = intent.details.subject
        day = str(subject.get("assessmentDate", ""))
        assessed.update((intent.centre_slug, day, name) for name in _assessors(subject) if day)
        moment = parse_timestamp(intent.created).astimezone(PHNOM_PENH)
        if _is_night(moment):
            at_night[intent.centre_slug, moment.date().isoformat()] += 1
        if intent.details.contact:
            contacts[intent.centre_slug, intent.details.contact] += 1
    return [
        *(
            Anomaly(rule="many-assessments", centre=centre, day=day, who=name, count=count)
            for (centre, day, name), count in assessed.items()
            if count > settings.assessments_per_day
        ),
        *(
            Anomaly(rule="at-night", centre=centre, day=day, count=count)
            for (centre, day), count in at_night.items()
        ),
        *(
            Anomaly(rule="shared-contact", centre=centre, day="", count=count)
            for (centre, _), count in contacts.items()
            if count > settings.people_per_contact
        ),
    ]


def _begins(day: date) -> str:
    return format_timestamp(datetime.combine(day, time(), PHNOM_PENH))


def _is_night(moment: datetime) -> bool:
    return moment.hour >= _NIGHT[0] or moment.hour < _NIGHT[1]


def _assessors(subject: Mapping[str, Any]) -> tuple[str, ...]:
    named = subject.get("assessors")
    return tuple(str(name) for name in named) if isinstance(named, list) else ()


def _names(intent: Intent, assessor: str) -> bool:
    wanted = set(match_key_khmer(assessor).casefold().split())
    return any(
        wanted <= set(match_key_khmer(name).casefold().split()) for name in _assessors(intent.details.subject)
    )


def _member(record: Record) -> Member:
    return Member(
        credential_id=record.credential_id,
        centre=record.centre_slug,
        kind=record.kind,
        issued_on=str(record.issued_at)[:10],
    )
