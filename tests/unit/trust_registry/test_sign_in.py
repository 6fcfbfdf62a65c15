"""Signing in: who is let in, who is not, and that guessing gets nowhere."""

import base64
import importlib.util
import re
import sys
from dataclasses import replace
from datetime import timedelta

import anyio
import httpx2
import pytest

from runtime.assertions import ACCESS_TOKEN_LIFETIME, parse_access_token
from runtime.auth import SESSION_COOKIE, Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import (
    BASE_URL,
    LICENCE,
    NOW,
    PASSWORD,
    browsing,
    clock_of,
    license_eps,
    service_context,
)
from trust_registry import store
from trust_registry.accounts import (
    MAX_TRIES_PER_ACCOUNT,
    MAX_TRIES_PER_CLIENT,
    WINDOW,
    NewAccount,
    authenticate_client,
    create_accounts,
    create_api_client,
    sign_in,
)
from trust_registry.app import create_app
from trust_registry.licences import lift_licence, suspend_licence
from trust_registry.life import Act
from trust_registry.registry_keys import SessionKeys
from trust_registry.sessions import principal_for, principal_of
from vc.errors import MalformedValue, NotAuthorized, RateLimited

pytestmark = pytest.mark.anyio

SECRET = "N7Q2K9X4M1T8V3B6D5H0R7"
WRONG = "not the password"


async def attempt(
    context: ServiceContext, username: str, password: str, address: str = "192.0.2.1"
) -> Principal | None:
    account = await sign_in(context, username=username, password=password, address=address)
    return None if account is None else await principal_for(context, account)


async def post(client: httpx2.AsyncClient, username: str, password: str, **fields: str) -> httpx2.Response:
    return await client.post("/sign-in", data={"username": username, "password": password, **fields})


async def test_the_right_password_lets_the_person_in(context: ServiceContext) -> None:
    principal = await attempt(context, " Demo-Returnee ", PASSWORD)
    assert principal == Principal(
        subject="demo-returnee", name="Demo returnee", role=Role.RETURNEE, rld_number="RLD-0000001"
    )


@pytest.mark.parametrize("username", ["demo-clerk", "nobody", "", "demo-clerk'--", "x" * 500])
async def test_every_way_of_being_wrong_gets_the_same_answer(context: ServiceContext, username: str) -> None:
    assert await attempt(context, username, WRONG) is None
    async with browsing(create_app(context)) as client:
        expected = await post(client, "demo-clerk", WRONG)
        given = await post(client, username, WRONG)
    assert given.status_code == expected.status_code == 401
    assert without_username(given.text) == without_username(expected.text)


def without_username(page: str) -> str:
    return re.sub(r'(name="username" type="text" value=)"[^"]*"', r"\1", page)


async def test_an_unknown_name_costs_a_password_check_too(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bool] = []
    from trust_registry import accounts

    genuine = accounts._matches

    def matches(password_hash: str | None, password: str) -> bool:
        checked.append(password_hash is None)
        return genuine(password_hash, password)

    monkeypatch.setattr(accounts, "_matches", matches)
    await attempt(context, "nobody", WRONG)
    await attempt(context, "demo-clerk", WRONG)
    assert checked == [True, False]
    assert accounts._nobodys_hash().startswith("$argon2id$")


async def test_passwords_are_hashed_at_full_cost() -> None:
    """OWASP's least for Argon2id: 19 MiB and two passes. The fixture makes it cheap, so ask anew."""
    spec = importlib.util.find_spec("trust_registry.accounts")
    assert spec is not None
    assert spec.loader is not None
    fresh = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, spec.name, fresh)
        spec.loader.exec_module(fresh)
    assert fresh._HASHER.memory_cost >= 19 * 1024
    assert fresh._HASHER.time_cost >= 2


async def test_an_account_switched_off_stays_out(context: ServiceContext) -> None:
    account = context.database.read_now(store.account_or_none, "demo-clerk")
    assert account is not None
    off = type(account)(**{name: getattr(account, name) for name in account.__slots__} | {"active": False})
    context.database.write_now(store.put_account, off)
    assert await attempt(context, "demo-clerk", PASSWORD) is None


async def test_a_password_is_not_stored(context: ServiceContext) -> None:
    account = context.database.read_now(store.account_or_none, "demo-clerk")
    assert account is not None
    assert account.password_hash.startswith("$argon2id$")
    folder = context.settings.data_dir
    assert not any(PASSWORD.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_the_sixth_try_is_refused_even_with_the_right_password(context: ServiceContext) -> None:
    for _ in range(MAX_TRIES_PER_CLIENT):
        assert await attempt(context, "demo-clerk", WRONG) is None
    with pytest.raises(RateLimited) as caught:
        await attempt(context, "demo-clerk", PASSWORD)
    assert 0 < caught.value.retry_after <= WINDOW.total_seconds() + 1
    assert await attempt(context, "demo-registrar", PASSWORD), "others go on working"
    assert await attempt(context, "demo-clerk", PASSWORD, "192.0.2.99"), "the owner elsewhere goes on working"


async def test_the_lock_ends_with_its_window_and_not_with_a_restart(context: ServiceContext) -> None:
    for _ in range(MAX_TRIES_PER_CLIENT):
        await attempt(context, "demo-clerk", WRONG)
    restarted = service_context(context.settings.data_dir, "trust_registry", migrate=False)
    with pytest.raises(RateLimited):
        await attempt(restarted, "demo-clerk", PASSWORD)
    clock_of(restarted).advance(WINDOW - timedelta(seconds=1))
    with pytest.raises(RateLimited):
        await attempt(restarted, "demo-clerk", PASSWORD)
    clock_of(restarted).advance(timedelta(seconds=1))
    assert await attempt(restarted, "demo-clerk", PASSWORD)
    restarted.database.close()


async def test_many_addresses_do_not_make_many_tries(context: ServiceContext) -> None:
    refused = 0
    for number in range(MAX_TRIES_PER_ACCOUNT + 3):
        try:
            await attempt(context, "demo-clerk", WRONG, f"192.0.2.{number}")
        except RateLimited:
            refused += 1
    assert refused == 3


async def test_parallel_guesses_count_one_by_one(context: ServiceContext) -> None:
    outcomes: list[str] = []

    async def guess() -> None:
        try:
            outcomes.append("wrong" if await attempt(context, "demo-clerk", WRONG) is None else "in")
        except RateLimited:
            outcomes.append("refused")

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(guess)
    assert (outcomes.count("wrong"), outcomes.count("refused")) == (MAX_TRIES_PER_CLIENT, 25)


async def test_success_forgives_the_failures_before(context: ServiceContext) -> None:
    for _ in range(3):
        for _ in range(MAX_TRIES_PER_CLIENT - 1):
            assert await attempt(context, "demo-clerk", WRONG) is None
        assert await attempt(context, "demo-clerk", PASSWORD)


async def test_the_tries_are_kept_without_name_or_address(context: ServiceContext) -> None:
    await attempt(context, "marker-username", WRONG, "198.51.100.77")
    content = b"".join(p.read_bytes() for p in context.settings.data_dir.glob("trust_registry.sqlite3*"))
    assert b"marker-username" not in content
    assert b"198.51.100.77" not in content


@pytest.mark.parametrize(
    ("role", "door"), [("clerk", "/issuer"), ("registrar", "/trust/registrar"), ("returnee", "/wallet")]
)
async def test_each_role_lands_at_its_door(context: ServiceContext, role: str, door: str) -> None:
    async with browsing(create_app(context)) as client:
        response = await post(client, f"demo-{role}", PASSWORD)
    assert (response.status_code, response.headers["location"]) == (303, door)
    cookie = response.cookies[SESSION_COOKIE]
    principal = await principal_of(context, cookie)
    assert principal is not None
    assert principal.role == role
    set_cookie = response.headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=strict" in set_cookie


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: a=b",
        "evil.example",
        " /issuer",
    ],
)
async def test_next_leads_nowhere_else(context: ServiceContext, wanted: str) -> None:
    async with browsing(create_app(context)) as client:
        response = await post(client, "demo-clerk", PASSWORD, next=wanted)
        page = await client.get("/sign-in", params={"next": wanted})
    assert response.headers.get("location", "/issuer") == "/issuer"
    assert 'name="next" value=""' in page.text or page.status_code == 400


async def test_next_leads_back_on_this_site(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        response = await post(client, "demo-clerk", PASSWORD, next="/issuer/classes/7?tab=2")
    assert response.headers["location"] == "/issuer/classes/7?tab=2"


async def test_signing_out_removes_the_session(context: ServiceContext) -> None:
    clerk = Principal(subject="demo-clerk", name="Demo clerk", role=Role.CLERK)
    async with browsing(create_app(context), clerk) as client:
        response = await client.post("/sign-out")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "max-age=0" in response.headers["set-cookie"].lower()


async def test_another_site_cannot_sign_anybody_in(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        response = await client.post(
            "/sign-in",
            data={"username": "demo-clerk", "password": PASSWORD},
            headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        )
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


async def test_a_locked_out_person_is_told_how_long_to_wait(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        for _ in range(MAX_TRIES_PER_CLIENT):
            assert (await post(client, "demo-clerk", WRONG)).status_code == 401
        response = await post(client, "demo-clerk", PASSWORD)
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) <= WINDOW.total_seconds() + 1
    assert "Wait 15 minutes" in response.text


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"base_url": "https://192.168.1.7"}, False),
    ],
    ids=["own machine", "bound to the network", "public origin"],
)
async def test_demo_people_are_listed_on_ones_own_machine_only(
    context: ServiceContext, settings: dict[str, str], shown: bool
) -> None:
    other = service_context(context.settings.data_dir, "trust_registry", migrate=False, **settings)
    async with browsing(create_app(other)) as client:
        page = await client.get("/sign-in")
    other.database.close()
    assert ("demo-registrar" in page.text) is shown
    assert PASSWORD not in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "Demo Clerk"},
        {"username": ""},
        {"password": "short"},
        {"role": Role.SERVICE},
        {"role": Role.RETURNEE},
        {"rld_number": "RLD-1"},
    ],
    ids=["spaces", "no name", "short password", "service", "returnee without number", "clerk with number"],
)
async def test_accounts_that_cannot_be_are_refused(
    context: ServiceContext, changes: dict[str, object]
) -> None:
    fields: dict[str, object] = {"username": "c", "password": PASSWORD, "role": Role.CLERK, "name": "C"}
    with pytest.raises(MalformedValue):
        create_accounts(context.database, context.personal, [NewAccount(**(fields | changes))])  # type: ignore[arg-type]


def with_client(context: ServiceContext, organisation_id: str | None = "eps") -> None:
    license_eps(context)
    create_api_client(
        context.database,
        client_id="moip-center",
        secret=SECRET,
        role=Role.RECRUITER,
        organisation_id=organisation_id,
        scopes=frozenset({"verify", "present"}),
    )


async def token(client: httpx2.AsyncClient, secret: str = SECRET, **fields: str) -> httpx2.Response:
    data = {"grant_type": "client_credentials", "client_id": "moip-center", "client_secret": secret} | fields
    headers = {"Accept": "application/json"}
    return await client.post("/token", data={k: v for k, v in data.items() if v}, headers=headers)


async def test_client_credentials_give_a_short_lived_access_token(context: ServiceContext) -> None:
    with_client(context)
    async with browsing(create_app(context)) as client:
        response = await token(client)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "present verify")
    assert body["expires_in"] <= ACCESS_TOKEN_LIFETIME.total_seconds()
    principal = parse_access_token(
        body["access_token"], issuer=BASE_URL, keys=SessionKeys(context.keyring).public, now=NOW
    )
    assert (principal.subject, principal.role) == ("moip-center", Role.RECRUITER)
    assert (principal.organisation_id, principal.licence_number) == ("eps", LICENCE)


async def test_a_client_gets_no_token_while_the_licence_of_its_organisation_is_suspended(
    context: ServiceContext,
) -> None:
    with_client(context)
    act = Act(actor="registrar", reason="Complaints.", at=NOW)
    write = context.database.write_now
    async with browsing(create_app(context)) as client:
        write(suspend_licence, LICENCE, effective_from=NOW, act=act)
        refused = await token(client)
        assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")
        write(lift_licence, LICENCE, act=replace(act, at=NOW + timedelta(seconds=1)))
        clock_of(context).advance(timedelta(seconds=1))
        assert (await token(client)).status_code == 200


async def test_a_verifiers_client_without_a_licence_on_file_gets_no_token(context: ServiceContext) -> None:
    with_client(context, organisation_id=None)
    async with browsing(create_app(context)) as client:
        refused = await token(client)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


async def test_client_credentials_by_http_basic(context: ServiceContext) -> None:
    with_client(context)
    basic = base64.b64encode(f"moip-center:{SECRET}".encode()).decode()
    async with browsing(create_app(context)) as client:
        response = await client.post(
            "/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
        )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_secret": "N7Q2K9X4M1T8V3B6D5H0R8"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"scope": "verify admin"}, 400, "invalid_scope"),
    ],
)
async def test_the_token_endpoint_refuses_in_oauths_own_words(
    context: ServiceContext, fields: dict[str, str], status: int, error: str
) -> None:
    with_client(context)
    async with browsing(create_app(context)) as client:
        response = await token(client, **fields)
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert "access_token" not in response.json()


async def test_a_broken_basic_header_is_no_server_error(context: ServiceContext) -> None:
    async with browsing(create_app(context)) as client:
        for value in ("Basic !!!", "Basic /////w==", "Bearer abc", "Basic"):
            response = await client.post(
                "/token", data={"grant_type": "client_credentials"}, headers={"Authorization": value}
            )
            assert response.status_code == 401


async def test_a_client_secret_is_not_guessed_at_leisure(context: ServiceContext) -> None:
    with_client(context)
    for _ in range(MAX_TRIES_PER_CLIENT):
        with pytest.raises(NotAuthorized):
            await authenticate_client(
                context, client_id="moip-center", client_secret="x", address="192.0.2.1"
            )
    with pytest.raises(RateLimited):
        await authenticate_client(context, client_id="moip-center", client_secret=SECRET, address="192.0.2.1")


async def test_a_weak_client_secret_is_refused(context: ServiceContext) -> None:
    with pytest.raises(MalformedValue):
        create_api_client(context.database, client_id="c", secret="short", role=Role.CLERK)
