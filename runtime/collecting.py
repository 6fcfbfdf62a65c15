"""When a server looks for objects that refer to one another and to which nobody else does.

Everything else is given back at once, by counting references. What is remembered of credentials is millions
of small objects without such circles. By its usual rule Python would look through all of them every few
thousand verifications; and where as much is forgotten as is remembered, through the newest only once they are
hundreds of thousands, since it counts what there is more than before. Nobody is answered meanwhile.
"""

import asyncio
import gc
import resource
from pathlib import Path
from typing import Final

from runtime.tasks import keep_doing

_YOUNG: Final = 50_000
"""New objects more than before until the newest are looked through by themselves: nobody had time to."""
_NEVER: Final = 1_000_000
"""Rounds before older ones are by themselves: they are so many that everybody would wait."""
_YOUNG_SECONDS: Final = 0.05
"""Between looks through the newest, so that there are few each time."""
_GROWN_BYTES: Final = 64 * 1024 * 1024
"""More memory than at the last look: what was in use while the newest were looked through comes again."""
_GROWN_SECONDS: Final = 1.0
_ALL_SECONDS: Final = 600.0
_FAILURE: Final = "unused objects could not be found"


def settle() -> None:
    """Take what this process has loaded and made so far as there to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _NEVER, _NEVER)


async def keep_collecting() -> None:
    """Look through the newest all along, and through everything every ten minutes; ends only by cancellation.

    Everything takes some tenths of a second. Of what was in use whenever the newest were looked through, much
    may be in vain by then, a body of a megabyte each: where memory grows, it is not left for ten minutes.
    """
    await asyncio.gather(
        keep_doing(_collect_newest, every_seconds=_YOUNG_SECONDS, failure=_FAILURE),
        keep_doing(_Recent().collect_if_grown, every_seconds=_GROWN_SECONDS, failure=_FAILURE),
        keep_doing(_collect_all, every_seconds=_ALL_SECONDS, failure=_FAILURE),
    )


async def _collect_newest() -> None:
    gc.collect(0)


class _Recent:
    """What is neither new nor there since the last look through everything."""

    def __init__(self) -> None:
        self._resident = resident_bytes()

    async def collect_if_grown(self) -> None:
        resident = resident_bytes()
        if resident - self._resident > _GROWN_BYTES:
            gc.collect(1)
            self._resident = resident_bytes()
        else:
            self._resident = min(self._resident, resident)


def resident_bytes() -> int:
    """The memory of this process that is in use now."""
    pages = Path("/proc/self/statm").read_bytes().split()[1]
    return int(pages) * resource.getpagesize()


async def _collect_all() -> None:
    gc.collect()
