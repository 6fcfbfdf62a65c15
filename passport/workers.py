"""Processes that issue class lists: children of a server, or workers that run by themselves."""

import multiprocessing
import signal
import threading
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from issuer.app import create_desk
from issuer.crunch import InProcesses, end_with_parent
from passport.assembly import open_one
from runtime.clock import SystemClock
from runtime.logging import configure_logging
from runtime.settings import Settings, load_settings
from runtime.tracing import tracing

_IDLE_SECONDS = 300.0
_END_SECONDS = 10.0


def work(settings: Settings, *, idle_seconds: float | None = None) -> None:
    """Issue what there is to issue until told to stop (SIGTERM, SIGINT); see ``issuer.worker``."""
    from issuer.worker import Worker  # local: the job engine takes more than a second to import

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    context = open_one(settings, SystemClock(), "issuer")
    try:
        with tracing(settings), InProcesses() as crunch:
            desk = replace(create_desk(context), crunch=crunch)
            Worker(desk, stop, idle_seconds=idle_seconds).run()
    finally:
        context.database.close()


class ChildWorkers:
    """The workers of one server: begun when there is something to issue, ended with it."""

    def __init__(self, settings: Settings) -> None:
        """``settings`` are those of the workers."""
        self._settings = settings
        self._children: list[BaseProcess] = []
        self._is_ending = False

    def start(self) -> None:
        """See to it that as many work as the settings say, until they are stopped."""
        if self._is_ending:
            return
        self._children = [child for child in self._children if child.is_alive()]
        # Never forked: the server has threads and open databases.
        spawning = multiprocessing.get_context("spawn")
        while len(self._children) < self._settings.workers:
            child = spawning.Process(target=_work_as_child, args=(self._settings.model_dump(),))
            child.start()
            self._children.append(child)

    def stop(self) -> None:
        """End them all, for good; what they have in hand is taken up by the next server."""
        self._is_ending = True
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.join(_END_SECONDS)
            if child.is_alive():
                child.kill()


def _work_as_child(settings: dict[str, object]) -> None:
    configure_logging()
    end_with_parent()
    work(load_settings(**settings), idle_seconds=_IDLE_SECONDS)


def settings_of_child(settings: Settings, certificate: Path | None) -> Settings:
    """The services of one server as its own child reaches them: directly, whatever stands before it.

    ``certificate`` is the chain (PEM) that the server shows, if it serves https.
    """
    if certificate is None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
        origin = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
        trusted = settings.peer_ca_file
    else:
        origin, trusted = settings.base_url, settings.peer_ca_file or certificate
    theirs = {
        f"{service}_url": getattr(settings, f"{service}_url") or origin
        for service in ("trust_registry", "revocation", "wallet_api")
    }
    return load_settings(**{**settings.model_dump(), **theirs, "peer_ca_file": trusted})
