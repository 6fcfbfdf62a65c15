"""Keys follow their licences: the newest trust list is looked at again and again.

A call with a key asks for the list itself; this keeps what the pages show of a key true without one.
"""

import asyncio
from typing import Final

from runtime.database import StorageUnavailable
from runtime.logging import get_logger
from runtime.service import ServiceContext
from vc.errors import EvidenceUnavailable
from verifier import store
from verifier.keys import LicenceSource, apply_licences

LONGEST_PAUSE_SECONDS: Final = 60

_log = get_logger("verifier")


async def watch_licences(context: ServiceContext, source: LicenceSource) -> None:
    """Apply the licences of each new trust list, for ever."""
    pause = min(LONGEST_PAUSE_SECONDS, context.settings.list_refresh_seconds)
    while True:
        try:
            await look_once(context, source)
        except (EvidenceUnavailable, StorageUnavailable) as error:
            _log.warning("licences could not be looked at", error=type(error).__name__)
        await asyncio.sleep(pause)


async def look_once(context: ServiceContext, source: LicenceSource) -> None:
    """Apply the licences of the list in force. Where there is no key, nobody is asked for a list."""
    if await context.database.read(store.licence_numbers):
        await apply_licences(context, await source.licences())
