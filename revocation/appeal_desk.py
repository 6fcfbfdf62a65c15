"""Appeals of one process: what the wallet brings, and what officers decide."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from revocation import appeal_store, appeals
from revocation.appeal_store import Appeal, Grounds, Refusal
from revocation.appeals import AppealView, HolderView
from revocation.desk import person_of
from revocation.service import Registry
from runtime.auth import Principal
from runtime.service import ServiceContext

SHOWN: Final = 100


class AppealDesk:
    """Takes appeals and has done what officers decide about them."""

    def __init__(self, context: ServiceContext, registry: Registry) -> None:
        """Join the parts."""
        self._context = context
        self._registry = registry

    async def holder_view(self, credential_id: str) -> HolderView:
        """What the holder of a certificate is told of it. Raises ``NotFound``."""
        return await self._context.database.read(
            appeals.holder_view, credential_id, within=self._within, now=self._context.clock.now()
        )

    async def make(self, credential_id: str, grounds: Grounds) -> Appeal:
        """Take an appeal. Raises ``NotFound``, and ``ConflictError`` where none can be made now."""
        return await self._context.database.write(
            appeals.make, credential_id, grounds, within=self._within, now=self._context.clock.now()
        )

    async def queue(self) -> tuple[AppealView, ...]:
        """What waits for an officer, oldest first."""
        return await self._context.database.read(appeals.queue, limit=SHOWN)

    async def count_open(self) -> int:
        """How many appeals wait."""
        return await self._context.database.read(appeal_store.count_open)

    async def to_be_replaced(self, *, allocated_by: str) -> Sequence[str]:
        """Revoked certificates of one service in whose place it may give new ones, and did not yet."""
        return await self._context.database.read(appeal_store.to_be_replaced, allocated_by=allocated_by)

    async def view(self, appeal_id: str) -> AppealView:
        """One appeal. Raises ``NotFound``."""
        return await self._context.database.read(appeals.view, appeal_id)

    async def refuse(self, principal: Principal, appeal_id: str, answer: Refusal) -> None:
        """Refuse it. Raises ``NotAuthorized`` for an officer who had a part in it, ``ConflictError``."""
        await self._context.database.write(
            appeals.refuse,
            appeal_id,
            answer,
            officer=person_of(principal),
            now=self._context.clock.now(),
        )

    async def ask_to_grant(self, principal: Principal, appeal_id: str) -> None:
        """Ask a second officer to grant it. Raises as ``refuse``, and ``NotVerified``."""
        await self._context.database.write(
            appeals.ask_to_grant, appeal_id, officer=person_of(principal), now=self._context.clock.now()
        )

    async def agree_to_grant(self, principal: Principal, appeal_id: str) -> None:
        """Grant it as the second officer. Raises ``SamePerson``, ``NotVerified``, ``ConflictError``."""
        self._registry.require_started()
        is_reinstated = await self._context.database.write(
            appeals.agree_to_grant,
            self._registry.journal,
            appeal_id,
            officer=person_of(principal),
            now=self._context.clock.now(),
        )
        if is_reinstated:
            self._registry.publisher.wake()

    async def stop(self, principal: Principal, appeal_id: str) -> None:
        """Take back what waits for a second officer."""
        await self._context.database.write(
            appeals.stop, appeal_id, officer=person_of(principal), now=self._context.clock.now()
        )

    @property
    def _within(self) -> timedelta:
        return timedelta(days=self._context.settings.appeal_days)
