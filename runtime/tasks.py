"""Tasks that run beside a service: going on whatever happens, and ending whatever they are in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from runtime.logging import get_logger, places_of

_AGAIN_AFTER_SECONDS: Final = 1.0


_log = get_logger(__name__)


async def keep_doing(step: Callable[[], Awaitable[object]], *, every_seconds: float, failure: str) -> None:
    """Do ``step`` after every pause, for ever; what goes wrong is logged as ``failure``, and tried again.

    Ends only by cancellation.
    """
    while True:
        await asyncio.sleep(every_seconds)
        await outlive(step, failure=failure)


async def outlive(step: Callable[[], Awaitable[object]], *, failure: str) -> None:
    """Do ``step`` once; what goes wrong is logged as ``failure``. Raises nothing but cancellation."""
    try:
        await step()
    except Exception as error:  # noqa: BLE001 - the edge of a task: it must outlive every failure
        _log.error(failure, error=type(error).__name__, places=places_of(error.__traceback__))


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel ``tasks`` and wait until each has ended; what one of them raised is not passed on.

    A cancellation can be lost: where it meets an error inside a task group, the error is what comes
    out (anyio), and a loop that outlives errors goes on. So it is said again.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN_AFTER_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()
