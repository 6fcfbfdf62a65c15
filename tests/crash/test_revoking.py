"""kill -9 between every two effects of revoking: journal, database, lists and notes."""

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.crash.death import Witness
from tests.crash.nursery import Nursery
from tests.crash.registry_life import TO_REVOKE, published

pytestmark = pytest.mark.timeout(600)
REVOKED = {f"urn:uuid:{name}" for name in TO_REVOKE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A folder in which processes keep one registry, one after the other."""

    nursery: Nursery
    folder: Path

    def copy(self, folder: Path) -> "Registry":
        """The same registry as it stands now, elsewhere."""
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder)

    def die(self, life: str, *, at: int) -> None:
        """A life that is killed before its effect ``at``; nothing already published is undone by it."""
        before = published(self.folder)
        end = self.nursery.live(f"registry_life.{life}", folder=str(self.folder), die_at=at)
        assert end.killed_by == signal.SIGKILL
        self._require_nothing_undone(before)

    def live(self, life: str) -> dict[str, Any]:
        """A life that ends by itself, having kept every promise; returns what it told."""
        before = published(self.folder)
        told = self.nursery.live(f"registry_life.{life}", folder=str(self.folder), die_at=None).told
        self._require_nothing_undone(before)
        self._require_promises(told)
        return told

    def _require_nothing_undone(self, before: dict[str, tuple[int, frozenset[int]]]) -> None:
        after = published(self.folder)
        for name, (version, indexes) in before.items():
            assert after[name][0] >= version, f"{name} went back"
            assert after[name][1] >= indexes, f"a bit of {name} was undone"

    def _require_promises(self, told: dict[str, Any]) -> None:
        assert told["discrepancies"] == [], "what is published is not the fold of the log"
        assert told["journal"] == told["log"], "the journal and the database tell two stories"
        witness = Witness(self.folder / "witness")
        for line in witness.seen("revoked"):
            assert told["log"].get(f"urn:uuid:{line['name']}") == line["at"], "an acknowledgement was lost"
        for line in witness.seen("allocated"):
            entry = json.loads(line["entry"])
            list_id, suite = entry[0]["statusListCredential"].rsplit("/", 2)[1:]
            assert f"{list_id}/{suite}" in published(self.folder), "an entry names a list that is not there"
            place = f"{list_id}#{entry[0]['statusListIndex']}"
            assert told["entries"][f"urn:uuid:{line['name']}"] == place, "an index changed hands"
        assert len(set(told["entries"].values())) == len(told["entries"]), "an index was given twice"
        in_lists = {
            f"{name.partition('/')[0]}#{index}"
            for name, (_, indexes) in published(self.folder).items()
            for index in indexes
        }
        assert in_lists == set(told["set"])


MakeRegistry = Callable[[str], Registry]


@pytest.fixture(scope="session")
def _registries(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> MakeRegistry:
    made: dict[str, Registry] = {}

    def make(how: str) -> Registry:
        if how not in made:
            folder = tmp_path_factory.mktemp("registry")
            nursery.live(f"registry_life.{how}", folder=str(folder))
            made[how] = Registry(nursery=nursery, folder=folder)
        return made[how]

    return make


@pytest.fixture
def make_registry(_registries: MakeRegistry, tmp_path: Path) -> MakeRegistry:
    """A registry of one's own: ``make`` is one that was never started, ``prepare`` one in use."""
    return lambda how: _registries(how).copy(tmp_path / "registry")


def test_killed_before_any_effect_of_its_first_start_it_starts(
    make_registry: MakeRegistry, tmp_path: Path
) -> None:
    never_started = make_registry("make")
    effects = never_started.copy(tmp_path / "undisturbed").live("start")["effects"]
    assert "append" in effects
    for at in range(1, len(effects) + 1):
        killed = never_started.copy(tmp_path / f"killed-{at}")
        killed.die("start", at=at)
        assert killed.live("act")["log"].keys() == REVOKED


def test_killed_before_any_effect_no_acknowledged_revocation_is_lost(
    make_registry: MakeRegistry, tmp_path: Path
) -> None:
    in_use = make_registry("prepare")
    effects = in_use.copy(tmp_path / "undisturbed").live("act")["effects"]
    assert {"append", "commit", "sign", "replace a file"} <= set(effects)
    for at in range(1, len(effects) + 1):
        killed = in_use.copy(tmp_path / f"killed-{at}")
        killed.die("act", at=at)
        found = killed.live("start")["log"]
        done = killed.live("act")["log"]
        assert found.items() <= done.items(), "what was found after the crash did not stay"
        assert done.keys() == REVOKED | {"urn:uuid:before"}


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_killed_twice_no_acknowledged_revocation_is_lost(make_registry: MakeRegistry, tmp_path: Path) -> None:
    in_use = make_registry("prepare")
    first_effects = in_use.copy(tmp_path / "undisturbed").live("act")["effects"]
    for first in range(1, len(first_effects) + 1):
        once = in_use.copy(tmp_path / f"once-{first}")
        once.die("act", at=first)
        second_effects = once.copy(tmp_path / f"resumed-{first}").live("act")["effects"]
        # Each first death with every fourth second one, and another four after the next first one.
        for second in range(1 + first % 4, len(second_effects) + 1, 4):
            twice = once.copy(tmp_path / f"twice-{first}-{second}")
            twice.die("act", at=second)
            assert twice.live("act")["log"].keys() == REVOKED | {"urn:uuid:before"}
