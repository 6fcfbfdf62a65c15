"""Asking the trust registry who is signed in, with every way it can fail to answer."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.assertions import issue_access_token, issue_assertion
from runtime.auth import SESSION_COOKIE, NotAuthenticated, parse_service_token
from runtime.clients import Peers
from runtime.clock import Clock
from runtime.entropy import random_token, throwaway_signer
from runtime.http import build_app
from runtime.service import ServiceContext
from runtime.sessions import EXCHANGE_PATH, KEYS_PATH, RemoteSessions
from runtime.settings import Settings
from tests.unit.runtime.small_service import CLERK, problem_in, router
from vc.crypto.keys import Signer
from vc.errors import EvidenceUnavailable

pytestmark = pytest.mark.anyio

TOKEN = random_token(256)


class Registry:
    """A trust registry in which one session is known; it signs with real keys."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        self.signer: Signer = throwaway_signer()
        self.listed = [self.signer.public_key.multikey]
        self.audience: str | None = None
        self.answer: Response | None = None
        self.asked: list[str] = []
        self.signed_in = {TOKEN: CLERK}
        routes = [
            Route(EXCHANGE_PATH, self.exchange, methods=["POST"]),
            Route(KEYS_PATH, self.keys),
        ]
        self.app: Any = Starlette(routes=routes)

    async def exchange(self, request: Request) -> Response:
        self.asked.append(EXCHANGE_PATH)
        if self.answer is not None:
            return self.answer
        token = request.headers["authorization"].removeprefix("Bearer ")
        caller = parse_service_token(
            token, audience="trust_registry", settings=self.settings, now=self.clock.now()
        )
        principal = self.signed_in.get((await request.json())["session"])
        if principal is None:
            return JSONResponse({"assertion": None})
        audience = self.audience or caller.subject
        return JSONResponse(
            {
                "assertion": issue_assertion(
                    principal,
                    audience=audience,
                    issuer=self.settings.base_url,
                    signer=self.signer,
                    now=self.clock.now(),
                )
            }
        )

    async def keys(self, _: Request) -> Response:
        self.asked.append(KEYS_PATH)
        return JSONResponse({"keys": self.listed})


@pytest.fixture
def registry(settings: Settings, clock: Clock) -> Registry:
    return Registry(settings, clock)


def sessions_of(registry: Registry, seconds: list[float] | None = None) -> RemoteSessions:
    apps = {"trust_registry": registry.app}
    return RemoteSessions(
        service="issuer",
        peers=Peers(registry.settings, registry.clock, "issuer", apps),
        settings=registry.settings,
        clock=registry.clock,
        monotonic=lambda: (seconds or [0.0])[0],
    )


async def test_a_session_brings_the_person_back(registry: Registry) -> None:
    sessions = sessions_of(registry)
    assert await sessions.by_session(TOKEN) == CLERK
    assert await sessions.by_session(random_token(256)) is None


async def test_nothing_is_remembered_but_keys(registry: Registry) -> None:
    sessions = sessions_of(registry)
    assert await sessions.by_session(TOKEN) == CLERK
    registry.signed_in.clear()
    assert await sessions.by_session(TOKEN) is None
    assert registry.asked.count(KEYS_PATH) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Response(status_code=503),
        Response(status_code=404),
        Response(status_code=401),
        Response(b"<html>", status_code=200),
        JSONResponse({}),
        JSONResponse({"assertion": 7}),
        JSONResponse({"assertion": "a.b.c"}),
        JSONResponse([]),
    ],
)
async def test_an_answer_that_is_none_is_could_not_check(registry: Registry, answer: Response) -> None:
    registry.answer = answer
    with pytest.raises(EvidenceUnavailable):
        await sessions_of(registry).by_session(TOKEN)


async def test_an_assertion_by_another_key_or_for_another_service_is_could_not_check(
    registry: Registry,
) -> None:
    registry.audience = "revocation"
    with pytest.raises(EvidenceUnavailable):
        await sessions_of(registry).by_session(TOKEN)
    registry.audience, registry.signer = None, throwaway_signer()
    with pytest.raises(EvidenceUnavailable):
        await sessions_of(registry).by_session(TOKEN)


async def test_an_access_token_needs_the_registry_only_for_a_key_it_does_not_know(
    registry: Registry,
) -> None:
    seconds = [0.0]
    sessions = sessions_of(registry, seconds)

    def token(signer: Signer) -> str:
        return issue_access_token(
            CLERK, issuer=registry.settings.base_url, signer=signer, now=registry.clock.now()
        )

    for _ in range(3):
        assert await sessions.by_access_token(token(registry.signer)) == CLERK
    assert registry.asked == [KEYS_PATH]
    new = throwaway_signer()
    registry.listed.append(new.public_key.multikey)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await sessions.by_access_token(token(new))
    assert registry.asked == [KEYS_PATH], "strangers' tokens do not make us ask without end"
    seconds[0] += 1
    assert await sessions.by_access_token(token(new)) == CLERK


class Silent:
    """A trust registry that cannot be reached."""

    async def __call__(self, *_: Any) -> None:
        raise httpx2.ConnectError("unreachable")


async def test_a_page_that_needs_a_sign_in_says_could_not_check(context: ServiceContext) -> None:
    peers = Peers(context.settings, context.clock, "issuer", {"trust_registry": Silent()})
    app = build_app(replace(context, peers=peers), title="Test", routers=[router])
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=context.settings.base_url
    ) as client:
        cookie = {"Cookie": f"{SESSION_COOKIE}={TOKEN}"}
        problem_in(await client.get("/issuer/api/desk", headers=cookie), 503)
        page = await client.get("/issuer/desk", headers=cookie | {"Accept": "text/html"})
        assert page.status_code == 503
        public = await client.get("/issuer/who", headers=cookie)
        assert public.json() == {"subject": None, "state": True}
        # Nobody needs to be asked about somebody who shows nothing.
        assert (await client.get("/issuer/desk", headers={"Accept": "text/html"})).status_code == 303
