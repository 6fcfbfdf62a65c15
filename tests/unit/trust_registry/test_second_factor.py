"""The second step: asked for once set up, good once, counted, and required of staff in production."""

import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import httpx2
import pyotp
import pytest

from runtime.auth import SESSION_COOKIE
from runtime.service import ServiceContext
from tests.unit.trust_registry.authenticator import Authenticator
from tests.unit.trust_registry.deployment import PASSWORD, clock_of, create_people, service_context
from trust_registry import second_factor, sessions
from trust_registry.accounts import MAX_TRIES_PER_CLIENT
from trust_registry.app import create_app
from trust_registry.sessions import principal_of

pytestmark = pytest.mark.anyio

STEP = "/sign-in/second-step"
PRODUCTION = {
    "mode": "production",
    "base_url": "https://passport.mlvt-partner.org",
    "did_host": "passport.mlvt-partner.org",
    "hotline": "023 880 474",
    "rld_url": "https://xroad.mlvt-partner.org",
    "keyring_passphrase": "kR7-vwq2Lx90bTzEo4mYcHfUj8sPdNaG",
    "service_secret": "Zx3uQm7WcV5tB1nR9yKeL4pJ6hGfD2sA",
}


@asynccontextmanager
async def at(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser at the sign-in pages; the trust list is none of its business."""
    origin = context.settings.base_url
    headers = {"Accept": "text/html", "Origin": origin, "Accept-Language": "en"}
    transport = httpx2.ASGITransport(app=create_app(context))
    async with httpx2.AsyncClient(transport=transport, base_url=origin, headers=headers) as client:
        yield client


@pytest.fixture
async def client(context: ServiceContext) -> AsyncIterator[httpx2.AsyncClient]:
    async with at(context) as client:
        yield client


async def sign_in(client: httpx2.AsyncClient, username: str = "demo-registrar") -> httpx2.Response:
    client.cookies.clear()
    return await client.post("/sign-in", data={"username": username, "password": PASSWORD})


def attribute(page: httpx2.Response, pattern: str) -> str:
    found = re.search(pattern, page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


async def set_up_app(client: httpx2.AsyncClient, context: ServiceContext) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator app for whoever is signed in, and the recovery codes."""
    page = await client.post("/account/second-factor/app", data={"present": PASSWORD})
    app = pyotp.TOTP(attribute(page, r'class="code mono ltr">([A-Z2-7]{32})<'))
    form = {"sealed": attribute(page, r'name="sealed" value="([^"]+)"'), "code": code(app, context)}
    page = await client.post("/account/second-factor/app/code", data=form)
    assert page.status_code == 200
    # The code just shown is used up.
    clock_of(context).advance(timedelta(seconds=60))
    return app, re.findall(r"<li><bdi class=\"mono ltr\">([0-9A-Z-]+)</bdi>", page.text)


def code(app: pyotp.TOTP, context: ServiceContext, steps: int = 0) -> str:
    return app.generate_otp(int(clock_of(context).now().timestamp()) // 30 + steps)


async def test_the_password_alone_no_longer_suffices(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    app, _ = await set_up_app(client, context)
    response = await sign_in(client)
    assert response.headers["location"].startswith(STEP)
    assert await principal_of(context, client.cookies[SESSION_COOKIE]) is None
    assert (await client.get("/trust/registrar")).status_code == 303
    assert (await client.get("/account/second-factor")).status_code == 303
    half = client.cookies[SESSION_COOKIE]
    response = await client.post(STEP, data={"code": code(app, context), "next": ""})
    assert (response.status_code, response.headers["location"]) == (303, "/trust/registrar")
    assert client.cookies[SESSION_COOKIE] != half
    principal = await principal_of(context, client.cookies[SESSION_COOKIE])
    assert principal is not None
    assert principal.subject == "demo-registrar"


async def test_setting_up_ends_every_other_sign_in(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    elsewhere = client.cookies[SESSION_COOKIE]
    await sign_in(client)
    await set_up_app(client, context)
    assert await principal_of(context, elsewhere) is None
    assert await principal_of(context, client.cookies[SESSION_COOKIE])


async def test_setting_up_asks_for_the_password_again(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    """Whoever sits down at somebody's screen does not make it theirs."""
    await sign_in(client)
    page = await client.post("/account/second-factor/app", data={"present": "not the password"})
    assert page.status_code == 400
    assert "sealed" not in page.text


async def test_a_code_is_good_once(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    await sign_in(client)
    app, _ = await set_up_app(client, context)
    used = code(app, context)
    await sign_in(client)
    assert (await client.post(STEP, data={"code": used})).status_code == 303
    await sign_in(client)
    assert (await client.post(STEP, data={"code": used})).status_code == 401
    assert (await client.post(STEP, data={"code": code(app, context, -1)})).status_code == 401, "nor an older"
    assert (await client.post(STEP, data={"code": code(app, context, 1)})).status_code == 303


async def test_of_a_code_sent_many_times_at_once_one_is_taken(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    app, _ = await set_up_app(client, context)
    taken: list[bool] = []

    async def use(number: int) -> None:
        address = f"192.0.2.{number}"
        taken.append(await second_factor.check_code(context, "demo-registrar", code(app, context), address))

    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(use, number)
    assert taken.count(True) == 1


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
async def test_a_code_of_another_time_is_refused(
    context: ServiceContext, client: httpx2.AsyncClient, steps: int
) -> None:
    await sign_in(client)
    app, _ = await set_up_app(client, context)
    await sign_in(client)
    assert (await client.post(STEP, data={"code": code(app, context, steps)})).status_code == 401


@pytest.mark.parametrize("text", ["", "0", "abcdef", "១២៣៤៥៦", "000000000", "x" * 5_000])
async def test_what_is_no_code_is_refused(
    context: ServiceContext, client: httpx2.AsyncClient, text: str
) -> None:
    await sign_in(client)
    await set_up_app(client, context)
    await sign_in(client)
    assert (await client.post(STEP, data={"code": text})).status_code == 401


async def test_guessing_codes_is_counted_like_guessing_passwords(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    app, codes = await set_up_app(client, context)
    await sign_in(client)
    for _ in range(MAX_TRIES_PER_CLIENT):
        assert (await client.post(STEP, data={"code": "000000"})).status_code == 401
    for right in (code(app, context), codes[0]):
        assert (await client.post(STEP, data={"code": right})).status_code == 429


async def test_a_recovery_code_works_once_and_is_not_stored(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    app, codes = await set_up_app(client, context)
    assert len(set(codes)) == 10
    files = b"".join(p.read_bytes() for p in context.settings.data_dir.glob("trust_registry.sqlite3*"))
    for secret in (codes[0], codes[0].replace("-", ""), app.secret):
        assert secret.encode() not in files
    await sign_in(client)
    assert (await client.post(STEP, data={"code": codes[0].lower()})).status_code == 303
    await sign_in(client)
    assert (await client.post(STEP, data={"code": codes[0]})).status_code == 401
    assert (await client.post(STEP, data={"code": codes[1]})).status_code == 303


async def test_one_accounts_secret_and_codes_open_no_other(
    context: ServiceContext, client: httpx2.AsyncClient
) -> None:
    await sign_in(client)
    app, codes = await set_up_app(client, context)
    sealed = second_factor.seal(context, "demo-registrar", app.secret)
    with pytest.raises(Exception, match="no secret of this account"):
        second_factor.unseal(context, "demo-clerk", sealed)
    await sign_in(client, "demo-clerk")
    await set_up_app(client, context)
    await sign_in(client, "demo-clerk")
    for foreign in (codes[2], code(app, context)):
        assert (await client.post(STEP, data={"code": foreign})).status_code == 401


@pytest.fixture
async def named(context: ServiceContext) -> AsyncIterator[tuple[ServiceContext, httpx2.AsyncClient]]:
    """The same deployment under a name: browsers make no passkeys for numbers."""
    folder = context.settings.data_dir
    other = service_context(folder, "trust_registry", migrate=False, base_url="http://localhost:8000")
    async with at(other) as client:
        yield other, client
    other.database.close()


def options(page: httpx2.Response) -> dict[str, Any]:
    return dict(json.loads(attribute(page, r'data-options="([^"]+)"')))


async def set_up_passkey(client: httpx2.AsyncClient) -> Authenticator:
    passkey = Authenticator("http://localhost:8000")
    page = await client.post("/account/second-factor/passkey", data={"present": PASSWORD})
    answer = {"passkey": passkey.create(options(page))}
    page = await client.post("/account/second-factor/passkey/answer", data=answer)
    assert "Recovery codes" in page.text
    return passkey


async def test_a_passkey_completes_the_sign_in(named: tuple[ServiceContext, httpx2.AsyncClient]) -> None:
    context, client = named
    await sign_in(client)
    passkey = await set_up_passkey(client)
    await sign_in(client)
    answer = passkey.get(options(await client.get(STEP)))
    assert (await client.post(STEP, data={"passkey": answer})).status_code == 303
    assert await principal_of(context, client.cookies[SESSION_COOKIE])
    await sign_in(client)
    await client.get(STEP)
    assert (await client.post(STEP, data={"passkey": answer})).status_code == 401, "an answer is good once"


async def test_a_passkey_answers_only_us_and_only_what_was_asked(
    named: tuple[ServiceContext, httpx2.AsyncClient],
) -> None:
    _, client = named
    await sign_in(client)
    passkey = await set_up_passkey(client)
    stranger = Authenticator("http://localhost:8000")
    stranger.credential_id = passkey.credential_id

    async def asked() -> dict[str, Any]:
        await sign_in(client)
        return options(await client.get(STEP))

    async def status(answer: str) -> int:
        return (await client.post(STEP, data={"passkey": answer})).status_code

    assert await status(stranger.get(await asked())) == 401
    phished = await asked()
    passkey.origin = "https://evil.example"
    assert await status(passkey.get(phished)) == 401
    passkey.origin = "http://localhost:8000"
    assert await status(passkey.get(await asked() | {"challenge": "AAAA"})) == 401
    first = await asked()
    await client.get(STEP)
    assert await status(passkey.get(first)) == 401, "a newer question closes the older"
    for nonsense in ("{}", "[]", "x", "null", '{"id": 1}', json.dumps({"response": {}}), "{" * 30_000):
        await asked()
        assert await status(nonsense) in (401, 429)


async def test_a_cloned_passkey_is_noticed(named: tuple[ServiceContext, httpx2.AsyncClient]) -> None:
    _, client = named
    await sign_in(client)
    passkey = await set_up_passkey(client)
    for count, expected in ((5, 303), (3, 401)):
        await sign_in(client)
        asked = options(await client.get(STEP))
        passkey.count = count - 1
        assert (await client.post(STEP, data={"passkey": passkey.get(asked)})).status_code == expected


async def test_no_passkey_is_offered_for_an_address_of_numbers(client: httpx2.AsyncClient) -> None:
    await sign_in(client)
    page = await client.get("/account/second-factor")
    assert "not a number" in page.text
    answer = await client.post("/account/second-factor/passkey", data={"present": PASSWORD})
    assert answer.status_code == 403


@pytest.fixture
async def production(context: ServiceContext) -> AsyncIterator[tuple[ServiceContext, httpx2.AsyncClient]]:
    """The same people in production, under its own secrets."""
    folder = context.settings.data_dir
    for file in (folder / "keys").iterdir():
        file.unlink()
    other = service_context(folder, "trust_registry", migrate=False, **PRODUCTION)
    # Their names were sealed under the demo's keys.
    create_people(other)
    async with at(other) as client:
        yield other, client
    other.database.close()


async def test_in_production_staff_set_up_a_second_step_before_any_act(
    production: tuple[ServiceContext, httpx2.AsyncClient],
) -> None:
    context, client = production
    response = await sign_in(client)
    assert response.headers["location"] == "/account/second-factor"
    assert await principal_of(context, client.cookies[SESSION_COOKIE]) is None
    for path in ("/trust/registrar", "/account"):
        assert (await client.get(path)).headers["location"].startswith("/sign-in"), path
    for path in ("/trust/registrar/accreditations", "/account/password"):
        answer = await client.post(path, data={"present": PASSWORD, "new": PASSWORD})
        assert answer.headers["location"].startswith("/sign-in"), path
    assert "needs a second step" in (await client.get("/account/second-factor")).text
    await set_up_app(client, context)
    assert (await client.get("/account")).status_code == 200


async def test_in_production_a_returnee_needs_none(
    production: tuple[ServiceContext, httpx2.AsyncClient],
) -> None:
    _, client = production
    assert (await sign_in(client, "demo-returnee")).headers["location"] == "/wallet"


async def test_a_half_sign_in_ends_by_itself(context: ServiceContext, client: httpx2.AsyncClient) -> None:
    await sign_in(client)
    app, _ = await set_up_app(client, context)
    await sign_in(client)
    clock_of(context).advance(sessions.UNFINISHED_LIFETIME)
    answer = await client.post(STEP, data={"code": code(app, context)})
    assert answer.headers["location"].startswith("/sign-in?")
