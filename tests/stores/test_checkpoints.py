"""``runtime.checkpoints``, on both databases: what is signed continues what was signed."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text

from runtime.audit_log import Head
from runtime.checkpoints import (
    CheckpointChecker,
    StoredCheckpoint,
    append,
    checkpoint_or_none,
    continued,
    latest,
    page_of,
    read_or_none,
)
from runtime.database import Database
from tests.stores.race import race
from vc.crypto.checkpoint import Checkpoint, ServiceHead, next_checkpoint
from vc.crypto.keys import InMemorySigner
from vc.crypto.merkle import Frontier
from vc.crypto.signed_note import NoteKey, sign_note
from vc.errors import EvidenceUnavailable

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
NAME = "skills-passport.example/audit"
SIGNER = InMemorySigner(bytes(range(32)), "")
KEY = NoteKey(name=NAME, public_key=SIGNER.public_key)


def heads(*, issuer: int, mark: str = "a") -> dict[str, Head]:
    """What one service says."""
    return {"issuer": Head(service="issuer", size=issuer, hash=mark * 64)}


def signed(
    database: Database, told: dict[str, Head], *, minute: int, at_least: timedelta = timedelta(0)
) -> Checkpoint:
    """The next checkpoint, read back."""
    now = NOW + timedelta(minutes=minute)
    stored = database.write_now(append, told, name=NAME, signer=SIGNER, now=now, at_least=at_least)
    assert database.read_now(latest) == stored
    assert database.read_now(checkpoint_or_none, stored.number) == stored
    checkpoint = read_or_none(stored.note, KEY)
    assert checkpoint is not None
    return checkpoint


def faults(notes: list[StoredCheckpoint]) -> list[tuple[int, str]]:
    """Everything that the checker says, in order."""
    checker = CheckpointChecker(KEY)
    return [(fault.number, fault.detail) for stored in notes for fault in checker.check(stored)]


@pytest.fixture
def five(database: Database) -> list[StoredCheckpoint]:
    """Five checkpoints of a growing log."""
    for number in range(1, 6):
        signed(database, heads(issuer=number), minute=number)
    return list(database.read_now(page_of, after=0, until=5))


def test_each_checkpoint_continues_the_one_before(five: list[StoredCheckpoint]) -> None:
    assert [stored.number for stored in five] == [1, 2, 3, 4, 5]
    assert faults(five) == []


@pytest.mark.parametrize(
    "told", [{}, heads(issuer=2), heads(issuer=3, mark="b")], ids=["silent", "shorter", "other-hash"]
)
def test_a_head_that_does_not_continue_is_kept_and_marked_old(
    database: Database, told: dict[str, Head]
) -> None:
    signed(database, heads(issuer=3), minute=0)
    for minute in (1, 2):
        standing = signed(database, told, minute=minute).heads["issuer"]
        assert standing == ServiceHead(size=3, hash="a" * 64, since=NOW)
    assert signed(database, heads(issuer=4), minute=3).heads["issuer"].since is None


def test_a_young_checkpoint_stands(database: Database) -> None:
    first = signed(database, heads(issuer=1), minute=0)
    assert signed(database, heads(issuer=2), minute=4, at_least=timedelta(minutes=5)) == first
    assert signed(database, heads(issuer=2), minute=5, at_least=timedelta(minutes=5)).size == 2


def test_two_processes_at_the_same_moment_sign_one_after_the_other(database: Database) -> None:
    sign = partial(append, fresh=heads(issuer=1), name=NAME, signer=SIGNER, now=NOW, at_least=timedelta(0))
    results, refusals = race(database, [sign, sign])
    assert (refusals, sorted(stored.number for stored in results)) == ([], [1, 2])
    assert faults(list(database.read_now(page_of, after=0, until=2))) == []


def test_nothing_is_signed_after_a_checkpoint_of_another_key(database: Database) -> None:
    signed(database, heads(issuer=1), minute=0)
    other = InMemorySigner(bytes(32), "")
    with pytest.raises(EvidenceUnavailable):
        database.write_now(append, {}, name=NAME, signer=other, now=NOW, at_least=timedelta(0))


def test_nothing_is_signed_on_a_tree_that_was_changed(database: Database) -> None:
    signed(database, heads(issuer=1), minute=0)
    changed = "INSERT INTO audit_checkpoint SELECT 2, note, '' FROM audit_checkpoint"
    database.write_now(_execute, changed)
    with pytest.raises(EvidenceUnavailable):
        signed(database, heads(issuer=2), minute=1)


def test_the_database_itself_forbids_changes(database: Database) -> None:
    signed(database, heads(issuer=1), minute=0)
    for statement in ("UPDATE audit_checkpoint SET number = 9", "DELETE FROM audit_checkpoint"):
        with pytest.raises(Exception, match="append-only"):
            database.write_now(_execute, statement)


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def test_a_checkpoint_taken_out_is_named(five: list[StoredCheckpoint]) -> None:
    assert faults(five[:2] + five[3:])[0] == (3, "this checkpoint is missing")


def test_a_checkpoint_of_another_key_is_named(five: list[StoredCheckpoint]) -> None:
    text_of_it = five[2].note.decode().rpartition("\n\n")[0] + "\n"
    forged = sign_note(text_of_it, NAME, InMemorySigner(bytes(32), ""))
    changed = [*five[:2], StoredCheckpoint(number=3, note=forged), *five[3:]]
    assert faults(changed)[0] == (3, "its signature does not hold")


def test_checkpoints_in_another_order_are_named(five: list[StoredCheckpoint]) -> None:
    swapped = [five[0], StoredCheckpoint(number=2, note=five[2].note), *five[2:]]
    assert faults(swapped)[0] == (2, "it is another checkpoint, or another log's")


def test_a_checkpoint_signed_anew_over_another_past_is_named(five: list[StoredCheckpoint]) -> None:
    forged, _ = next_checkpoint(
        Frontier(2, (bytes(32),)),
        origin=NAME,
        at=NOW + timedelta(minutes=3),
        heads={"issuer": ServiceHead(size=3, hash="a" * 64)},
    )
    changed = [*five[:2], StoredCheckpoint(number=3, note=sign_note(forged.text, NAME, SIGNER))]
    assert faults(changed) == [(3, "its root does not cover those before it")]


@pytest.mark.parametrize(
    ("size", "mark", "minute", "detail"),
    [
        (1, "a", 3, "the log of issuer does not continue"),
        (2, "b", 3, "the log of issuer does not continue"),
        (3, "a", 1, "it is older than the one before it"),
    ],
    ids=["shorter", "split-view", "older"],
)
def test_a_log_that_goes_back_between_checkpoints_is_named(
    five: list[StoredCheckpoint], size: int, mark: str, minute: int, detail: str
) -> None:
    tree = Frontier()
    for stored in five[:2]:
        checkpoint = read_or_none(stored.note, KEY)
        assert checkpoint is not None
        tree = tree.append(checkpoint.leaf)
    back, _ = next_checkpoint(
        tree,
        origin=NAME,
        at=NOW + timedelta(minutes=minute),
        heads={"issuer": ServiceHead(size=size, hash=mark * 64)},
    )
    changed = [*five[:2], StoredCheckpoint(number=3, note=sign_note(back.text, NAME, SIGNER))]
    assert faults(changed) == [(3, detail)]


def test_a_service_heard_for_the_first_time_joins() -> None:
    before, _ = next_checkpoint(Frontier(), origin=NAME, at=NOW, heads={})
    assert continued(before, heads(issuer=1)) == {"issuer": ServiceHead(size=1, hash="a" * 64)}
