"""The verifier on a socket, with a simulated world behind it whose clock and lists a test can move."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from passport.front import add_basics
from runtime.clients import Peers
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.rate_limit import RateLimiter
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.simulator import ORIGIN, TRUST_LIST_URL, IssuerWorld
from verifier.app import create_app

_START_SECONDS = 20


@dataclass(kw_only=True, slots=True)
class OfflineSite:
    """Where the verifier answers and what it looks at; with ``is_cut`` it serves nothing to anybody."""

    url: str
    world: IssuerWorld
    is_cut: bool = False


class _Gate:
    """Stands before the application and lets nothing through while the site is cut off.

    Emulating a phone without a network leaves out what the browser does for a service worker by itself.
    """

    def __init__(self, app: ASGIApp, site: OfflineSite) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._site.is_cut:
            await Response(status_code=503)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def publish_index(world: IssuerWorld) -> None:
    """The registry's index of its lists, which a snapshot is gathered by."""
    index = {"lists": [world.list_url, world.suspension_url]}
    world.documents[f"{ORIGIN}/status/lists"] = orjson.dumps(index)


@contextmanager
def serve_offline_site(folder: Path, world: IssuerWorld, **settings: Any) -> Iterator[OfflineSite]:
    """The verifier of ``world`` on a free loopback port; stopped after."""
    publish_index(world)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        site = OfflineSite(url=url, world=world)
        context = _context(folder, url, world, settings)
        app = create_app(context, has_issuer=False)
        add_basics(app, "/verify")
        config = uvicorn.Config(_Gate(app, site), log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            _wait(server)
            yield site
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)
            context.database.close()


def _wait(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("the server did not start in time")
        time.sleep(0.05)


def _context(folder: Path, url: str, world: IssuerWorld, settings: Mapping[str, Any]) -> ServiceContext:
    given: dict[str, Any] = {
        "data_dir": folder,
        "base_url": url,
        "trust_anchor": world.trust_anchor.text,
        "trust_list_url": TRUST_LIST_URL,
    }
    chosen = Settings(**given | dict(settings))
    context = ServiceContext(
        service="verifier",
        settings=chosen,
        clock=world.clock,
        database=Database.open(chosen, "verifier"),
        keyring=_keyring(),
        peers=Peers(chosen, world.clock, "verifier", {}),
        fetcher=Fetcher(chosen, world.clock, apps={url: _publisher(world)}),
        pages=Pages(chosen),
        rate_limiter=RateLimiter(),
    )
    context.database.upgrade()
    return context


@cache
def _keyring() -> Keyring:
    """One for all tests: the verifier signs nothing, and opening a keyring is slow on purpose."""
    return Keyring.open(Settings(data_dir=Path(mkdtemp())), "verifier")


def _publisher(world: IssuerWorld) -> Starlette:
    """Serves what the world has published under the name of its host."""

    async def serve(request: Request) -> Response:
        body = world.documents.get(f"{ORIGIN}{request.url.path}")
        return Response(status_code=404) if body is None else Response(body)

    return Starlette(routes=[Route("/{path:path}", serve)])
