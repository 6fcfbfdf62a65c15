"""A holder who is forced uses the second PIN: all looks the same, less is shown, and somebody is told."""

import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from passport.demo_world.people import DemoPerson
from tests.demo_copies import demo_client
from tests.journey import holders
from tests.journey.conftest import sign_in
from tests.journey.holders import DURESS, OTHER_PIN, PIN, MovingClock, returnee
from tests.journey.test_corrections import HTML
from trust_registry import holder_views
from wallet_api import visible

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
RESPONDER = "The demo's protection desk"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def client(
    tmp_path: Path, people: tuple[DemoPerson, ...], clock: MovingClock
) -> AsyncIterator[httpx2.AsyncClient]:
    settings: dict[str, Any] = {
        "default_cryptosuite": "eddsa-jcs-2022",
        "duress_responder": RESPONDER,
    }
    async with demo_client(tmp_path / "data", people, clock=clock, **settings) as running:
        running.headers["Accept-Language"] = "en"
        yield running


async def with_second_pin(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...], *, chooses: bool = False
) -> tuple[str, str]:
    """A holder of two certificates with both PINs; the ids of the older and of the newer one."""
    older = (await holders.give_certificate(client, returnee(people)))["credential_id"]
    clock.ahead += timedelta(minutes=1)
    later = {"start_date": "2026-06-01", "end_date": "2026-06-26"}
    newer = (await holders.give_certificate(client, returnee(people), **later))["credential_id"]
    await holders.with_phone_and_pin(client)
    form: dict[str, Any] = {"pin": PIN, "new_pin": DURESS, "again": DURESS}
    if chooses:
        form["chosen"] = [older]
    assert (await client.post("/wallet/pin/second", data=form, headers=HTML)).status_code == 303
    clock.ahead += timedelta(hours=25)
    return older, newer


async def seen(client: httpx2.AsyncClient) -> set[str]:
    page = (await client.get("/wallet", headers=HTML)).text
    return set(re.findall(r"/wallet/credentials/(urn:uuid:[0-9a-f-]+)", page))


async def test_the_second_pin_shows_the_newest_certificate_and_an_event_is_queued(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    """Row 33: 200, a limited set, and an event."""
    older, newer = await with_second_pin(client, clock, people)
    await holders.sign_in_by_phone(client, DURESS)
    assert await seen(client) == {newer}
    for path in ("", "/qr", "/file"):
        assert (await client.get(f"/wallet/credentials/{newer}{path}", headers=HTML)).status_code == 200
        beyond = await client.get(f"/wallet/credentials/{older}{path}", headers=HTML)
        nowhere = await client.get(f"/wallet/credentials/{older[:-1]}x{path}", headers=HTML)
        assert (beyond.status_code, nowhere.status_code) == (404, 404)
        assert RESPONDER not in beyond.text
    await sign_in(client, "protection-officer")
    assert "/wallet/protection" in (await client.get("/issuer/protection", headers=HTML)).text
    queue = (await client.get("/wallet/protection", headers=HTML)).text
    assert returnee(people).rld_number in queue
    event = re.search(r"/wallet/protection/([0-9A-Z]+)/seen", queue)
    assert event is not None
    assert (await client.post(f"/wallet/protection/{event[1]}/seen", headers=HTML)).status_code == 303
    assert "protection-officer" in (await client.get("/wallet/protection", headers=HTML)).text
    assert (await client.post(f"/wallet/protection/{event[1]}/seen", headers=HTML)).status_code == 404
    for other in ("operator", "assisted-officer", "fraud-officer-1", "registrar"):
        await sign_in(client, other)
        assert (await client.get("/wallet/protection", headers=HTML)).status_code == 403, other


async def test_the_holder_chooses_what_the_second_pin_shows(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    older, newer = await with_second_pin(client, clock, people, chooses=True)
    await holders.sign_in_by_phone(client, DURESS)
    assert await seen(client) == {older}
    clock.ahead += timedelta(minutes=2)
    await holders.sign_in_by_phone(client, PIN)
    assert await seen(client) == {older, newer}


async def test_both_pins_look_the_same_from_outside(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...], tmp_path: Path
) -> None:
    await with_second_pin(client, clock, people)
    pages: dict[str, list[Any]] = {}
    for pin in (PIN, DURESS):
        answer = await holders.sign_in_by_phone(client, pin)
        pages[pin] = [outside(answer)]
        for path in ("/wallet", "/wallet/contact", "/wallet/pin", "/account"):
            page = await client.get(path, headers=HTML)
            pages[pin].append((outside(page), forms_in(page.text)))
        clock.ahead += timedelta(minutes=2)
    assert pages[PIN] == pages[DURESS]
    assert entries_of_opening(tmp_path)[0] == entries_of_opening(tmp_path)[1]
    limited = {len(view) for view in views(tmp_path)}
    assert len(limited) == 1, "sessions do not tell which of them show less"


async def test_with_the_second_pin_nobody_takes_the_passport_from_its_holder(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    """Whoever forced the second PIN out of somebody changes only that one, and is not told."""
    await with_second_pin(client, clock, people)
    await holders.sign_in_by_phone(client, DURESS)
    form = {"pin": DURESS, "new_pin": OTHER_PIN, "again": OTHER_PIN}
    assert (await client.post("/wallet/pin", data=form, headers=HTML)).status_code == 303
    second = {"pin": OTHER_PIN, "new_pin": "860291", "again": "860291"}
    assert (await client.post("/wallet/pin/second", data=second, headers=HTML)).status_code == 303
    assert (
        await client.post("/wallet/pin/second/end", data={"pin": OTHER_PIN}, headers=HTML)
    ).status_code == 303
    clock.ahead += timedelta(minutes=2)
    await holders.sign_in_by_phone(client, PIN)
    assert len(await seen(client)) == 2
    clock.ahead += timedelta(minutes=2)
    await holders.sign_in_by_phone(client, OTHER_PIN)
    assert len(await seen(client)) == 1


async def test_where_nobody_would_look_into_it_there_is_no_second_pin(
    people: tuple[DemoPerson, ...], tmp_path: Path
) -> None:
    async with demo_client(tmp_path / "none", people, default_cryptosuite="eddsa-jcs-2022") as client:
        client.headers["Accept-Language"] = "en"
        await sign_in(client, "returnee-1")
        await holders.set_pin(client)
        assert "/wallet/pin/second" not in (await client.get("/wallet/pin", headers=HTML)).text
        form = {"pin": PIN, "new_pin": DURESS, "again": DURESS}
        assert (await client.post("/wallet/pin/second", data=form, headers=HTML)).status_code == 409


def outside(answer: httpx2.Response) -> list[tuple[str, int | str]]:
    """Status and headers, each with its value or, where that differs each time, its length."""
    lengths = {"set-cookie", "location"}
    left_out = {"x-request-id", "date", "content-length"}
    return [("status", answer.status_code)] + [
        (name, len(value) if name in lengths else value)
        for name, value in answer.headers.items()
        if name not in left_out
    ]


def forms_in(page: str) -> list[str]:
    """Every form, field and notice of a page in order, without what each certificate adds."""
    found = re.findall(r"<(?:form|input|button|nav|details|summary)[^>]*>", page)
    return [one for one in found if 'name="chosen"' not in one and "urn:uuid" not in one]


def entries_of_opening(tmp_path: Path) -> list[tuple[Any, ...]]:
    """What the audit log says of each right PIN, but for number, time and hashes."""
    with sqlite3.connect(tmp_path / "data" / "wallet_api.sqlite3") as database:
        facts = "actor, act, object, reason, approver, rows_root"
        query = f"SELECT {facts} FROM audit_entry WHERE act = ? ORDER BY seq"
        return database.execute(query, ["pin.open"]).fetchall()[-2:]


def views(tmp_path: Path) -> list[bytes]:
    with sqlite3.connect(tmp_path / "data" / "trust_registry.sqlite3") as database:
        query = "SELECT view FROM session WHERE view IS NOT NULL"
        return [row[0] for row in database.execute(query)]


def test_wallet_and_registry_call_a_limited_view_the_same() -> None:
    assert (visible.LIMITED, visible.KIOSK) == (holder_views.LIMITED, holder_views.KIOSK)
