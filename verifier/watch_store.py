"""What askers watch, each with its holder's consent: a place in a status list, and until when.

Nothing here names a person or a certificate. Every function takes the connection of one open transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from verifier.tables import watch_hook, watched


class WatchState(StrEnum):
    """What the list said last."""

    IN_FORCE = "inForce"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """One watch. ``reference`` is the asker's own word for it; ``until`` is when the consent ends."""

    watch_id: str
    licence_number: str
    reference: str
    list_url: str
    index: int
    until: datetime
    created: datetime
    state: WatchState = WatchState.IN_FORCE
    told: WatchState = WatchState.IN_FORCE
    changed: datetime | None = None
    attempts: int = 0
    next_try: datetime | None = None
    share_id: str | None = None
    """The share that its holder agreed by, None where they agreed in a presentation."""


def add_watches(connection: Connection, new: Iterable[Watch]) -> None:
    """Begin to watch."""
    for watch in new:
        connection.execute(
            insert(watched).values(
                watch_id=watch.watch_id,
                licence_number=watch.licence_number,
                reference=watch.reference,
                list_url=watch.list_url,
                place=watch.index,
                until=format_timestamp(watch.until),
                created=format_timestamp(watch.created),
                state=watch.state.value,
                told=watch.told.value,
                attempts=0,
                share_id=watch.share_id,
            )
        )


def watches_under(connection: Connection, share_id: str) -> Sequence[str]:
    """The names of what is watched under a share."""
    return list(connection.scalars(select(watched.c.watch_id).where(watched.c.share_id == share_id)))


def shares_watched(connection: Connection, now: datetime) -> Sequence[str]:
    """The shares under which anything is watched."""
    here = watched.c.share_id.is_not(None) & (watched.c.until > format_timestamp(now))
    return list(connection.scalars(select(watched.c.share_id).where(here).distinct()))


def remove_ended(connection: Connection, share_ids: Iterable[str]) -> None:
    """Stop watching what shares that have ended were for."""
    connection.execute(delete(watched).where(watched.c.share_id.in_(list(share_ids))))


def watches_of(connection: Connection, licence_number: str, now: datetime) -> Sequence[Watch]:
    """What an asker watches, newest first; what consent is over for is not there any more."""
    mine = (watched.c.licence_number == licence_number) & (watched.c.until > format_timestamp(now))
    query = select(watched).where(mine).order_by(watched.c.created.desc(), watched.c.watch_id)
    return [_watch(row) for row in connection.execute(query).mappings()]


def all_watches(connection: Connection, now: datetime) -> Sequence[Watch]:
    """Everything that consent stands for."""
    query = select(watched).where(watched.c.until > format_timestamp(now)).order_by(watched.c.watch_id)
    return [_watch(row) for row in connection.execute(query).mappings()]


def remove_watch(connection: Connection, watch_id: str, licence_number: str) -> bool:
    """Stop watching; False where this asker watches nothing of that name."""
    mine = (watched.c.watch_id == watch_id) & (watched.c.licence_number == licence_number)
    return connection.execute(delete(watched).where(mine)).rowcount == 1


def record_state(connection: Connection, watch_id: str, state: WatchState, now: datetime) -> None:
    """What the list says now; whoever watches is to be told."""
    values = {"state": state.value, "changed": format_timestamp(now), "attempts": 0, "next_try": None}
    connection.execute(update(watched).where(watched.c.watch_id == watch_id).values(values))


def record_told(connection: Connection, watch: Watch) -> None:
    """The asker has heard of this state."""
    mine = watched.c.watch_id == watch.watch_id
    connection.execute(update(watched).where(mine).values(told=watch.state.value, attempts=0, next_try=None))


def record_untold(connection: Connection, watch: Watch, until: datetime) -> None:
    """The asker could not be told; try again at ``until``."""
    values = {"attempts": watch.attempts + 1, "next_try": format_timestamp(until)}
    connection.execute(update(watched).where(watched.c.watch_id == watch.watch_id).values(values))


def put_hook(connection: Connection, licence_number: str, url: str | None) -> None:
    """Where an asker is told; None for nowhere, and then they look by themselves."""
    connection.execute(delete(watch_hook).where(watch_hook.c.licence_number == licence_number))
    if url is not None:
        connection.execute(insert(watch_hook).values(licence_number=licence_number, url=url))


def hooks(connection: Connection) -> dict[str, str]:
    """Licence number → where that asker is told."""
    return {row.licence_number: row.url for row in connection.execute(select(watch_hook))}


def forget_watches(connection: Connection, now: datetime) -> None:
    """Delete what consent is over for."""
    connection.execute(delete(watched).where(watched.c.until <= format_timestamp(now)))


def _watch(row: RowMapping) -> Watch:
    return Watch(
        watch_id=row["watch_id"],
        licence_number=row["licence_number"],
        reference=row["reference"],
        list_url=row["list_url"],
        index=row["place"],
        until=parse_timestamp(row["until"]),
        created=parse_timestamp(row["created"]),
        state=WatchState(row["state"]),
        told=WatchState(row["told"]),
        changed=None if row["changed"] is None else parse_timestamp(row["changed"]),
        attempts=row["attempts"],
        next_try=None if row["next_try"] is None else parse_timestamp(row["next_try"]),
        share_id=row["share_id"],
    )
