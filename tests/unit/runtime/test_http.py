"""What every application does alike: headers, logs, own pages only, limits, peers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from runtime.auth import SESSION_COOKIE
from runtime.clients import Peers
from runtime.http import SECURITY_HEADERS, build_app
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.unit.runtime.small_service import (
    CLERK,
    GOOD,
    bearer_of,
    changed,
    client_of,
    problem_in,
    router,
    session_of,
)

pytestmark = pytest.mark.anyio


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/issuer/item/1", "/issuer/none", "/issuer/raise/bug"):
        response = await client.get(path, headers={"Accept": "text/html"})
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in response.headers
    assert "camera=(self)" in SECURITY_HEADERS["Permissions-Policy"]
    assert "'unsafe-inline'" not in SECURITY_HEADERS["Content-Security-Policy"]


async def test_an_answer_may_set_stricter_headers_and_be_cached(client: httpx2.AsyncClient) -> None:
    response = await client.get("/issuer/cached")
    assert response.headers["content-security-policy"] == "default-src 'none'"
    assert "cache-control" not in response.headers


async def test_https_is_insisted_on_where_it_is_used(context: ServiceContext) -> None:
    async with client_of(changed(context, base_url="https://a.example")) as client:
        response = await client.get("/issuer/item/1")
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_request_ids_differ_and_are_not_taken_from_the_client(client: httpx2.AsyncClient) -> None:
    seen = {
        (await client.get("/issuer/item/1", headers={"X-Request-Id": "mine"})).headers["x-request-id"]
        for _ in range(5)
    }
    assert len(seen) == 5
    assert "mine" not in seen


async def test_the_log_names_the_route_and_nothing_of_the_request(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/issuer/item/7341?part=9182", headers={"User-Agent": "agent-5566"})
    written = "".join(capsys.readouterr())
    assert "/issuer/item/{number}" in written
    assert not re.search("7341|9182|5566", written)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, False),
        ({"Origin": "https://evil.example", "Referer": "http://127.0.0.1:8000/"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8000"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
async def test_what_changes_something_in_a_session_comes_from_our_pages(
    context: ServiceContext, client: httpx2.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    response = await client.post("/issuer/desk", headers=session_of(CLERK) | headers)
    if allowed:
        assert response.status_code == 200
    else:
        problem_in(response, 403)


async def test_another_site_cannot_sign_somebody_in(client: httpx2.AsyncClient) -> None:
    response = await client.post("/sign-in", data={"a": "b"}, headers={"Origin": "https://evil.example"})
    problem_in(response, 403)
    assert "set-cookie" not in response.headers
    response = await client.post("/sign-in", data={"a": "b"}, headers={"Origin": "http://127.0.0.1:8000"})
    assert SESSION_COOKIE in response.headers["set-cookie"]


async def test_programs_with_tokens_need_no_origin(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    response = await client.post("/issuer/desk", headers=bearer_of(CLERK))
    assert response.status_code == 200
    response = await client.post(
        "/credentials/verify", json=GOOD, headers={"Origin": "https://other.example"}
    )
    assert response.status_code == 200


async def test_a_limit_counts_each_client_for_itself(context: ServiceContext) -> None:
    app = build_app(context, title="Test", routers=[router])

    async def ask(address: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.get("/issuer/limited", headers={"Accept": "application/json"})

    statuses = [(await ask("203.0.113.1")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert 1 <= int((await ask("203.0.113.1")).headers["retry-after"]) <= 60
    assert (await ask("203.0.113.2")).status_code == 200
    one_network = [(await ask(f"2001:db8:1:2::{number:x}")).status_code for number in range(4)]
    assert one_network == [200, 200, 200, 429]
    assert (await ask("::ffff:203.0.113.1")).status_code == 429


async def test_a_setting_replaces_a_limit(context: ServiceContext) -> None:
    async with client_of(changed(context, rate_limits={"test-page": "1/hour"})) as client:
        assert [(await client.get("/issuer/limited")).status_code for _ in range(2)] == [200, 429]


async def test_the_lifespan_runs(context: ServiceContext) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append(app.state.context.service)
        yield
        seen.append("end")

    app = build_app(context, title="Test", routers=[], lifespan=lifespan)
    async with app.router.lifespan_context(app):
        assert seen == ["issuer"]
    assert seen == ["issuer", "end"]


async def test_a_service_asks_its_peer_inside_the_process(
    settings: Settings, context: ServiceContext
) -> None:
    apps: dict[str, Any] = {}
    peers = Peers(settings, context.clock, "revocation", apps)
    apps["issuer"] = build_app(context, title="Test", routers=[router])
    client = peers.client("issuer")
    assert client is peers.client("issuer")
    assert (await client.get("/issuer/api/internal")).json() == {"caller": "revocation"}
    assert (await client.get("/issuer/api/raise/bug")).status_code == 500
    await peers.aclose()
    assert (await peers.client("issuer").get("/issuer/api/internal")).status_code == 200
    await peers.aclose()
