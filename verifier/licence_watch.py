"""Keys follow their licences: the newest trust list is looked at again and again.

A call with a key asks for the list itself; this keeps what the pages show of a key true without one.
"""

import asyncio
from functools import partial
from typing import Final

from runtime.service import ServiceContext
from runtime.tasks import outlive
from verifier import store
from verifier.keys import LicenceSource, apply_licences

LONGEST_PAUSE_SECONDS: Final = 60


async def watch_licences(context: ServiceContext, source: LicenceSource) -> None:
    """Apply the licences of each new trust list, for ever."""
    pause = min(LONGEST_PAUSE_SECONDS, context.settings.list_refresh_seconds)
    while True:
        await outlive(partial(look_once, context, source), failure="licences could not be looked at")
        await asyncio.sleep(pause)


async def look_once(context: ServiceContext, source: LicenceSource) -> None:
    """Apply the licences of the list in force. Where there is no key, nobody is asked for a list."""
    if await context.database.read(store.licence_numbers):
        await apply_licences(context, await source.licences())
