"""One database per service: an SQLite file by default, a PostgreSQL schema by one setting.

Store functions are plain functions that take a ``Connection`` first. Each runs in a worker thread
inside one transaction and sees the database as if it were alone in it: on SQLite because one
writer runs at a time, on PostgreSQL because the transaction is serializable and is run again when
it collided. Hence a function given to ``write`` must have no effect but on its connection.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.pool import NullPool, QueuePool

from runtime.entropy import random_below
from runtime.secret_files import private_folder
from runtime.settings import Settings, require_service_name
from vc.errors import MalformedValue, PassportError

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 5
# In milliseconds: a transaction that a dead process left open must not block the others for ever.
_POSTGRESQL_OPTIONS: Final = {"statement_timeout": 60_000, "idle_in_transaction_session_timeout": 60_000}
_SQLITE_SYNCHRONOUS_FULL: Final = 2
# SQLSTATE of a serialization failure and of a deadlock: the transaction did nothing and may run again.
_COLLISIONS: Final = frozenset({"40001", "40P01"})
_FIRST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.25


class DatabaseUnsafe(PassportError):
    """The database would forget what it acknowledged, so this product refuses to use it."""


class StorageUnavailable(PassportError):
    """The database cannot be reached, is full or busy for too long; nothing was recorded."""


class Database:
    """The database of one service in one process."""

    def __init__(self, service: str, engine: Engine, *, threads: int) -> None:
        """Use ``Database.open``; this only joins the parts."""
        self.service = service
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine
        self._reader, self._writer = _reader_and_writer(engine, is_sqlite=self.is_sqlite)
        self._read_slots = _Slots(f"{service} reads", threads)
        self._write_slots = _Slots(f"{service} writes", 1) if self.is_sqlite else self._read_slots

    @classmethod
    def open(cls, settings: Settings, service: str) -> Self:
        """The database of ``service`` as ``settings`` place it; made where it is not there yet.

        Raises ``DatabaseUnsafe`` where acknowledged commits could be lost, and
        ``StorageUnavailable`` where it cannot be reached. Does not run migrations: see ``upgrade``.
        """
        require_service_name(service)
        url = settings.database_url_for(service)
        threads = settings.database_threads
        if url is None or url.startswith("sqlite"):
            path = Path(make_url(url).database or "") if url else settings.data_dir / f"{service}.sqlite3"
            private_folder(path.parent)
            database = cls(service, _sqlite_engine(path, threads), threads=threads)
        else:
            database = cls(service, _postgresql_engine(make_url(url), service, threads), threads=threads)
        try:
            database._run_guarded(_require_durable)
        except PassportError:
            database.close()
            raise
        return database

    @property
    def engine(self) -> Engine:
        """For ``runtime.migrations`` only; services go through ``read`` and ``write``."""
        return self._engine

    async def read(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(connection, …)`` in a worker thread, on one consistent state, unable to write."""
        call = partial(self.read_now, function, *args, **kwargs)
        return await _to_the_end(anyio.to_thread.run_sync(call, limiter=self._read_slots.limiter()))

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(connection, …)`` in a worker thread inside one transaction; durable on return.

        An exception from ``function`` rolls everything back and is passed on. On PostgreSQL the
        function may run more than once.
        """
        call = partial(self.write_now, function, *args, **kwargs)
        return await _to_the_end(anyio.to_thread.run_sync(call, limiter=self._write_slots.limiter()))

    def read_now(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``read`` in the calling thread, for commands and tests."""
        try:
            with self._reader.connect() as connection, connection.begin():
                return function(connection, *args, **kwargs)
        except DBAPIError as error:
            raise _translate(error) from error
        except TimeoutError as error:
            raise StorageUnavailable("All database connections are in use.") from error

    def write_now(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``write`` in the calling thread, for commands and tests."""
        deadline = time.monotonic() + _BUSY_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                with self._writer.connect() as connection, connection.begin():
                    return function(connection, *args, **kwargs)
            except DBAPIError as error:
                if not _collided(error) or time.monotonic() > deadline:
                    raise _translate(error) from error
            except TimeoutError as error:
                raise StorageUnavailable("All database connections are in use.") from error
            # Half of the pause is by chance, so that two that collided do not collide again.
            time.sleep(pause * (1 + random_below(1000) / 1000) / 2)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def upgrade(self) -> None:
        """Bring the tables to the newest migration; safe when several processes do so at once."""
        from runtime import migrations  # local: alembic takes 0.3 s to import, for every command

        self._run_guarded(partial(migrations.upgrade, service=self.service))

    def close(self) -> None:
        """Give back every connection."""
        for engine in {self._engine, self._reader, self._writer}:
            engine.dispose()

    def _run_guarded(self, function: Callable[[Connection], None]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                function(connection)
        except (OperationalError, InterfaceError) as error:
            raise _translate(error) from error


class _Slots:
    """A capacity limiter for each event loop: one cannot be shared between loops."""

    def __init__(self, name: str, total: int) -> None:
        self._total = total
        self._limiters: RunVar[anyio.CapacityLimiter] = RunVar(name)

    def limiter(self) -> anyio.CapacityLimiter:
        try:
            return self._limiters.get()
        except LookupError:
            limiter = anyio.CapacityLimiter(self._total)
            self._limiters.set(limiter)
            return limiter


def _sqlite_engine(path: Path, threads: int) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    # One pool for both: whether a transaction may write is said at its BEGIN.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=threads + 1,
        max_overflow=1,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: object, _record: object) -> None:
    """Pragmas that SQLite keeps per connection."""
    connection = dbapi_connection
    # None keeps the driver from opening transactions by itself, and late; _begin_sqlite does.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("passport_reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _postgresql_engine(url: URL, service: str, threads: int) -> Engine:
    url = url.set(drivername="postgresql+psycopg")
    _create_schema(url, service)
    options = str(url.query.get("options", ""))
    for name, value in {"search_path": service, **_POSTGRESQL_OPTIONS}.items():
        options += f" -c {name}={value}"
    return create_engine(
        url,
        pool_size=threads,
        max_overflow=1,
        pool_timeout=_BUSY_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "options": options.strip(),
            "application_name": f"passport {service}",
            "connect_timeout": _CONNECT_SECONDS,
        },
    )


def _create_schema(url: URL, service: str) -> None:
    """The schema of ``service``; a role that may not create one finds it there already."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        with engine.begin() as connection:
            # IF NOT EXISTS alone still collides when two processes start at once.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('passport schema'))"))
            present = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
            if connection.execute(present, {"name": service}).first() is None:
                connection.exec_driver_sql(f'CREATE SCHEMA "{require_service_name(service)}"')
    except (OperationalError, InterfaceError) as error:
        raise StorageUnavailable("The database cannot be reached.") from error
    finally:
        engine.dispose()


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work``; when cancelled, only once its thread is done.

    A thread cannot be stopped: cancelled halfway it would go on with a connection nobody waits for.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await asyncio.wait({task})
        raise


def _reader_and_writer(engine: Engine, *, is_sqlite: bool) -> tuple[Engine, Engine]:
    if is_sqlite:
        return engine.execution_options(passport_reading=True), engine
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reader, engine.execution_options(isolation_level="SERIALIZABLE")


def _require_durable(connection: Connection) -> None:
    """Refuse a database that acknowledges before the bytes are on the disk."""
    if connection.dialect.name == "sqlite":
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        if synchronous < _SQLITE_SYNCHRONOUS_FULL or journal != "wal":
            raise DatabaseUnsafe("SQLite must run in WAL mode with synchronous=FULL.")
        return
    for name, accepted in (("fsync", {"on"}), ("synchronous_commit", {"on", "remote_apply"})):
        if connection.exec_driver_sql(f"SHOW {name}").scalar_one() not in accepted:
            raise DatabaseUnsafe(f"PostgreSQL must run with {name} = on.")


def _collided(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _COLLISIONS


def _translate(error: DBAPIError) -> Exception:
    """Our own exception for what is nobody's programming error; the error itself otherwise."""
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return StorageUnavailable("The database cannot record or answer now.")
    if isinstance(error, DataError):
        return MalformedValue("A value cannot be stored.")
    return error
