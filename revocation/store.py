"""The registry's tables and every statement over them; nothing else in the service speaks SQL."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, Row, and_, func, insert, select, text, update
from sqlalchemy import Connection as Connection  # noqa: PLC0414 - the service layer imports it from here

from revocation.records import (
    AllocatedEntry,
    EntriesAllocated,
    ListClosed,
    ListOpened,
    Record,
    StatusChanged,
)
from revocation.tables import journal_position, published, status_change, status_entry, status_list
from revocation.values import Change, OpenList, PublishedRepresentation, StoredList
from vc.errors import ConflictError
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, StatusChange

# SQLite refuses statements with very many bound values.
_CHUNK: Final = 500


def lock_registry(connection: Connection) -> None:
    """Make this transaction the only writing one until it ends.

    SQLite did so at its beginning. On PostgreSQL LOCK TABLE waits *before* the transaction's
    snapshot is taken, so that a waiting transaction sees what the one before it did.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE journal_position IN EXCLUSIVE MODE"))


def position_or_none(connection: Connection) -> tuple[str, int] | None:
    """(journal identity, offset up to which it is applied), or None in an empty database."""
    row = connection.execute(select(journal_position.c.journal, journal_position.c.position)).first()
    return None if row is None else (row.journal, row.position)


def set_position(connection: Connection, journal: str, position: int) -> None:
    """Record that ``journal`` is applied up to ``position``."""
    done = connection.execute(update(journal_position).values(journal=journal, position=position))
    if done.rowcount == 0:
        connection.execute(insert(journal_position).values(id=1, journal=journal, position=position))


def move_position(connection: Connection, position: int) -> None:
    """Record that the same journal is applied up to ``position``."""
    connection.execute(update(journal_position).values(position=position))


def apply_record(connection: Connection, record: Record) -> None:
    """Bring the tables to the state after ``record``; applying it twice changes nothing more.

    Raises ``ConflictError`` where the record contradicts what the tables hold.
    """
    match record:
        case ListOpened():
            _apply_list(connection, record)
        case EntriesAllocated():
            _apply_entries(connection, record)
        case ListClosed():
            connection.execute(
                update(status_list).where(status_list.c.list_id == record.list_id).values(closed=True)
            )
        case StatusChanged():
            _apply_change(connection, record)


def _apply_list(connection: Connection, record: ListOpened) -> None:
    known = select(status_list.c.number).where(status_list.c.list_id == record.list_id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(status_list).values(
                list_id=record.list_id,
                purpose=record.purpose.value,
                length=record.length,
                permutation_key=record.permutation_key,
                next_counter=0,
                closed=record.closed,
                opened_at=record.at,
                version=0,
            )
        )


def _apply_entries(connection: Connection, record: EntriesAllocated) -> None:
    known = entries_by_intent(connection, [entry.intent_id for entry in record.entries])
    rows = []
    for entry in record.entries:
        if entry.intent_id not in known:
            rows.append(_entry_values(entry, record.at))
        elif known[entry.intent_id] != entry:
            raise ConflictError("The journal and the database disagree about a status entry.")
    if rows:
        connection.execute(insert(status_entry), rows)
    connection.execute(
        update(status_list)
        .where(status_list.c.list_id == record.list_id, status_list.c.next_counter < record.next_counter)
        .values(next_counter=record.next_counter)
    )


def _entry_values(entry: AllocatedEntry, at: datetime) -> dict[str, object]:
    return {
        "list_id": entry.list_id,
        "list_index": entry.index,
        "intent_id": entry.intent_id,
        "credential_id": entry.credential_id,
        "issuer": entry.issuer,
        "cryptosuite": entry.cryptosuite,
        "allocated_by": entry.allocated_by,
        "allocated_at": at,
    }


def _apply_change(connection: Connection, record: StatusChanged) -> None:
    if change_or_none(connection, record.credential_id) is not None:
        return
    purpose = select(status_list.c.purpose).where(status_list.c.list_id == record.list_id)
    connection.execute(
        insert(status_change).values(
            list_id=record.list_id,
            list_index=record.index,
            purpose=purpose.scalar_subquery(),
            credential_id=record.credential_id,
            kind=record.kind.value,
            reason=record.reason,
            note=record.note,
            successor=record.successor,
            actor=record.actor,
            request_id=record.request_id,
            at=record.at,
        )
    )


def entries_by_intent(connection: Connection, intent_ids: Sequence[str]) -> Mapping[str, AllocatedEntry]:
    """Intent id → entry for every one of ``intent_ids`` that has an entry."""
    return {e.intent_id: e for e in _entries_where(connection, status_entry.c.intent_id, intent_ids)}


def entries_by_credential(connection: Connection, ids: Sequence[str]) -> Mapping[str, AllocatedEntry]:
    """Credential id → entry for every one of ``ids`` that has an entry."""
    return {e.credential_id: e for e in _entries_where(connection, status_entry.c.credential_id, ids)}


def _entries_where(
    connection: Connection, column: Column[str], values: Sequence[str]
) -> Iterable[AllocatedEntry]:
    for start in range(0, len(values), _CHUNK):
        query = select(status_entry).where(column.in_(values[start : start + _CHUNK]))
        for row in connection.execute(query):
            yield _entry(row)


def all_entries(connection: Connection, list_id: str) -> tuple[AllocatedEntry, ...]:
    """Every entry of a list, by index."""
    query = select(status_entry).where(status_entry.c.list_id == list_id).order_by(status_entry.c.list_index)
    return tuple(_entry(row) for row in connection.execute(query))


def taken_indexes(connection: Connection, list_id: str, indexes: Sequence[int]) -> frozenset[int]:
    """Those of ``indexes`` that were ever given to a credential."""
    taken: set[int] = set()
    for start in range(0, len(indexes), _CHUNK):
        query = select(status_entry.c.list_index).where(
            status_entry.c.list_id == list_id, status_entry.c.list_index.in_(indexes[start : start + _CHUNK])
        )
        taken.update(connection.execute(query).scalars())
    return frozenset(taken)


def open_list_or_none(connection: Connection, purpose: StatusPurpose) -> OpenList | None:
    """The list that new entries of ``purpose`` go to, or None where all are full or closed."""
    row = connection.execute(
        select(status_list)
        .where(
            status_list.c.purpose == purpose.value,
            status_list.c.closed.is_(False),
            status_list.c.next_counter < status_list.c.length,
        )
        .order_by(status_list.c.number)
        .limit(1)
    ).first()
    if row is None:
        return None
    return OpenList(
        list_id=row.list_id,
        length=row.length,
        permutation_key=row.permutation_key,
        next_counter=row.next_counter,
    )


def lists(connection: Connection) -> tuple[StoredList, ...]:
    """Every list, oldest first."""
    rows = connection.execute(select(status_list).order_by(status_list.c.number))
    return tuple(
        StoredList(
            list_id=row.list_id,
            purpose=StatusPurpose(row.purpose),
            length=row.length,
            permutation_key=row.permutation_key,
            next_counter=row.next_counter,
            closed=row.closed,
            opened_at=row.opened_at,
            version=row.version,
        )
        for row in rows
    )


def set_version(connection: Connection, list_id: str, version: int) -> None:
    """Reserve ``version`` for the next publication of a list; never goes back."""
    connection.execute(
        update(status_list)
        .where(status_list.c.list_id == list_id, status_list.c.version < version)
        .values(version=version)
    )


def change_or_none(connection: Connection, credential_id: str) -> Change | None:
    """What happened to a credential, or None while it is in force."""
    query = select(status_change).where(status_change.c.credential_id == credential_id)
    row = connection.execute(query).first()
    return None if row is None else _change(row)


def ended_after(
    connection: Connection, issuer: str, *, allocated_by: str, after: str, limit: int
) -> Sequence[str]:
    """Ids of an issuer's credentials that are revoked or superseded, in their order, beginning after one.

    Those alone that ``allocated_by`` had asked entries for.
    """
    same = and_(
        status_change.c.list_id == status_entry.c.list_id,
        status_change.c.list_index == status_entry.c.list_index,
    )
    query = (
        select(status_change.c.credential_id)
        .join(status_entry, same)
        .where(
            status_entry.c.issuer == issuer,
            status_entry.c.allocated_by == allocated_by,
            status_change.c.credential_id > after,
        )
        .order_by(status_change.c.credential_id)
        .limit(limit)
    )
    return connection.execute(query).scalars().all()


def recent_changes(connection: Connection, *, limit: int) -> tuple[Change, ...]:
    """The latest changes, newest first."""
    query = select(status_change).order_by(status_change.c.seq.desc()).limit(limit)
    return tuple(_change(row) for row in connection.execute(query))


def changes_after(
    connection: Connection, seq: int, *, allocated_by: str, limit: int
) -> tuple[tuple[Change, ...], int]:
    """Changes behind ``seq`` of what one service asked entries for, and the number of the newest of all."""
    mine = select(status_entry.c.credential_id).where(status_entry.c.allocated_by == allocated_by)
    query = select(status_change).where(status_change.c.seq > seq, status_change.c.credential_id.in_(mine))
    rows = connection.execute(query.order_by(status_change.c.seq).limit(limit)).all()
    newest = connection.scalar(select(func.max(status_change.c.seq))) or 0
    return tuple(_change(row) for row in rows), newest


def changes_of(connection: Connection, list_id: str) -> tuple[Change, ...]:
    """The whole log of one list, oldest first."""
    query = select(status_change).where(status_change.c.list_id == list_id).order_by(status_change.c.seq)
    return tuple(_change(row) for row in connection.execute(query))


def last_change_seq(connection: Connection, list_id: str) -> int:
    """The number of the latest change of a list; 0 where there is none."""
    query = select(func.max(status_change.c.seq)).where(status_change.c.list_id == list_id)
    return connection.execute(query).scalar() or 0


def published_of(connection: Connection, list_id: str) -> Mapping[str, PublishedRepresentation]:
    """Representation → what was last published of a list."""
    query = select(published).where(published.c.list_id == list_id)
    return {row.representation: _representation(row) for row in connection.execute(query)}


def put_published(connection: Connection, representation: PublishedRepresentation) -> None:
    """Replace what is recorded as published; the caller has compared the versions."""
    values = {
        column.name: getattr(representation, column.name)
        for column in published.columns
        if not column.primary_key
    }
    done = connection.execute(
        update(published)
        .where(
            published.c.list_id == representation.list_id,
            published.c.representation == representation.representation,
        )
        .values(**values)
    )
    if done.rowcount == 0:
        connection.execute(
            insert(published).values(
                list_id=representation.list_id, representation=representation.representation, **values
            )
        )


def _entry(row: Row[tuple[object, ...]]) -> AllocatedEntry:
    return AllocatedEntry(
        list_id=row.list_id,
        index=row.list_index,
        intent_id=row.intent_id,
        credential_id=row.credential_id,
        issuer=row.issuer,
        cryptosuite=row.cryptosuite,
        allocated_by=row.allocated_by,
    )


def _change(row: Row[tuple[object, ...]]) -> Change:
    return Change(
        list_id=row.list_id,
        credential_id=row.credential_id,
        reason=row.reason,
        note=row.note,
        actor=row.actor,
        request_id=row.request_id,
        logged=StatusChange(
            seq=row.seq, index=row.list_index, kind=ChangeKind(row.kind), at=row.at, successor=row.successor
        ),
    )


def _representation(row: Row[tuple[object, ...]]) -> PublishedRepresentation:
    return PublishedRepresentation(
        list_id=row.list_id,
        representation=row.representation,
        version=row.version,
        body=row.body,
        digest=row.digest,
        etag=row.etag,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        set_count=row.set_count,
        change_seq=row.change_seq,
    )
