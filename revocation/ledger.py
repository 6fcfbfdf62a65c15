"""What may be done to the registry: each function is one transaction over journal and database.

The journal is the truth that survives; the database is what applying it gives. Every writing
transaction first applies what the journal has beyond it (a crash between journal and commit, or a
restored backup), then records its own facts in both, journal first on the disk.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from revocation import change_store, store
from revocation.accounting import account_for
from revocation.copies import require_copyable, with_copies
from revocation.published_files import PublishedBits
from revocation.records import (
    AllocatedEntry,
    EntriesAllocated,
    ListClosed,
    ListOpened,
    Record,
    StatusChanged,
    encode_record,
    parse_record,
)
from revocation.store import Connection
from revocation.values import RECOVERED, Change, Intent, OpenList, Pool
from runtime import audit_log
from runtime.audit_log import Entry
from runtime.entropy import random_bytes, random_token
from runtime.journal import Journal
from vc.errors import ConflictError, EvidenceUnavailable
from vc.status.bitstring_status_list import MIN_LENGTH
from vc.status.fold import ChangeKind
from vc.status.permutation import permute

LIST_LENGTH = MIN_LENGTH
_REGISTRY = "registry"
_OPERATOR = "operator"


class RegistryDegraded(EvidenceUnavailable):
    """Database, journal and published lists do not belong together; a person must look first."""


def reconcile(
    connection: Connection, journal: Journal, published: Sequence[PublishedBits], *, now: datetime
) -> None:
    """Bring database, journal and what is published together at the start of a process.

    Afterwards the log takes in everything acknowledged (journal) and everything ever published,
    no version is behind a published one, and there is a list to allocate in. Raises
    ``RegistryDegraded`` where that would mean guessing.
    """
    store.lock_registry(connection)
    position = store.position_or_none(connection)
    if position is None:
        _start(connection, journal, published)
    elif not journal.exists() or journal.identity() != position[0]:
        raise RegistryDegraded("The journal of this database is gone. See `passport lists recover`.")
    _bring_together(connection, journal, published, now)


def recover(
    connection: Connection, journal: Journal, published: Sequence[PublishedBits], *, now: datetime
) -> None:
    """Repair, on a person's word, what ``reconcile`` refuses.

    An empty database is rebuilt from the journal. A lost journal is begun anew with all that the
    database knows; since indexes given out after that state are unknown, every list is closed.
    """
    store.lock_registry(connection)
    position = store.position_or_none(connection)
    known = position is not None and journal.exists() and journal.identity() == position[0]
    if not known or (position is not None and journal.size() < position[1]):
        if position is None and journal.exists():
            store.set_position(connection, journal.identity(), _beginning(journal))
        else:
            _begin_anew(connection, journal, now)
    _bring_together(connection, journal, published, now)
    audit_log.record(connection, Entry(actor=_OPERATOR, act="registry.recover", object="journal"), now=now)


def allocate(
    connection: Connection, journal: Journal, intents: Sequence[Intent], *, actor: str, now: datetime
) -> tuple[AllocatedEntry, ...]:
    """One entry per intent, in their order; an intent that has an entry already keeps it.

    Raises ``ConflictError`` where an intent or credential id was used with other content, and as
    ``require_copyable`` for a copy.
    """
    position = catch_up(connection, journal)
    wanted = _distinct(intents)
    known = dict(store.entries_by_intent(connection, list(wanted)))
    for intent_id, entry in known.items():
        if _intent_of(entry) != wanted[intent_id]:
            raise ConflictError("The intent was recorded with other content.")
    unknown = [intent for intent in wanted.values() if intent.intent_id not in known]
    if store.entries_by_credential(connection, [intent.credential_id for intent in unknown]):
        raise ConflictError("The credential has a status entry under another intent.")
    require_copyable(connection, unknown, actor=actor)
    recorded: list[Record] = []
    for pool in Pool:
        fresh = [intent for intent in unknown if intent.pool is pool]
        while fresh:
            open_list, opened = _open_list(connection, pool, now)
            batch = _draw(connection, open_list, fresh, actor=actor, at=now)
            position = record(connection, journal, position, [*opened, batch])
            recorded.append(batch)
            known.update((entry.intent_id, entry) for entry in batch.entries)
            fresh = fresh[len(batch.entries) :]
    account_for(connection, recorded)
    return tuple(known[intent.intent_id] for intent in intents)


def catch_up(connection: Connection, journal: Journal) -> int:
    """Take the registry's lock and apply what the journal has beyond the database.

    Returns the journal's end. Raises ``RegistryDegraded`` where the journal is not the database's.
    """
    store.lock_registry(connection)
    position = store.position_or_none(connection)
    if position is None:
        raise RegistryDegraded("The registry was not started.")
    identity, applied = position
    size = journal.size()
    if size < applied:
        raise RegistryDegraded("The journal is shorter than what was applied of it.")
    if size == applied:
        return applied
    if journal.identity() != identity:
        raise RegistryDegraded("The journal is another registry's.")
    missed = [(end, parse_record(payload)) for end, payload in journal.read(applied)]
    if missed:
        store.apply_records(connection, [fact for _, fact in missed])
        account_for(connection, [fact for _, fact in missed])
        applied = missed[-1][0]
    if journal.size() > applied:
        journal.cut_torn_tail(at=applied)
    store.move_position(connection, applied)
    return applied


def record(connection: Connection, journal: Journal, position: int, records: Sequence[Record]) -> int:
    """Put facts into the tables and then, synced, into the journal; returns the journal's new end.

    ``position`` is what ``catch_up`` returned in this transaction.
    """
    # The tables first: what they refuse must not reach the journal.
    store.apply_records(connection, records)
    end = journal.append([encode_record(record) for record in records], at=position)
    store.move_position(connection, end)
    return end


def _start(connection: Connection, journal: Journal, published: Sequence[PublishedBits]) -> None:
    if published:
        raise RegistryDegraded(
            "The database is empty but lists are published: is it the right database? "
            "See `passport lists recover`."
        )
    if not journal.exists():
        journal.create(random_bytes(16))
    # Lists without an entry are what a first start leaves that dies before its commit: nobody was
    # told anything yet.
    elif not all(isinstance(parse_record(payload), ListOpened) for _, payload in journal.read(0)):
        raise RegistryDegraded("The database is empty but the journal is not. See `passport lists recover`.")
    store.set_position(connection, journal.identity(), _beginning(journal))


def _beginning(journal: Journal) -> int:
    return next(end for end, _ in journal.read(0, with_identity=True))


def _bring_together(
    connection: Connection, journal: Journal, published: Sequence[PublishedBits], now: datetime
) -> None:
    position = catch_up(connection, journal)
    for bits in published:
        # Its copies may stand in a list that was not published any more.
        records = with_copies(connection, list(_missing_from_log(connection, bits, now)))
        if records:
            position = record(connection, journal, position, records)
            account_for(connection, records)
        store.set_version(connection, bits.list_id, bits.version)
    for pool in Pool:
        _, opened = _open_list(connection, pool, now)
        if opened:
            position = record(connection, journal, position, opened)


def _missing_from_log(connection: Connection, bits: PublishedBits, now: datetime) -> Iterable[Record]:
    """The records that make the log take in everything set in a published list."""
    known = {stored.list_id for stored in store.lists(connection)}
    if bits.list_id not in known:
        yield ListOpened(
            list_id=bits.list_id,
            # Whose list it was is not published; none is ever handed out from it again.
            pool=Pool.GENERAL,
            suspends=True,
            length=bits.length,
            permutation_key=random_bytes(32),
            closed=True,
            at=now,
        )
    changes = change_store.changes_of(connection, bits.list_id)
    missing: list[tuple[ChangeKind, list[int]]] = []
    for kind, indexes in ((ChangeKind.REVOKED, bits.indexes), (ChangeKind.SUSPENDED, bits.suspended)):
        # Of a suspension the log knows more than an older list, however it ended.
        logged = {c.logged.index for c in changes if c.logged.kind.purpose is kind.purpose}
        missing.append((kind, sorted(indexes - logged)))
    # All entries of all lists would be read at every start otherwise, and most often nothing is missing.
    wanted = [index for _, lacked in missing for index in lacked]
    entries = {entry.index: entry for entry in store.entries_at(connection, bits.list_id, wanted)}
    for kind, lacked in missing:
        for index in lacked:
            if index not in entries:
                entries[index] = _recovered_entry(bits.list_id, index)
                yield EntriesAllocated(
                    list_id=bits.list_id, next_counter=0, entries=(entries[index],), at=now
                )
            day = bits.days.get(index)
            since = now if day is None else datetime.combine(day, time(), UTC)
            yield _recovered_change(entries[index], kind, since)


def _recovered_change(entry: AllocatedEntry, kind: ChangeKind, since: datetime) -> StatusChanged:
    return StatusChanged(
        list_id=entry.list_id,
        index=entry.index,
        credential_id=entry.credential_id,
        kind=kind,
        reason=RECOVERED,
        note=None,
        successor=None,
        actor=_REGISTRY,
        request_id=_REGISTRY,
        at=since,
    )


def _recovered_entry(list_id: str, index: int) -> AllocatedEntry:
    name = f"urn:recovered:{list_id}:{index}"
    return AllocatedEntry(
        list_id=list_id,
        index=index,
        intent_id=name,
        credential_id=name,
        issuer=_REGISTRY,
        cryptosuite="unknown",
        allocated_by=_REGISTRY,
    )


def _begin_anew(connection: Connection, journal: Journal, now: datetime) -> None:
    if journal.exists():
        # Kept for whoever will ask what happened; never read again.
        journal.path.rename(journal.path.with_suffix(f".{random_token(40).lower()}"))
    journal.create(random_bytes(16))
    position = _beginning(journal)
    store.set_position(connection, journal.identity(), position)
    for stored in store.lists(connection):
        records: list[Record] = [
            ListOpened(
                list_id=stored.list_id,
                pool=stored.pool,
                suspends=stored.suspends,
                length=stored.length,
                permutation_key=stored.permutation_key,
                closed=True,
                at=stored.opened_at,
            ),
            ListClosed(list_id=stored.list_id, at=now),
            EntriesAllocated(
                list_id=stored.list_id,
                next_counter=stored.next_counter,
                entries=store.all_entries(connection, stored.list_id),
                at=now,
            ),
            *(_as_record(change) for change in change_store.changes_of(connection, stored.list_id)),
        ]
        position = record(connection, journal, position, records)


def _as_record(change: Change) -> StatusChanged:
    return StatusChanged(
        list_id=change.list_id,
        index=change.logged.index,
        credential_id=change.credential_id,
        kind=change.logged.kind,
        reason=change.reason,
        note=change.note,
        successor=change.logged.successor,
        actor=change.actor,
        request_id=change.request_id,
        at=change.logged.at,
        until=change.logged.until,
        approver=change.approver,
        case_id=change.case_id,
    )


def _open_list(connection: Connection, pool: Pool, now: datetime) -> tuple[OpenList, list[Record]]:
    """The list to allocate in and, where it must be opened first, the record that does so."""
    standing = store.open_list_or_none(connection, pool)
    if standing is not None:
        return standing, []
    opened = ListOpened(
        list_id=random_token(60).lower(),
        pool=pool,
        suspends=True,
        length=LIST_LENGTH,
        permutation_key=random_bytes(32),
        closed=False,
        at=now,
    )
    fresh = OpenList(
        list_id=opened.list_id,
        length=opened.length,
        permutation_key=opened.permutation_key,
        next_counter=0,
        suspends=opened.suspends,
    )
    return fresh, [opened]


def _draw(
    connection: Connection, open_list: OpenList, intents: Sequence[Intent], *, actor: str, at: datetime
) -> EntriesAllocated:
    """Entries for as many of ``intents`` as the list has room for."""
    indexes: list[int] = []
    counter = open_list.next_counter
    while len(indexes) < len(intents) and counter < open_list.length:
        until = min(counter + len(intents) - len(indexes), open_list.length)
        drawn = [permute(open_list.permutation_key, open_list.length, n) for n in range(counter, until)]
        # Recovered entries took indexes without the counter; those are passed over.
        taken = store.taken_indexes(connection, open_list.list_id, drawn)
        indexes.extend(index for index in drawn if index not in taken)
        counter = until
    entries = tuple(
        AllocatedEntry(
            list_id=open_list.list_id,
            index=index,
            intent_id=intent.intent_id,
            credential_id=intent.credential_id,
            issuer=intent.issuer,
            cryptosuite=intent.cryptosuite,
            allocated_by=actor,
            copy_of=intent.copy_of,
        )
        for index, intent in zip(indexes, intents, strict=False)
    )
    return EntriesAllocated(list_id=open_list.list_id, next_counter=counter, entries=entries, at=at)


def _distinct(intents: Sequence[Intent]) -> dict[str, Intent]:
    wanted: dict[str, Intent] = {}
    for intent in intents:
        if wanted.setdefault(intent.intent_id, intent) != intent:
            raise ConflictError("One intent stands in the request twice with different content.")
    if len({intent.credential_id for intent in wanted.values()}) != len(wanted):
        raise ConflictError("One credential stands in the request under two intents.")
    return wanted


def _intent_of(entry: AllocatedEntry) -> Intent:
    return Intent(
        intent_id=entry.intent_id,
        credential_id=entry.credential_id,
        issuer=entry.issuer,
        cryptosuite=entry.cryptosuite,
        copy_of=entry.copy_of,
    )
