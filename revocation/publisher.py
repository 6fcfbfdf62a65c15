"""The publisher: after every change and on a timer, what is published becomes the fold of the log."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import anyio.to_thread

from revocation import ledger, publication
from revocation.publication import Publishing
from revocation.published_files import BitsLost, PublishedFiles
from runtime.journal import Journal
from runtime.logging import get_logger, places_of
from runtime.service import ServiceContext
from vc.errors import PassportError

KEY_ID = "status-1"

_log = get_logger(__name__)


class Publisher:
    """Publishes the lists of one registry. Several may run: versions decide, the higher one stays."""

    def __init__(
        self, context: ServiceContext, journal: Journal, files: PublishedFiles, publishing: Publishing
    ) -> None:
        """Join the parts; nothing runs yet."""
        self._context = context
        self._journal = journal
        self._files = files
        self._publishing = publishing
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Something changed: look now instead of at the next turn."""
        self._wanted.set()

    async def run(self) -> None:
        """Publish what is due, for ever. A failure is logged and tried again at the next turn."""
        interval = self._context.settings.status_publish_interval_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._wanted.wait()
            # Cleared before looking: a change that comes while looking wakes the next turn.
            self._wanted.clear()
            try:
                await self.publish_due()
            except Exception as error:  # noqa: BLE001 - the edge of this task: it must outlive every failure
                _log.error(
                    "status lists could not be published",
                    error=type(error).__name__,
                    places=places_of(error.__traceback__),
                )

    async def publish_due(self) -> int:
        """Publish every list that is due; returns how many were."""
        resign = timedelta(seconds=self._context.settings.status_resign_seconds)
        due = await self._context.database.read(
            publication.due_lists, now=self._context.clock.now(), resign=resign
        )
        for list_id in due:
            try:
                await self.publish(list_id)
            except PassportError as error:
                # One list in trouble must not keep the others from being published.
                _log.error("a status list could not be published", list_id=list_id, reason=str(error))
        return len(due)

    async def publish(self, list_id: str) -> bool:
        """Publish one list now; False where a newer publication was faster."""
        database = self._context.database
        plan = await database.write(publication.reserve, list_id, now=self._context.clock.now())
        signer = self._context.keyring.signer(KEY_ID, f"{self._publishing.did}#{KEY_ID}")
        signed = await anyio.to_thread.run_sync(publication.sign, plan, self._publishing, signer)
        try:
            # In place first: what the database records as published is then really served, and
            # a crash between the two only makes the list due again.
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
