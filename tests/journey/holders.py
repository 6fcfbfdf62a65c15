"""Holders with phones and PINs in a running demo world, over HTTP as their phones do it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx2
from fastapi import FastAPI

from passport.demo_world.people import DemoPerson
from passport.demo_world.world import returnees_who_sign_in
from tests.journey.conftest import sign_in
from tests.journey.test_corrections import HTML, issued, of_person
from tests.journey.test_notices import app_of, confirm_phone, simulator_of
from wallet_api.messages import NEWS

PIN, OTHER_PIN, DURESS, NEW_PIN = "481536", "731904", "620417", "593718"
PHONE, OTHER_PHONE = "+85512345678", "+85599887766"


@dataclass(slots=True)
class MovingClock:
    """The machine's time, and as much later as a test wants."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251 - a clock of its own


def wallet_of(client: httpx2.AsyncClient) -> FastAPI:
    app = app_of(client).app_for("/wallet")
    assert isinstance(app, FastAPI)
    return app


def returnee(people: tuple[DemoPerson, ...], number: int = 1) -> DemoPerson:
    return returnees_who_sign_in(people)[number - 1]


async def give_certificate(client: httpx2.AsyncClient, person: DemoPerson, **changed: str) -> dict[str, Any]:
    """One more certificate of somebody, in their wallet."""
    made = await issued(client, **of_person(person), **changed)
    with anyio.fail_after(30):
        while not await has_in_wallet(client, person, made["credential_id"]):
            await anyio.sleep(0.1)
    return made


async def has_in_wallet(client: httpx2.AsyncClient, person: DemoPerson, credential_id: str) -> bool:
    held = await wallet_of(client).state.wallet.all_held(person.rld_number)
    return credential_id in {one.id for one in held}


async def set_pin(client: httpx2.AsyncClient, pin: str = PIN) -> None:
    """As the holder who is signed in."""
    done = await client.post("/wallet/pin", data={"new_pin": pin, "again": pin}, headers=HTML)
    assert done.status_code == 303, done.text


async def with_phone_and_pin(
    client: httpx2.AsyncClient, username: str = "returnee-1", *, phone: str = PHONE, pin: str = PIN
) -> None:
    """A holder who confirmed a phone, and then set a PIN; the phone opens the passport tomorrow."""
    await sign_in(client, username)
    await confirm_phone(client, phone)
    await set_pin(client, pin)


async def ask_code(client: httpx2.AsyncClient, phone: str = PHONE) -> httpx2.Response:
    """As a phone that nobody is signed in with."""
    client.cookies.clear()
    return await client.post("/wallet/sign-in", data={"number": phone}, headers=HTML)


def code_sent(client: httpx2.AsyncClient, phone: str = PHONE) -> str:
    """The last code that came to a phone."""
    texts = [one.text for one in simulator_of(client).sent if one.to == phone and one.text != NEWS]
    found = re.search(r"[0-9]{6}", texts[-1])
    assert found is not None
    return found[0]


async def try_code(client: httpx2.AsyncClient, code: str, phone: str = PHONE) -> httpx2.Response:
    return await client.post("/wallet/sign-in/code", data={"number": phone, "code": code}, headers=HTML)


async def come_to_pin(client: httpx2.AsyncClient, phone: str = PHONE) -> str:
    """Up to the PIN: what the page hands on with it."""
    assert (await ask_code(client, phone)).status_code == 200
    page = await try_code(client, code_sent(client, phone), phone)
    assert page.status_code == 200, page.text
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None, page.text
    return token[1]


async def try_pin(client: httpx2.AsyncClient, token: str, pin: str) -> httpx2.Response:
    return await client.post("/wallet/sign-in/pin", data={"token": token, "pin": pin}, headers=HTML)


async def sign_in_by_phone(client: httpx2.AsyncClient, pin: str = PIN, phone: str = PHONE) -> httpx2.Response:
    """All three steps; the session stays in the client."""
    answer = await try_pin(client, await come_to_pin(client, phone), pin)
    assert answer.status_code == 303, answer.text
    return answer


def news_to(client: httpx2.AsyncClient, phone: str) -> int:
    """How often a phone was told that there is news."""
    return sum(one.to == phone and one.text == NEWS for one in simulator_of(client).sent)


async def log_of(client: httpx2.AsyncClient) -> list[str]:
    """The kinds of look in the log of the holder who is signed in, newest first."""
    page = await client.get("/wallet/log", headers=HTML)
    assert page.status_code == 200, page.text
    return re.findall(r'data-kind="([a-z-]+)"', page.text)


async def sign_in_by_phone_again(client: httpx2.AsyncClient, clock: MovingClock) -> None:
    """As ``sign_in_by_phone``, once the minute between two codes is over."""
    clock.ahead += timedelta(minutes=2)
    await sign_in_by_phone(client)
