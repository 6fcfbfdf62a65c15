"""kill -9 between every two effects of issuing, with every service's tables on a real PostgreSQL."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.crash.house import SUITES, House
from tests.crash.nursery import Nursery

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseHouse(House):
    """A house whose tables are in a database of their own on the server at ``server_url``."""

    server_url: str

    def copy(self, folder: Path) -> "House":
        """The same house as it stands now, its database copied with it."""
        name = create_database(self.server_url, template=self.database)
        prepared = self.prepared | {"database_url": url_of(self.server_url, name)}
        return replace(House.copy(self, folder), prepared=prepared)

    @property
    def database(self) -> str:
        """The name of this house's database."""
        return str(self.prepared["database_url"]).partition("?")[0].rpartition("/")[2]

    def clear(self) -> None:
        """Make room on the disk and on the server."""
        House.clear(self)
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{self.database}" WITH (FORCE)'.encode())


def create_database(server_url: str, *, template: str = "template1") -> str:
    """A database with what is in ``template``; its name."""
    name = f"house-{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        # The server still winds up connections of the process that was killed.
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (template,)
        )
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return name


def url_of(server_url: str, name: str) -> str:
    """The address of one database of the server."""
    with psycopg.connect(server_url) as connection:
        return f"postgresql://{connection.info.user}@/{name}?host={connection.info.host}"


@pytest.mark.parametrize("suite", SUITES)
def test_killed_before_any_effect_it_is_issued_once(
    nursery: Nursery, postgresql_url: str, tmp_path: Path, suite: str
) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    database_url = url_of(postgresql_url, create_database(postgresql_url))
    told = nursery.live(
        "issuing_life.prepare", folder=str(folder), suite=suite, database_url=database_url
    ).told
    house = DatabaseHouse(
        nursery=nursery,
        folder=folder,
        suite=suite,
        prepared=told | {"database_url": database_url},
        server_url=postgresql_url,
    )
    effects = house.copy(tmp_path / "undisturbed").require_done(0)["effects"]
    assert effects.count("sign") == 2
    assert not list(folder.rglob("*.sqlite3"))
    for die_at in range(1, len(effects) + 1):
        killed = house.copy(tmp_path / f"killed-{die_at}")
        killed.require_dead(0, die_at=die_at)
        killed.require_done(1)
        killed.clear()
