"""Which certificates an asker with a licence checked in an hour: as digests, for that hour alone.

Every function takes the connection of one open transaction.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from vc.encoding.timestamps import format_timestamp
from verifier.tables import checked_subject


def note_checked(
    connection: Connection, licence_number: str, hour: datetime, digests: frozenset[bytes]
) -> int:
    """Note what was checked; how many different ones that makes in this hour."""
    at = format_timestamp(hour)
    mine = (checked_subject.c.licence_number == licence_number) & (checked_subject.c.hour == at)
    noted = select(checked_subject.c.digest).where(mine & checked_subject.c.digest.in_(digests))
    new: list[dict[str, Any]] = [
        {"licence_number": licence_number, "hour": at, "digest": one}
        for one in sorted(digests - set(connection.execute(noted).scalars()))
    ]
    # Two programs of one asker may check the same at once; it counts once.
    try:
        with connection.begin_nested():
            _note(connection, new)
    except IntegrityError:
        for row in new:
            with suppress(IntegrityError), connection.begin_nested():
                _note(connection, [row])
    counted = select(func.count()).select_from(checked_subject).where(mine)
    return int(connection.execute(counted).scalar_one())


def _note(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(checked_subject), rows)


def most_since(connection: Connection, since: datetime) -> dict[str, int]:
    """For each day since then, how many different ones the busiest asker checked in one hour of it."""
    count = func.count().label("number")
    rows = connection.execute(
        select(checked_subject.c.hour, count)
        .where(checked_subject.c.hour >= format_timestamp(since))
        .group_by(checked_subject.c.licence_number, checked_subject.c.hour)
    )
    most: dict[str, int] = {}
    for hour, number in rows:
        most[hour[:10]] = max(most.get(hour[:10], 0), number)
    return most


def forget_checked(connection: Connection, before: datetime) -> None:
    """Delete what was noted before then."""
    connection.execute(delete(checked_subject).where(checked_subject.c.hour < format_timestamp(before)))
