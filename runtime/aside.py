"""Long work beside the event loop: in a thread, one after another, while those with short work are answered.

A thread makes nothing of this faster. It lets short work in between every ``SWITCH_SECONDS``, and what is
long waits for what is long.
"""

from collections.abc import Callable
from typing import Final, TypeVar

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
    """What ``work`` returns, done in a thread after all work that was to be done aside before."""
    try:
        limiter = _slot.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(1)
        _slot.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)
