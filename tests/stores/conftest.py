"""The store of a service on each database; on PostgreSQL under the service's role, in its own schema."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest

from runtime.audit_log import BEGINNING
from runtime.database import Database
from runtime.settings import Settings
from tests.stores.postgresql import apply_roles, make_database, role_urls

DATABASE = "stores"


@pytest.fixture(scope="session")
def stores_url(postgresql_url: str) -> str:
    """The superuser's URL of a database that all stores share."""
    url = make_database(postgresql_url, DATABASE)
    apply_roles(url)
    return url


@pytest.fixture(scope="session")
def migrated_url(stores_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """A service's own URL of that database, its tables made under its role."""

    @cache
    def of(service: str) -> str:
        url = role_urls(stores_url)[service]
        settings = Settings(data_dir=tmp_path_factory.mktemp(service), database_url=url)
        database = Database.open(settings, service)
        database.upgrade()
        database.close()
        return url

    return of


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """An SQLite file of a service with its tables, to be copied: migrating takes long."""

    @cache
    def of(service: str) -> Path:
        folder = tmp_path_factory.mktemp(service)
        database = Database.open(Settings(data_dir=folder), service)
        database.upgrade()
        database.close()
        return folder / f"{service}.sqlite3"

    return of


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Where the store of the module's ``SERVICE`` lies: empty, with its tables."""
    service: str = request.module.SERVICE
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file")(service), tmp_path)
        return Settings(data_dir=tmp_path)
    url = request.getfixturevalue("migrated_url")(service)
    _empty(request.getfixturevalue("stores_url"), service)
    return Settings(data_dir=tmp_path, database_url=url)


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    """The open store of the module's ``SERVICE``."""
    opened = Database.open(settings, request.module.SERVICE)
    yield opened
    opened.close()


def _empty(admin_url: str, service: str) -> None:
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'alembic_version'"
    with psycopg.connect(admin_url) as connection:
        # As a replica: the triggers that keep a log append-only would refuse even this.
        connection.execute("SET session_replication_role = replica")
        for (table,) in connection.execute(tables, [service]).fetchall():
            if table == "audit_head":
                # A test before may have taken the head away.
                connection.execute(f'DELETE FROM "{service}"."{table}"')
                head = f'INSERT INTO "{service}"."{table}" (id, service, size, hash) VALUES (1, %s, 0, %s)'
                connection.execute(head, [service, BEGINNING])
            else:
                connection.execute(f'DELETE FROM "{service}"."{table}"')
