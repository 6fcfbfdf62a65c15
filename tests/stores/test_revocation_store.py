"""``revocation.store`` and the transactions over it, on both databases.

That the log refuses changes, and that many at once share no index, is shown in
``tests/unit/revocation/test_databases.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError

from revocation import acts, change_store, ledger, publication, store
from revocation.records import AllocatedEntry, EntriesAllocated, ListClosed, ListOpened, Record, StatusChanged
from revocation.tables import metadata
from revocation.values import Act, Intent, Pool, PublishedRepresentation, Reason, Revocation
from runtime.database import Database
from runtime.migrations import schema_differences
from runtime.settings import Settings
from tests.stores.race import race
from tests.unit.revocation.registry_world import World, intent, open_world
from vc.errors import ConflictError, MalformedValue, NotFound
from vc.status.fold import ChangeKind

SERVICE = "revocation"
NOW = datetime(2026, 11, 22, 3, 0, 0, 123_456, UTC)
KHMER = "ក្លែងបន្លំ\u200b e\u0301 🌾"
EVERY_BYTE = bytes(range(256))
OPENED = ListOpened(
    list_id="list-1",
    pool=Pool.GENERAL,
    suspends=True,
    length=131_072,
    permutation_key=EVERY_BYTE[::-1],
    closed=False,
    at=NOW,
)


def entry(number: int, **changes: Any) -> AllocatedEntry:
    values: dict[str, Any] = {
        "list_id": "list-1",
        "index": number,
        "intent_id": f"intent-{number}",
        "credential_id": f"urn:uuid:{number}",
        "issuer": "did:web:passport.example:centres:poipet",
        "cryptosuite": "eddsa-rdfc-2022",
        "allocated_by": "issuer",
    }
    return AllocatedEntry(**(values | changes))


def allocated(*entries: AllocatedEntry, next_counter: int = 0) -> EntriesAllocated:
    return EntriesAllocated(list_id="list-1", next_counter=next_counter, entries=entries, at=NOW)


def revoked(number: int, **changes: Any) -> StatusChanged:
    values: dict[str, Any] = {
        "list_id": "list-1",
        "index": number,
        "credential_id": f"urn:uuid:{number}",
        "kind": ChangeKind.REVOKED,
        "reason": "FRAUD",
        "note": KHMER,
        "successor": None,
        "actor": "officer",
        "request_id": f"request-{number}",
        "at": NOW,
    }
    return StatusChanged(**(values | changes))


def document(version: int, **changes: Any) -> PublishedRepresentation:
    values: dict[str, Any] = {
        "list_id": "list-1",
        "representation": "eddsa-rdfc-2022",
        "version": version,
        "body": EVERY_BYTE,
        "digest": "0" * 64,
        "etag": '"etag"',
        "valid_from": NOW,
        "valid_until": NOW + timedelta(hours=24),
        "set_count": 1,
        "change_seq": 1,
    }
    return PublishedRepresentation(**(values | changes))


def apply(database: Database, *records: Record) -> None:
    for record in records:
        database.write_now(store.apply_record, record)


@pytest.fixture
def log(database: Database) -> Database:
    """The store with one list and three entries."""
    apply(database, OPENED, allocated(*(entry(number) for number in (3, 1, 2)), next_counter=3))
    return database


def test_the_migrated_tables_are_the_tables_in_the_code(database: Database) -> None:
    assert database.read_now(schema_differences, metadata) == ()


def test_the_position_in_the_journal_is_one(database: Database) -> None:
    assert database.read_now(store.position_or_none) is None
    database.write_now(store.set_position, "first", 10)
    database.write_now(store.set_position, "second", 20)
    large = 2**40
    database.write_now(store.move_position, large)
    assert database.read_now(store.position_or_none) == ("second", large)


def test_lists_come_back_oldest_first_with_every_byte_of_their_key(database: Database) -> None:
    apply(database, *(replace(OPENED, list_id=name) for name in ("z", "a", "m")))
    found = database.read_now(store.lists)
    assert [stored.list_id for stored in found] == ["z", "a", "m"]
    first = found[0]
    assert (first.permutation_key, first.pool, first.suspends, first.length) == (
        OPENED.permutation_key,
        Pool.GENERAL,
        True,
        131_072,
    )
    assert (first.next_counter, first.closed, first.version, first.opened_at) == (0, False, 0, NOW)


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
        NOW.astimezone(timezone(timedelta(hours=7))),
    ],
    ids=["now", "before-1970", "first", "last", "phnom-penh"],
)
def test_a_time_comes_back_aware_and_to_the_microsecond(database: Database, moment: datetime) -> None:
    apply(database, replace(OPENED, at=moment))
    (found,) = database.read_now(store.lists)
    assert found.opened_at == moment
    assert found.opened_at.utcoffset() == timedelta(0)


def everything(connection: Connection) -> tuple[object, ...]:
    return (
        store.lists(connection),
        store.all_entries(connection, "list-1"),
        change_store.changes_of(connection, "list-1"),
    )


def test_a_record_applied_again_changes_nothing(log: Database) -> None:
    again = (OPENED, allocated(entry(3), entry(1), entry(2), next_counter=3), revoked(1))
    apply(log, *again)
    before = log.read_now(everything)
    apply(log, *again, replace(revoked(1), reason="DECEASED", at=NOW + timedelta(days=1)))
    assert log.read_now(everything) == before


def test_a_record_that_contradicts_the_tables_is_a_conflict(log: Database) -> None:
    with pytest.raises(ConflictError):
        apply(log, allocated(entry(9, intent_id="intent-1")))
    assert len(log.read_now(store.all_entries, "list-1")) == 3


@pytest.mark.parametrize(
    "taken", [{"index": 1}, {"credential_id": "urn:uuid:1"}], ids=["index", "credential"]
)
def test_an_index_and_a_credential_are_taken_once(log: Database, taken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        apply(log, allocated(entry(9, **taken)))
    assert len(log.read_now(store.all_entries, "list-1")) == 3


def test_an_entry_is_in_a_list_and_a_change_of_an_entry(log: Database) -> None:
    with pytest.raises(IntegrityError):
        apply(log, allocated(entry(9, list_id="nowhere")))
    with pytest.raises(IntegrityError):
        apply(log, revoked(9))


def test_the_counter_of_a_list_never_goes_back(log: Database) -> None:
    apply(log, allocated(next_counter=2))
    assert log.read_now(store.lists)[0].next_counter == 3


def test_entries_are_found_by_intent_and_credential_however_many_are_asked_for(log: Database) -> None:
    strangers = [f"x{number}" for number in range(1_300)]
    by_intent = log.read_now(store.entries_by_intent, [*strangers, "intent-1", "intent-3"])
    by_credential = log.read_now(store.entries_by_credential, ["urn:uuid:2", *strangers])
    assert by_intent == {"intent-1": entry(1), "intent-3": entry(3)}
    assert by_credential == {"urn:uuid:2": entry(2)}
    assert log.read_now(store.taken_indexes, "list-1", [*range(600), 3]) == {1, 2, 3}
    assert log.read_now(store.taken_indexes, "another", [1]) == frozenset()
    assert [found.index for found in log.read_now(store.all_entries, "list-1")] == [1, 2, 3]
    assert log.read_now(store.entries_at, "list-1", range(2, 1_300)) == (entry(2), entry(3))
    assert log.read_now(store.entries_at, "another", [1]) == ()


def test_entries_go_to_the_oldest_list_with_room(log: Database) -> None:
    apply(log, replace(OPENED, list_id="list-2"), replace(OPENED, list_id="list-0"))
    first = log.read_now(store.open_list_or_none, Pool.GENERAL)
    assert first is not None
    assert (first.list_id, first.next_counter) == ("list-1", 3)
    apply(log, ListClosed(list_id="list-1", at=NOW))
    second = log.read_now(store.open_list_or_none, Pool.GENERAL)
    assert second is not None
    assert second.list_id == "list-2"
    apply(log, replace(allocated(next_counter=OPENED.length), list_id="list-2"))
    third = log.read_now(store.open_list_or_none, Pool.GENERAL)
    assert third is not None
    assert third.list_id == "list-0"
    assert log.read_now(store.open_list_or_none, Pool.HEALTH) is None


def test_the_log_is_in_the_order_it_was_written(log: Database) -> None:
    early = NOW - timedelta(days=1)
    superseded = replace(revoked(1), kind=ChangeKind.SUPERSEDED, successor="urn:uuid:9", at=early)
    apply(log, revoked(3), superseded)
    oldest, newest = log.read_now(change_store.changes_of, "list-1")
    assert (oldest.logged.index, newest.logged.index) == (3, 1)
    assert oldest.logged.seq < newest.logged.seq
    assert log.read_now(change_store.recent_changes, limit=5) == (newest, oldest)
    assert log.read_now(change_store.recent_changes, limit=1) == (newest,)
    assert (oldest.note, newest.logged.at, newest.logged.successor) == (KHMER, early, "urn:uuid:9")
    assert log.read_now(change_store.change_or_none, "urn:uuid:1") == newest
    assert log.read_now(change_store.change_or_none, "urn:uuid:2") is None


_CHANGES = {
    "ordinary": {"reason": "HOLDER_REQUEST", "kind": ChangeKind.REVOKED},
    "urgent": {"reason": "FRAUD", "kind": ChangeKind.REVOKED},
    "suspended": {"reason": "UNDER_REVIEW", "kind": ChangeKind.SUSPENDED},
}


@pytest.mark.parametrize("published", [(0, 0), (1, 0), (1, 1)])
@pytest.mark.parametrize("kind", _CHANGES)
@pytest.mark.parametrize("age", [0, 1])
def test_a_change_waits_for_its_period_unless_it_is_urgent(
    log: Database, kind: str, age: int, published: tuple[int, int]
) -> None:
    apply(log, revoked(1, at=NOW - timedelta(seconds=age), **_CHANGES[kind]))
    (change,) = log.read_now(change_store.changes_of, "list-1")
    for name, taken_in in zip(("eddsa-rdfc-2022", "notes"), published, strict=True):
        log.write_now(
            store.put_published, document(1, representation=name, change_seq=taken_in * change.logged.seq)
        )
    found = log.read_now(change_store.lists_to_publish, before=NOW)
    is_due = 0 in published and (age > 0 or kind != "ordinary")
    assert found == ({"list-1"} if is_due else set())


def test_suspensions_that_lapse_are_looked_up_by_an_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL chooses by the size of the table")

    def plan(connection: Connection) -> str:
        asked: list[str] = []

        def remember(_: object, __: object, statement: str, parameters: Any, *_rest: object) -> None:
            asked.append(statement)
            given.append(parameters)

        given: list[Any] = []
        listen(connection, "before_cursor_execute", remember)
        change_store.suspensions_due(connection, now=NOW, limit=10)
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", given[0])
        return "\n".join(str(row.detail) for row in rows)

    assert "suspensions_by_end" in database.read_now(plan)


def test_what_ended_is_found_a_page_at_a_time_and_only_by_who_issued_it(log: Database) -> None:
    strange = entry(4, issuer="did:web:passport.example:centres:pailin")
    foreign = entry(5, allocated_by="passport")
    apply(log, allocated(strange, foreign, next_counter=5))
    apply(log, *(revoked(number) for number in (5, 4, 3)))
    apply(log, revoked(1, kind=ChangeKind.SUPERSEDED, reason="SUPERSEDED", successor="urn:uuid:2"))
    found: list[str] = []
    after = ""
    while page := log.read_now(
        change_store.ended_after, entry(1).issuer, allocated_by="issuer", after=after, limit=1
    ):
        found += page
        after = page[-1]
    assert found == ["urn:uuid:1", "urn:uuid:3"]


def test_a_version_taken_never_goes_back(log: Database) -> None:
    for version in (5, 2**41, 6):
        log.write_now(store.set_version, "list-1", version)
    assert log.read_now(store.lists)[0].version == 2**41


def test_what_is_published_is_replaced_byte_for_byte(log: Database) -> None:
    large = document(2, body=EVERY_BYTE * 20_000, set_count=7)
    other = document(1, representation="notes")
    for representation in (document(1), other, large):
        log.write_now(store.put_published, representation)
    assert log.read_now(store.published_of, "list-1") == {"eddsa-rdfc-2022": large, "notes": other}
    assert log.read_now(store.published_of, "another") == {}
    signed = {name: stands.valid_from for name, stands in log.read_now(store.published_of, "list-1").items()}
    assert log.read_now(store.published_since) == {"list-1": signed}


@pytest.fixture
def registry(settings: Settings) -> Iterator[World]:
    """A started registry with its journal."""
    world = open_world(settings.data_dir, database_url=settings.database_url)
    world.start()
    yield world
    world.database.close()


def wish(name: str, note: str | None = None, request: str = "request") -> Revocation:
    act = Act(reason=Reason.FRAUD.value, note=note, actor="officer", request_id=request)
    return Revocation(credential_id=f"urn:uuid:{name}", act=act)


@pytest.mark.parametrize("note", ["a\x00b", "a\ud800b"], ids=["u+0000", "lone-surrogate"])
def test_what_one_database_cannot_hold_reaches_no_journal(registry: World, note: str) -> None:
    registry.allocate("a")
    before = registry.journal.size()
    with pytest.raises(MalformedValue):
        registry.database.write_now(
            acts.revoke, registry.journal, [wish("a", note)], now=registry.clock.now()
        )
    assert registry.journal.size() == before
    assert registry.database.read_now(change_store.change_or_none, "urn:uuid:a") is None


def allocate_in(connection: Connection, world: World, wanted: Intent) -> AllocatedEntry:
    (found,) = ledger.allocate(connection, world.journal, [wanted], actor="issuer", now=world.clock.now())
    return found


def at_once(world: World, wanted: list[Intent]) -> tuple[list[AllocatedEntry], list[Exception]]:
    won, refused = race(world.database, [partial(allocate_in, world=world, wanted=item) for item in wanted])
    return won, list(refused)


def test_intents_that_come_at_once_share_no_index(registry: World) -> None:
    entries, refused = at_once(registry, [intent(str(number)) for number in range(4)])
    assert refused == []
    assert len({found.index for found in entries}) == 4
    assert registry.database.read_now(store.all_entries, entries[0].list_id) == tuple(
        sorted(entries, key=lambda found: found.index)
    )


def test_one_intent_that_comes_several_times_at_once_has_one_index(registry: World) -> None:
    entries, refused = at_once(registry, [intent("a")] * 4)
    assert refused == []
    assert len(set(entries)) == 1
    assert len(registry.database.read_now(store.all_entries, entries[0].list_id)) == 1


def test_one_credential_under_several_intents_at_once_is_one_ones(registry: World) -> None:
    rivals = [replace(intent("a"), intent_id=f"intent-{number}") for number in range(4)]
    entries, refused = at_once(registry, rivals)
    assert len(entries) == 1
    assert [type(refusal) for refusal in refused] == [ConflictError] * 3


def test_versions_taken_at_once_are_all_different(registry: World) -> None:
    (found,) = registry.allocate("a")
    take = partial(publication.reserve, list_id=found.list_id, now=registry.clock.now())
    plans, refused = race(registry.database, [take] * 4)
    assert refused == []
    assert len({plan.version for plan in plans}) == 4


def test_a_credential_that_the_registry_does_not_know_is_not_found(registry: World) -> None:
    with pytest.raises(NotFound):
        registry.revoke("unknown")
    registry.allocate("a")
    with pytest.raises(NotFound):
        registry.revoke("a", only="another service")


def copy_of_a(connection: Connection, world: World, name: str) -> AllocatedEntry:
    wanted = replace(intent(name), copy_of="urn:uuid:a")
    (found,) = ledger.allocate(connection, world.journal, [wanted], actor="issuer", now=world.clock.now())
    return found


def revoke_a(connection: Connection, world: World) -> AllocatedEntry | None:
    acts.revoke(connection, world.journal, [wish("a", "")], now=world.clock.now())
    return None


def test_a_copy_asked_for_while_its_certificate_is_revoked_is_revoked_or_refused(registry: World) -> None:
    registry.allocate("a")
    racers: list[Callable[[Connection], AllocatedEntry | None]] = [
        partial(copy_of_a, world=registry, name=f"c{number}") for number in range(3)
    ]
    racers.append(partial(revoke_a, world=registry))
    given, refused = race(registry.database, racers)
    assert {type(refusal) for refusal in refused} <= {ConflictError}
    copies = [found for found in given if found is not None]
    assert len(copies) + len(refused) == 3
    for found in copies:
        change = registry.database.read_now(change_store.change_or_none, found.credential_id)
        assert change is not None, "a copy of what is revoked is in force"


def test_copies_are_found_by_their_certificate(registry: World) -> None:
    registry.allocate("a", "b")
    first, second = registry.copy("c1", "a"), registry.copy("c2", "a")
    found = registry.database.read_now(store.copies_of, ["urn:uuid:a", "urn:uuid:b"])
    assert set(found["urn:uuid:a"]) == {first, second}
    assert found.keys() == {"urn:uuid:a"}
