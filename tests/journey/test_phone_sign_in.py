"""A holder signs in with a phone and a PIN; a code alone opens and changes nothing."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, func, select

from passport.demo_world.people import DemoPerson
from runtime.auth import SESSION_COOKIE
from runtime.person_requests import PersonRequest
from tests.demo_copies import demo_client
from tests.journey import holders
from tests.journey.conftest import sign_in
from tests.journey.holders import OTHER_PHONE, OTHER_PIN, PHONE, PIN, MovingClock, returnee
from tests.journey.test_corrections import HTML
from tests.journey.test_notices import confirm_phone, simulator_of
from wallet_api.everything import everything_of
from wallet_api.messages import NEWS, Channel
from wallet_api.pin_tables import phone_code
from wallet_api.retention import sweep

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
DAY = timedelta(hours=25)


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
        running.headers["Accept-Language"] = "en"
        yield running


async def test_phone_code_and_pin_open_the_passport(client: httpx2.AsyncClient, clock: MovingClock) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = DAY
    assert (await client.get("/sign-in", headers=HTML)).text.count("/wallet/sign-in") == 1
    answer = await holders.sign_in_by_phone(client)
    assert answer.headers["location"] == "/wallet"
    assert (await client.get("/wallet", headers=HTML)).status_code == 200
    assert sorted(await holders.log_of(client)) == ["phone-set", "pin-set", "signed-in"]
    assert (await client.post("/account/sign-out-everywhere", headers=HTML)).status_code == 303
    assert (await client.get("/wallet", headers=HTML)).status_code == 303, "its session ends like any other"


async def test_who_has_no_account_signs_in_all_the_same(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    """At a kiosk somebody gets phone and PIN who never had a name for signing in; here, by the service."""
    person = people[40]
    app = holders.wallet_of(client).state
    pin = await app.pins.prepare(person.rld_number, PIN, birth_date=None)
    await app.context.database.write(app.pins.write_anew, pin)
    await app.contacts.add(person.rld_number, Channel.SMS, PHONE)
    code = holders.code_sent(client)
    assert await app.contacts.confirm(person.rld_number, code, at_kiosk=True)
    await holders.sign_in_by_phone(client)
    assert (await client.get("/wallet", headers=HTML)).status_code == 200
    assert (await client.get("/account", headers=HTML)).status_code == 200


async def test_an_unknown_number_gets_the_same_answer_and_no_message(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = DAY
    sent = len(simulator_of(client).sent)
    known, unknown = await holders.ask_code(client), await holders.ask_code(client, OTHER_PHONE)
    assert len(simulator_of(client).sent) == sent + 1
    assert unknown.text.replace(OTHER_PHONE, PHONE) == known.text
    assert shape(unknown) == shape(known)
    for number in (PHONE, OTHER_PHONE):
        assert (
            await client.post("/wallet/sign-in", data={"number": number}, headers=HTML)
        ).status_code == 429


async def test_the_sixth_wrong_code_is_not_looked_at_and_other_numbers_are_unaffected(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    await holders.with_phone_and_pin(client)
    await holders.with_phone_and_pin(client, "returnee-2", phone=OTHER_PHONE, pin=OTHER_PIN)
    clock.ahead = DAY
    await holders.ask_code(client)
    right = holders.code_sent(client)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await holders.try_code(client, wrong)).status_code == 400
    assert (await holders.try_code(client, right)).status_code == 400, "dead, also for the right one"
    clock.ahead += timedelta(minutes=2)
    assert (await holders.ask_code(client)).status_code == 429, "no other code for a quarter of an hour"
    await holders.sign_in_by_phone(client, OTHER_PIN, OTHER_PHONE)
    clock.ahead += timedelta(minutes=15)
    await holders.sign_in_by_phone(client)


async def test_a_code_is_good_for_ten_minutes_and_once(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = DAY
    await holders.ask_code(client)
    code = holders.code_sent(client)
    clock.ahead += timedelta(minutes=11)
    assert (await holders.try_code(client, code)).status_code == 400
    clock.ahead += timedelta(minutes=5)
    token = await holders.come_to_pin(client)
    assert (await holders.try_code(client, holders.code_sent(client))).status_code == 400, "used up"
    assert (await holders.try_pin(client, token, PIN)).status_code == 303
    assert (await holders.try_pin(client, token, PIN)).status_code == 400, "one sign-in for each code"


async def test_five_wrong_pins_lock_it_and_the_holder_is_told_nothing_more_than_that_there_is_news(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = DAY
    told = holders.news_to(client, PHONE)
    token = await holders.come_to_pin(client)
    for _ in range(5):
        assert (await holders.try_pin(client, token, OTHER_PIN)).status_code == 400
    refused = await holders.try_pin(client, token, PIN)
    assert (refused.status_code, holders.news_to(client, PHONE)) == (429, told + 1)
    clock.ahead += timedelta(minutes=16)
    await holders.sign_in_by_phone(client)
    assert (await holders.log_of(client))[:2] == ["signed-in", "locked"]


async def test_of_a_family_with_one_phone_each_has_a_pin_and_no_name_is_shown(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    pins = {"returnee-1": PIN, "returnee-2": OTHER_PIN}
    for username, pin in pins.items():
        await holders.with_phone_and_pin(client, username, pin=pin)
    clock.ahead = DAY
    for number, pin in enumerate(pins.values(), start=1):
        await holders.sign_in_by_phone(client, pin)
        page = (await client.get("/account", headers=HTML)).text
        assert returnee(people, number).name_latin in page
        assert returnee(people, 3 - number).name_latin not in page
        clock.ahead += timedelta(minutes=2)


async def test_one_who_is_locked_does_not_lock_the_other_and_a_right_pin_counts_against_nobody(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    for username, pin in {"returnee-1": PIN, "returnee-2": OTHER_PIN}.items():
        await holders.with_phone_and_pin(client, username, pin=pin)
    clock.ahead = DAY
    for _ in range(6):
        await holders.sign_in_by_phone(client, PIN)
        clock.ahead += timedelta(minutes=2)
    await holders.sign_in_by_phone(client, OTHER_PIN)


async def test_two_with_one_phone_cannot_have_one_pin_and_are_not_told_whose_it_is(
    client: httpx2.AsyncClient,
) -> None:
    await holders.with_phone_and_pin(client)
    await sign_in(client, "returnee-2")
    await confirm_phone(client, PHONE)
    same = await client.post("/wallet/pin", data={"new_pin": PIN, "again": PIN}, headers=HTML)
    easy = await client.post("/wallet/pin", data={"new_pin": "123456", "again": "123456"}, headers=HTML)
    assert same.status_code == easy.status_code == 400
    assert same.text == easy.text


@pytest.mark.parametrize(
    "pin", ["000000", "123456", "987654", "121212", "345345", "12345", "abcdef", "birth"]
)
async def test_a_pin_that_is_easy_to_guess_is_refused(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], pin: str
) -> None:
    if pin == "birth":
        await holders.give_certificate(client, returnee(people))
        pin = returnee(people).birth_date.strftime("%d%m%y")
    await sign_in(client, "returnee-1")
    refused = await client.post("/wallet/pin", data={"new_pin": pin, "again": pin}, headers=HTML)
    assert (refused.status_code, pin in refused.text) == (400, False)


async def test_after_a_sim_swap_a_code_alone_changes_neither_phone_nor_pin(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    """Row 36: whoever has the number gets its codes, and that is all."""
    await holders.with_phone_and_pin(client)
    clock.ahead = DAY
    token = await holders.come_to_pin(client)
    assert SESSION_COOKIE not in client.cookies, "a code alone opens no session"
    for path in ("/wallet/pin", "/wallet/contact", "/wallet/pin/second"):
        refused = await client.post(path, data={"token": token, "new_pin": OTHER_PIN}, headers=HTML)
        assert refused.headers["location"].startswith("/sign-in"), path
    # Nor does a session alone: the phone that lies unlocked on the table.
    await holders.sign_in_by_phone_again(client, clock)
    body = {"channel": "sms", "address": OTHER_PHONE}
    assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 400
    assert (await client.post("/wallet/contact/remove", headers=HTML)).status_code == 400
    form = {"new_pin": OTHER_PIN, "again": OTHER_PIN}
    assert (await client.post("/wallet/pin", data=form, headers=HTML)).status_code == 400
    assert not [one for one in simulator_of(client).sent if one.to == OTHER_PHONE]


async def test_the_old_number_is_told_and_the_new_one_opens_nothing_for_a_day(
    client: httpx2.AsyncClient, clock: MovingClock
) -> None:
    await holders.with_phone_and_pin(client)
    told = holders.news_to(client, PHONE)
    body = {"channel": "sms", "address": OTHER_PHONE, "pin": PIN}
    assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 303
    assert holders.news_to(client, PHONE) == told + 1
    code = {"code": holders.code_sent(client, OTHER_PHONE)}
    assert (await client.post("/wallet/contact/confirm", data=code, headers=HTML)).status_code == 303
    sent = len(simulator_of(client).sent)
    clock.ahead = timedelta(hours=23)
    assert (await holders.ask_code(client, OTHER_PHONE)).status_code == 200
    assert len(simulator_of(client).sent) == sent, "no code goes there yet"
    clock.ahead = DAY
    await holders.sign_in_by_phone(client, phone=OTHER_PHONE)


async def test_what_is_kept_of_a_holder_goes_out_with_them_and_is_destroyed_with_them(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await holders.with_phone_and_pin(client)
    state = holders.wallet_of(client).state
    number = returnee(people).rld_number
    held = await everything_of(holders.wallet_of(client), number, ())
    assert held["phone"] == PHONE
    assert held["has_pin"] is True
    assert {one["what"] for one in held["looked"]} == {"pin-set", "phone-set"}
    request = PersonRequest(rld_number=number, actor="one", reason="Asked.", approver="two")
    assert await state.wallet.erase(request)
    held = await everything_of(holders.wallet_of(client), number, ())
    assert (held["phone"], held["has_pin"], held["looked"]) == (None, False, [])


async def test_codes_are_kept_no_longer_than_a_day(client: httpx2.AsyncClient, clock: MovingClock) -> None:
    await holders.ask_code(client, OTHER_PHONE)
    context = holders.wallet_of(client).state.context
    await sweep(context)
    assert await context.database.read(_count_codes) == 1
    clock.ahead = DAY
    await sweep(context)
    assert await context.database.read(_count_codes) == 0


def _count_codes(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(phone_code)) or 0


def shape(answer: httpx2.Response) -> list[tuple[str, int]]:
    """What an answer looks like from outside: the names of its headers, and how long their values are."""
    varying = {"x-request-id", "content-length", "date"}
    return [(name, len(value)) for name, value in answer.headers.items() if name not in varying]


def test_no_message_says_more_than_that_there_is_news() -> None:
    assert not re.search(r"[0-9A-Za-z]", NEWS)
