"""On PostgreSQL an acknowledged write is on the disk: every session says so, and the server counts it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from runtime.database import Database, DatabaseUnsafe
from runtime.settings import SERVICES, Settings
from tests.stores.postgresql import role_urls
from wallet_api import store
from wallet_api.store import SealedCredential

WRITES = 20
FSYNCS = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend'"


def open_as(url: str, service: str, folder: Path) -> Database:
    return Database.open(Settings(data_dir=folder, database_url=url), service)


def shown(connection: Connection) -> tuple[str, str]:
    found = (
        connection.execute(text(f"SHOW {name}")).scalar_one() for name in ("fsync", "synchronous_commit")
    )
    return str(next(found)), str(next(found))


@pytest.mark.parametrize("service", SERVICES)
def test_every_session_of_a_service_waits_for_the_disk(service: str, stores_url: str, tmp_path: Path) -> None:
    database = open_as(role_urls(stores_url)[service], service, tmp_path)
    assert database.read_now(shown) == database.write_now(shown) == ("on", "on")
    database.close()


@pytest.mark.parametrize(
    ("service", "value"),
    [*((service, "off") for service in SERVICES), ("issuer", "local"), ("issuer", "remote_write")],
)
def test_a_role_that_does_not_wait_is_refused(
    service: str, value: str, stores_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(stores_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE passport_{service} SET synchronous_commit = {value}")
        try:
            with pytest.raises(DatabaseUnsafe, match="synchronous_commit"):
                open_as(role_urls(stores_url)[service], service, tmp_path)
        finally:
            connection.execute(f"ALTER ROLE passport_{service} RESET synchronous_commit")


@contextmanager
def without_fsync(url: str) -> Iterator[None]:
    """The server as somebody runs it who wants it fast."""
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute("ALTER SYSTEM SET fsync = off")
            reload_until(url, "off")
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET fsync")
            reload_until(url, "on")


def reload_until(url: str, value: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(200):
        with psycopg.connect(url) as connection:
            if connection.execute("SHOW fsync").fetchone() == (value,):
                return
        time.sleep(0.05)
    raise AssertionError("the server did not take the setting over")


def test_a_server_without_fsync_is_refused_by_every_service(stores_url: str, tmp_path: Path) -> None:
    with without_fsync(stores_url):
        for service in SERVICES:
            with pytest.raises(DatabaseUnsafe, match="fsync"):
                open_as(role_urls(stores_url)[service], service, tmp_path)
    open_as(role_urls(stores_url)["issuer"], "issuer", tmp_path).close()


def keep(connection: Connection, number: int) -> None:
    sealed = SealedCredential(
        id=f"urn:uuid:careful-{number}",
        holder_index="counted",
        credential=b"sealed",
        delivery=b"sealed",
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
    )
    store.insert_credential(connection, sealed)
    # The counts of this session are to be seen as soon as it has committed.
    connection.execute(text("SELECT pg_stat_force_next_flush()"))


def counted(url: str, write_all: Callable[[], None]) -> int:
    """How often sessions of clients synced the write-ahead log while ``write_all`` ran."""
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute(FSYNCS).fetchone()
        write_all()
        after = connection.execute(FSYNCS).fetchone()
    assert before is not None
    assert after is not None
    return int(after[0]) - int(before[0])


def test_the_server_syncs_its_log_for_every_acknowledged_write(
    stores_url: str, migrated_url: Callable[[str], str], tmp_path: Path
) -> None:
    database = open_as(migrated_url("wallet_api"), "wallet_api", tmp_path)

    def write_all() -> None:
        for number in range(WRITES):
            database.write_now(keep, number)

    assert counted(stores_url, write_all) >= WRITES
    database.close()


def test_the_count_would_show_a_session_that_does_not_wait(
    stores_url: str, migrated_url: Callable[[str], str]
) -> None:
    insert = "INSERT INTO held_credential VALUES (%s, 'careless', '', '', '2026-11-22T00:00:00Z')"

    def write_all() -> None:
        with psycopg.connect(migrated_url("wallet_api"), autocommit=True) as connection:
            connection.execute("SET synchronous_commit = off")
            for number in range(WRITES):
                connection.execute(insert, [f"urn:uuid:careless-{number}"])
            connection.execute("SELECT pg_stat_force_next_flush()")

    assert counted(stores_url, write_all) < WRITES
