"""A session that has ended is refused by the very next request, at every service."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.in_process import PASSWORD
from runtime.auth import SESSION_COOKIE
from runtime.database import Database
from runtime.settings import Settings
from tests.journey.conftest import sign_in
from trust_registry import store
from trust_registry.model import Account

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
# Who, and a page of theirs; each at another service.
DOORS = {
    "clerk-phka-trakuon": "/issuer",
    "fraud-officer-1": "/revocation",
    "registrar": "/trust/registrar",
    "returnee-1": "/wallet",
}


async def _by_sign_out(client: httpx2.AsyncClient, _: str) -> None:
    await client.post("/sign-out")


async def _by_sign_out_everywhere(client: httpx2.AsyncClient, username: str) -> None:
    mine = client.cookies[SESSION_COOKIE]
    await sign_in(client, username)
    assert (await client.post("/account/sign-out-everywhere")).status_code == 303
    client.cookies.set(SESSION_COOKIE, mine)


async def _by_password_change(client: httpx2.AsyncClient, username: str) -> None:
    mine = client.cookies[SESSION_COOKIE]
    await sign_in(client, username)
    form = {"present": PASSWORD, "new": "an entirely new one"}
    assert (await client.post("/account/password", data=form)).status_code == 303
    client.cookies.set(SESSION_COOKIE, mine)


ENDINGS: dict[str, Callable[[httpx2.AsyncClient, str], Awaitable[None]]] = {
    "signing out": _by_sign_out,
    "signing out everywhere": _by_sign_out_everywhere,
    "a new password": _by_password_change,
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_next_request_is_refused_at_every_service(client: httpx2.AsyncClient, ending: str) -> None:
    for username, door in DOORS.items():
        await sign_in(client, username)
        token = client.cookies[SESSION_COOKIE]
        assert (await client.get(door, headers=PAGE)).status_code == 200
        await ENDINGS[ending](client, username)
        client.cookies.clear()
        cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
        refused = await client.get(door, headers=PAGE | cookie)
        assert (refused.status_code, refused.headers["location"][:8]) == (303, "/sign-in"), door


@pytest.mark.parametrize("change", ["switched off", "another role"])
async def test_an_account_that_changes_is_refused_at_every_service(
    client: httpx2.AsyncClient, tmp_path: Path, change: str
) -> None:
    database = Database.open(Settings(data_dir=tmp_path / "data"), "trust_registry")
    for username, door in DOORS.items():
        await sign_in(client, username)
        database.write_now(_change, username, change)
        refused = await client.get(door, headers=PAGE)
        assert (refused.status_code, refused.headers["location"][:8]) == (303, "/sign-in"), door
    database.close()


def _change(connection: store.Connection, username: str, change: str) -> None:
    account = store.account_or_none(connection, username)
    assert account is not None
    changed = {"active": False} if change == "switched off" else {"role": "auditor"}
    values = {name: getattr(account, name) for name in account.__slots__} | changed
    store.put_account(connection, Account(**values))


async def test_another_site_cannot_act_in_somebodys_session(client: httpx2.AsyncClient) -> None:
    await sign_in(client, "clerk-phka-trakuon")
    token = client.cookies[SESSION_COOKIE]
    forged = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("/sign-out", "/account/sign-out-everywhere", "/account/password", "/issuer/classes"):
        assert (await client.post(path, data={"a": "b"}, headers=forged)).status_code == 403, path
    client.cookies.set(SESSION_COOKIE, token)
    assert (await client.get("/issuer", headers=PAGE)).status_code == 200
