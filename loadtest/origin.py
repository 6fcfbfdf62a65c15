"""Hosts on this machine that serve what a world publishes, and can be slow or silent.

Each host is a port of 127.0.0.1 with an entity tag for every document, as an honest web server would
answer. It runs on a thread, so that whoever measures can publish meanwhile.
"""

import asyncio
import hashlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_START_SECONDS: Final = 10
_SILENT_SECONDS: Final = 60
SLOW_SECONDS: Final = 2.0


class Mood(Enum):
    """How a host answers."""

    WELL = auto()
    REFUSING = auto()
    """503 at once, as a host does whose disk is gone."""
    SLOW = auto()
    """Every answer takes ``SLOW_SECONDS``, and is right."""
    SILENT = auto()
    """The connection is taken and nothing comes: the worst for whoever waits."""


class Host:
    """One host: ``origin`` is what URLs begin with, ``address`` where it really answers.

    ``asked`` counts the requests for each URL.
    """

    def __init__(self, origin: str, documents: Mapping[str, bytes], listener: socket.socket) -> None:
        self.origin = origin
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.mood = Mood.WELL
        self.asked: Counter[str] = Counter()
        self._documents = documents
        config = uvicorn.Config(
            Starlette(routes=[Route("/{path:path}", self._answer)]),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)

    def start(self) -> None:
        """Listen. Raises ``RuntimeError`` where it does not begin in time."""
        self._thread.start()
        for _ in range(_START_SECONDS * 100):
            if self._server.started:
                return
            self._thread.join(0.01)
        raise RuntimeError("a host of the published documents did not start")

    def stop(self) -> None:
        """Listen no more."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(_START_SECONDS)

    async def _answer(self, request: Request) -> Response:
        url = f"{self.origin}{request.url.path}"
        self.asked[url] += 1
        if self.mood is Mood.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        for _ in range(_SILENT_SECONDS * 10):
            if self.mood is not Mood.SILENT or self._server.should_exit:
                break
            await asyncio.sleep(0.1)
        body = self._documents.get(url)
        if body is None or self.mood in (Mood.REFUSING, Mood.SILENT):
            return Response(status_code=503 if body is not None else 404)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(body, headers={"ETag": etag})


@contextmanager
def hosts(documents: Mapping[str, bytes], *origins: str) -> Iterator[tuple[Host, ...]]:
    """A host for each of ``origins``, serving what of ``documents`` begins with it."""
    made = []
    for origin in origins:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        made.append(Host(origin, documents, listener))
    try:
        for host in made:
            host.start()
        yield tuple(made)
    finally:
        for host in made:
            host.stop()
