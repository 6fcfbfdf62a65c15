"""Bound copies have indexes of their own and share the fate of their certificate; nothing counts them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from revocation import acts, change_store, fsck, ledger, store
from revocation.copies import with_copies
from revocation.records import AllocatedEntry, EntriesAllocated, encode_record, parse_record
from revocation.values import Act, Change, Pool, Reason, Revocation
from runtime import audit_log
from tests.unit.revocation.registry_world import BASE_URL, START, World, intent
from tests.unit.revocation.test_fsck import check
from vc.errors import ConflictError, NotFound
from vc.status.fold import ChangeKind

COPIES = ("c1", "c2")


@pytest.fixture
def copied(world: World) -> World:
    """Two copies of a certificate, and another certificate beside them."""
    world.allocate("a", "b")
    for name in COPIES:
        world.copy(name, "a")
    return world


def state(world: World, name: str) -> Change | None:
    return world.database.read_now(change_store.change_or_none, f"urn:uuid:{name}")


def kinds(world: World) -> list[ChangeKind | None]:
    states = (state(world, name) for name in COPIES)
    return [None if change is None else change.logged.kind for change in states]


def test_copies_and_their_certificate_have_different_indexes(copied: World) -> None:
    entries = store_entries(copied)
    assert len({entry.index for entry in entries}) == len(entries) == 4
    assert [entry.copy_of for entry in entries].count("urn:uuid:a") == 2


def store_entries(world: World) -> tuple[AllocatedEntry, ...]:
    return tuple(
        entry
        for listed in world.database.read_now(store.lists)
        for entry in world.database.read_now(store.all_entries, listed.list_id)
    )


def test_copies_are_revoked_with_their_certificate(copied: World) -> None:
    copied.revoke("a")
    assert kinds(copied) == [ChangeKind.REVOKED] * 2
    assert state(copied, "b") is None


def test_copies_are_suspended_and_reinstated_with_it(copied: World) -> None:
    copied.suspend("a")
    assert kinds(copied) == [ChangeKind.SUSPENDED] * 2
    copied.reinstate("a")
    assert kinds(copied) == [None, None]


def test_copies_come_back_when_a_suspension_lapses(copied: World) -> None:
    now = copied.clock.now()
    copied.suspend("a", until=now + timedelta(days=1))
    copied.clock.advance(timedelta(days=2))
    lapsed = copied.database.write_now(acts.lapse, copied.journal, request_id="l", now=copied.clock.now())
    assert lapsed == 1, "a copy is not counted"
    assert kinds(copied) == [None, None]
    due = copied.database.read_now(change_store.suspensions_due, now=copied.clock.now(), limit=9)
    assert due == ()


def test_no_copy_names_the_successor_of_its_certificate(copied: World) -> None:
    copied.requests += 1
    act = Act(reason=Reason.SUPERSEDED.value, actor="issuer", request_id="r")
    wish = Revocation(credential_id="urn:uuid:a", act=act, successor="urn:uuid:b")
    copied.database.write_now(acts.revoke, copied.journal, [wish], now=copied.clock.now())
    changes = [state(copied, name) for name in ("a", *COPIES)]
    assert [change.logged.kind for change in changes if change] == [ChangeKind.SUPERSEDED] * 3
    assert [change.logged.successor for change in changes if change] == ["urn:uuid:b", None, None]


def test_a_copy_that_ended_by_itself_stays_ended(copied: World) -> None:
    copied.revoke("c1", reason=Reason.ABANDONED)
    copied.suspend("a")
    assert kinds(copied) == [ChangeKind.REVOKED, ChangeKind.SUSPENDED]
    copied.reinstate("a")
    assert kinds(copied) == [ChangeKind.REVOKED, None]
    assert state(copied, "a") is None, "a certificate does not end with its copies"


def ended(world: World) -> None:
    world.revoke("a")


def suspended(world: World) -> None:
    world.suspend("a")


@pytest.mark.parametrize("what", [ended, suspended])
def test_what_is_not_in_force_is_not_copied(copied: World, what: Callable[[World], None]) -> None:
    what(copied)
    with pytest.raises(ConflictError):
        copied.copy("c3", "a")
    again = copied.copy("c1", "a")
    assert again.copy_of == "urn:uuid:a", "an entry once given is the intent's"


def test_another_service_gets_no_copy(copied: World) -> None:
    with pytest.raises(NotFound):
        copied.copy("c3", "a", actor="wallet_api")


def test_what_has_no_entry_is_not_copied(copied: World) -> None:
    with pytest.raises(NotFound):
        copied.copy("c3", "nobody")


def test_a_copy_is_not_copied(copied: World) -> None:
    with pytest.raises(ConflictError):
        copied.copy("c3", "c1")


def test_a_copy_by_another_issuer_is_refused(copied: World) -> None:
    wanted = replace(intent("c3"), copy_of="urn:uuid:a", issuer="did:web:passport.example:centres:other")
    with pytest.raises(ConflictError):
        copied.database.write_now(
            ledger.allocate, copied.journal, [wanted], actor="issuer", now=copied.clock.now()
        )


def test_a_copy_in_another_pool_is_refused(copied: World) -> None:
    with pytest.raises(ConflictError):
        copied.copy("c3", "a", pool=Pool.HEALTH)


def test_one_intent_is_not_a_copy_first_and_a_certificate_later(copied: World) -> None:
    with pytest.raises(ConflictError):
        copied.allocate("c1")


def test_what_the_registry_tells_others_has_no_copies(copied: World) -> None:
    copied.revoke("a")
    read = copied.database.read_now
    told, _ = read(change_store.changes_after, 0, allocated_by=None, limit=50)
    own, _ = read(change_store.changes_after, 0, allocated_by="issuer", limit=50)
    ids = read(
        change_store.ended_after,
        "did:web:passport.example:centres:poipet",
        allocated_by="issuer",
        after="",
        limit=50,
    )
    recent = read(change_store.recent_changes, limit=50)
    assert [change.credential_id for change in told] == ["urn:uuid:a"]
    assert [change.credential_id for change in own] == ["urn:uuid:a"]
    assert [change.credential_id for change in recent] == ["urn:uuid:a"]
    assert list(ids) == ["urn:uuid:a"]


def acted(world: World) -> list[tuple[str, str | None]]:
    """Object and root of what the audit log has of revocations."""
    rows = world.database.read_now(lambda connection: list(audit_log.entries(connection)))
    return [(row["object"], row["rows_root"]) for row in rows if row["act"] == "credential.revoke"]


def test_an_act_stands_once_in_the_audit_log(copied: World) -> None:
    copied.revoke("a")
    assert acted(copied) == [("urn:uuid:a", None)]


def test_what_the_journal_has_beyond_the_database_is_accounted_for_alike(
    copied: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "move_position", die)
        with pytest.raises(KeyboardInterrupt):
            copied.revoke("a")
    copied.reopen()
    copied.start()
    assert kinds(copied) == [ChangeKind.REVOKED] * 2
    assert acted(copied) == [("urn:uuid:a", None)]


def test_a_published_end_that_the_log_lost_comes_back_for_the_copies_too(copied: World) -> None:
    """The copy's own list was not published any more."""
    copied.publish_all()
    before = list(copied.files.bits())
    entry = copied.copy("c3", "a")
    lost = frozenset({_of(copied, "a").index})
    bits = [replace(item, indexes=lost) for item in before if item.list_id == entry.list_id]
    copied.database.write_now(ledger.reconcile, copied.journal, bits, now=copied.clock.now())
    changes = [state(copied, name) for name in ("a", *COPIES, "c3")]
    assert [change.reason for change in changes if change] == ["RECOVERED"] * 4


def _of(world: World, name: str) -> AllocatedEntry:
    return world.database.read_now(store.entries_by_credential, [f"urn:uuid:{name}"])[f"urn:uuid:{name}"]


def test_a_copy_left_behind_is_named_by_fsck(copied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    copied.publish_all()
    assert check(copied) == []
    monkeypatch.setattr(acts, "with_copies", lambda _connection, records: records)
    copied.revoke("a")
    found = copied.database.read_now(
        fsck.check_published, copied.files, copied.signer.public_key, base_url=BASE_URL
    )
    assert {item.index for item in found} == {_of(copied, name).index for name in COPIES}
    assert {item.detail for item in found} == {"a copy is in force, and its certificate is not"}


def test_a_record_of_before_copies_is_read() -> None:
    entry = AllocatedEntry(
        list_id="l",
        index=1,
        intent_id="i",
        credential_id="urn:uuid:a",
        issuer="did:web:x",
        cryptosuite="eddsa-rdfc-2022",
        allocated_by="issuer",
    )
    made = EntriesAllocated(list_id="l", next_counter=2, entries=(entry,), at=START)
    written = encode_record(made)
    assert parse_record(written.replace(b',"copy_of":null', b"")) == made


def test_without_copies_nothing_is_added(world: World) -> None:
    world.allocate("a")
    assert world.database.read_now(with_copies, []) == []
