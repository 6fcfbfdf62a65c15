"""The verifier's real application, with a simulated world's documents behind the real fetcher."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx2
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from runtime.clients import Peers
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.rate_limit import RateLimiter
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.simulator import TRUST_LIST_URL, IssuerWorld
from verifier.app import create_app

BASE_URL = "http://127.0.0.1:8000"
TOKEN = "7K3M9QXA2B4C7K3M9QXA2B4C7K"
CODE = "7K3M9QXA2B4C"


@dataclass(kw_only=True, slots=True)
class VerifierHouse:
    """A client of the verifier, the world it looks at, and who was contacted."""

    client: TestClient
    world: IssuerWorld
    shared: dict[str, bytes] = field(default_factory=dict)
    contacts: list[str] = field(default_factory=list)
    issuer_is_down: bool = False

    def verify(self, credential: bytes, **options: object) -> dict[str, object]:
        """The answer of ``POST /credentials/verify``, which must be 200."""
        body = orjson.dumps({"verifiableCredential": orjson.loads(credential), "options": options})
        response = self.post("/credentials/verify", body)
        assert response.status_code == 200, response.text
        answer: dict[str, object] = response.json()
        return answer

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """The answer to ``body`` as JSON."""
        given = {"Content-Type": "application/json"} | dict(headers or {})
        response: httpx2.Response = self.client.post(path, content=body, headers=given)
        return response

    def page(self, path: str, *, language: str = "en") -> httpx2.Response:
        """The answer to a browser that opens ``path``."""
        headers = {"Accept": "text/html", "Accept-Language": language}
        response: httpx2.Response = self.client.get(path, headers=headers)
        return response

    def submit(
        self,
        *,
        text: str = "",
        code: str = "",
        upload: tuple[str, bytes, str] | None = None,
        language: str = "en",
    ) -> httpx2.Response:
        """The answer to a browser that sends the form of ``/verify``."""
        headers = {"Accept": "text/html", "Accept-Language": language}
        data = {name: value for name, value in (("text", text), ("code", code)) if value}
        response: httpx2.Response = self.client.post(
            "/verify", data=data, files=None if upload is None else {"file": upload}, headers=headers
        )
        return response


@contextmanager
def open_house(
    folder: Path, suite: str = "eddsa-jcs-2022", *, has_issuer: bool = True, **settings: Any
) -> Iterator[VerifierHouse]:
    """The verifier with its real fetcher, peers, pages and settings; only the sockets are missing."""
    world = IssuerWorld(suite)
    given: dict[str, Any] = {
        "data_dir": folder,
        "base_url": BASE_URL,
        "trust_anchor": world.trust_anchor.text,
        "trust_list_url": TRUST_LIST_URL,
    }
    chosen = Settings(**given | settings)
    contacts: list[str] = []
    shared: dict[str, bytes] = {}
    issuer = _issuer(shared)
    context = ServiceContext(
        service="verifier",
        settings=chosen,
        clock=world.clock,
        database=Database.open(chosen, "verifier"),
        keyring=_keyring(),
        # A wallet in which nobody shares anything.
        peers=Peers(chosen, world.clock, "verifier", {"issuer": issuer, "wallet_api": Starlette()}),
        fetcher=Fetcher(chosen, world.clock, apps={BASE_URL: _publisher(world, contacts)}),
        pages=Pages(chosen),
        rate_limiter=RateLimiter(),
    )
    context.database.upgrade()
    app = create_app(context, has_issuer=has_issuer)
    with TestClient(app, base_url=BASE_URL) as client:
        house = VerifierHouse(client=client, world=world, shared=shared, contacts=contacts)
        issuer.state.house = house
        yield house
    context.database.close()


@cache
def _keyring() -> Keyring:
    """One for all tests: the verifier signs nothing, and opening a keyring is slow on purpose."""
    return Keyring.open(Settings(data_dir=Path(mkdtemp())), "verifier")


def _publisher(world: IssuerWorld, contacts: list[str]) -> Starlette:
    """Serves what the world has published under the name of its host."""

    async def serve(request: Request) -> Response:
        url = f"https://skills-passport.example{request.url.path}"
        contacts.append(url)
        answer = await world.fetcher.get(url)
        body = getattr(answer, "body", None)
        return Response(body) if isinstance(body, bytes) else Response(status_code=503)

    return Starlette(routes=[Route("/{path:path}", serve)])


def _issuer(shared: Mapping[str, bytes]) -> Starlette:
    """The two calls of the issuer that the verifier makes."""

    async def serve(request: Request) -> Response:
        house: VerifierHouse = request.app.state.house
        house.contacts.append(request.url.path)
        if house.issuer_is_down:
            return Response(status_code=502)
        credential = shared.get(request.path_params["name"])
        if credential is None:
            return Response(status_code=404)
        return JSONResponse({"credential": credential.decode()})

    return Starlette(
        routes=[
            Route("/issuer/api/shared/{name}", serve),
            Route("/issuer/api/shared-by-code/{name}", serve),
        ]
    )
