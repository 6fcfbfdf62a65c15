"""Any history of allocating, revoking, publishing, dying, backing up and restoring keeps the promises."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from revocation import publication, store
from revocation.published_files import read_published
from revocation.records import AllocatedEntry
from revocation.representations import REPRESENTATIONS
from tests.unit.revocation.registry_world import World, open_world
from vc.errors import ConflictError

NUMBERS = st.integers(0, 1_000)


class Died(BaseException):
    """The process dies here."""


class RegistryMachine(RuleBasedStateMachine):
    """The model: what was acknowledged, what was seen published. The rest is the product."""

    template: Path
    folders: Path
    made = 0

    def __init__(self) -> None:
        super().__init__()
        RegistryMachine.made += 1
        self.folder = self.folders / f"run-{RegistryMachine.made}"
        self.folder.mkdir()
        shutil.copy(self.template, self.folder / "revocation.sqlite3")
        self.world: World = open_world(self.folder)
        self.world.start()
        self.entries: dict[str, AllocatedEntry] = {}
        self.revoked: set[str] = set()
        self.possibly: set[str] = set()
        self.suspended: set[str] = set()
        self.plans: list[publication.Plan] = []
        self.seen: dict[str, tuple[int, frozenset[int]]] = {}
        self.backup: Path | None = None
        self.names = 0

    def teardown(self) -> None:
        self.world.database.close()
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 3))
    def allocate(self, count: int) -> None:
        names = [f"n{self.names + n}" for n in range(count)]
        self.names += count
        self.entries.update(zip(names, self.world.allocate(*names), strict=True))
        places = [(entry.list_id, entry.index) for entry in self.entries.values()]
        assert len(places) == len(set(places)), "an index was given out twice"

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def revoke(self, which: int) -> None:
        name = sorted(self.entries)[which % len(self.entries)]
        _, is_new = self.world.revoke(name)
        assert name not in self.revoked or not is_new, "an acknowledged revocation was forgotten"
        self.revoked.add(name)

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def suspend(self, which: int) -> None:
        name = sorted(self.entries)[which % len(self.entries)]
        try:
            self.world.suspend(name)
        except ConflictError:
            assert name in self.revoked | self.possibly, "what is in force could not be suspended"
        else:
            assert name not in self.revoked, "what is revoked was suspended"
            self.suspended.add(name)

    @precondition(lambda self: self.suspended)
    @rule(which=NUMBERS)
    def reinstate(self, which: int) -> None:
        name = sorted(self.suspended)[which % len(self.suspended)]
        try:
            self.world.reinstate(name)
        except ConflictError:
            assert name in self.revoked | self.possibly, "a suspension could not be ended"
        else:
            assert name not in self.revoked, "what is revoked was reinstated"
            self.suspended.discard(name)

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def die_before_the_commit(self, which: int) -> None:
        name = sorted(self.entries)[which % len(self.entries)]
        with pytest.MonkeyPatch.context() as patch, suppress(Died):
            patch.setattr(store, "move_position", self._die)
            self.world.revoke(name)
        self.possibly.add(name)
        self.restart()

    @precondition(lambda self: self.entries and len(self.plans) < 3)
    @rule()
    def begin_publishing(self) -> None:
        list_id = next(iter(self.entries.values())).list_id
        self.plans.append(self.world.plan(list_id))

    @precondition(lambda self: self.plans)
    @rule(which=NUMBERS)
    def finish_publishing(self, which: int) -> None:
        self.world.finish(self.plans.pop(which % len(self.plans)))

    @precondition(lambda self: self.entries)
    @rule()
    def publish_now(self) -> None:
        list_id = next(iter(self.entries.values())).list_id
        assert self.world.publish(list_id)
        _, bits = self._published(list_id)
        revoked = {self.entries[name].index for name in self.revoked}
        possibly = {self.entries[name].index for name in self.possibly}
        assert revoked <= bits <= revoked | possibly, "published is not the fold of what was acknowledged"
        passing = self.world.files.read_or_none(list_id, "suspension-vc-jwt")
        assert passing is not None
        said = read_published(passing.body, "suspension-vc-jwt").suspended
        wanted = frozenset(self.entries[name].index for name in self.suspended)
        assert said == wanted, "suspensions are not the log's"

    @rule()
    def restart(self) -> None:
        """This process alone: what other publishers have begun goes on."""
        self.world.reopen()
        self.world.start()

    @rule()
    def back_up(self) -> None:
        self.world.database.close()
        self.backup = self.folder / "backup"
        shutil.copy(self.world.database_file, self.backup)
        self.world.reopen()

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        assert self.backup is not None
        self.world.database.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.world.database_file}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.backup, self.world.database_file)
        self.plans.clear()
        self.restart()

    @invariant()
    def published_lists_only_grow(self) -> None:
        for list_id in self.world.files.list_ids():
            version, bits = self._published(list_id)
            before = self.seen.get(list_id, (0, frozenset()))
            assert version >= before[0], "an older list replaced a newer one"
            assert bits >= before[1], "a published bit went away"
            assert version > before[0] or bits == before[1] or before[0] == 0, "one version, two contents"
            self.seen[list_id] = (version, bits)

    def _published(self, list_id: str) -> tuple[int, frozenset[int]]:
        said = []
        for name in REPRESENTATIONS:
            file = self.world.files.read_or_none(list_id, name)
            assert file is not None
            said.append(read_published(file.body, name))
        ended = {item.ended for item in said if item.ended is not None}
        assert len(ended) == 1, "two encodings say different things"
        # Where an index has one word, its end hides that it is suspended too.
        (bits,) = ended
        suspended = {item.suspended - bits for item in said if item.suspended is not None}
        assert len(suspended) == 1, "two encodings say different things of suspensions"
        (version,) = {item.version for item in said}
        return version, bits

    @staticmethod
    def _die(*_arguments: Any) -> None:
        raise Died


def test_any_history_keeps_the_promises(empty_database: Path, tmp_path: Path) -> None:
    RegistryMachine.template = empty_database
    RegistryMachine.folders = tmp_path
    run_state_machine_as_test(
        RegistryMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
