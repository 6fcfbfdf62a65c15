"""Who is told when a list changes, and what they know; each function is part of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from revocation.representations import NOTES
from revocation.tables import published, watcher, watcher_delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Watcher:
    """A verifier that is told, at ``url``, that a list changed."""

    watcher_id: str
    name: str
    url: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """That a watcher is to be told of a list: up to which change it is published, and tries so far."""

    watcher: Watcher
    list_id: str
    change_seq: int
    attempts: int


def add_watcher(connection: Connection, new: Watcher) -> bool:
    """Keep it, knowing all that is published now; False where its address is there already."""
    if connection.scalar(select(watcher.c.watcher_id).where(watcher.c.url == new.url)) is not None:
        return False
    connection.execute(
        insert(watcher).values(
            watcher_id=new.watcher_id,
            name=new.name,
            url=new.url,
            added_by=new.added_by,
            added_at=new.added_at,
        )
    )
    for list_id, change_seq in _published(connection):
        _remember(connection, new.watcher_id, list_id, change_seq, now=new.added_at)
    return True


def remove_watcher(connection: Connection, watcher_id: str) -> bool:
    """Forget it; False where there is none."""
    connection.execute(delete(watcher_delivery).where(watcher_delivery.c.watcher_id == watcher_id))
    return connection.execute(delete(watcher).where(watcher.c.watcher_id == watcher_id)).rowcount == 1


def watchers(connection: Connection) -> Sequence[tuple[Watcher, int]]:
    """All of them by name, each with the most tries that it has not answered yet."""
    query = (
        select(watcher, func.coalesce(func.max(watcher_delivery.c.attempts), 0).label("attempts"))
        .outerjoin(watcher_delivery, watcher_delivery.c.watcher_id == watcher.c.watcher_id)
        .group_by(*watcher.c)
        .order_by(watcher.c.name)
    )
    names = Watcher.__dataclass_fields__
    return [
        (Watcher(**{name: row[name] for name in names}), row["attempts"])
        for row in connection.execute(query).mappings()
    ]


def due(connection: Connection, *, now: datetime, limit: int) -> Sequence[Telling]:
    """What is to be told now: lists published with changes that a watcher does not know of."""
    known = and_(
        watcher_delivery.c.watcher_id == watcher.c.watcher_id,
        watcher_delivery.c.list_id == published.c.list_id,
    )
    query = (
        select(
            watcher,
            published.c.list_id,
            published.c.change_seq,
            func.coalesce(watcher_delivery.c.attempts, 0).label("attempts"),
        )
        .select_from(watcher)
        .join(published, published.c.representation == NOTES.name)
        .outerjoin(watcher_delivery, known)
        .where(
            published.c.change_seq > func.coalesce(watcher_delivery.c.told_change, 0),
            or_(watcher_delivery.c.due_at.is_(None), watcher_delivery.c.due_at <= now),
        )
        .limit(limit)
    )
    names = Watcher.__dataclass_fields__
    return [
        Telling(
            watcher=Watcher(**{name: row[name] for name in names}),
            list_id=row["list_id"],
            change_seq=row["change_seq"],
            attempts=row["attempts"],
        )
        for row in connection.execute(query).mappings()
    ]


def record_told(connection: Connection, told: Telling, *, now: datetime) -> None:
    """Note that the watcher knows."""
    _remember(connection, told.watcher.watcher_id, told.list_id, told.change_seq, now=now)


def record_untold(connection: Connection, told: Telling, *, until: datetime) -> None:
    """Note that it could not be told, and when to try again."""
    mine = _mine(told.watcher.watcher_id, told.list_id)
    values = {"attempts": told.attempts + 1, "due_at": until}
    if connection.execute(update(watcher_delivery).where(mine).values(values)).rowcount == 0:
        connection.execute(
            insert(watcher_delivery).values(
                watcher_id=told.watcher.watcher_id, list_id=told.list_id, told_change=0, **values
            )
        )


def _remember(
    connection: Connection, watcher_id: str, list_id: str, change_seq: int, *, now: datetime
) -> None:
    values = {"told_change": change_seq, "attempts": 0, "due_at": now}
    mine = _mine(watcher_id, list_id)
    if connection.execute(update(watcher_delivery).where(mine).values(values)).rowcount == 0:
        connection.execute(insert(watcher_delivery).values(watcher_id=watcher_id, list_id=list_id, **values))


def _mine(watcher_id: str, list_id: str) -> ColumnElement[bool]:
    return and_(watcher_delivery.c.watcher_id == watcher_id, watcher_delivery.c.list_id == list_id)


def _published(connection: Connection) -> Sequence[tuple[str, int]]:
    query = select(published.c.list_id, published.c.change_seq).where(
        published.c.representation == NOTES.name
    )
    return [(row.list_id, row.change_seq) for row in connection.execute(query)]
