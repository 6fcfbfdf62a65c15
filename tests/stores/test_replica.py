"""A streaming standby answers what may be seconds old; behind, away or promoted it is not asked."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from runtime import replicas
from runtime.database import Database, StorageUnavailable
from runtime.settings import Settings, SettingsError, load_settings
from tests.postgresql_server import OwnServer, make_server, server_on, servers_folder

SERVICE = "issuer"
LAG_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Two:
    """A primary and its standby."""

    primary: OwnServer
    standby: OwnServer

    def order_standby(self, function: str) -> None:
        with psycopg.connect(self.standby.url, autocommit=True) as connection:
            connection.execute(f"SELECT {function}()")


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with servers_folder() as folder:
        primary, standby = make_server(folder / "primary"), server_on(folder / "standby")
        copy = ("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--pgdata", standby.data)
        primary.run(*copy)
        standby.start()
        yield Two(primary=primary, standby=standby)
        standby.stop()
        primary.stop()


@pytest.fixture
def database(two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(replicas, "_REST_SECONDS", 0.2)
    settings = Settings(
        data_dir=tmp_path,
        database_url=two.primary.url,
        replica_url=two.standby.url,
        replica_lag_seconds=LAG_SECONDS,
    )
    opened = Database.open(settings, SERVICE)
    opened.write_now(lambda c: c.execute(text("CREATE TABLE IF NOT EXISTS seen (number integer)")))
    until_asked(opened)
    yield opened
    opened.close()


def is_standby(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one())


def add(connection: Connection, number: int) -> None:
    connection.execute(text("INSERT INTO seen VALUES (:number)"), {"number": number})


def has(connection: Connection, number: int) -> bool:
    query = text("SELECT count(*) FROM seen WHERE number = :number")
    return bool(connection.execute(query, {"number": number}).scalar_one())


def until_asked(database: Database) -> None:
    """Until the standby is asked again."""
    deadline = time.monotonic() + 60
    while not database.read_older_now(is_standby):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_may_be_old_is_read_from_the_standby_and_nothing_else(database: Database) -> None:
    assert database.read_older_now(is_standby)
    assert not database.read_now(is_standby)
    assert not database.write_now(is_standby)


def test_it_is_never_older_than_is_allowed(database: Database) -> None:
    for number in range(20):
        database.write_now(add, number)
        time.sleep(LAG_SECONDS / 20)
    time.sleep(LAG_SECONDS)
    assert database.read_older_now(has, 19)


def test_a_standby_that_is_behind_is_not_asked(two: Two, database: Database) -> None:
    two.order_standby("pg_wal_replay_pause")
    try:
        database.write_now(add, 100)
        time.sleep(LAG_SECONDS * 1.5)
        assert database.read_older_now(has, 100)
        assert not database.read_older_now(is_standby)
    finally:
        two.order_standby("pg_wal_replay_resume")
    until_asked(database)


def test_a_standby_that_is_away_is_not_asked(two: Two, database: Database) -> None:
    two.standby.stop("immediate")
    try:
        database.write_now(add, 200)
        assert database.read_older_now(has, 200)
    finally:
        two.standby.start()
    until_asked(database)


def test_nothing_can_be_written_there(database: Database) -> None:
    with pytest.raises(StorageUnavailable, match="does not let this role"):
        database.read_older_now(add, 300)


def test_a_fault_of_the_program_is_not_hidden_by_asking_again(database: Database) -> None:
    asked = []

    def fail(connection: Connection) -> None:
        asked.append(is_standby(connection))
        raise LookupError("planted")

    with pytest.raises(LookupError):
        database.read_older_now(fail)
    assert asked == [True]


def test_a_replica_without_a_primary_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs a primary"):
        load_settings(data_dir=tmp_path, issuer_replica_url="postgresql://standby/passport")


def test_a_standby_that_was_promoted_is_not_asked(two: Two, database: Database) -> None:
    two.order_standby("pg_promote")
    database.write_now(add, 400)
    assert not database.read_older_now(is_standby)
    assert database.read_older_now(has, 400)
