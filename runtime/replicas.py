"""A streaming standby that answers what may be some seconds old, instead of the primary.

How far it is behind is told by positions in the write-ahead log: a standby that has replayed what the primary
had written so many seconds ago is at most so many seconds old. That needs no right beyond those of
a service's role, compares no clocks, and notices a standby that receives nothing any more.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Concatenate, Final, NoReturn, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from runtime.logging import get_logger
from runtime.storage_errors import collided, is_trouble, translate
from vc.errors import PassportError

P = ParamSpec("P")
T = TypeVar("T")

# A standby that is away costs a wait for its connection; one that is behind costs a question.
_REST_SECONDS: Final = 10
_SAMPLES: Final = 5
_WRITTEN: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"
# Null where it is no standby, or none any more.
_REPLAYED: Final = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END"
)
_log = get_logger(__name__)


class ReplicaUnusable(PassportError):
    """The replica is away or too far behind; nothing was read."""


class Replica:
    """The replica of one service in one process."""

    def __init__(
        self,
        service: str,
        engine: Engine,
        *,
        primary: Callable[[Callable[[Connection], int]], int],
        lag_seconds: float,
    ) -> None:
        """``primary`` reads in the primary; ``engine`` is the replica's."""
        self._service = service
        self._engine = engine
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._primary = primary
        self._lag_seconds = lag_seconds
        # (time before it was asked, the primary's position), the oldest first.
        self._written: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self._rests_until = 0.0
        self._trouble: str | None = None

    def read_now(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``function(connection, …)`` on one consistent state. Raises ``ReplicaUnusable``."""
        if time.monotonic() < self._rests_until:
            raise ReplicaUnusable("The replica was away a moment ago.")
        wanted = self._position_wanted()
        try:
            with self._reader.connect() as connection:
                with connection.begin():
                    replayed = connection.exec_driver_sql(_REPLAYED).scalar()
                if replayed is None or replayed < wanted:
                    self._note("behind")
                    raise ReplicaUnusable("The replica is too far behind.")
                self._note(None)
                # Another transaction: it sees all that was replayed by then.
                with connection.begin():
                    return function(connection, *args, **kwargs)
        except DBAPIError as error:
            if not (is_trouble(error) or collided(error)):
                raise translate(error) from error
            self._rest(error)
        except TimeoutError as error:
            self._rest(error)

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    def _position_wanted(self) -> int:
        now = time.monotonic()
        with self._lock:
            while self._written and self._written[0][0] < now - self._lag_seconds:
                self._written.popleft()
            if not self._written or now - self._written[-1][0] > self._lag_seconds / _SAMPLES:
                self._written.append((now, self._primary(_written)))
            return self._written[0][1]

    def _rest(self, error: Exception) -> NoReturn:
        self._rests_until = time.monotonic() + _REST_SECONDS
        self._note("away")
        raise ReplicaUnusable("The replica does not answer.") from error

    def _note(self, trouble: str | None) -> None:
        """Logged when it changes: every reading of a desk passes here."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble is None:
            _log.info("replica_used", service=self._service)
        else:
            _log.warning("replica_not_used", service=self._service, reason=trouble)


def _written(connection: Connection) -> int:
    return int(connection.exec_driver_sql(_WRITTEN).scalar_one())
