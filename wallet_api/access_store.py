"""The rows of who looked at what of a holder; each function is part of one transaction."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from vc.encoding.timestamps import format_timestamp
from wallet_api.pin_tables import access_entry


def insert_entry(
    connection: Connection, entry_id: str, holder_index: str, sealed: bytes, *, at: datetime
) -> None:
    """Add an entry, which nothing changes afterwards."""
    connection.execute(
        insert(access_entry).values(
            entry_id=entry_id, holder_index=holder_index, sealed=sealed, at=format_timestamp(at)
        )
    )


def has_entry(connection: Connection, entry_id: str) -> bool:
    """Whether there is an entry with this id, of whomever."""
    query = select(access_entry.c.entry_id).where(access_entry.c.entry_id == entry_id)
    return connection.execute(query).first() is not None


def entries_of_holder(
    connection: Connection, holder_index: str, *, limit: int
) -> tuple[tuple[str, bytes, str], ...]:
    """Of the newest ``limit`` entries of a holder id, sealed text and time, newest first."""
    query = (
        select(access_entry.c.entry_id, access_entry.c.sealed, access_entry.c.at)
        .where(access_entry.c.holder_index == holder_index)
        .order_by(access_entry.c.at.desc(), access_entry.c.entry_id)
        .limit(limit)
    )
    return tuple((row.entry_id, row.sealed, row.at) for row in connection.execute(query))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete the entries of one holder."""
    connection.execute(delete(access_entry).where(access_entry.c.holder_index == holder_index))


def forget_older(connection: Connection, before: datetime) -> None:
    """Delete the entries written before then."""
    connection.execute(delete(access_entry).where(access_entry.c.at < format_timestamp(before)))
