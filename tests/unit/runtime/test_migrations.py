"""The promises of ``runtime.migrations``, each on SQLite and on PostgreSQL."""

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)

from runtime import migrations
from runtime.database import Database, StorageUnavailable
from runtime.settings import Settings
from tests.unit.runtime.processes import run_at_once

METADATA = MetaData()
COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)
SERVICE = "issuer"

ENV_PY = """
from sqlalchemy import Column, Integer, MetaData, String, Table
from runtime.migrations import run_migrations

METADATA = MetaData()
Table(
    "counters",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)
run_migrations(METADATA)
"""
FIRST_PY = """
import time
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

def upgrade():
    op.create_table(
        "counters",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    time.sleep(0.2)

def downgrade():
    op.drop_table("counters")
"""
BAD_SECOND_PY = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    raise RuntimeError("planted")

def downgrade():
    pass
"""


def _store_counter(connection: Connection) -> None:
    connection.execute(insert(COUNTERS).values(name="a", value=1))


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(COUNTERS)).scalar_one()


@pytest.fixture
def migrations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "100% migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENV_PY)
    (folder / "versions" / "0001_first.py").write_text(FIRST_PY)
    monkeypatch.setattr(migrations, "migrations_folder", lambda _service: folder)
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "sqlite":
        return settings
    url = request.getfixturevalue("postgresql_url")
    with_url = Settings(data_dir=settings.data_dir, database_url=url)
    db = Database.open(with_url, SERVICE)
    db.write_now(lambda c: c.exec_driver_sql(f"DROP SCHEMA {SERVICE} CASCADE"))
    db.close()
    return with_url


def test_an_upgrade_makes_the_tables_once(empty_settings: Settings, migrations_folder: Path) -> None:
    db = Database.open(empty_settings, SERVICE)
    db.upgrade()
    db.write_now(_store_counter)
    db.upgrade()
    assert db.read_now(_count) == 1
    assert db.read_now(migrations.schema_differences, METADATA) == ()
    assert db.read_now(migrations.schema_differences, MetaData()) != ()
    db.close()


def test_a_failed_migration_leaves_nothing(empty_settings: Settings, migrations_folder: Path) -> None:
    (migrations_folder / "versions" / "0002_second.py").write_text(BAD_SECOND_PY)
    db = Database.open(empty_settings, SERVICE)
    with pytest.raises(RuntimeError, match="planted"):
        db.upgrade()
    assert not db.read_now(lambda connection: inspect(connection).has_table("half"))
    (migrations_folder / "versions" / "0002_second.py").unlink()
    db.upgrade()
    db.write_now(_store_counter)
    db.close()


def test_tables_of_a_newer_version_are_refused(empty_settings: Settings, migrations_folder: Path) -> None:
    db = Database.open(empty_settings, SERVICE)
    db.upgrade()
    db.write_now(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(StorageUnavailable, match="newer version"):
        db.upgrade()
    db.close()


ADDS_PY = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.add_column("counters", sa.Column("more", sa.Integer))
"""
TAKES_PY = """
from alembic import op

revision = "0003"
down_revision = "0002"
needs_code = "0002"

def upgrade():
    op.drop_column("counters", "more")
"""
TWO_TABLES_PY = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.create_table("others", sa.Column("id", sa.Integer, primary_key=True))
"""
BOTH_PY = """
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

def upgrade():
    op.add_column("counters", sa.Column("more", sa.Integer))
    op.add_column("others", sa.Column("more", sa.Integer))
"""
INDEX_PY = """
from runtime.shared_migrations import create_index_online_1

revision = "0002"
down_revision = "0001"

def upgrade():
    create_index_online_1("counters_by_value", "counters", ["value"])
"""


@pytest.fixture
def on_postgresql(settings: Settings, postgresql_url: str) -> Settings:
    with_url = Settings(data_dir=settings.data_dir, database_url=postgresql_url)
    db = Database.open(with_url, SERVICE)
    db.write_now(lambda c: c.exec_driver_sql(f"DROP SCHEMA {SERVICE} CASCADE"))
    db.close()
    return with_url


def add(folder: Path, number: int, text: str) -> None:
    (folder / "versions" / f"{number:04}_more.py").write_text(text)


def forget(folder: Path, number: int) -> None:
    """Go back to a version of the code that has fewer migrations."""
    for file in (folder / "versions").glob("*.py"):
        if int(file.name[:4]) > number:
            file.unlink()


def test_code_of_before_goes_on_with_tables_that_only_gained(
    on_postgresql: Settings, migrations_folder: Path
) -> None:
    add(migrations_folder, 2, ADDS_PY)
    upgrade(on_postgresql).close()
    forget(migrations_folder, 1)
    db = upgrade(on_postgresql)
    db.write_now(_store_counter)
    db.close()


def test_code_that_needs_what_was_taken_away_is_refused(
    on_postgresql: Settings, migrations_folder: Path
) -> None:
    add(migrations_folder, 2, ADDS_PY)
    add(migrations_folder, 3, TAKES_PY)
    upgrade(on_postgresql).close()
    forget(migrations_folder, 2)
    upgrade(on_postgresql).close()
    forget(migrations_folder, 1)
    with pytest.raises(StorageUnavailable, match="newer version"):
        upgrade(on_postgresql)


def upgrade(settings: Settings) -> Database:
    db = Database.open(settings, SERVICE)
    db.upgrade()
    return db


def test_a_migration_that_waits_for_a_table_lets_others_pass(
    on_postgresql: Settings, migrations_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_MILLISECONDS", 100)
    db = upgrade(on_postgresql)
    add(migrations_folder, 2, ADDS_PY)
    with ThreadPoolExecutor(1) as pool, db.engine.connect() as reader:
        # A long report: whoever changes the table has to wait for its end.
        reader.execute(text("SELECT count(*) FROM counters"))
        upgrading = pool.submit(db.upgrade)
        until_waiting(db, upgrading)
        began = time.monotonic()
        db.write_now(_store_counter)
        assert time.monotonic() - began < migrations.LOCK_MILLISECONDS / 1000 + 5
        assert not upgrading.done()
        reader.rollback()
        upgrading.result(timeout=60)
    assert "more" in db.read_now(columns)
    db.close()


def test_a_migration_that_waits_for_who_waits_for_it_gives_way_and_tries_again(
    on_postgresql: Settings, migrations_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than the server takes to see that two wait for each other.
    monkeypatch.setattr(migrations, "LOCK_MILLISECONDS", 20_000)
    add(migrations_folder, 2, TWO_TABLES_PY)
    db = upgrade(on_postgresql)
    add(migrations_folder, 3, BOTH_PY)
    with ThreadPoolExecutor(1) as pool, db.engine.connect() as writer:
        writer.execute(text("INSERT INTO others (id) VALUES (1)"))
        upgrading = pool.submit(db.upgrade)
        until_waiting(db, upgrading)
        # The migration has waited longer than this one, so that it is told first.
        time.sleep(0.5)
        writer.execute(insert(COUNTERS).values(name="b", value=2))
        writer.commit()
        upgrading.result(timeout=60)
    assert "more" in db.read_now(columns)
    db.close()


def test_an_index_is_built_while_others_write(on_postgresql: Settings, migrations_folder: Path) -> None:
    db = upgrade(on_postgresql)
    add(migrations_folder, 2, INDEX_PY)
    with ThreadPoolExecutor(1) as pool, db.engine.connect() as writer:
        writer.execute(insert(COUNTERS).values(name="b", value=2))
        upgrading = pool.submit(db.upgrade)
        until_waiting(db, upgrading)
        db.write_now(_store_counter)
        assert not upgrading.done()
        writer.commit()
        upgrading.result(timeout=60)
    valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'counters_by_value'::regclass")
    assert db.read_now(lambda connection: connection.execute(valid).scalar_one()) is True
    db.close()


def test_an_index_that_was_left_half_made_is_made_anew(
    on_postgresql: Settings, migrations_folder: Path
) -> None:
    db = upgrade(on_postgresql)
    db.write_now(lambda c: c.execute(text("CREATE INDEX counters_by_value ON counters (name)")))
    add(migrations_folder, 2, INDEX_PY)
    db.upgrade()
    found = db.read_now(lambda connection: inspect(connection).get_indexes("counters"))
    assert [index["column_names"] for index in found] == [["value"]]
    db.close()


def columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("counters")}


def is_waiting(db: Database) -> bool:
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(db.read_now(lambda connection: connection.execute(query).scalar_one()))


def until_waiting(db: Database, upgrading: Future[None]) -> None:
    """Until ``upgrading`` waits for a lock that somebody holds."""
    deadline = time.monotonic() + 60
    while not is_waiting(db):
        if upgrading.done():
            upgrading.result()
        assert time.monotonic() < deadline
        time.sleep(0.01)


UPGRADE_PROGRAM = """
import sys
from pathlib import Path
from runtime import migrations
from runtime.database import Database
from runtime.settings import Settings

folder, data_dir, url = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None
migrations.migrations_folder = lambda _service: folder
db = Database.open(Settings(data_dir=data_dir, database_url=url), "issuer")
print("ready", flush=True)
sys.stdin.readline()
db.upgrade()
db.close()
"""


def test_processes_that_start_at_once_upgrade_once(empty_settings: Settings, migrations_folder: Path) -> None:
    arguments = [str(migrations_folder), str(empty_settings.data_dir), empty_settings.database_url or ""]
    run_at_once([[sys.executable, "-c", UPGRADE_PROGRAM, *arguments]] * 2)
    db = Database.open(empty_settings, SERVICE)
    db.write_now(_store_counter)
    db.close()
