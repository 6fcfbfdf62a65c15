"""``deploy/postgresql/roles.sql``: what each service's role may do, and what the server refuses it."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text

from revocation.tables import metadata
from runtime.database import Database, StorageUnavailable
from runtime.migrations import schema_differences
from runtime.settings import SERVICES, Settings
from tests.stores.postgresql import apply_roles, make_database, role_urls

STORING = ("trust_registry", "issuer", "revocation", "verifier", "wallet_api")
PAIRS = [(own, other) for own in SERVICES for other in STORING if own != other]


FOREIGN = """
    SELECT count(*) FROM (
        SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'revocation'::regnamespace
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'revocation'::regnamespace
    ) AS everything
    WHERE owner <> 'passport_revocation'::regrole
"""
PASSWORDS = r"""
    SELECT count(*) FROM pg_authid WHERE rolname LIKE 'passport\_%' AND rolpassword LIKE 'SCRAM-SHA-256$%'
"""


def open_as(url: str, service: str, folder: Path) -> Database:
    return Database.open(Settings(data_dir=folder, database_url=url), service)


def answer(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_works_under_its_role_and_in_its_schema(
    service: str, stores_url: str, migrated_url: Callable[[str], str], tmp_path: Path
) -> None:
    url = migrated_url(service) if service in STORING else role_urls(stores_url)[service]
    database = open_as(url, service, tmp_path)
    query = text("SELECT current_user, current_schema(), count(*) FROM pg_tables WHERE schemaname = :service")
    found = database.read_now(lambda connection: connection.execute(query, {"service": service}).one())
    database.close()
    assert tuple(found)[:2] == (f"passport_{service}", service)
    assert (found[2] > 0) == (service in STORING)


@pytest.mark.parametrize(("own", "other"), PAIRS, ids=[f"{own}-in-{other}" for own, other in PAIRS])
def test_a_service_may_do_nothing_in_another_ones_schema(
    own: str, other: str, stores_url: str, migrated_url: Callable[[str], str]
) -> None:
    table = f'"{other}"."alembic_version"'
    assert answer(migrated_url(other), f"SELECT count(*) FROM {table}") == 1
    for statement in (
        f"SELECT * FROM {table}",
        f"INSERT INTO {table} VALUES ('planted')",
        f"UPDATE {table} SET version_num = 'planted'",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"DROP TABLE {table}",
        f'CREATE TABLE "{other}".planted (id integer)',
        f'ALTER SCHEMA "{other}" RENAME TO planted',
        f"SET ROLE passport_{other}",
    ):
        with (
            psycopg.connect(role_urls(stores_url)[own]) as connection,
            pytest.raises(InsufficientPrivilege),
        ):
            connection.execute(statement)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.planted (id integer)",
        "CREATE TEMPORARY TABLE planted (id integer)",
        "CREATE SCHEMA planted",
        "CREATE DATABASE planted",
        "CREATE ROLE planted",
        "SELECT pg_read_file('PG_VERSION')",
    ],
)
def test_a_service_may_do_nothing_outside_its_schema(service: str, statement: str, stores_url: str) -> None:
    with psycopg.connect(role_urls(stores_url)[service], autocommit=True) as connection:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)
        assert connection.execute("SHOW search_path").fetchone() == (service,)


def test_a_stranger_may_not_even_connect(stores_url: str, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
        try:
            with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
                psycopg.connect(stores_url.replace("//postgres", "//stranger"))
        finally:
            connection.execute("DROP ROLE stranger")


def test_a_schema_of_another_role_is_refused_at_the_opening(
    stores_url: str, migrated_url: Callable[[str], str], tmp_path: Path
) -> None:
    assert migrated_url("issuer")
    with pytest.raises(StorageUnavailable, match="another database role"):
        open_as(role_urls(stores_url)["verifier"], "issuer", tmp_path)


def test_a_role_without_a_schema_is_told_so(stores_url: str, tmp_path: Path) -> None:
    with psycopg.connect(stores_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA passport")
    with pytest.raises(StorageUnavailable, match="does not let this role"):
        open_as(role_urls(stores_url)["passport"], "passport", tmp_path)
    apply_roles(stores_url)
    open_as(role_urls(stores_url)["passport"], "passport", tmp_path).close()


def test_the_file_can_be_run_again_and_keeps_what_is_stored(
    stores_url: str, migrated_url: Callable[[str], str]
) -> None:
    apply_roles(stores_url)
    assert answer(migrated_url("revocation"), "SELECT count(*) FROM alembic_version") == 1
    apply_roles(stores_url)
    assert answer(migrated_url("revocation"), "SELECT count(*) FROM alembic_version") == 1


def test_a_database_that_one_role_used_is_handed_over(postgresql_url: str, tmp_path: Path) -> None:
    url = make_database(postgresql_url, "used-by-one-role")
    database = open_as(url, "revocation", tmp_path)
    database.upgrade()
    database.close()
    apply_roles(url)
    own = role_urls(url)["revocation"]
    assert answer(own, FOREIGN) == 0
    database = open_as(own, "revocation", tmp_path)
    database.upgrade()
    assert database.read_now(schema_differences, metadata) == ()
    database.close()


def test_a_password_is_given_where_the_environment_has_one(stores_url: str) -> None:
    with psycopg.connect(stores_url, autocommit=True) as connection:
        apply_roles(stores_url)
        assert connection.execute(PASSWORDS).fetchone() == (0,)
        apply_roles(stores_url, password="it's a \\ password")
        assert connection.execute(PASSWORDS).fetchone() == (len(SERVICES),)
        for service in SERVICES:
            connection.execute(f"ALTER ROLE passport_{service} PASSWORD NULL")
