"""What the log of changes says to whoever watches the registry."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from revocation.tables import published, status_change


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpublished:
    """How many changes are in no published list, and when the oldest of them was acknowledged."""

    count: int
    oldest: datetime | None


def unpublished(connection: Connection) -> Unpublished:
    """The changes behind what the publications of their lists took in."""
    taken_in = (
        select(published.c.list_id, func.min(published.c.change_seq).label("seq"))
        .group_by(published.c.list_id)
        .subquery()
    )
    query = (
        select(func.count(), func.min(status_change.c.at))
        .join_from(status_change, taken_in, status_change.c.list_id == taken_in.c.list_id, isouter=True)
        .where(status_change.c.seq > func.coalesce(taken_in.c.seq, 0))
    )
    count, oldest = connection.execute(query).one()
    return Unpublished(count=count, oldest=oldest)
