"""Each defence of the registry taken away: the machine must notice, or another defence must stand behind it.

A defence that nothing would miss is no defence, and one that is masked by a second is tried with the
second away too; so a dead one cannot go unseen.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import vc.status.check
from revocation import acts, change_store, ledger, publication, published_files, store
from revocation.published_files import PublishedFiles
from revocation.records import AllocatedEntry, EntriesAllocated
from revocation.store import Connection
from runtime.journal import Journal
from runtime.secret_files import private_folder, write_atomically
from tests.unit.revocation.registry_world import World
from tests.unit.revocation.test_registry_machine import RegistryMachine, run_machine
from vc.status.fold import ChangeKind, Folded, fold
from vc.status.token_status_list import compress_values

Patch = pytest.MonkeyPatch


def acknowledged_before_the_commit(patch: Patch) -> None:
    """A revocation is answered, and written with the next publication."""
    revoke, publish, reopen = World.revoke, World.publish, World.reopen
    pending: list[str] = []

    def answer(world: World, name: str, **_more: Any) -> Any:
        pending.append(name)
        return None, name not in pending[:-1]

    def flush(world: World, list_id: str) -> bool:
        while pending:
            revoke(world, pending.pop())
        return publish(world, list_id)

    def die(world: World) -> None:
        pending.clear()
        reopen(world)

    patch.setattr(World, "revoke", answer)
    patch.setattr(World, "publish", flush)
    patch.setattr(World, "reopen", die)


def without_journal(patch: Patch) -> None:
    """Facts are in the database alone."""
    patch.setattr(Journal, "append", lambda _self, _payloads, *, at: at)


def without_catching_up(patch: Patch) -> None:
    """What the journal has beyond the database is passed over."""

    def pass_over(connection: Connection, journal: Journal) -> int:
        store.lock_registry(connection)
        return journal.size()

    patch.setattr(ledger, "catch_up", pass_over)
    patch.setattr(acts, "catch_up", pass_over)


def without_reimport(patch: Patch) -> None:
    """At the start nobody looks at what is published."""
    patch.setattr(ledger, "_missing_from_log", lambda _connection, _bits, _now: ())


def ends_can_be_undone(patch: Patch) -> None:
    """Reinstating clears the bit of what is revoked too."""

    def forgiving(changes: Any) -> Folded:
        kept = list(changes)
        folded = fold(kept)
        undone = {c.index for c in kept if c.kind is ChangeKind.REINSTATED}
        ended = {index: state for index, state in folded.ended.items() if index not in undone}
        return Folded(ended=ended, suspended=folded.suspended)

    patch.setattr(publication, "fold", forgiving)
    patch.setattr(
        acts,
        "standing_changes",
        lambda connection, ids: {
            name: change
            for name in ids
            for change in change_store.history_of(connection, name)
            if change.logged.kind is ChangeKind.SUSPENDED
        },
    )


def without_comparing_versions(patch: Patch) -> None:
    """Whoever writes last wins, on the disk and in the record."""

    def install(self: PublishedFiles, document: Any) -> None:
        path = self.path(document.list_id, document.representation)
        assert path is not None
        private_folder(path.parent)
        write_atomically(path, document.body)

    def record(connection: Connection, representations: Sequence[Any]) -> bool:
        for representation in representations:
            store.put_published(connection, representation)
        return True

    patch.setattr(PublishedFiles, "_install", install)
    patch.setattr(publication, "record", record)


def without_refusing_fewer_bits(patch: Patch) -> None:
    """A list may lack what its predecessor had."""
    patch.setattr(published_files, "require_no_bit_lost", lambda _standing, _document: None)
    patch.setattr(publication, "require_no_bit_lost", lambda _standing, _document: None)


def indexes_from_the_entries(patch: Patch) -> None:
    """The next index is one more than the greatest that the database knows."""

    def draw(connection: Connection, open_list: Any, intents: Sequence[Any], *, actor: str, at: Any) -> Any:
        known = [entry.index for entry in store.all_entries(connection, open_list.list_id)]
        first = max(known, default=-1) + 1
        entries = tuple(
            AllocatedEntry(
                list_id=open_list.list_id,
                index=first + number,
                intent_id=intent.intent_id,
                credential_id=intent.credential_id,
                issuer=intent.issuer,
                cryptosuite=intent.cryptosuite,
                allocated_by=actor,
            )
            for number, intent in enumerate(intents)
        )
        return EntriesAllocated(list_id=open_list.list_id, next_counter=0, entries=entries, at=at)

    patch.setattr(ledger, "_draw", draw)


def one_encoder_forgets_suspensions(patch: Patch) -> None:
    """The token list says of what is suspended that it is valid."""

    def forget(length: int, values: Any, *, bits: int) -> bytes:
        return compress_values(length, {index: 1 for index, value in values.items() if value == 1}, bits=bits)

    patch.setattr(publication, "compress_values", forget)
    patch.setattr(publication, "_require_exact", lambda _plan, _signed: None)


def without_timer(patch: Patch) -> None:
    """Nothing is published unless somebody asks."""
    patch.setattr(RegistryMachine, "has_timer", False)


def never_asking_again(patch: Patch) -> None:
    """A verifier goes on with the first list it got."""
    patch.setattr(RegistryMachine, "asks_again", False)


def accepting_old_lists(patch: Patch) -> None:
    """A list past its end still clears."""
    patch.setattr(vc.status.check, "_check_age", lambda _entry, _list, _now, _seen: None)


def copies_are_left_behind(patch: Patch) -> None:
    """What is done to a certificate is not done to its copies."""
    patch.setattr(acts, "with_copies", lambda _connection, records: list(records))


def copying_what_is_not_in_force(patch: Patch) -> None:
    """Nobody asks whether the certificate stands."""
    patch.setattr(ledger, "require_copyable", lambda _connection, _intents, *, actor: None)


Mutant = Callable[[Patch], None]
CAUGHT: Sequence[Sequence[Mutant]] = (
    (acknowledged_before_the_commit,),
    (without_journal,),
    (without_catching_up,),
    (ends_can_be_undone,),
    (without_comparing_versions,),
    (one_encoder_forgets_suspensions,),
    (indexes_from_the_entries, without_journal),
    (without_reimport, without_journal),
    (without_refusing_fewer_bits, without_journal, without_reimport),
    (without_refusing_fewer_bits, without_comparing_versions),
    (accepting_old_lists, without_timer),
    (accepting_old_lists, never_asking_again),
    (copies_are_left_behind,),
    (copying_what_is_not_in_force,),
)
# Alone, each of these is masked by another defence, which is why it is also tried with that one away.
MASKED: Sequence[Mutant] = (
    without_reimport,
    without_refusing_fewer_bits,
    accepting_old_lists,
    without_timer,
    never_asking_again,
)


def _name(mutants: Sequence[Mutant]) -> str:
    return "+".join(mutant.__name__ for mutant in mutants)


@pytest.mark.parametrize("mutants", CAUGHT, ids=_name)
def test_a_registry_without_this_is_caught(
    mutants: Sequence[Mutant], empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mutant in mutants:
        mutant(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017 - whatever it is that notices
        run_machine(RegistryMachine, empty_database, tmp_path, examples=30, steps=30)


@pytest.mark.parametrize("mutant", MASKED, ids=lambda mutant: mutant.__name__)
def test_a_second_defence_stands_behind_this_one(
    mutant: Mutant, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    run_machine(RegistryMachine, empty_database, tmp_path, examples=5, steps=20)
