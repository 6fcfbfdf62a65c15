"""What follows once somebody was helped at a kiosk: sessions, shares and cards of before end.

It is due in the database and tried until it is done, later each time, so that no crash and no silent
service leaves a thief with a session or a card that still stands.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from runtime.logging import get_logger, places_of
from runtime.personal_data import Place
from runtime.service import ServiceContext
from runtime.tasks import keep_doing
from wallet_api import recovery_store
from wallet_api.kiosk_clients import Cards, HolderSessions
from wallet_api.recovery_store import Recovery
from wallet_api.store import Connection

_PAUSE_SECONDS: Final = 15.0
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_DOUBLINGS: Final = 10
_log = get_logger("wallet_api")

Hook = Callable[[str], Awaitable[None]]
"""Ends something of whoever has this RLD number; safe to be called again."""


class RecoveryEnds:
    """Ends what is left of before, for whoever was helped."""

    def __init__(self, context: ServiceContext, hooks: Sequence[Hook]) -> None:
        """``hooks`` is looked into each time, so others may add to it later."""
        self._context = context
        self._personal = context.personal
        self._hooks = hooks
        self._sessions = HolderSessions(context.peers)
        self._cards = Cards(context.peers)

    async def run(self) -> None:
        """Keep doing what is due; ends only by cancellation."""
        await keep_doing(self.do_due, every_seconds=_PAUSE_SECONDS, failure="recoveries could not be ended")

    async def do_due(self) -> None:
        """Do what is due now; what fails is due again, later each time."""
        now = self._context.clock.now()
        for one in await self._context.database.read(recovery_store.due, now=now):
            await self._do(one)

    async def person_of(self, recovery: Recovery) -> str:
        """The RLD number of whom a recovery is for. Raises ``DataErased``."""
        return await self._context.database.read(self._open, recovery)

    async def _do(self, one: Recovery) -> None:
        rld_number = await self.person_of(one)
        left = False
        for what, is_ended, end in (
            ("sessions", one.sessions_ended, self._sessions.end_all),
            ("shares", one.shares_ended, self._end_shares),
            ("cards", one.cards_ended, self._cards.end_all),
        ):
            if not is_ended:
                left |= not await self._try_to_end(one.recovery_id, what, end(rld_number))
        wait = min(_FIRST_WAIT * 2 ** min(one.attempts, _DOUBLINGS), _LONGEST_WAIT)
        again_at = self._context.clock.now() + wait if left else None
        await self._context.database.write(recovery_store.settle, one.recovery_id, again_at=again_at)

    async def _try_to_end(self, recovery_id: str, what: str, ending: Awaitable[None]) -> bool:
        try:
            await ending
        except Exception as error:  # noqa: BLE001 - what one service cannot do keeps nothing else back
            places = places_of(error.__traceback__)
            _log.warning("recovery_not_ended", reason=what, error=type(error).__name__, places=places)
            return False
        await self._context.database.write(recovery_store.note_ended, recovery_id, what)
        return True

    async def _end_shares(self, rld_number: str) -> None:
        await asyncio.gather(*(hook(rld_number) for hook in self._hooks))

    def _open(self, connection: Connection, recovery: Recovery) -> str:
        keys = self._personal.keys(connection, [recovery.holder_index])
        return keys.unseal(
            recovery.holder_index, recovery.person, person_place(recovery.recovery_id)
        ).decode()


def person_place(recovery_id: str) -> Place:
    """Where the sealed number of whom a recovery is for opens."""
    return Place(table="recovery", row=recovery_id, column="person")
