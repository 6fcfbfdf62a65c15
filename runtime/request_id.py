"""The id of the request being answered: in logs, in problems, and in the audit log."""

from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)


def request_id_or_none() -> str | None:
    """The id of the request that this code runs for; None in commands and background tasks."""
    return _current.get()


class answering:  # noqa: N801 - read as a word in a with statement
    """Everything inside, worker threads included, runs for this request.

    One inside another is right: in the all-in-one process a service asks another in the same task.
    """

    __slots__ = ("_request_id", "_token")

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def __enter__(self) -> None:
        self._token = _current.set(self._request_id)

    def __exit__(self, *_raised: object) -> None:
        _current.reset(self._token)
