"""The registry's tables and every statement over them; nothing else in the service speaks SQL."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, Row, insert, select, text, update
from sqlalchemy import Connection as Connection  # noqa: PLC0414 - the service layer imports it from here

from revocation.change_store import CHUNK, apply_changes
from revocation.records import (
    AllocatedEntry,
    EntriesAllocated,
    ListClosed,
    ListOpened,
    Record,
    StatusChanged,
)
from revocation.tables import journal_position, published, status_entry, status_list
from revocation.values import OpenList, Pool, PublishedRepresentation, StoredList
from vc.errors import ConflictError


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


def apply_records(connection: Connection, records: Sequence[Record]) -> None:
    """``apply_record`` for each of them in turn; changes that follow one another in one go."""
    changes: list[StatusChanged] = []
    for record in records:
        if isinstance(record, StatusChanged):
            changes.append(record)
            continue
        apply_changes(connection, changes)
        changes = []
        apply_record(connection, record)
    apply_changes(connection, changes)


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
            apply_changes(connection, [record])


def _apply_list(connection: Connection, record: ListOpened) -> None:
    known = select(status_list.c.number).where(status_list.c.list_id == record.list_id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(status_list).values(
                list_id=record.list_id,
                pool=record.pool.value,
                suspends=record.suspends,
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
        "copy_of": entry.copy_of,
    }


def entries_by_intent(connection: Connection, intent_ids: Sequence[str]) -> Mapping[str, AllocatedEntry]:
    """Intent id → entry for every one of ``intent_ids`` that has an entry."""
    return {e.intent_id: e for e in _entries_where(connection, status_entry.c.intent_id, intent_ids)}


def entries_by_credential(connection: Connection, ids: Sequence[str]) -> Mapping[str, AllocatedEntry]:
    """Credential id → entry for every one of ``ids`` that has an entry."""
    return {e.credential_id: e for e in _entries_where(connection, status_entry.c.credential_id, ids)}


def copies_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, Sequence[AllocatedEntry]]:
    """Credential id → the entries of its copies, for every one of ``ids`` that has any."""
    found: dict[str, list[AllocatedEntry]] = {}
    for entry in _entries_where(connection, status_entry.c.copy_of, ids):
        found.setdefault(str(entry.copy_of), []).append(entry)
    return found


def _entries_where(
    connection: Connection, column: "Column[str] | Column[str | None]", values: Sequence[str]
) -> Iterable[AllocatedEntry]:
    for start in range(0, len(values), CHUNK):
        query = select(status_entry).where(column.in_(values[start : start + CHUNK]))
        for row in connection.execute(query):
            yield _entry(row)


def all_entries(connection: Connection, list_id: str) -> tuple[AllocatedEntry, ...]:
    """Every entry of a list, by index."""
    query = select(status_entry).where(status_entry.c.list_id == list_id).order_by(status_entry.c.list_index)
    return tuple(_entry(row) for row in connection.execute(query))


def entries_at(connection: Connection, list_id: str, indexes: Sequence[int]) -> tuple[AllocatedEntry, ...]:
    """Those entries of a list that stand at ``indexes``."""
    found: list[AllocatedEntry] = []
    for start in range(0, len(indexes), CHUNK):
        query = select(status_entry).where(
            status_entry.c.list_id == list_id, status_entry.c.list_index.in_(indexes[start : start + CHUNK])
        )
        found.extend(_entry(row) for row in connection.execute(query))
    return tuple(found)


def taken_indexes(connection: Connection, list_id: str, indexes: Sequence[int]) -> frozenset[int]:
    """Those of ``indexes`` that were ever given to a credential."""
    taken: set[int] = set()
    for start in range(0, len(indexes), CHUNK):
        query = select(status_entry.c.list_index).where(
            status_entry.c.list_id == list_id, status_entry.c.list_index.in_(indexes[start : start + CHUNK])
        )
        taken.update(connection.execute(query).scalars())
    return frozenset(taken)


def open_list_or_none(connection: Connection, pool: Pool) -> OpenList | None:
    """The list that new entries of ``pool`` go to, or None where all are full or closed."""
    row = connection.execute(
        select(status_list)
        .where(
            status_list.c.pool == pool.value,
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
        suspends=row.suspends,
    )


def lists(connection: Connection) -> tuple[StoredList, ...]:
    """Every list, oldest first."""
    rows = connection.execute(select(status_list).order_by(status_list.c.number))
    return tuple(
        StoredList(
            list_id=row.list_id,
            pool=Pool(row.pool),
            suspends=row.suspends,
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


def list_of(connection: Connection, list_id: str) -> StoredList | None:
    """One list, or None where there is no such list."""
    return next((item for item in lists(connection) if item.list_id == list_id), None)


def published_of(connection: Connection, list_id: str) -> Mapping[str, PublishedRepresentation]:
    """Representation → what was last published of a list."""
    query = select(published).where(published.c.list_id == list_id)
    return {row.representation: _representation(row) for row in connection.execute(query)}


def published_since(connection: Connection) -> Mapping[str, Mapping[str, datetime]]:
    """List → representation → when what is published of it was signed; its bytes are not read."""
    found: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for row in connection.execute(
        select(published.c.list_id, published.c.representation, published.c.valid_from)
    ):
        found[row.list_id][row.representation] = row.valid_from
    return found


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
        copy_of=row.copy_of,
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
