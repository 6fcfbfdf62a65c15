"""One database per service: an SQLite file by default, a PostgreSQL schema by one setting.

Store functions are plain functions that take a ``Connection`` first. Each runs in a worker thread
inside one transaction and sees the database as if it were alone in it: on SQLite because one
writer runs at a time, on PostgreSQL because the transaction is serializable and is run again when
it collided. Hence a function given to ``write`` must have no effect but on its connection.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.pool import QueuePool

from runtime.entropy import random_below
from runtime.replicas import Replica, ReplicaUnusable
from runtime.secret_files import private_folder
from runtime.settings import Settings, require_service_name
from runtime.storage_errors import (
    UNSTORABLE,
    DatabaseUnsafe,
    StorageUnavailable,
    collided,
    translate,
)
from runtime.tracing import Attribute, name_of, span
from vc.errors import MalformedValue, PassportError

__all__ = ["Database", "DatabaseUnsafe", "StorageUnavailable", "engine_of_jobs"]

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 5
# In milliseconds: a transaction that a dead process left open must not block the others for ever.
_POSTGRESQL_OPTIONS: Final = {"statement_timeout": 60_000, "idle_in_transaction_session_timeout": 60_000}
_SQLITE_SYNCHRONOUS_FULL: Final = 2
# What each may be without losing an acknowledged commit to a power cut: not on the disk yet, or on a
# page that was torn while it was written.
_DURABLE: Final = {
    "fsync": {"on"},
    "synchronous_commit": {"on", "remote_apply"},
    "full_page_writes": {"on"},
}
_FIRST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.25


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
        self._replica: Replica | None = None

    @classmethod
    def open(cls, settings: Settings, service: str) -> Self:
        """The database of ``service`` as ``settings`` place it; made where it is not there yet.

        Raises ``DatabaseUnsafe`` where acknowledged commits could be lost, and
        ``StorageUnavailable`` where it cannot be reached or its schema is another role's. Does not
        run migrations: see ``upgrade``.
        """
        require_service_name(service)
        url = settings.database_url_for(service)
        threads = settings.database_threads
        if url is None or url.startswith("sqlite"):
            path = Path(make_url(url).database or "") if url else settings.data_dir / f"{service}.sqlite3"
            database = cls(service, _sqlite_engine(_private_file(path), threads), threads=threads)
        else:
            database = cls(service, _postgresql_engine(make_url(url), service, threads), threads=threads)
        database._follow(settings)
        check = _require_durable_file if database.is_sqlite else partial(_require_schema, service=service)
        try:
            database._run_guarded(check)
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
        with span(f"read {name_of(function)}", {Attribute.SERVICE: self.service}):
            return await _to_the_end(anyio.to_thread.run_sync(call, limiter=self._read_slots.limiter()))

    async def read_older(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``read``, for what people look through and nothing is decided by.

        Where there is a replica it is up to ``PASSPORT_REPLICA_LAG_SECONDS`` old.
        """
        call = partial(self.read_older_now, function, *args, **kwargs)
        return await _to_the_end(anyio.to_thread.run_sync(call, limiter=self._read_slots.limiter()))

    async def write(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(connection, …)`` in a worker thread inside one transaction; durable on return.

        An exception from ``function`` rolls everything back and is passed on. On PostgreSQL the
        function may run more than once.
        """
        call = partial(self.write_now, function, *args, **kwargs)
        with span(f"write {name_of(function)}", {Attribute.SERVICE: self.service}):
            return await _to_the_end(anyio.to_thread.run_sync(call, limiter=self._write_slots.limiter()))

    def read_now(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``read`` in the calling thread, for commands and tests."""
        try:
            with self._reader.connect() as connection, connection.begin():
                return function(connection, *args, **kwargs)
        except DBAPIError as error:
            raise translate(error) from error
        except TimeoutError as error:
            raise StorageUnavailable("All database connections are in use.") from error

    def read_older_now(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``read_older`` in the calling thread."""
        if self._replica is not None:
            try:
                return self._replica.read_now(function, *args, **kwargs)
            except ReplicaUnusable:
                pass  # it has been logged; the primary answers
        return self.read_now(function, *args, **kwargs)

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
                if not collided(error) or time.monotonic() > deadline:
                    raise translate(error) from error
            except TimeoutError as error:
                raise StorageUnavailable("All database connections are in use.") from error
            # Half of the pause is by chance, so that two that collided do not collide again.
            time.sleep(pause * (1 + random_below(1000) / 1000) / 2)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def connections(self) -> tuple[int, int]:
        """How many connections are in use by this process, and how many may be."""
        pool = self._engine.pool
        if not isinstance(pool, QueuePool):
            raise TypeError("every engine here has a pool that counts")
        return pool.checkedout(), pool.size() + 1

    def upgrade(self) -> None:
        """Bring the tables to the newest migration; safe when several processes do so at once.

        Raises ``StorageUnavailable`` where a newer version of the product made the tables.
        """
        from runtime import migrations  # local: alembic takes 0.3 s to import, for every command

        upgrade = partial(migrations.upgrade, service=self.service)
        if self.is_sqlite:
            self._run_guarded(upgrade)
            return
        try:
            with self._engine.connect() as connection:
                upgrade(connection)
        except DBAPIError as error:
            raise translate(error) from error

    def close(self) -> None:
        """Give back every connection."""
        for engine in {self._engine, self._reader, self._writer}:
            engine.dispose()
        if self._replica is not None:
            self._replica.close()

    def _follow(self, settings: Settings) -> None:
        url = settings.replica_url_for(self.service)
        if url is not None:
            threads = settings.database_threads
            engine = _postgresql_engine(make_url(url), self.service, threads, writes=False)
            lag_seconds = settings.replica_lag_seconds
            self._replica = Replica(self.service, engine, primary=self.read_now, lag_seconds=lag_seconds)

    def _run_guarded(self, function: Callable[[Connection], None]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                function(connection)
        except DBAPIError as error:
            raise translate(error) from error


def engine_of_jobs(settings: Settings, service: str) -> Engine | None:
    """Connections for a job engine beside the service's own; None on SQLite: there it has its own file."""
    url = settings.database_url_for(require_service_name(service))
    if url is None or url.startswith("sqlite"):
        return None
    return _postgresql_engine(make_url(url), service, settings.database_threads)


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


def _private_file(path: Path) -> Path:
    """``path``, made empty with mode 0600 where it is not there yet; SQLite would let others read it."""
    try:
        private_folder(path.parent)
        path.touch(mode=0o600)
    except OSError as error:
        raise StorageUnavailable("The database file cannot be made or opened.") from error
    return path


def _sqlite_engine(path: Path, threads: int) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    # One pool for both: whether a transaction may write is said at its BEGIN.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=threads + 1,
        max_overflow=1,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _refuse_nul)
    event.listen(engine, "handle_error", _unstorable_or_none)
    return engine


def _prepare_sqlite(dbapi_connection: object, _record: object) -> None:
    """Pragmas that SQLite keeps per connection."""
    connection = dbapi_connection
    # None keeps the driver from opening transactions by itself, and late; _begin_sqlite does.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    _keep_a_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is deleted, a data key above all, is overwritten in the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _keep_a_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    """SQLite does not wait here for another that does the same to a new file: it says *locked* at once."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_LONGEST_PAUSE_SECONDS * random_below(1000) / 1000)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("passport_reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _refuse_nul(
    _connection: Connection, _cursor: object, _statement: str, parameters: Any, _context: object, many: bool
) -> None:
    """PostgreSQL holds no text with U+0000, so SQLite may not either: one can be moved to the other."""
    for row in parameters if many else (parameters,):
        if any(isinstance(value, str) and "\x00" in value for value in row):
            raise MalformedValue(UNSTORABLE)


def _unstorable_or_none(context: ExceptionContext) -> Exception | None:
    """Drivers raise Python's own errors for a lone surrogate or an integer of too many bits."""
    unstorable = isinstance(context.original_exception, UnicodeEncodeError | OverflowError)
    return MalformedValue(UNSTORABLE) if unstorable else None


def _postgresql_engine(url: URL, service: str, threads: int, *, writes: bool = True) -> Engine:
    options = str(url.query.get("options", ""))
    for name, value in {"search_path": service, **_POSTGRESQL_OPTIONS}.items():
        options += f" -c {name}={value}"
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=threads,
        max_overflow=1,
        pool_timeout=_BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "options": options.strip(),
            "application_name": f"passport {service}",
            "connect_timeout": _CONNECT_SECONDS,
        },
    )
    if writes:
        event.listen(engine, "connect", _require_durable_session)
    event.listen(engine, "handle_error", _unstorable_or_none)
    return engine


def _require_durable_session(dbapi_connection: Any, _record: object) -> None:
    """Asked of every connection: settings of the server, the role or the database may change meanwhile."""
    with dbapi_connection.cursor() as cursor:
        found = {name: cursor.execute(f"SHOW {name}").fetchone()[0] for name in _DURABLE}
    dbapi_connection.rollback()
    for name, accepted in _DURABLE.items():
        if found[name] not in accepted:
            dbapi_connection.close()
            raise DatabaseUnsafe(f"PostgreSQL must run with {name} = on.")


def _require_schema(connection: Connection, service: str) -> None:
    """The schema of ``service``; a role that may not create one finds it there already, as its own."""
    # IF NOT EXISTS alone still collides when two processes start at once.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('passport schema'))"))
    usable = text(
        "SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE') "
        "FROM pg_namespace WHERE nspname = :name"
    )
    found = connection.execute(usable, {"name": service}).scalar()
    if found is None:
        connection.exec_driver_sql(f'CREATE SCHEMA "{require_service_name(service)}"')
    elif not found:
        raise StorageUnavailable("The schema of this service belongs to another database role.")


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
        if not task.cancelled():
            # Looked at, or it is reported as one that nobody waited for.
            task.exception()
        raise


def _reader_and_writer(engine: Engine, *, is_sqlite: bool) -> tuple[Engine, Engine]:
    if is_sqlite:
        return engine.execution_options(passport_reading=True), engine
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return reader, engine.execution_options(isolation_level="SERIALIZABLE")


def _require_durable_file(connection: Connection) -> None:
    """Refuse an SQLite file that acknowledges before the bytes are on the disk."""
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if synchronous < _SQLITE_SYNCHRONOUS_FULL or journal != "wal":
        raise DatabaseUnsafe("SQLite must run in WAL mode with synchronous=FULL.")
