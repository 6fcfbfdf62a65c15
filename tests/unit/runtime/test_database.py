"""The promises of ``runtime.database``, each on SQLite and, where there is one, on PostgreSQL."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from runtime import database as database_module
from runtime import migrations
from runtime.database import Database, DatabaseUnsafe, StorageUnavailable
from runtime.settings import Settings
from tests.unit.runtime.processes import run_at_once
from vc.errors import ConflictError, MalformedValue

METADATA = MetaData()
COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)
PARTS = Table(
    "parts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("counter", ForeignKey("counters.name"), nullable=False),
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


def _store_counter(connection: Connection, name: str, value: int) -> None:
    connection.execute(insert(COUNTERS).values(name=name, value=value))


def _value(connection: Connection, name: str) -> int | None:
    return connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == name)).scalar()


def _increment_by_reading(connection: Connection, name: str) -> int:
    """Read, then write: loses updates unless transactions are serialised."""
    value = (_value(connection, name) or 0) + 1
    connection.execute(update(COUNTERS).where(COUNTERS.c.name == name).values(value=value))
    return value


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(data_dir=settings.data_dir, database_url=url)
    opened = Database.open(settings, SERVICE)
    opened.write_now(METADATA.create_all)
    yield opened
    opened.write_now(METADATA.drop_all)
    opened.close()


def test_a_write_is_seen_by_a_later_read(db: Database) -> None:
    db.write_now(_store_counter, "a", 1)
    assert db.read_now(_value, "a") == 1


def test_an_exception_rolls_back_and_passes_through(db: Database) -> None:
    def fail(connection: Connection) -> None:
        _store_counter(connection, "a", 1)
        raise ConflictError("planted")

    with pytest.raises(ConflictError, match="planted"):
        db.write_now(fail)
    assert db.read_now(_value, "a") is None


def test_a_read_cannot_write_and_its_connection_can_afterwards(db: Database) -> None:
    with pytest.raises((DBAPIError, StorageUnavailable)):
        db.read_now(_store_counter, "a", 1)
    for number in range(12):
        db.write_now(_store_counter, f"a{number}", number)
    assert db.read_now(_value, "a") is None


def test_foreign_keys_are_enforced(db: Database) -> None:
    with pytest.raises(IntegrityError):
        db.write_now(lambda connection: connection.execute(insert(PARTS).values(id=1, counter="none")))


def test_a_caught_conflict_inside_a_savepoint_leaves_the_transaction_usable(db: Database) -> None:
    db.write_now(_store_counter, "a", 1)

    def try_twice(connection: Connection) -> None:
        with pytest.raises(IntegrityError), connection.begin_nested():
            _store_counter(connection, "a", 2)
        _store_counter(connection, "b", 3)

    db.write_now(try_twice)
    assert (db.read_now(_value, "a"), db.read_now(_value, "b")) == (1, 3)


def test_parallel_writers_lose_nothing(db: Database) -> None:
    db.write_now(_store_counter, "a", 0)
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: db.write_now(_increment_by_reading, "a"), range(80)))
    assert sorted(seen) == list(range(1, 81))


def test_a_read_sees_one_state_however_long_it_looks(db: Database) -> None:
    db.write_now(_store_counter, "a", 1)
    first_look, written = threading.Event(), threading.Event()

    def look_twice(connection: Connection) -> tuple[int | None, int | None]:
        before = _value(connection, "a")
        first_look.set()
        assert written.wait(10)
        return before, _value(connection, "a")

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(db.read_now, look_twice)
        assert first_look.wait(10)
        db.write_now(_increment_by_reading, "a")
        written.set()
        assert looking.result() == (1, 1)


def test_a_text_that_cannot_be_stored_is_a_malformed_value(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite stores U+0000")
    with pytest.raises(MalformedValue):
        db.write_now(_store_counter, "a\x00b", 1)


@pytest.mark.anyio
async def test_two_hundred_writers_at_once_finish(db: Database) -> None:
    await db.write(_store_counter, "a", 0)

    async with anyio.create_task_group() as group:
        for _ in range(200):
            group.start_soon(db.write, _increment_by_reading, "a")
    assert await db.read(_value, "a") == 200


@pytest.mark.anyio
async def test_a_waiting_writer_does_not_keep_readers_waiting(db: Database) -> None:
    await db.write(_store_counter, "a", 1)
    release = threading.Event()

    async with anyio.create_task_group() as group:
        group.start_soon(db.write, lambda _: release.wait(10))
        for _ in range(20):
            group.start_soon(db.write, _increment_by_reading, "a")
        await anyio.sleep(0.05)
        if db.is_sqlite:
            with anyio.fail_after(2):
                assert await db.read(_value, "a") == 1
        release.set()
    assert await db.read(_value, "a") == 21


@pytest.mark.anyio
async def test_a_cancelled_write_is_wholly_done_or_wholly_not(db: Database) -> None:
    started = threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        time.sleep(0.2)
        _store_counter(connection, "a", 1)

    with anyio.move_on_after(0.1):
        await db.write(slow)
    assert started.is_set()
    assert await db.read(_value, "a") == 1


def test_sqlite_is_synced_in_full_on_every_connection(settings: Settings) -> None:
    db = Database.open(settings, SERVICE)
    together = threading.Barrier(5)

    def pragmas(connection: Connection) -> tuple[object, ...]:
        together.wait(10)
        names = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(lambda _: db.read_now(pragmas), range(5))) == {(2, "wal", 1, 30_000)}
    db.close()


def test_a_database_that_acknowledges_too_early_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = database_module._prepare_sqlite

    def prepare_carelessly(connection: object, record: object) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    monkeypatch.setattr(database_module, "_prepare_sqlite", prepare_carelessly)
    with pytest.raises(DatabaseUnsafe, match="FULL"):
        Database.open(settings, SERVICE)


def test_a_postgresql_that_acknowledges_too_early_is_refused(settings: Settings, postgresql_url: str) -> None:
    careless = f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}options=-csynchronous_commit%3Doff"
    with pytest.raises(DatabaseUnsafe, match="synchronous_commit"):
        Database.open(Settings(data_dir=settings.data_dir, database_url=careless), SERVICE)


def test_a_postgresql_service_lives_in_its_own_schema(settings: Settings, postgresql_url: str) -> None:
    both = Settings(data_dir=settings.data_dir, database_url=postgresql_url)
    schemas = []
    for service in ("issuer", "verifier"):
        db = Database.open(both, service)
        schemas.append(db.read_now(lambda c: c.execute(text("SELECT current_schema()")).scalar_one()))
        db.close()
    assert schemas == ["issuer", "verifier"]


def test_an_unreachable_database_is_unavailable(settings: Settings, tmp_path: Path) -> None:
    nowhere = Settings(data_dir=settings.data_dir, database_url=f"postgresql:///x?host={tmp_path}")
    with pytest.raises(StorageUnavailable):
        Database.open(nowhere, SERVICE)


def test_a_full_or_read_only_disk_is_unavailable_and_records_nothing(settings: Settings) -> None:
    db = Database.open(settings, SERVICE)
    db.write_now(METADATA.create_all)

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        for number in range(2_000):
            _store_counter(connection, f"counter {number} {'x' * 20}", number)

    with pytest.raises(StorageUnavailable):
        db.write_now(fill)
    assert db.read_now(lambda c: c.execute(text("SELECT count(*) FROM counters")).scalar_one()) == 0
    db.close()


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
    db.write_now(_store_counter, "a", 1)
    db.upgrade()
    assert db.read_now(_value, "a") == 1
    only_counters = MetaData()
    COUNTERS.to_metadata(only_counters)
    assert db.read_now(migrations.schema_differences, only_counters) == ()
    assert db.read_now(migrations.schema_differences, METADATA) != ()
    db.close()


def test_a_failed_upgrade_leaves_nothing(empty_settings: Settings, migrations_folder: Path) -> None:
    (migrations_folder / "versions" / "0002_second.py").write_text(BAD_SECOND_PY)
    db = Database.open(empty_settings, SERVICE)
    with pytest.raises(RuntimeError, match="planted"):
        db.upgrade()
    (migrations_folder / "versions" / "0002_second.py").unlink()
    db.upgrade()
    db.write_now(_store_counter, "a", 1)
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
    db.write_now(_store_counter, "a", 1)
    db.close()
