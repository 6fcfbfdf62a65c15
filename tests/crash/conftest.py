from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.house import House
from tests.crash.nursery import Nursery, open_nursery


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """One for all tests of a worker: it keeps nothing from one life to the next."""
    with open_nursery(tmp_path_factory.mktemp("nursery") / "complaints.txt") as opened:
        yield opened


@pytest.fixture(scope="session")
def _houses(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], House]:
    made: dict[str, House] = {}

    def make(suite: str) -> House:
        if suite not in made:
            folder = tmp_path_factory.mktemp("house")
            prepared = nursery.live("issuing_life.prepare", folder=str(folder), suite=suite).told
            made[suite] = House(nursery=nursery, folder=folder, suite=suite, prepared=prepared)
        return made[suite]

    return make


@pytest.fixture
def make_house(_houses: Callable[[str], House], tmp_path: Path) -> Callable[[str], House]:
    """A house of one's own, with keys for the given cryptosuite."""
    return lambda suite: _houses(suite).copy(tmp_path / "house")
