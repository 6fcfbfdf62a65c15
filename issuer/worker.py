"""A worker: a process that issues class lists, any number of them at once, on the DBOS engine.

What is wanted stands in the class lists themselves (``issuer.job_store``). Every worker looks there, and
the engine sees to it that each run of a list is carried out by one worker, goes on after a crash, and is
taken over by another worker where its own is gone. A step is one chunk of rows and may be run again: the
record of intents, not the engine, keeps anything from being done twice. Hence the engine's tables hold ids
and one-word answers only, and may be deleted at any time.
"""

import fcntl
import os
import platform
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from dbos import DBOS, DBOSConfig, DBOSConfiguredInstance, Queue, SetWorkflowID

from issuer import job_store
from issuer.service import delivery
from issuer.service.desk import Desk
from issuer.service.issuing import Progress, advance, passes_by_itself, reserve
from runtime.database import StorageUnavailable, engine_of_jobs
from runtime.entropy import random_token
from runtime.logging import get_logger
from vc.errors import PassportError

ENGINE_SCHEMA: Final = "issuer_jobs"
STALE: Final = timedelta(seconds=20)
"""After so long without a sign of life a worker's lists are taken over."""

_NAME: Final = "issuer"
_QUEUE: Final = "class-lists"
# Several lists are advanced in turn, so that a class of thirty does not wait for a province.
_LISTS_AT_ONCE: Final = 4
_LOOK_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 5.0
# Bumped when what is recorded of a run under way could no longer be carried on.
_ENGINE_VERSION: Final = "1"
_FAILED: Final = "failed"
_log = get_logger("issuer")
Result = TypeVar("Result")


class WorkerExists(PassportError):
    """Another worker has this data folder."""


@DBOS.dbos_class()
class IssuingJobs(DBOSConfiguredInstance):
    """The engine's workflow and its steps, over one desk."""

    def __init__(self, desk: Desk, executor_id: str) -> None:
        self._desk = desk
        self._executor_id = executor_id
        self._in_hand: set[str] = set()
        self._strayed: dict[str, datetime] = {}
        super().__init__(config_name=_NAME)

    def has_lost(self, name: str, executor_id: str | None, now: datetime) -> bool:
        """Whether the engine believes a run to be carried out here, and it has not been for long.

        Where the engine's own tables cannot be reached it gives a run up without a note of it.
        """
        if executor_id != self._executor_id or name in self._in_hand:
            self._strayed.pop(name, None)
            return False
        if now - self._strayed.setdefault(name, now) < STALE:
            return False
        del self._strayed[name]
        return True

    @DBOS.workflow(name="issue_class_list")
    async def issue_class_list(self, class_id: str, slug: str) -> str:
        """Issue a class list; returns how it ended: a value of ``Progress``, or *failed*."""
        name = str(DBOS.workflow_id)
        self._in_hand.add(name)
        self._strayed.pop(name, None)
        try:
            return await self._issue(class_id, slug)
        finally:
            self._in_hand.discard(name)

    async def _issue(self, class_id: str, slug: str) -> str:
        last: int | str | None = -1
        while isinstance(last, int):
            last = await self._reserve(class_id, slug, last)
            if last == Progress.WAIT.value:
                await DBOS.sleep_async(_RETRY_SECONDS)
                last = -1
        progress = last or Progress.MORE.value
        while progress in (Progress.MORE.value, Progress.WAIT.value):
            progress = await self._advance(class_id, slug)
            if progress == Progress.WAIT.value:
                await DBOS.sleep_async(_RETRY_SECONDS)
        if progress == Progress.DONE.value:
            await self._deliver()
        elif progress == _FAILED:
            await self._note_failure(class_id)
        return progress

    @DBOS.step(name="reserve")
    async def _reserve(self, class_id: str, slug: str, after: int) -> int | str | None:
        return await _guarded(reserve(self._desk, class_id, slug, after=after))

    @DBOS.step(name="advance")
    async def _advance(self, class_id: str, slug: str) -> str:
        return await _guarded(advance(self._desk, class_id, slug))

    @DBOS.step(name="deliver")
    async def _deliver(self) -> None:
        # What fails here is delivered by the issuer, every few seconds.
        await _guarded(delivery.deliver_all(self._desk))

    @DBOS.step(name="note_failure")
    async def _note_failure(self, class_id: str) -> None:
        await _guarded(self._desk.context.database.write(job_store.fail, class_id))


async def _guarded(work: Awaitable[Result]) -> Result | str:
    """The result of a step; *wait* where it failed for what passes by itself, *failed* for anything else.

    Nothing is raised: the engine would keep the text of it, which could name somebody.
    """
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - see above; its kind is logged
        passes = passes_by_itself(error)
        _log.warning("issuing_postponed" if passes else "issuing_failed", error=type(error).__name__)
        return Progress.WAIT.value if passes else _FAILED


class Worker:
    """One worker of this process; ``run`` ends when ``stop`` is set, or when idle for long."""

    def __init__(self, desk: Desk, stop: threading.Event, *, idle_seconds: float | None = None) -> None:
        """``idle_seconds`` without work end it; None for never."""
        self._desk = desk
        self._stop = stop
        self._idle_seconds = idle_seconds
        self._database = desk.context.database

    def run(self) -> None:
        """Work. Raises ``WorkerExists`` where this data folder can have but one, and has it."""
        with _executor(self._desk) as executor_id:
            DBOS(config=_config(self._desk, executor_id))
            jobs = IssuingJobs(self._desk, executor_id)
            DBOS.launch()
            try:
                queue = DBOS.register_queue(
                    _QUEUE, worker_concurrency=_LISTS_AT_ONCE, polling_interval_sec=_LOOK_SECONDS
                )
                self._look_after(jobs, queue, executor_id)
            finally:
                DBOS.destroy()
                self._database.write_now(job_store.leave, executor_id)

    def _look_after(self, jobs: IssuingJobs, queue: Queue, executor_id: str) -> None:
        idle = 0.0
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                has_work = self._look(jobs, queue, executor_id)
            except StorageUnavailable as error:
                _log.warning("background_work_postponed", error=type(error).__name__)
                continue
            idle = 0.0 if has_work else idle + _LOOK_SECONDS
            if self._idle_seconds is not None and idle >= self._idle_seconds:
                return

    def _look(self, jobs: IssuingJobs, queue: Queue, executor_id: str) -> bool:
        """Give a sign of life, and see to what is wanted; whether anything is."""
        now = self._desk.context.clock.now()
        self._database.write_now(job_store.beat, executor_id, now)
        alive = self._database.write_now(job_store.alive, now - STALE)
        waiting = self._database.read_now(job_store.waiting)
        for class_id, slug, run in waiting:
            self._see_to(jobs, queue, class_id, slug, run, alive=alive)
        return bool(waiting)

    def _see_to(
        self, jobs: IssuingJobs, queue: Queue, class_id: str, slug: str, run: int, *, alive: frozenset[str]
    ) -> None:
        """Have the engine carry out a run that is wanted, whatever the engine knows of it."""
        name = f"{class_id}.{run}"
        status = DBOS.get_workflow_status(name)
        if status is None:
            with SetWorkflowID(name):
                queue.enqueue(jobs.issue_class_list, class_id, slug)
        elif status.status == "PENDING":
            now = self._desk.context.clock.now()
            if status.executor_id not in alive or jobs.has_lost(name, status.executor_id, now):
                _log.warning("work_taken_over", list_id=class_id)
                DBOS.resume_workflow(name, queue_name=_QUEUE)
        elif status.status not in ("ENQUEUED", "DELAYED") and (
            # Its end may have been reached since the list was read.
            (class_id, slug, run) in self._database.read_now(job_store.waiting)
        ):
            self._database.write_now(job_store.take_up, class_id, run)


@contextmanager
def _executor(desk: Desk) -> Iterator[str]:
    """The name the engine knows this process under, unlike that of every other process at work."""
    if not desk.context.database.is_sqlite:
        yield f"{platform.node()[:60]}-{os.getpid()}-{random_token(64)}"
        return
    # The same name every time: the engine then takes up at once what the process before had in hand.
    with _lock(desk.context.settings.data_dir / "worker.lock"):
        yield "worker"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise WorkerExists("Another worker has this data folder; SQLite allows for one.") from None
    finally:
        os.close(descriptor)


def _config(desk: Desk, executor_id: str) -> DBOSConfig:
    settings = desk.context.settings
    engine = engine_of_jobs(settings, "issuer")
    file = f"sqlite:///{settings.data_dir / 'issuer_jobs.sqlite3'}"
    return DBOSConfig(
        name=_NAME,
        # Where there is an engine, it is not connected to.
        system_database_url=file if engine is None else engine.url.render_as_string(),
        system_database_engine=engine,
        dbos_system_schema=ENGINE_SCHEMA,
        application_version=_ENGINE_VERSION,
        executor_id=executor_id,
        log_level="WARNING",
        use_listen_notify=False,
    )
