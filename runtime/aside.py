"""Long work beside the event loop: in a thread, one after another, while those with short work are answered.

A thread makes nothing of this faster. It lets short work in between every ``SWITCH_SECONDS``, and what is
long waits for what is long.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Generic, TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

LONG_BYTES: Final = 32_768
"""What is longer may take as long to read as many others; no certificate of ours is."""
SWITCH_SECONDS: Final = 0.0001
"""For ``sys.setswitchinterval`` of a server: what short work waits for long work at most, each time."""

_Result = TypeVar("_Result")
_slot: RunVar[anyio.CapacityLimiter] = RunVar("runtime.aside.slot")


async def aside(work: Callable[[], _Result]) -> _Result:
    """What ``work`` returns or raises, done in a thread after all work that was to be done aside before."""
    try:
        limiter = _slot.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(1)
        _slot.set(limiter)
    done = await anyio.to_thread.run_sync(partial(_Done, work), limiter=limiter)
    return done.given()


class _Done(Generic[_Result]):
    """What came of some work, kept until it is given once.

    An error that a thread raises is held by what waited for it and holds that, with all that led there, a
    body of a megabyte too. Nothing but a search for unused objects would end it.
    """

    def __init__(self, work: Callable[[], _Result]) -> None:
        self._error: BaseException | None = None
        try:
            self._result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            self._error = error

    def given(self) -> _Result:
        """The result; raises what ``work`` raised."""
        error, self._error = self._error, None
        if error is None:
            return self._result
        try:
            raise error
        finally:
            del error
