"""Sessions begin at sign-in and end at once, whatever ends them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from runtime.auth import SESSION_COOKIE, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import PASSWORD, bearer, browsing, clock_of
from trust_registry import people_store, sessions, store
from trust_registry.accounts import NewAccount, create_accounts
from trust_registry.app import create_app
from trust_registry.model import Account
from trust_registry.sessions import IDLE_LIFETIME, begin, principal_of, token_hash

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    async with browsing(create_app(context)) as client:
        yield client


def account(context: ServiceContext, username: str = "demo-clerk") -> Account:
    found = context.database.read_now(store.account_or_none, username)
    assert found is not None
    return found


async def sign_in(client: httpx2.AsyncClient, password: str = PASSWORD) -> str:
    client.cookies.clear()
    form = {"username": "demo-clerk", "password": password}
    assert (await client.post("/sign-in", data=form)).status_code == 303
    return client.cookies[SESSION_COOKIE]


async def test_the_cookie_is_a_random_token_and_only_its_hash_is_kept(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    tokens = {await sign_in(client) for _ in range(3)}
    assert len(tokens) == 3
    files = context.settings.data_dir.glob("trust_registry.sqlite3*")
    content = b"".join(file.read_bytes() for file in files)
    for token in tokens:
        assert token.encode() not in content
        assert token_hash(token).encode() in content


async def test_a_session_lasts_eight_hours_of_use(context: ServiceContext) -> None:
    token = await begin(context, account(context))
    for _ in range(7):
        clock_of(context).advance(timedelta(hours=1))
        assert await principal_of(context, token)
    clock_of(context).advance(timedelta(hours=1) - timedelta(seconds=1))
    assert await principal_of(context, token)
    clock_of(context).advance(timedelta(seconds=1))
    assert await principal_of(context, token) is None


async def test_a_session_nobody_uses_ends_earlier(context: ServiceContext) -> None:
    token = await begin(context, account(context))
    clock_of(context).advance(IDLE_LIFETIME - timedelta(seconds=1))
    assert await principal_of(context, token)
    clock_of(context).advance(IDLE_LIFETIME)
    assert await principal_of(context, token) is None


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    token = await sign_in(client)
    assert await principal_of(context, token)
    await client.post("/sign-out")
    assert await principal_of(context, token) is None


async def test_signing_out_everywhere_ends_the_other_browsers_too(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    elsewhere, here = await sign_in(client), await sign_in(client)
    other_account = await begin(context, account(context, "demo-registrar"))
    assert await principal_of(context, elsewhere)
    assert (await client.post("/account/sign-out-everywhere")).status_code == 303
    assert [await principal_of(context, token) for token in (elsewhere, here)] == [None, None]
    assert await principal_of(context, other_account)


async def test_a_new_sign_in_ends_the_one_before_in_that_browser(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    """A session planted in somebody's browser does not become theirs."""
    planted = await sign_in(client)
    response = await client.post("/sign-in", data={"username": "demo-registrar", "password": PASSWORD})
    assert response.status_code == 303
    assert client.cookies[SESSION_COOKIE] != planted
    assert await principal_of(context, planted) is None


async def test_a_changed_password_ends_every_other_session(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    elsewhere, before = await sign_in(client), await sign_in(client)
    form = {"present": PASSWORD, "new": "an entirely new one"}
    response = await client.post("/account/password", data=form)
    assert (response.status_code, response.headers["location"]) == (303, "/account?done=password")
    now_here = client.cookies[SESSION_COOKIE]
    assert [await principal_of(context, token) for token in (elsewhere, before)] == [None, None]
    assert await principal_of(context, now_here)
    assert await sign_in(client, "an entirely new one")


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"present": "not the password", "new": "an entirely new one"}, "present password is not right"),
        ({"present": PASSWORD, "new": "short"}, "8 to 200 characters"),
        ({}, "8 to 200 characters"),
    ],
)
async def test_a_password_that_is_not_changed_ends_nothing(
    context: ServiceContext, client: httpx2.AsyncClient, form: dict[str, str], message: str
) -> None:
    token = await sign_in(client)
    response = await client.post("/account/password", data=form)
    assert response.status_code == 400
    assert message in response.text
    assert await principal_of(context, token)


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"role": Role.REGISTRAR.value},
        {"organisation_id": "poipet"},
        {"password_hash": "$argon2id$another"},
        {"owner": "0" * 64},
    ],
)
async def test_an_account_that_changes_ends_its_sessions_at_once(
    context: ServiceContext, changes: dict[str, object]
) -> None:
    token = await begin(context, account(context))
    assert await principal_of(context, token)
    context.database.write_now(store.put_account, replace(account(context), **changes))  # type: ignore[arg-type]
    assert await principal_of(context, token) is None


async def test_an_account_written_anew_by_command_ends_its_sessions(context: ServiceContext) -> None:
    token = await begin(context, account(context))
    new = NewAccount(username="demo-clerk", password=PASSWORD, role=Role.CLERK, name="Demo clerk")
    create_accounts(context.database, context.personal, [new])
    assert await principal_of(context, token) is None


async def test_the_exchange_is_for_services_and_tells_each_only_its_own(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    token = await sign_in(client)
    client.cookies.clear()
    json = {"Accept": "application/json"}
    path = "/trust/api/sessions"
    assert (await client.post(path, json={"session": token}, headers=json)).status_code == 401
    answer = await client.post(path, json={"session": token}, headers=bearer(context, "issuer"))
    assert answer.json()["assertion"].count(".") == 2
    nobody = await client.post(path, json={"session": "0" * 52}, headers=bearer(context, "issuer"))
    assert nobody.json() == {"assertion": None}
    wrong = await client.post(path, json={"session": "x"}, headers=bearer(context, "issuer"))
    assert wrong.status_code == 400


async def test_sessions_that_ended_by_time_are_not_kept(context: ServiceContext) -> None:
    old = await begin(context, account(context))
    clock_of(context).advance(timedelta(hours=9))
    await begin(context, account(context))
    assert context.database.read_now(people_store.session_or_none, token_hash(old)) is None


async def test_a_stamp_tells_fields_apart(context: ServiceContext) -> None:
    one = replace(account(context), organisation_id="a", owner="")
    other = replace(account(context), organisation_id=None, owner="a")
    assert sessions.stamp_of(one) != sessions.stamp_of(other)
