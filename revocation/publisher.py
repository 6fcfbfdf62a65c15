"""The publisher: after every change and on a timer, what is published becomes the fold of the log."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio.to_thread

from revocation import acts, change_store, ledger, publication
from revocation.publication import Publishing
from revocation.published_files import BitsLost, PublishedFiles
from runtime.entropy import random_token
from runtime.journal import Journal
from runtime.lease import Lease
from runtime.logging import get_logger
from runtime.service import ServiceContext
from runtime.tasks import outlive
from vc.errors import PassportError

KEY_ID = "status-1"
TICK_SECONDS = 4
"""How often the publisher of a process looks for what another one left unpublished, at the most."""

NOT_PUBLISHED = "status lists could not be published"

_log = get_logger(__name__)


class Publisher:
    """Publishes the lists of one registry.

    Several may run. What falls due with time is done by the one that holds the lease, and what was
    acknowledged here just now by this one; where two publish the same, the higher version stays.
    """

    def __init__(
        self, context: ServiceContext, journal: Journal, files: PublishedFiles, publishing: Publishing
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context
        self._journal = journal
        self._files = files
        self._publishing = publishing
        self._wanted = asyncio.Event()
        self._signed_after = datetime.min.replace(tzinfo=UTC)
        self.lease = Lease(context.database, context.settings.data_dir, "publisher")

    def wake(self) -> None:
        """Something urgent happened: look now instead of at the next turn."""
        self._wanted.set()

    def sign_anew(self, *, before: datetime) -> None:
        """Lists that were signed before this moment are due now, even where nothing in them has changed."""
        self._signed_after = before - timedelta.resolution
        self.wake()

    async def run(self) -> None:
        """Publish what is due, for ever. A failure is logged and tried again at the next turn."""
        try:
            await self._keep_publishing()
        finally:
            await self.lease.release()

    async def _keep_publishing(self) -> None:
        pause = min(TICK_SECONDS, self._context.settings.status_publish_interval_seconds)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            # Cleared before looking: a change that comes while looking wakes the next turn.
            is_urgent = self._wanted.is_set()
            self._wanted.clear()
            await outlive(partial(self.take_turn, is_urgent=is_urgent), failure=NOT_PUBLISHED)

    async def take_turn(self, *, is_urgent: bool) -> int:
        """Do what is due, if that is for this process; returns how many lists were published."""
        if not (await self.lease.is_ours() or is_urgent):
            return 0
        await self.end_lapsed()
        return await self.publish_due()

    async def publish_due(self) -> int:
        """Publish every list that is due; returns how many were."""
        settings, now = self._context.settings, self._context.clock.now()
        resign = timedelta(seconds=settings.status_resign_seconds)
        due = await self._context.database.read(
            publication.due_lists,
            now=now,
            signed_after=max(now - resign, self._signed_after),
            period=timedelta(seconds=settings.status_publish_interval_seconds),
        )
        for list_id in due:
            try:
                await self.publish(list_id)
            except PassportError as error:
                # One list in trouble must not keep the others from being published.
                _log.error("a status list could not be published", list_id=list_id, reason=str(error))
        return len(due)

    async def end_lapsed(self) -> int:
        """Reinstate what was suspended and not renewed in time; returns how many."""
        now = self._context.clock.now()
        if not await self._context.database.read(change_store.suspensions_due, now=now, limit=1):
            return 0
        return await self._context.database.write(
            acts.lapse, self._journal, request_id=random_token(80), now=now
        )

    async def publish(self, list_id: str) -> bool:
        """Publish one list now; False where a newer publication was faster."""
        database = self._context.database
        plan = await database.write(publication.reserve, list_id, now=self._context.clock.now())
        signer = self._context.keyring.signer(KEY_ID, f"{self._publishing.did}#{KEY_ID}")
        signed = await anyio.to_thread.run_sync(publication.sign, plan, self._publishing, signer)
        try:
            # In place first: what the database records as published is then really served, and
            # a crash between the two only makes the list due again, at the next period if not before.
            await anyio.to_thread.run_sync(self._files.install, signed)
            return await database.write(publication.record, signed)
        except BitsLost:
            _log.error("published bits are missing from the log and are taken back", list_id=list_id)
            await self.reimport()
            raise

    async def reimport(self) -> None:
        """Take into the log whatever is published and not in it."""
        bits = await anyio.to_thread.run_sync(lambda: tuple(self._files.bits()))
        await self._context.database.write(
            ledger.reconcile, self._journal, bits, now=self._context.clock.now()
        )
