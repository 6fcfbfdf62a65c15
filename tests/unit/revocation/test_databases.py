"""Both databases: the tables as migrated are the tables in the code, and the promises hold under threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from revocation.published_files import read_list
from revocation.tables import metadata
from runtime.database import Database
from runtime.migrations import schema_differences
from runtime.settings import Settings
from tests.unit.revocation.registry_world import BASE_URL, World, open_world
from vc.status.bitstring_status_list import set_indexes


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    settings = Settings(data_dir=tmp_path, base_url=BASE_URL, database_url=url)
    database = Database.open(settings, "revocation")
    database.upgrade()
    database.close()
    world = open_world(tmp_path, database_url=url)
    world.start()
    yield world
    if url is not None:
        world.database.write_now(
            lambda connection: connection.execute(text("DROP SCHEMA revocation CASCADE"))
        )
    world.database.close()


def test_the_migrated_tables_are_the_tables_in_the_code(registry: World) -> None:
    assert registry.database.read_now(schema_differences, metadata) == ()


@pytest.mark.parametrize("table", ["status_change", "status_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET list_id = 'x'", "DELETE FROM {}"])
def test_the_log_is_append_only(registry: World, table: str, statement: str) -> None:
    registry.allocate("a")
    registry.revoke("a")
    with pytest.raises(DBAPIError, match="append-only"):
        registry.database.write_now(lambda connection: connection.execute(text(statement.format(table))))


def test_many_at_once_lose_nothing_and_share_no_index(registry: World) -> None:
    def issue_and_revoke(number: int) -> tuple[str, int]:
        (entry,) = registry.allocate(f"n{number}")
        if number % 2:
            registry.revoke(f"n{number}")
        if number % 8 == 0:
            registry.publish(entry.list_id)
        return entry.list_id, entry.index

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(issue_and_revoke, range(40)))
    assert len(set(places)) == 40
    list_id = places[0][0]
    registry.publish(list_id)
    file = registry.files.read_or_none(list_id, "eddsa-rdfc-2022")
    assert file is not None
    assert set_indexes(read_list(file.body).bits) == {index for _, index in places[1::2]}


def test_the_same_revocation_many_times_at_once_is_one(registry: World) -> None:
    registry.allocate("a")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: registry.revoke("a"), range(16)))
    assert len({change.logged.at for change, _ in answers}) == 1
    rows = registry.database.read_now(
        lambda c: c.execute(text("SELECT count(*) FROM status_change")).scalar()
    )
    assert rows == 1
