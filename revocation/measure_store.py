"""What the log of changes says to whoever watches the registry."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from revocation.change_store import taken_in
from revocation.tables import status_change


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpublished:
    """How many changes are in no published list, and when the oldest of them was acknowledged."""

    count: int
    oldest: datetime | None


def unpublished(connection: Connection) -> Unpublished:
    """The changes behind what the publications of their lists took in."""
    last = taken_in()
    query = (
        select(func.count(), func.min(status_change.c.at))
        .join_from(status_change, last, status_change.c.list_id == last.c.list_id, isouter=True)
        .where(status_change.c.seq > func.coalesce(last.c.seq, 0))
    )
    count, oldest = connection.execute(query).one()
    return Unpublished(count=count, oldest=oldest)
