"""One registry on SQLite in a temporary folder, with a clock that stands still."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.database import Database
from runtime.settings import Settings
from tests.unit.revocation.registry_world import World, open_world


@pytest.fixture(autouse=True)
def _quick_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least costs a keyring accepts; what they are worth is tested where the keyring is."""
    monkeypatch.setattr("runtime.keyring._SCRYPT", {"n": 1 << 14, "r": 8, "p": 1})


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, to be copied: migrating takes long."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("template"))
    database = Database.open(settings, "revocation")
    database.upgrade()
    database.close()
    return settings.data_dir / "revocation.sqlite3"


@pytest.fixture
def make_world(empty_database: Path) -> Iterator[Callable[[Path], World]]:
    made: list[World] = []

    def make(folder: Path) -> World:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(empty_database, folder / "revocation.sqlite3")
        world = open_world(folder)
        made.append(world)
        return world

    yield make
    for world in made:
        world.database.close()


@pytest.fixture
def world(make_world: Callable[[Path], World], tmp_path: Path) -> World:
    made = make_world(tmp_path / "data")
    made.start()
    return made
