"""A lease: of all processes of one service, at most one does a task, and another takes over when it is gone.

On PostgreSQL it is an advisory lock of a session that is kept open for nothing else: it ends with the
process, with the connection and with the server, whichever is first. (A pooler must hand out sessions, not
transactions.) On SQLite, where all processes are on one machine, it is a lock on a file, which ends with
the process. A holder whose connection breaks learns of it at its next look; until then two may believe that
they hold the lease. Hence it saves work and orders it, and nothing may be lost or said twice where it fails.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import anyio.to_thread
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from runtime.database import Database
from runtime.secret_files import private_folder

_ONE_AT_A_TIME: Final = 1
# The server then gives up on a holder that fell silent after half a minute, and not after two hours.
_NOTICE_A_DEAD_MACHINE: Final = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 4",
)


class _Holding(Protocol):
    def look(self) -> bool:
        """Whether it is held now, taken if it is free."""

    def release(self) -> None:
        """Let another have it."""


class Lease:
    """The lease named ``name`` of one service, as one process sees it."""

    def __init__(self, database: Database, folder: Path, name: str) -> None:
        """``folder`` is the service's data folder, shared by its processes where the database is SQLite."""
        self._holding: _Holding = (
            _FileLock(folder / f"{name}.lease")
            if database.is_sqlite
            else _SessionLock(database.engine, f"{database.service} {name}")
        )
        self._limiter = anyio.CapacityLimiter(_ONE_AT_A_TIME)

    async def is_ours(self) -> bool:
        """Whether this process holds it; taken now where nobody does, False where that cannot be said."""
        return await anyio.to_thread.run_sync(self._holding.look, limiter=self._limiter)

    async def release(self) -> None:
        """Let another process have it at once."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._holding.release, limiter=self._limiter)


class _SessionLock:
    def __init__(self, engine: Engine, name: str) -> None:
        # No transaction: one that is open for long is ended by the server.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._name = name
        self._session: Connection | None = None

    def look(self) -> bool:
        try:
            if self._session is None:
                return self._take()
            self._session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
            return False
        return True

    def _take(self) -> bool:
        self._session = self._engine.connect()
        # Not the pool's any more: it lives as long as the lease, and requests need all of those.
        self._session.detach()
        for statement in _NOTICE_A_DEAD_MACHINE:
            self._session.execute(text(statement))
        taken = self._session.scalar(
            text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": self._name}
        )
        if not taken:
            self.release()
        return bool(taken)

    def release(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            # Said first: the server takes a while to notice that somebody has hung up.
            with suppress(SQLAlchemyError):
                session.execute(text("SELECT pg_advisory_unlock_all()"))
            with suppress(SQLAlchemyError):
                session.close()


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def look(self) -> bool:
        if self._descriptor is not None:
            return True
        private_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
