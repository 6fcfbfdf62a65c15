"""The promises of ``runtime.database``, each on SQLite and, where there is one, on PostgreSQL."""

import asyncio
import gc
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import psycopg
import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from runtime import database as database_module
from runtime.database import Database, DatabaseUnsafe, StorageUnavailable
from runtime.settings import Settings
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


def _store_counter(connection: Connection, name: str, value: int) -> None:
    connection.execute(insert(COUNTERS).values(name=name, value=value))


def _value(connection: Connection, name: str) -> int | None:
    return connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == name)).scalar()


def _shown(connection: Connection, name: str) -> str:
    return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(COUNTERS)).scalar_one()


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


@pytest.mark.parametrize(
    ("name", "value"),
    [("a\x00b", 1), ("a\ud800b", 1), ("a", 2**70)],
    ids=["u+0000", "lone-surrogate", "seventy-bits"],
)
def test_what_cannot_be_stored_is_a_malformed_value(db: Database, name: str, value: int) -> None:
    with pytest.raises(MalformedValue, match=r"^A value cannot be stored\.$"):
        db.write_now(_store_counter, name, value)
    with pytest.raises(MalformedValue):
        db.write_now(
            lambda connection: connection.execute(insert(COUNTERS), [{"name": name, "value": value}] * 2)
        )
    assert db.read_now(_count) == 0


def test_a_fault_of_the_program_is_not_taken_for_trouble_of_the_database(db: Database) -> None:
    with pytest.raises(DBAPIError, match=r"nowhere"):
        db.read_now(lambda connection: connection.execute(text("SELECT * FROM nowhere")))


def test_an_error_does_not_repeat_the_values(settings: Settings) -> None:
    db = Database.open(settings, SERVICE)
    db.write_now(METADATA.create_all)
    db.write_now(_store_counter, "Sok Sreymao", 1)
    with pytest.raises(IntegrityError) as caught:
        db.write_now(_store_counter, "Sok Sreymao", 1)
    assert "Sok" not in str(caught.value)
    db.close()


def test_what_collided_runs_again_from_its_beginning(settings: Settings, postgresql_url: str) -> None:
    db = Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
    db.write_now(METADATA.create_all)
    db.write_now(_store_counter, "a", 0)
    both_have_read, runs = threading.Barrier(2), []

    def increment(connection: Connection, number: int) -> int:
        value = (_value(connection, "a") or 0) + 1
        if number not in runs:
            both_have_read.wait(10)
        runs.append(number)
        connection.execute(update(COUNTERS).where(COUNTERS.c.name == "a").values(value=value))
        return value

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda number: db.write_now(increment, number), range(2))) == [1, 2]
    assert len(runs) >= 3
    assert db.read_now(_value, "a") == 2
    db.write_now(METADATA.drop_all)
    db.close()


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_collides_for_ever_is_given_up(
    settings: Settings, postgresql_url: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_SECONDS", 0.3)
    db = Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
    runs = []

    def collide(connection: Connection) -> None:
        runs.append(1)
        connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))

    with pytest.raises(StorageUnavailable):
        db.write_now(collide)
    assert len(runs) > 2
    db.close()


def test_what_did_not_collide_runs_once(db: Database) -> None:
    db.write_now(_store_counter, "a", 1)
    runs = []

    def fail(connection: Connection) -> None:
        runs.append(1)
        _store_counter(connection, "a", 2)

    with pytest.raises(IntegrityError):
        db.write_now(fail)
    assert len(runs) == 1


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


def test_those_who_open_a_new_file_at_the_same_moment_all_can(tmp_path: Path) -> None:
    together = threading.Barrier(2)

    def open_anew(folder: Path) -> None:
        together.wait(10)
        Database.open(Settings(data_dir=folder), SERVICE).close()

    with ThreadPoolExecutor(2) as pool:
        for number in range(150):
            # To some of these pairs SQLite says "locked" at once, without waiting.
            list(pool.map(open_anew, [tmp_path / str(number)] * 2))


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


def test_a_postgresql_that_becomes_careless_later_is_refused(settings: Settings, postgresql_url: str) -> None:
    db = Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = off")
        try:
            db.engine.dispose()
            with pytest.raises(DatabaseUnsafe, match="synchronous_commit"):
                db.write_now(lambda connection: connection.execute(text("SELECT 1")))
        finally:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")
    assert db.read_now(lambda connection: connection.execute(text("SELECT 1")).scalar_one()) == 1
    db.close()


def test_a_postgresql_that_writes_torn_pages_is_refused(settings: Settings, postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        try:
            _reload_until(connection, "off")
            with pytest.raises(DatabaseUnsafe, match="full_page_writes"):
                Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
        finally:
            connection.execute("ALTER SYSTEM RESET full_page_writes")
            _reload_until(connection, "on")


def _reload_until(connection: psycopg.Connection[tuple[str]], value: str) -> None:
    """The server's processes take up a changed setting one after another."""
    connection.execute("SELECT pg_reload_conf()")
    for _ in range(500):
        with psycopg.connect(connection.info.dsn) as fresh:
            row = fresh.execute("SHOW full_page_writes").fetchone()
        if row == (value,):
            return
    raise AssertionError("the setting was not taken up")


def test_a_postgresql_that_only_reads_is_unavailable_for_writing(
    settings: Settings, postgresql_url: str
) -> None:
    db = Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
    db.write_now(METADATA.create_all)

    def write_on_a_standby(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        _store_counter(connection, "a", 1)

    with pytest.raises(StorageUnavailable):
        db.write_now(write_on_a_standby)
    db.write_now(METADATA.drop_all)
    db.close()


def test_a_postgresql_session_left_behind_does_not_block_for_ever(
    settings: Settings, postgresql_url: str
) -> None:
    db = Database.open(Settings(data_dir=settings.data_dir, database_url=postgresql_url), SERVICE)
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    found = [db.read_now(_shown, name) for name in names]
    assert found == ["1min", "1min"]
    db.close()


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


def test_a_file_that_is_no_database_is_unavailable(settings: Settings) -> None:
    (settings.data_dir / f"{SERVICE}.sqlite3").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StorageUnavailable):
        Database.open(settings, SERVICE)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable):
        Database.open(Settings(data_dir=tmp_path / "file" / "data"), SERVICE)


def test_others_can_read_no_file_of_a_database(settings: Settings) -> None:
    db = Database.open(settings, SERVICE)
    db.write_now(METADATA.create_all)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in settings.data_dir.iterdir()}
    assert modes == {f"{SERVICE}.sqlite3{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}
    db.close()


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


@pytest.mark.anyio
async def test_a_failure_after_who_asked_hung_up_is_no_stray_report(db: Database) -> None:
    started, release = threading.Event(), threading.Event()
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def fail(_: Connection) -> None:
        started.set()
        release.wait(10)
        raise StorageUnavailable("It is gone.")

    async with anyio.create_task_group() as group:
        group.start_soon(db.read, fail)
        await anyio.to_thread.run_sync(started.wait)
        group.cancel_scope.cancel()
        release.set()
    gc.collect()
    assert reported == []
