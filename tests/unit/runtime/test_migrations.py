"""The promises of ``runtime.migrations``, each on SQLite and on PostgreSQL."""

import sys
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


def test_a_failed_upgrade_leaves_nothing(empty_settings: Settings, migrations_folder: Path) -> None:
    (migrations_folder / "versions" / "0002_second.py").write_text(BAD_SECOND_PY)
    db = Database.open(empty_settings, SERVICE)
    with pytest.raises(RuntimeError, match="planted"):
        db.upgrade()
    assert db.read_now(lambda connection: inspect(connection).get_table_names()) == []
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
