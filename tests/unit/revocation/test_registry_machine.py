"""Any history of allocating, revoking, publishing, dying, backing up and restoring keeps the promises."""

import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from revocation import publication, store
from revocation.published_files import read_list, read_published
from revocation.records import AllocatedEntry
from revocation.representations import REPRESENTATIONS
from tests.unit.revocation.registry_world import World, open_world
from vc.errors import ConflictError
from vc.status.check import StatusState, VerifiedStatusList, check_status
from vc.status.entries import StatusEntry, StatusPurpose

NUMBERS = st.integers(0, 1_000)
REFRESH = timedelta(minutes=5)
# The validity of a list and a little: beyond that nobody may call it in force, whatever fails.
PROMISED = timedelta(hours=24, minutes=10)


class Died(BaseException):
    """The process dies here."""


class RegistryMachine(RuleBasedStateMachine):
    """The model: what was acknowledged, what was seen published, what a verifier holds.

    The rest is the product. The last two members are defences that a mutant takes away: the publisher's
    timer, and that a verifier asks again.
    """

    template: Path
    folders: Path
    made = 0
    has_timer = True
    asks_again = True

    def __init__(self) -> None:
        super().__init__()
        RegistryMachine.made += 1
        self.folder = self.folders / f"run-{RegistryMachine.made}"
        self.folder.mkdir()
        shutil.copy(self.template, self.folder / "revocation.sqlite3")
        self.world: World = open_world(self.folder)
        self.world.start()
        self.entries: dict[str, AllocatedEntry] = {}
        # Bound copies by their names, each with the name of its certificate.
        self.copies: dict[str, tuple[AllocatedEntry, str]] = {}
        self.revoked: set[str] = set()
        self.possibly: set[str] = set()
        self.suspended: set[str] = set()
        self.plans: list[publication.Plan] = []
        self.seen: dict[str, tuple[int, frozenset[int]]] = {}
        self.backup: Path | None = None
        self.names = 0
        self.revoked_at: dict[str, datetime] = {}
        self.held: dict[str, tuple[datetime, VerifiedStatusList]] = {}

    def teardown(self) -> None:
        self.world.database.close()
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 3), copied=NUMBERS)
    def allocate(self, count: int, copied: int) -> None:
        names = [f"n{self.names + n}" for n in range(count)]
        self.names += count
        self.entries.update(zip(names, self.world.allocate(*names), strict=True))
        self.copy(sorted(self.entries)[copied % len(self.entries)])
        entries = [*self.entries.values(), *(entry for entry, _ in self.copies.values())]
        places = [(entry.list_id, entry.index) for entry in entries]
        assert len(places) == len(set(places)), "an index was given out twice"

    def copy(self, of: str) -> None:
        """Ask for a bound copy, which is refused where its certificate is not in force."""
        name = f"c{self.names}"
        try:
            entry = self.world.copy(name, of)
        except ConflictError:
            assert of in self.revoked | self.possibly | self.suspended, "what is in force could not be copied"
        else:
            assert of not in self.revoked | self.suspended, "what is not in force was copied"
            self.copies[name] = (entry, of)

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def revoke(self, which: int) -> None:
        name = sorted(self.entries)[which % len(self.entries)]
        _, is_new = self.world.revoke(name)
        assert name not in self.revoked or not is_new, "an acknowledged revocation was forgotten"
        self.revoked.add(name)
        self.revoked_at.setdefault(name, self.world.clock.now())

    @rule(minutes=st.sampled_from([10, 1_500]))
    def later(self, minutes: int) -> None:
        self.time_passes(minutes)

    def time_passes(self, minutes: int) -> None:
        """The publisher's timer rings all the while, so at the end too."""
        self.world.clock.advance(timedelta(minutes=minutes))
        if self.has_timer:
            for list_id in self.world.files.list_ids():
                self.world.publish(list_id)

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def verify(self, which: int) -> None:
        """What a verifier answers who held a list of this URL before, or none."""
        self._verify(sorted(self.entries)[which % len(self.entries)])

    @precondition(lambda self: self.entries)
    @rule(which=NUMBERS)
    def verify_again_a_day_after_it_was_revoked(self, which: int) -> None:
        name = sorted(self.entries)[which % len(self.entries)]
        self._verify(name)
        self.revoke(which)
        self.time_passes(1_500)
        self._verify(name)

    def _verify(self, name: str) -> None:
        """The certificate, and every copy of it."""
        copies = [entry for entry, of in self.copies.values() if of == name]
        for entry in (self.entries[name], *copies):
            self._verify_entry(name, entry)

    def _verify_entry(self, name: str, entry: AllocatedEntry) -> None:
        url = f"{self.world.settings.base_url}/status/lists/{entry.list_id}/eddsa-rdfc-2022"
        now = self.world.clock.now()
        at, status_list = self.held.get(url, (None, None))
        if at is None or (self.asks_again and now - at >= REFRESH):
            file = self.world.files.read_or_none(entry.list_id, "eddsa-rdfc-2022")
            if file is None:
                return
            at, status_list = now, read_list(file.body)
            self.held[url] = (at, status_list)
        assert status_list is not None
        asked = StatusEntry(
            purpose=StatusPurpose.REVOCATION, index=entry.index, list_url=url, pointer="/credentialStatus"
        )
        answer = check_status(asked, status_list, now=now)
        revoked_at = self.revoked_at.get(name)
        if answer.state is StatusState.SET:
            assert name in self.revoked | self.possibly, "what is in force is called revoked"
        elif revoked_at is not None and now - revoked_at > PROMISED:
            assert answer.state is not StatusState.CLEAR, "revoked long ago, and called in force"

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
    @rule(which=NUMBERS, first_is_first=st.booleans())
    def two_publish_at_once(self, which: int, first_is_first: bool) -> None:
        """Something is revoked between the plans of two publishers, who finish in any order."""
        name = sorted(self.entries)[which % len(self.entries)]
        list_id = self.entries[name].list_id
        plans = [self.world.plan(list_id)]
        self.revoke(which)
        plans.append(self.world.plan(list_id))
        for plan in plans if first_is_first else reversed(plans):
            self.world.finish(plan)
            self.published_lists_only_grow()

    @precondition(lambda self: self.entries)
    @rule()
    def publish_now(self) -> None:
        list_id = next(iter(self.entries.values())).list_id
        assert self.world.publish(list_id)
        _, bits = self._published(list_id)
        revoked = self._indexes(self.revoked)
        possibly = self._indexes(self.possibly)
        assert revoked <= bits <= revoked | possibly, "published is not the fold of what was acknowledged"
        passing = self.world.files.read_or_none(list_id, "suspension-vc-jwt")
        assert passing is not None
        said = read_published(passing.body, "suspension-vc-jwt").suspended
        assert said == self._indexes(self.suspended), "suspensions are not the log's"

    def _indexes(self, names: set[str]) -> frozenset[int]:
        """Those of these certificates and of their copies, which share their fate."""
        copies = {entry.index for entry, of in self.copies.values() if of in names}
        return frozenset(self.entries[name].index for name in names) | copies

    @rule()
    def restart(self) -> None:
        """This process alone: what other publishers have begun goes on."""
        self.world.reopen()
        self.world.start()
        self.publish_what_is_due()

    def publish_what_is_due(self) -> None:
        """What a publisher does first of all; a mutant without a timer does it too."""
        for list_id in self.world.files.list_ids():
            self.world.publish(list_id)

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


def run_machine(
    machine: type[RegistryMachine], empty_database: Path, folder: Path, *, examples: int, steps: int
) -> None:
    """Run histories of one machine, the same ones each time."""
    machine.template = empty_database
    machine.folders = folder
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            derandomize=True,
            database=None,
        ),
    )


def test_any_history_keeps_the_promises(empty_database: Path, tmp_path: Path) -> None:
    run_machine(RegistryMachine, empty_database, tmp_path, examples=20, steps=25)
