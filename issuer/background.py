"""Work that outlives a request: issuing a class, handing credentials to the wallet.

What is under way is in the database, not here: a process that starts takes up what another left.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

import anyio

from issuer import job_store, submission_store
from issuer.openid4vci import fetched
from issuer.service import (
    cards,
    cases,
    copies,
    delivery,
    endings,
    handovers,
    issuing,
    national,
    notices,
    retention,
)
from issuer.service.desk import Desk, announce_keys, ensure_token_keys
from runtime.logging import get_logger
from runtime.retention import keep_to_limits
from runtime.tasks import keep_doing, outlive
from vc.errors import PassportError

_log = get_logger("issuer")
_RETRY_SECONDS = 15.0
_LOOK_SECONDS = 0.5
_FETCHED_SECONDS = 3.0
_POSTPONED = "background_work_postponed"


class Workers(Protocol):
    """Processes that issue class lists for this one."""

    def start(self) -> None:
        """See to it that they are at work; may be called again at any time."""


class Background:
    """The tasks of one process, kept so that they are awaited when it ends."""

    def __init__(self, desk: Desk, workers: Workers | None = None) -> None:
        """Without ``workers`` class lists are issued here."""
        self._desk = desk
        self._workers = workers
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[str] = set()
        self._news = asyncio.Event()

    def start(self) -> None:
        """Take up unfinished work and keep delivering."""
        self._spawn(self._keep_going())
        if self._workers is not None:
            self._spawn(self._watch(self._workers))
        self._spawn(self._keep_in_touch())
        self._spawn(
            keep_doing(
                partial(fetched.tell_due, self._desk),
                every_seconds=_FETCHED_SECONDS,
                failure="holders could not be told what wallets fetched",
            )
        )
        self._spawn(keep_to_limits(partial(retention.sweep, self._desk)))

    def expect(self) -> None:
        """Have a worker ready: a class list was read, and is probably issued soon."""
        if self._workers is not None:
            self._workers.start()

    def issue(self, class_id: str, slug: str) -> None:
        """Issue a class list whose state says so already; workers look for themselves."""
        if self._workers is None:
            self._spawn(outlive(partial(self._issue, class_id, slug), failure=_POSTPONED))

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
            await outlive(self._take_up, failure=_POSTPONED)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _take_up(self) -> None:
        await self._announce()
        database = self._desk.context.database
        await database.write(submission_store.release_due, self._desk.context.clock.now())
        if self._workers is None:
            for class_id, slug, _ in await database.read(job_store.waiting):
                await self._issue(class_id, slug)
        await delivery.deliver_all(self._desk)
        await endings.settle_soon(self._desk)
        await cards.resume(self._desk)
        await copies.retire_left(self._desk)
        await handovers.resume(self._desk)

    async def _announce(self) -> None:
        # A centre that is not granted yet, or a registry that is away, holds up nobody's certificates.
        try:
            await ensure_token_keys(self._desk.context)
            await announce_keys(self._desk.context)
        except PassportError as error:
            _log.warning("keys_not_announced", error=type(error).__name__)

    async def _watch(self, workers: Workers) -> None:
        async def look() -> None:
            if await self._desk.context.database.read(job_store.waiting):
                workers.start()

        while True:
            await outlive(look, failure=_POSTPONED)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _keep_in_touch(self) -> None:
        """With the RLD, in both directions, apart from issuing: it may be slow or away."""
        while True:
            for step in (notices.read_registry, notices.tell_all, cases.read_events, self._count):
                await outlive(partial(step, self._desk), failure="labour_database_postponed")
            with anyio.move_on_after(_RETRY_SECONDS):
                await self._news.wait()
            self._news.clear()

    async def _count(self, desk: Desk) -> None:
        await national.sweep(desk)

    async def _issue(self, class_id: str, slug: str) -> None:
        if class_id in self._under_way:
            return
        self._under_way.add(class_id)
        try:
            await issuing.run(self._desk, class_id, slug)
            self._news.set()
            await delivery.deliver_all(self._desk)
        except PassportError as error:
            _log.warning("issuing_postponed", error=type(error).__name__)
            if not issuing.passes_by_itself(error):
                await self._desk.context.database.write(job_store.fail, class_id)
        finally:
            self._under_way.discard(class_id)
