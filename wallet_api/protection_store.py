"""The queue of those who may be under threat; each function is part of one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp
from wallet_api.pin_tables import protection_event


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedEvent:
    """One event; whose it is lies inside the seal."""

    event_id: str
    sealed: bytes
    seen_at: str | None
    seen_by: str | None


def insert_event(connection: Connection, event_id: str, sealed: bytes, *, day: date) -> None:
    """Add an event."""
    connection.execute(insert(protection_event).values(event_id=event_id, sealed=sealed, day=day.isoformat()))


def events(connection: Connection, *, limit: int) -> tuple[SealedEvent, ...]:
    """Those not seen yet first, then the newest."""
    columns = (protection_event.c[name] for name in SealedEvent.__dataclass_fields__)
    query = (
        select(*columns)
        .order_by(protection_event.c.seen_at.is_not(None), protection_event.c.day.desc())
        .order_by(protection_event.c.event_id)
        .limit(limit)
    )
    return tuple(SealedEvent(**row) for row in connection.execute(query).mappings())


def see(connection: Connection, event_id: str, by: str, *, now: datetime) -> bool:
    """Note who saw an event, the first time; whether this was it."""
    seen = connection.execute(
        update(protection_event)
        .where(protection_event.c.event_id == event_id, protection_event.c.seen_at.is_(None))
        .values(seen_at=format_timestamp(now), seen_by=by)
    )
    return seen.rowcount == 1


def forget_seen(connection: Connection, before: datetime) -> None:
    """Delete what was seen before then."""
    connection.execute(delete(protection_event).where(protection_event.c.seen_at < format_timestamp(before)))
