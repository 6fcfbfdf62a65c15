"""Ending the tasks that run beside a service, whatever they are in the middle of."""

import asyncio
from typing import Any, Final

_AGAIN_AFTER_SECONDS: Final = 1.0


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
