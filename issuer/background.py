"""Work that outlives a request: issuing a class, handing credentials to the wallet.

What is under way is in the database, not here: a process that starts takes up what another left.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from issuer import store, submission_store
from issuer.service import cards, delivery, issuing, retention
from issuer.service.desk import Desk, announce_keys
from runtime.logging import get_logger
from runtime.retention import keep_to_limits
from vc.errors import PassportError

_log = get_logger("issuer")
_RETRY_SECONDS = 15.0


class Background:
    """The tasks of one process, kept so that they are awaited when it ends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()

    def start(self) -> None:
        """Take up unfinished work and keep delivering."""
        self._spawn(self._keep_going())
        self._spawn(keep_to_limits(partial(retention.sweep, self._desk)))

    def issue(self, class_id: str, slug: str) -> None:
        """Issue a class list whose state says so already."""
        self._spawn(self._issue(class_id, slug))

    def deliver_soon(self) -> None:
        """Offer the wallet what it has not got yet."""
        self._spawn(self._deliver())

    async def stop(self) -> None:
        """End everything; what is unfinished is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_going(self) -> None:
        while True:
            try:
                await announce_keys(self._desk)
                database = self._desk.context.database
                await database.write(submission_store.release_due, self._desk.context.clock.now())
                for class_id, slug in await database.read(store.unfinished_classes):
                    await self._issue(class_id, slug)
                await delivery.deliver_all(self._desk)
                await cards.resume(self._desk)
            except PassportError as error:
                _log.warning("background_work_postponed", error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _issue(self, class_id: str, slug: str) -> None:
        if class_id in self._under_way:
            return
        self._under_way.add(class_id)
        try:
            await issuing.run(self._desk, class_id, slug)
            await delivery.deliver_all(self._desk)
        except PassportError as error:
            _log.warning("issuing_postponed", error=type(error).__name__)
        finally:
            self._under_way.discard(class_id)

    async def _deliver(self) -> None:
        try:
            await delivery.deliver_all(self._desk)
        except PassportError as error:
            _log.warning("delivery_postponed", error=type(error).__name__)
