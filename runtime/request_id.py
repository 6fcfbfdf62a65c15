"""The id of the request being answered: in logs, in problems, and in the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)


def request_id_or_none() -> str | None:
    """The id of the request that this code runs for; None in commands and background tasks."""
    return _current.get()


@contextmanager
def answering(request_id: str) -> Iterator[None]:
    """Everything inside, worker threads included, runs for this request.

    One inside another is right: in the all-in-one process a service asks another in the same task.
    """
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
