"""Store functions at the same moment: what each of several writers got."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, text

from runtime.database import Database
from vc.errors import PassportError

T = TypeVar("T")


def race(
    database: Database, functions: Sequence[Callable[[Connection], T]]
) -> tuple[list[T], list[PassportError]]:
    """(what the winners returned, what the others were refused with).

    On PostgreSQL every transaction has its snapshot before the first of them writes, so that the
    collision is certain; on SQLite, where one writer runs at a time, all begin at the same moment.
    """
    together = threading.Barrier(len(functions), timeout=30)

    def run(function: Callable[[Connection], T]) -> T | PassportError:
        if database.is_sqlite:
            together.wait()
            attempt = function
        else:
            attempt = partial(_after_all_began, function, together, threading.Event())
        try:
            return database.write_now(attempt)
        except PassportError as refused:
            return refused

    with ThreadPoolExecutor(len(functions)) as pool:
        outcomes = list(pool.map(run, functions))
    refusals = [outcome for outcome in outcomes if isinstance(outcome, PassportError)]
    return [outcome for outcome in outcomes if not isinstance(outcome, PassportError)], refusals


def _after_all_began(
    function: Callable[[Connection], T],
    together: threading.Barrier,
    waited: threading.Event,
    connection: Connection,
) -> T:
    connection.execute(text("SELECT 1"))
    # Who collided runs again, alone by then.
    if not waited.is_set():
        waited.set()
        together.wait()
    return function(connection)
