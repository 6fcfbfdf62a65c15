"""The invariants of the registry, each with its name; crashes are raised where a process could die."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from revocation import change_store, fsck, ledger, publication, store
from revocation.ledger import RegistryDegraded
from revocation.publication import ClockWentBack
from revocation.published_files import BitsLost, read_list, read_notes, read_published
from revocation.representations import BITSTRING_LISTS, NOTES, REPRESENTATIONS
from revocation.values import Intent, Pool, Reason
from runtime.journal import Journal, JournalUnavailable
from tests.unit.revocation.registry_world import BASE_URL, World, intent
from vc.errors import ConflictError, NotFound
from vc.status.bitstring_status_list import MIN_LENGTH, set_indexes
from vc.status.documents import build_status_list_credential
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, Folded

PERIOD = timedelta(seconds=45)
ENDED_LISTS = tuple(item.name for item in BITSTRING_LISTS if item.purpose is StatusPurpose.REVOCATION)


class Died(BaseException):
    """The process dies here; nothing in the product may catch it."""


def die(*_arguments: object, **_names: object) -> None:
    raise Died


def published_bits(world: World, list_id: str, suite: str = "eddsa-rdfc-2022") -> frozenset[int]:
    file = world.files.read_or_none(list_id, suite)
    assert file is not None
    return set_indexes(read_list(file.body).bits)


def is_due(world: World, list_id: str) -> bool:
    now = world.clock.now()
    due = world.database.read_now(
        publication.due_lists, now=now, signed_after=now - timedelta(seconds=900), period=PERIOD
    )
    return list_id in due


def copy_database(world: World, to: Path) -> None:
    """A backup: the database alone, without journal and published lists."""
    world.database.close()
    shutil.copy(world.database_file, to)
    world.reopen()


def restore_database(world: World, backup: Path) -> None:
    world.database.close()
    for suffix in ("-wal", "-shm"):
        Path(f"{world.database_file}{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, world.database_file)
    world.reopen()


# --- I1: after 2xx the revocation survives a kill, power loss and the restore of any backup ---------------


def test_i1_durable_acknowledged_means_in_the_journal_and_in_the_database(world: World) -> None:
    world.allocate("a")
    world.revoke("a")
    assert b"urn:uuid:a" in world.journal.path.read_bytes()
    world.reopen()
    world.start()
    assert world.revoke("a")[1] is False


@pytest.mark.parametrize("act", ["revoke", "allocate"])
def test_i1_durable_a_death_between_journal_and_commit_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    (entry,) = world.allocate("a")
    monkeypatch.setattr(store, "move_position", die)
    with pytest.raises(Died):
        world.revoke("a") if act == "revoke" else world.allocate("b")
    monkeypatch.undo()
    world.reopen()
    world.start()
    if act == "revoke":
        world.publish(entry.list_id)
        assert published_bits(world, entry.list_id) == {entry.index}
    else:
        known = world.database.read_now(store.entries_by_intent, ["intent-b"])
        assert world.allocate("b") == (known["intent-b"],)


def test_i1_durable_a_failed_commit_does_not_block_the_next_act(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allocate("a", "b")
    monkeypatch.setattr(store, "move_position", die)
    with pytest.raises(Died):
        world.revoke("a")
    monkeypatch.undo()
    assert world.revoke("b")[1] is True
    assert world.revoke("a")[1] is False


def test_i1_durable_a_backup_of_yesterday_takes_back_nothing(world: World, tmp_path: Path) -> None:
    (entry,) = world.allocate("a")
    copy_database(world, tmp_path / "backup")
    (later,) = world.allocate("b")
    world.revoke("a")
    world.revoke("b")
    restore_database(world, tmp_path / "backup")
    world.start()
    world.publish(entry.list_id)
    assert published_bits(world, entry.list_id) == {entry.index, later.index}


def test_i1_durable_a_torn_record_at_the_end_is_dropped_and_work_goes_on(world: World) -> None:
    world.allocate("a", "b")
    world.revoke("a")
    with world.journal.path.open("ab") as file:
        file.write(b"RJ1\n\x00\x00\x01\x00torn")
    world.reopen()
    world.start()
    assert world.revoke("b")[1] is True
    assert b"torn" not in world.journal.path.read_bytes()


def test_i1_durable_what_cannot_be_written_is_not_acknowledged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.allocate("a")

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalUnavailable):
        world.revoke("a")
    monkeypatch.undo()
    assert world.database.read_now(change_store.change_or_none, "urn:uuid:a") is None
    assert world.revoke("a")[1] is True


def test_i1_durable_a_journal_of_a_lost_disk_stops_the_registry(world: World) -> None:
    world.allocate("a")
    world.revoke("a")
    world.journal.path.unlink()
    world.reopen()
    with pytest.raises(RegistryDegraded):
        world.start()


def test_i1_durable_a_journal_older_than_the_database_stops_the_registry(world: World) -> None:
    world.allocate("a")
    os.truncate(world.journal.path, world.journal.size() - 1)
    world.reopen()
    with pytest.raises(RegistryDegraded):
        world.start()
    with pytest.raises(RegistryDegraded):
        world.allocate("b")


@pytest.mark.parametrize("longer_by", [0, 100])
def test_i1_durable_the_journal_of_another_registry_is_not_taken(world: World, longer_by: int) -> None:
    size = world.journal.size()
    world.journal.path.unlink()
    world.journal.create(b"another")
    header = 12
    payload = bytes(size - world.journal.size() - header + longer_by)
    assert world.journal.append([payload], at=world.journal.size()) == size + longer_by
    content = world.journal.path.read_bytes()
    if longer_by:
        with pytest.raises(RegistryDegraded):
            world.allocate("a")
    world.reopen()
    with pytest.raises(RegistryDegraded):
        world.start()
    assert world.journal.path.read_bytes() == content


# --- I2: the set only grows; nothing removes --------------------------------------------------------------


@pytest.mark.parametrize("table", ["status_change", "status_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET list_index = 1", "DELETE FROM {}"])
def test_i2_final_the_database_itself_refuses_to_change_the_log(
    world: World, table: str, statement: str
) -> None:
    world.allocate("a")
    world.revoke("a")
    with pytest.raises(DBAPIError, match="append-only"):
        world.database.write_now(lambda connection: connection.execute(text(statement.format(table))))


def test_i2_final_there_is_no_way_back(world: World) -> None:
    (entry,) = world.allocate("a")
    world.revoke("a")
    for reason in Reason:
        world.revoke("a", reason=reason)
    world.publish(entry.list_id)
    assert published_bits(world, entry.list_id) == {entry.index}


# --- I3: a published list has everything acknowledged before, and every bit published before ---------------


def test_i3_published_has_every_acknowledged_bit(world: World) -> None:
    entries = world.allocate(*(f"n{number}" for number in range(20)))
    for number in range(0, 20, 3):
        world.revoke(f"n{number}")
        world.publish(entries[0].list_id)
        expected = {entries[n].index for n in range(0, number + 1, 3)}
        for suite in ENDED_LISTS:
            assert published_bits(world, entries[0].list_id, suite) == expected


def test_i3_published_two_publishers_race_and_no_bit_is_lost(world: World) -> None:
    first, second = world.allocate("a", "b")
    world.revoke("a")
    slow = world.plan(first.list_id)
    world.revoke("b")
    fast = world.plan(first.list_id)
    assert world.finish(fast) is True
    assert world.finish(slow) is False
    assert published_bits(world, first.list_id) == {first.index, second.index}


def test_i3_published_a_list_with_fewer_bits_is_refused_on_the_disk(world: World) -> None:
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish(entry.list_id)
    plan = world.plan(entry.list_id)
    forgetful = publication.Plan(
        list_id=plan.list_id,
        length=plan.length,
        version=plan.version,
        states=Folded(ended={}, suspended={}),
        change_seq=plan.change_seq,
    )
    signed = publication.sign(forgetful, world.publishing, world.signer)
    with pytest.raises(BitsLost):
        world.files.install(signed)
    with pytest.raises(BitsLost):
        world.database.write_now(publication.record, signed)
    assert published_bits(world, entry.list_id) == {entry.index}


def test_i3_published_bits_that_the_log_lost_come_back_with_their_day(world: World, tmp_path: Path) -> None:
    (entry,) = world.allocate("a")
    copy_database(world, tmp_path / "backup")
    journal = world.journal.path.read_bytes()
    world.revoke("a")
    world.publish(entry.list_id)
    world.clock.advance(timedelta(days=3))
    restore_database(world, tmp_path / "backup")
    world.journal.path.write_bytes(journal)
    world.start()
    change, is_new = world.revoke("a")
    assert (is_new, change.reason, change.logged.at.date()) == (False, "RECOVERED", date(2026, 11, 22))


# --- I4: versions rise; equal version means equal bytes ---------------------------------------------------


def test_i4_ordered_versions_rise_even_when_the_clock_stands(world: World) -> None:
    (entry,) = world.allocate("a")
    seen = []
    for _ in range(5):
        world.publish(entry.list_id)
        file = world.files.read_or_none(entry.list_id, "eddsa-jcs-2022")
        assert file is not None
        seen.append(read_list(file.body).valid_from)
    assert seen == sorted(set(seen))


def test_i4_ordered_a_clock_that_went_back_publishes_nothing(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.clock.advance(timedelta(days=-1))
    with pytest.raises(ClockWentBack):
        world.plan(entry.list_id)


def test_i4_ordered_after_a_restore_versions_go_on_from_what_is_published(
    world: World, tmp_path: Path
) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    copy_database(world, tmp_path / "backup")
    for _ in range(5):
        world.publish(entry.list_id)
    before = world.files.read_or_none(entry.list_id, "eddsa-jcs-2022")
    restore_database(world, tmp_path / "backup")
    world.start()
    assert world.publish(entry.list_id) is True
    after = world.files.read_or_none(entry.list_id, "eddsa-jcs-2022")
    assert before is not None
    assert after is not None
    assert read_list(after.body).valid_from > read_list(before.body).valid_from


def test_i4_ordered_one_version_is_taken_once_by_whichever_publisher(world: World) -> None:
    (entry,) = world.allocate("a")
    plans = [world.plan(entry.list_id) for _ in range(4)]
    assert len({plan.version for plan in plans}) == 4


# --- I5: fresh: signed again without any revocation -------------------------------------------------------


def test_i5_fresh_a_list_is_due_without_any_change_once_its_time_is_over(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    assert not is_due(world, entry.list_id)
    world.clock.advance(timedelta(seconds=899))
    assert not is_due(world, entry.list_id)
    world.clock.advance(timedelta(seconds=1))
    assert is_due(world, entry.list_id)


def test_i5_fresh_an_urgent_change_makes_its_list_due_at_once(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.revoke("a", reason=Reason.KEY_COMPROMISE)
    assert is_due(world, entry.list_id)


def test_i5_fresh_a_suspension_makes_its_list_due_at_once(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.suspend("a")
    assert is_due(world, entry.list_id)


def test_i5_fresh_other_changes_wait_for_the_end_of_their_period_and_come_out_together(world: World) -> None:
    entries = world.allocate("a", "b")
    world.publish(entries[0].list_id)
    world.clock.advance(timedelta(seconds=5))
    world.revoke("a", reason=Reason.HOLDER_REQUEST)
    world.clock.advance(timedelta(seconds=20))
    world.revoke("b", reason=Reason.ISSUED_IN_ERROR)
    assert not is_due(world, entries[0].list_id)
    world.clock.advance(timedelta(seconds=20))
    assert is_due(world, entries[0].list_id)
    world.publish(entries[0].list_id)
    assert published_bits(world, entries[0].list_id) == {entry.index for entry in entries}
    assert not is_due(world, entries[0].list_id)


# --- I6: bit i is set if and only if the log says so ------------------------------------------------------


def test_i6_exact_every_representation_is_signed_and_says_what_the_log_says(world: World) -> None:
    entries = world.allocate(*"abcdef")
    world.revoke("b")
    world.revoke("e", reason=Reason.SUPERSEDED)
    world.suspend("c", "d")
    world.reinstate("d")
    world.publish(entries[0].list_id)
    ended, suspended = {entries[1].index, entries[4].index}, {entries[2].index}
    for item in REPRESENTATIONS.values():
        file = world.files.read_or_none(entries[0].list_id, item.name)
        assert file is not None
        said = read_published(file.body, item.name)
        assert said.url == item.url(BASE_URL, entries[0].list_id)
        assert said.ended == (None if item.purpose is StatusPurpose.SUSPENSION else ended)
        assert said.suspended == (None if item.purpose is StatusPurpose.REVOCATION else suspended)
    notes = world.files.read_or_none(entries[0].list_id, NOTES.name)
    assert notes is not None
    assert {index: note.kind for index, note in read_notes(notes.body).notes.items()} == {
        entries[1].index: ChangeKind.REVOKED,
        entries[4].index: ChangeKind.SUPERSEDED,
        entries[2].index: ChangeKind.SUSPENDED,
    }
    checked = world.database.read_now(
        fsck.check_published, world.files, world.signer.public_key, base_url=BASE_URL
    )
    # The list of the other pool was not published by hand.
    assert {item.list_id for item in checked}.isdisjoint({entries[0].list_id})


def test_i6_exact_a_list_that_says_anything_else_is_not_let_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = world.allocate("a")
    build = build_status_list_credential

    def phantom(**arguments: object) -> object:
        states = {1: next(iter(plan.states.ended.values()))}
        return build(**{**arguments, "states": states})  # type: ignore[arg-type]

    world.revoke("a")
    plan = world.plan(entry.list_id)
    monkeypatch.setattr(publication, "build_status_list_credential", phantom)
    with pytest.raises(publication.NotPublishable):
        publication.sign(plan, world.publishing, world.signer)


# --- I7: an index is given out once for ever --------------------------------------------------------------


def test_i7_unique_across_batches_lists_and_restarts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "permute", lambda _key, _n, counter: counter)
    monkeypatch.setattr(store, "CHUNK", 3)
    first = world.allocate(*(f"a{n}" for n in range(7)))
    world.reopen()
    world.start()
    second = world.allocate(*(f"b{n}" for n in range(7)))
    assert len({(e.list_id, e.index) for e in first + second}) == 14


def test_i7_unique_a_backup_does_not_give_an_index_out_again(world: World, tmp_path: Path) -> None:
    copy_database(world, tmp_path / "backup")
    before = world.allocate(*(f"a{n}" for n in range(50)))
    restore_database(world, tmp_path / "backup")
    world.start()
    after = world.allocate(*(f"b{n}" for n in range(50)))
    assert not {(e.list_id, e.index) for e in before} & {(e.list_id, e.index) for e in after}
    assert world.allocate("a0") == before[:1]


def test_i7_unique_an_index_taken_without_the_counter_is_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "permute", lambda _key, _n, counter: counter)
    first = world.allocate("a", "b")
    rewound = text("UPDATE status_list SET next_counter = 0")
    world.database.write_now(lambda connection: connection.execute(rewound))
    assert [entry.index for entry in world.allocate("c")] == [2]
    assert [entry.index for entry in first] == [0, 1]


def test_i7_unique_a_full_list_is_followed_by_another(
    make_world: Callable[[Path], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LIST_LENGTH", 8)
    world = make_world(tmp_path / "small")
    world.start()
    entries = world.allocate(*(f"n{number}" for number in range(20)))
    by_list = [entry.list_id for entry in entries]
    assert [by_list.count(name) for name in dict.fromkeys(by_list)] == [8, 8, 4]
    assert len({(entry.list_id, entry.index) for entry in entries}) == 20


def test_i7_unique_lists_are_of_the_full_size_and_indexes_come_out_of_order(world: World) -> None:
    entries = world.allocate(*(f"n{number}" for number in range(50)))
    stored, of_health = world.database.read_now(store.lists)
    assert (stored.pool, of_health.pool) == (Pool.GENERAL, Pool.HEALTH)
    assert stored.length == MIN_LENGTH
    assert [entry.index for entry in entries] != sorted(entry.index for entry in entries)


def test_i7_unique_a_lost_journal_closes_every_list(world: World) -> None:
    (before,) = world.allocate("a")
    world.revoke("a")
    world.publish(before.list_id)
    world.journal.path.unlink()
    world.reopen()
    published = tuple(world.files.bits())
    world.database.write_now(ledger.recover, world.journal, published, now=world.clock.now())
    world.start()
    (after,) = world.allocate("b")
    assert after.list_id != before.list_id
    assert world.revoke("a")[1] is False
    assert world.publish(before.list_id) is True


# --- I8: readers see whole signed documents ---------------------------------------------------------------


@pytest.mark.parametrize("place", ["write", "fsync", "replace"])
def test_i8_atomic_a_death_while_writing_leaves_the_old_document(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    before = world.files.read_or_none(entry.list_id, "eddsa-rdfc-2022")
    world.revoke("a")
    plan = world.plan(entry.list_id)
    with monkeypatch.context() as patched:
        if place == "replace":
            patched.setattr(Path, "replace", die)
        elif place == "fsync":
            patched.setattr("runtime.secret_files.os.fsync", die)
        else:
            patched.setattr("runtime.secret_files.os.fdopen", die)
        signed = publication.sign(plan, world.publishing, world.signer)
        with pytest.raises(Died):
            world.files.install(signed)
    world.reopen()
    assert world.files.read_or_none(entry.list_id, "eddsa-rdfc-2022") == before
    world.start()
    world.publish(entry.list_id)
    assert published_bits(world, entry.list_id) == {entry.index}


def test_i8_atomic_a_death_between_disk_and_record_makes_the_list_due_again(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.revoke("a")
    world.files.install(publication.sign(world.plan(entry.list_id), world.publishing, world.signer))
    world.reopen()
    world.start()
    assert is_due(world, entry.list_id)
    assert world.publish(entry.list_id) is True


def test_i8_atomic_a_death_after_the_disk_is_mended_though_another_process_recorded_the_same(
    world: World,
) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.revoke("a")
    world.publish(entry.list_id)
    world.files.install(publication.sign(world.plan(entry.list_id), world.publishing, world.signer))
    world.reopen()
    world.start()
    assert not is_due(world, entry.list_id), "another process may still be at it"
    world.clock.advance(PERIOD)
    assert is_due(world, entry.list_id)
    assert world.publish(entry.list_id) is True
    world.clock.advance(PERIOD)
    assert not is_due(world, entry.list_id)
    found = world.database.read_now(
        fsck.check_published, world.files, world.signer.public_key, base_url=BASE_URL
    )
    assert entry.list_id not in {discrepancy.list_id for discrepancy in found}


# --- I10: many revocations of one credential are one ------------------------------------------------------


def test_i10_idempotent_the_first_date_and_reason_stand(world: World) -> None:
    world.allocate("a")
    first, is_new = world.revoke("a", reason=Reason.HOLDER_REQUEST)
    size = world.journal.size()
    world.clock.advance(timedelta(days=1))
    again, is_new_again = world.revoke("a", reason=Reason.FRAUD)
    assert world.journal.size() == size, "a revocation that changes nothing is no fact"
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert len(world.database.read_now(change_store.recent_changes, limit=10)) == 1


def test_i10_idempotent_a_retried_transaction_still_counts_as_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL may run the function again after its record has reached the journal."""
    world.allocate("a")
    with monkeypatch.context() as patched:
        patched.setattr(store, "move_position", die)
        with pytest.raises(Died):
            world.revoke("a")
    world.requests -= 1
    change, is_new = world.revoke("a")
    assert is_new is True
    assert change.request_id == "request-1"


# --- what is refused --------------------------------------------------------------------------------------


def test_an_empty_database_beside_published_lists_is_refused_until_recovered(
    world: World, empty_database: Path
) -> None:
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish(entry.list_id)
    restore_database(world, empty_database)
    with pytest.raises(RegistryDegraded):
        world.start()
    published = tuple(world.files.bits())
    world.database.write_now(ledger.recover, world.journal, published, now=world.clock.now())
    world.start()
    assert world.allocate("a") == (entry,)
    assert world.revoke("a")[1] is False


def test_an_empty_database_without_journal_is_rebuilt_from_what_is_published(
    world: World, empty_database: Path
) -> None:
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish(entry.list_id)
    world.journal.path.unlink()
    restore_database(world, empty_database)
    with pytest.raises(RegistryDegraded):
        world.start()
    published = tuple(world.files.bits())
    world.database.write_now(ledger.recover, world.journal, published, now=world.clock.now())
    world.start()
    world.publish(entry.list_id)
    assert published_bits(world, entry.list_id) == {entry.index}
    assert world.allocate("b")[0].list_id != entry.list_id


def test_a_journal_beside_an_empty_database_is_refused(world: World, empty_database: Path) -> None:
    world.allocate("a")
    restore_database(world, empty_database)
    with pytest.raises(RegistryDegraded):
        world.start()


def test_allocating_is_idempotent_by_intent(world: World) -> None:
    entries = world.allocate("a", "b")
    assert world.allocate("b", "a", "b") == (entries[1], entries[0], entries[1])


def test_an_intent_with_other_content_is_a_conflict(world: World) -> None:
    world.allocate("a")
    other = Intent(
        intent_id="intent-a", credential_id="urn:uuid:z", issuer="did:web:x", cryptosuite="eddsa-rdfc-2022"
    )
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(ConflictError):
        world.database.write_now(ledger.allocate, world.journal, [other], actor="issuer", now=now)
    with pytest.raises(ConflictError):
        world.database.write_now(
            ledger.allocate, world.journal, [intent("c"), other, intent("z")], actor="issuer", now=now
        )


def test_a_credential_under_a_second_intent_is_a_conflict(world: World) -> None:
    world.allocate("a")
    second = Intent(
        intent_id="intent-2",
        credential_id="urn:uuid:a",
        issuer="did:web:passport.example:centres:poipet",
        cryptosuite="eddsa-rdfc-2022",
    )
    with pytest.raises(ConflictError):
        world.database.write_now(
            ledger.allocate, world.journal, [second], actor="issuer", now=world.clock.now()
        )


def test_an_unknown_credential_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.revoke("never-issued")


def test_a_credential_allocated_by_another_service_is_not_found(world: World) -> None:
    world.allocate("a", actor="issuer")
    with pytest.raises(NotFound):
        world.revoke("a", only="wallet_api")
    assert world.revoke("a", only="issuer")[1] is True


def test_a_journal_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    assert not journal.exists()
    assert journal.size() == 0
