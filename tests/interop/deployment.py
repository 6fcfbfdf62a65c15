"""The whole demo on one loopback port of this process, served over real HTTP by uvicorn.

In process because a suite of libraries needs two starts, one per default cryptosuite, and most of a
start in a process of its own is spent on importing.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from passport.assembly import assemble, open_contexts
from passport.demo_world.people import DemoPerson, draw_people
from passport.demo_world.world import create_demo_world
from passport.dispatch import Dispatcher
from runtime.clock import SystemClock
from runtime.settings import Settings, load_settings
from tests.cheap_costs import lowest_costs

PASSWORD = "demo-passport"
START_SECONDS = 60
REQUEST_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoDeployment:
    """A demo world on disk and the port it is served at; URLs stay the same between two starts."""

    data_dir: Path
    listener: socket.socket
    people: tuple[DemoPerson, ...]
    anchor: str

    @staticmethod
    @contextmanager
    def open(data_dir: Path) -> "Iterator[DemoDeployment]":
        """Create the demo world in ``data_dir`` and bind a free loopback port."""
        people = draw_people()
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            with lowest_costs():
                contexts = open_contexts(_settings(data_dir, listener), SystemClock())
                _, anchor = create_demo_world(contexts, people, passwords=PASSWORD)
            contexts.close()
            yield DemoDeployment(data_dir=data_dir, listener=listener, people=people, anchor=anchor)

    @contextmanager
    def serving(self, cryptosuite: str) -> Iterator[httpx2.Client]:
        """Serve it, new credentials being secured with ``cryptosuite``; gives a client of it."""
        with self.served(cryptosuite) as (client, _):
            yield client

    @contextmanager
    def served(self, cryptosuite: str) -> Iterator[tuple[httpx2.Client, Dispatcher]]:
        """As ``serving``; gives the applications, too, which run in a thread."""
        settings = _settings(
            self.data_dir, self.listener, default_cryptosuite=cryptosuite, trust_anchor=self.anchor
        )
        contexts = open_contexts(settings, SystemClock())
        app = assemble(contexts, self.people)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        thread = threading.Thread(target=server.run, args=([self.listener.dup()],))
        thread.start()
        try:
            _wait(server, thread)
            with httpx2.Client(
                base_url=settings.base_url,
                headers={"Origin": settings.base_url},
                timeout=REQUEST_SECONDS,
                trust_env=False,
            ) as client:
                yield client, app
        finally:
            server.should_exit = True
            thread.join()
            contexts.close()


def _settings(data_dir: Path, listener: socket.socket, **overrides: str) -> Settings:
    host, port = listener.getsockname()
    fixed: dict[str, Any] = {
        "mode": "demo",
        "base_url": f"http://{host}:{port}",
        "did_host": "skills-passport.example",
        # Many people sign in one after the other, and faster than people do.
        "rate_limits": {"sign-in": "1000/minute"},
    }
    return load_settings(data_dir=data_dir, **fixed, **overrides)


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server ended"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.05)
