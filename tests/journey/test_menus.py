"""The menus for phones without a browser: Telegram, SMS, and the doors at which gateways bring them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from passport.demo_world.licences import ABROAD, EMPLOYER, EXPIRED, LICENSED, PUBLIC_BODY, SUSPENDED
from passport.demo_world.people import DemoPerson
from passport.simulators.messages import Sent
from passport.simulators.phone import PhoneSimulator
from runtime.menu_settings import MenuDoor, door_token
from runtime.settings import Settings
from tests.demo_copies import demo_client
from tests.journey.conftest import sign_in
from tests.journey.holders import (
    OTHER_PIN,
    PHONE,
    PIN,
    MovingClock,
    give_certificate,
    log_of,
    returnee,
    set_pin,
    wallet_of,
    with_phone_and_pin,
)
from tests.journey.test_corrections import HTML
from tests.journey.test_notices import app_of, simulator_of
from tests.qr_reading import qr_codes
from wallet_api.menus.routes import SECRET_HEADER

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

CHAT = "4711471147"
A_DAY = timedelta(hours=25)
MENU = "1 My card\n2 Who looked\n3 Stop sharing\n4 Check agency\n5 Help\n6 Language"
NOTHING = "Nothing opens here now. Try again in 15 minutes, or call 000 000 000."


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def client(
    tmp_path: Path, people: tuple[DemoPerson, ...], clock: MovingClock
) -> AsyncIterator[httpx2.AsyncClient]:
    async with demo_client(
        tmp_path / "data", people, clock=clock, default_cryptosuite="eddsa-jcs-2022"
    ) as running:
        yield running


def phone_of(client: httpx2.AsyncClient) -> PhoneSimulator:
    simulator = app_of(client).app_for("/").state.phone_simulator
    assert isinstance(simulator, PhoneSimulator)
    return simulator


async def say(client: httpx2.AsyncClient, door: MenuDoor, number: str, text: str) -> list[Sent]:
    """What came back for this message."""
    count = len(simulator_of(client).sent)
    answer = await phone_of(client).say(door, number, text)
    assert answer.is_success, answer.text
    return list(simulator_of(client).sent)[count:]


async def sms(client: httpx2.AsyncClient, text: str, number: str = PHONE) -> str:
    """The one SMS that answers this one."""
    (answer,) = await say(client, MenuDoor.SMS, number, text)
    assert (answer.channel, answer.to) == ("sms", number)
    return answer.text


async def chat(client: httpx2.AsyncClient, text: str, number: str = CHAT) -> str:
    """The last thing that the bot says to this."""
    return (await say(client, MenuDoor.TELEGRAM, number, text))[-1].text


async def confirm_chat(client: httpx2.AsyncClient, username: str, number: str = CHAT) -> None:
    await sign_in(client, username)
    body = {"channel": "telegram", "address": number}
    assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 303
    code = re.search(r"[0-9]{6}", simulator_of(client).sent[-1].text)
    assert code is not None
    right = await client.post("/wallet/contact/confirm", data={"code": code[0]}, headers=HTML)
    assert right.status_code == 303


def number_in(text: str) -> str:
    found = re.search(r"send ([0-9]{4})\.", text)
    assert found is not None, text
    return found[1]


async def test_the_bot_shows_a_certificate_as_a_picture_and_keeps_no_pin_in_the_chat(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], clock: MovingClock
) -> None:
    held = await give_certificate(client, returnee(people))
    await confirm_chat(client, "returnee-1")
    await set_pin(client)
    await chat(client, "6")
    assert await chat(client, "2") == MENU
    (start,) = await say(client, MenuDoor.TELEGRAM, CHAT, "/start")
    assert start.keys == tuple(MENU.split("\n"))
    assert await chat(client, start.keys[0]) == "Type your PIN (6 digits). 0: back"
    assert await chat(client, PIN) == NOTHING, "a chat opens nothing on the day it was set"
    clock.ahead += A_DAY
    await chat(client, "1")
    deleted = len(simulator_of(client).deleted)
    picture, text = await say(client, MenuDoor.TELEGRAM, CHAT, PIN)
    assert [chat for chat, _ in simulator_of(client).deleted][deleted:] == [CHAT]
    assert picture.picture is not None
    (code,) = qr_codes(Image.open(BytesIO(picture.picture)))
    assert code.text.startswith("http://127.0.0.1:8000/v/")
    assert (await client.get(code.text, headers=HTML)).status_code == 200
    assert picture.text in text.text
    assert text.text.startswith("Show this to the employer:\n")
    for name in (returnee(people).name_latin, returnee(people).rld_number, held["certificate_number"]):
        assert name not in text.text + picture.text
    await sign_in(client, "returnee-1")
    assert "menu" in await log_of(client)


async def test_a_pin_that_could_not_be_deleted_is_said_to_be(client: httpx2.AsyncClient) -> None:
    await chat(client, "6")
    await chat(client, "2")
    await chat(client, "1")
    bot = wallet_of(client).state.messengers["telegram"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(bot), "take_back", _fails)
        said = await chat(client, PIN)
    assert said == f"{NOTHING}\n\nDelete the message with your PIN from this chat."


async def _fails(bot: Any, address: str, message_id: int) -> None:
    await bot._call("noSuchMethod", {})


async def test_a_chat_that_is_no_longer_the_contact_opens_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], clock: MovingClock
) -> None:
    await give_certificate(client, returnee(people))
    await confirm_chat(client, "returnee-1")
    await set_pin(client)
    clock.ahead += A_DAY
    for answer, change in (("employer", "/wallet/contact/remove"), ("Nothing opens", None)):
        await chat(client, "6")
        await chat(client, "2")
        await chat(client, "1")
        assert answer in await chat(client, PIN)
        if change is not None:
            await sign_in(client, "returnee-1")
            assert (await client.post(change, data={"pin": PIN}, headers=HTML)).status_code == 303


async def test_by_sms_a_number_that_was_sent_opens_once_and_no_pin_is_asked_for(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], clock: MovingClock
) -> None:
    await give_certificate(client, returnee(people))
    await with_phone_and_pin(client)
    clock.ahead += A_DAY
    await sms(client, "6")
    assert await sms(client, "2") == MENU
    number = number_in(await sms(client, "1"))
    wrong = "0000" if number != "0000" else "0001"
    assert (await sms(client, wrong)).startswith("This is not the number")
    shown = await sms(client, number)
    assert re.fullmatch(r"Show this to the employer:\n[0-9A-Z-]{14}", shown)
    assert await sms(client, number) == MENU, "used up"
    assert "USSD" in await sms(client, "2")
    stopping = await sms(client, "3")
    assert stopping.startswith("Stop everything you share?")
    assert (await sms(client, number_in(stopping))).startswith("Stopped.")
    number = number_in(await sms(client, "1"))
    clock.ahead += timedelta(minutes=11)
    assert await sms(client, number) == MENU, "too late"


async def test_three_wrong_numbers_end_the_right_one(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], clock: MovingClock
) -> None:
    await give_certificate(client, returnee(people))
    await with_phone_and_pin(client)
    clock.ahead += A_DAY
    await sms(client, "6")
    await sms(client, "2")
    number = int(number_in(await sms(client, "1")))
    for step in (1, 2, 3):
        assert (await sms(client, f"{(number + step) % 10_000:04}")).startswith("This is not the number")
    assert (await sms(client, f"{number:04}")).startswith("This is not the number")


async def test_an_sms_alone_opens_nothing_of_a_family_and_reads_as_for_a_stranger(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], clock: MovingClock
) -> None:
    await give_certificate(client, returnee(people))
    await with_phone_and_pin(client)
    await with_phone_and_pin(client, "returnee-2", pin=OTHER_PIN)
    clock.ahead += A_DAY
    for number in (PHONE, "+85511111111"):
        await sms(client, "6", number)
        await sms(client, "2", number)
        assert await sms(client, number_in(await sms(client, "1", number)), number) == NOTHING


@pytest.mark.parametrize(
    "number", [LICENSED, SUSPENDED, EXPIRED, EMPLOYER, PUBLIC_BODY, ABROAD, "X-404", "?"]
)
async def test_the_menu_says_of_an_agency_what_its_page_says(client: httpx2.AsyncClient, number: str) -> None:
    page = (await client.get("/trust/agencies", params={"number": number}, headers=HTML)).text
    state = re.search(r'data-state="([a-z-]+)"', page)
    assert state is not None
    said = (await phone_of(client).say(MenuDoor.USSD, PHONE, f"6*2*4*{number.lower()}")).text
    expected = {
        "licensed": "END Licensed for ",
        "suspended": "END This licence is stopped",
        "expired": "END This licence is not good today",
        "unknown": "END Nobody has this licence number",
    }
    assert said.startswith(expected[state[1]])
    assert "o not pay" in said


async def test_what_a_gateway_brings_twice_is_answered_once(client: httpx2.AsyncClient) -> None:
    settings = app_of(client).app_for("/wallet").state.context.settings
    by_sms = {"from": PHONE, "text": "1", "id": "sms-1"}
    headers = {"Authorization": f"Bearer {door_token(settings, MenuDoor.SMS)}"}
    message = {"message_id": 1, "chat": {"id": int(CHAT), "type": "private"}, "text": "1"}
    by_bot = {"update_id": 1, "message": message}
    bot_headers = {SECRET_HEADER: str(door_token(settings, MenuDoor.TELEGRAM))}
    for path, body, shown in (("sms", by_sms, headers), ("telegram", by_bot, bot_headers)):
        count = len(simulator_of(client).sent)
        for _ in range(3):
            assert (await client.post(f"/wallet/menus/{path}", json=body, headers=shown)).is_success
        assert len(simulator_of(client).sent) == count + 1, path


@pytest.mark.parametrize("door", sorted(MenuDoor))
@pytest.mark.parametrize(
    "shown", ["", "x" * 64, "ខ្មែរ", None], ids=["empty", "wrong", "not-ascii", "other-doors"]
)
async def test_a_forged_token_is_refused_and_nothing_is_said(
    client: httpx2.AsyncClient, door: MenuDoor, shown: str | None
) -> None:
    settings = app_of(client).app_for("/wallet").state.context.settings
    if shown is None:
        other = next(one for one in MenuDoor if one is not door)
        shown = door_token(settings, other) or ""
    body: dict[str, Any] = {"from": PHONE, "text": "1", "id": "1"}
    if door is MenuDoor.USSD:
        body = {"from": PHONE, "text": "1", "session": "1"}
    if door is MenuDoor.TELEGRAM:
        body = {"update_id": 1}
    token = shown.encode()
    for headers in ({SECRET_HEADER.encode(): token}, {b"Authorization": b"Bearer " + token}):
        answer = await client.post(f"/wallet/menus/{door.value}", json=body, headers=headers)
        assert answer.status_code == 401
    assert not simulator_of(client).sent


HOSTILE = {
    "long": "1" * 4_000,
    "emoji": "😀" * 50,
    "controls": "1\t\r\n1",
    "right-to-left": "\u202e1",
    "arabic-digits": "١*٢",
    "surrogate-pairs": "𝟙",
    "stars": "*" * 4_000,
    "sql": "'; DROP TABLE menu_talk; --",
    "format": "%(hotline)s %s {0}",
    "coeng": "\u17d2" * 100,
    "nul": "\u0000",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_whatever_is_typed_is_answered_in_one_message(client: httpx2.AsyncClient, text: str) -> None:
    for door, number in ((MenuDoor.SMS, PHONE), (MenuDoor.TELEGRAM, CHAT), (MenuDoor.USSD, PHONE)):
        for typed in (text, f"4*{text}" if door is MenuDoor.USSD else text):
            answer = await phone_of(client).say(door, number, typed)
            assert answer.status_code < 500
            assert text not in answer.text or not text.strip()
    for one in simulator_of(client).sent:
        assert len(one.text) <= 160


@pytest.mark.parametrize(
    "changes",
    [{"from": "x"}, {"from": 12}, {"text": None}, {"text": "1" * 5_000}, {"more": 1}, {"session": ""}],
    ids=["no-phone", "number", "no-text", "too-long", "unknown-member", "no-session"],
)
async def test_a_bad_request_of_a_gateway_is_told_to_it(
    client: httpx2.AsyncClient, changes: dict[str, Any]
) -> None:
    settings = app_of(client).app_for("/wallet").state.context.settings
    headers = {"Authorization": f"Bearer {door_token(settings, MenuDoor.USSD)}"}
    body = {"from": PHONE, "text": "", "session": "s"} | changes
    assert (await client.post("/wallet/menus/ussd", json=body, headers=headers)).status_code == 400


async def test_whoever_cannot_be_answered_by_sms_is_not(client: httpx2.AsyncClient) -> None:
    assert await say(client, MenuDoor.SMS, "MINISTRY", "1") == []


async def test_help_in_a_chat_says_the_number_that_the_passport_asks_for(client: httpx2.AsyncClient) -> None:
    await chat(client, "6")
    await chat(client, "2")
    said = await chat(client, "5")
    assert "000 000 000" in said
    assert said.endswith(f"The number of this chat: {CHAT}")


async def test_the_menus_can_be_tried_by_hand_on_a_page_that_says_it_is_a_simulator(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/simulators/phone/")
    assert "SIMULATOR" in page.text
    assert page.headers["x-simulator"]
    dialled = {"door": "ussd", "number": "012 345 678", "text": "6", "entries": ""}
    for text, expected in (("6", "2 English"), ("2", "4 Check agency"), ("4", "licence number")):
        page = await client.post("/simulators/phone/", data=dialled | {"text": text})
        assert expected in page.text
        entries = re.search(r"name='entries' value='([^']*)'", page.text)
        assert entries is not None
        dialled["entries"] = entries[1]
    written = {"door": "sms", "number": "012 345 678", "text": "5", "entries": ""}
    page = await client.post("/simulators/phone/", data=written)
    assert "000 000 000" in page.text
    asked = {"door": "telegram", "number": "nobody", "text": "5", "entries": ""}
    assert "A number, please" in (await client.post("/simulators/phone/", data=asked)).text


def test_without_a_token_a_door_is_shut_in_production(tmp_path: Path) -> None:
    settings = Settings.model_construct(mode="production", data_dir=tmp_path)
    for door in MenuDoor:
        assert door_token(settings, door) is None
