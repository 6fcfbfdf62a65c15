"""When a server looks for objects that refer to one another and to which nobody else does.

Everything else is given back at once, by counting references. What is remembered of credentials is millions
of small objects without such circles; by its usual rule Python would look through all of them every few
thousand verifications, and nobody is answered meanwhile.
"""

import gc
from typing import Final

from runtime.tasks import keep_doing

_YOUNG: Final = 2_000
"""New objects before these are looked through: a third of a millisecond, and seldom long after a request."""
_NEVER: Final = 1_000_000
"""Rounds before older ones are by themselves: they are so many that everybody would wait."""
_PAUSE_SECONDS: Final = 600.0


def settle() -> None:
    """Take what this process has loaded and made so far as there to stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _NEVER, _NEVER)


async def keep_collecting() -> None:
    """Look through everything every ten minutes, some tenths of a second long; ends only by cancellation."""
    await keep_doing(_collect, every_seconds=_PAUSE_SECONDS, failure="unused objects could not be found")


async def _collect() -> None:
    gc.collect()
