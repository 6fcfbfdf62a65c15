"""A kiosk gives back a passport whose phone, PIN or papers others have; one officer alone changes nothing."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from passport.demo_world.people import DemoPerson
from runtime.auth import SESSION_COOKIE
from tests.demo_copies import demo_client
from tests.journey import holders
from tests.journey.conftest import sign_in
from tests.journey.holders import NEW_PIN, OTHER_PHONE, OTHER_PIN, PHONE, PIN, MovingClock, returnee
from tests.journey.test_corrections import HTML
from tests.journey.test_notices import simulator_of
from vc.errors import EvidenceUnavailable

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]
OFFICER, SECOND = "assisted-officer", "assisted-officer-2"


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


def wanted(person: DemoPerson, reason: str = "taken") -> dict[str, str]:
    year = str(person.birth_date.year)
    return {"rld_number": person.rld_number, "birth_year": year, "reason": reason}


async def find(client: httpx2.AsyncClient, person: DemoPerson, reason: str = "taken") -> str:
    """As an officer: the address of the help that was begun."""
    await sign_in(client, OFFICER)
    page = await client.post("/wallet/kiosk/find", data=wanted(person, reason), headers=HTML)
    assert page.status_code == 200, page.text
    assert person.name_latin in page.text
    address = re.search(r'action="(/wallet/kiosk/help/[0-9A-Z]+)/compare"', page.text)
    assert address is not None
    return address[1]


async def compare(client: httpx2.AsyncClient, address: str, second: str = "officer") -> httpx2.Response:
    form = {"compared": "paper", "second": second}
    return await client.post(f"{address}/compare", data=form, headers=HTML)


async def waiting_as(client: httpx2.AsyncClient, address: str) -> str:
    number = re.search(r"as number ([0-9]+)", (await client.get(address, headers=HTML)).text)
    assert number is not None
    return number[1]


async def confirm(client: httpx2.AsyncClient, number: str, rld_number: str, who: str) -> httpx2.Response:
    await sign_in(client, who)
    form = {"rld_number": rld_number, "met": "yes"}
    return await client.post(f"/wallet/kiosk/waiting/{number}", data=form, headers=HTML)


async def finish(client: httpx2.AsyncClient, address: str, **changed: str) -> httpx2.Response:
    form = {"new_pin": NEW_PIN, "again": NEW_PIN, "phone": "none"} | changed
    return await client.post(f"{address}/finish", data=form, headers=HTML)


async def recovered(client: httpx2.AsyncClient, person: DemoPerson, **changed: str) -> str:
    """All of it, with two officers; the first one stays signed in."""
    address = await find(client, person)
    assert (await compare(client, address)).status_code == 303
    number = await waiting_as(client, address)
    assert (await confirm(client, number, person.rld_number, SECOND)).status_code == 303
    await sign_in(client, OFFICER)
    done = await finish(client, address, **changed)
    assert done.status_code == 303, done.text
    return address


async def test_two_officers_give_back_what_was_taken_and_end_what_others_hold(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    person = returnee(people)
    await holders.with_phone_and_pin(client)
    clock.ahead = timedelta(hours=25)
    await holders.sign_in_by_phone(client)
    thief, told = client.cookies[SESSION_COOKIE], holders.news_to(client, PHONE)
    ended: list[str] = []

    async def hook(rld_number: str) -> None:
        ended.append(rld_number)

    holders.wallet_of(client).state.on_recovery.append(hook)
    address = await recovered(client, person, phone="new", new_phone=OTHER_PHONE)
    assert ended == [person.rld_number]
    assert holders.news_to(client, PHONE) == told + 2, "that they were looked up, and that it was done"
    assert len([one for one in simulator_of(client).sent if one.to == OTHER_PHONE]) == 1
    code = {"code": holders.code_sent(client, OTHER_PHONE)}
    assert f"{address}/phone" in (await client.get(address, headers=HTML)).text
    assert (await client.post(f"{address}/phone", data=code, headers=HTML)).status_code == 303
    assert f"{address}/phone" not in (await client.get(address, headers=HTML)).text
    page = (await client.get(address, headers=HTML)).text
    assert "Everybody who was signed in is signed out." in page
    assert "The old cards are ended." in page
    client.cookies.clear()
    stolen = {"Cookie": f"{SESSION_COOKIE}={thief}"}
    assert (await client.get("/wallet", headers=HTML | stolen)).status_code == 303
    clock.ahead += timedelta(minutes=2)
    sent = len(simulator_of(client).sent)
    await holders.ask_code(client, PHONE)
    assert len(simulator_of(client).sent) == sent, "the phone of before opens nothing"
    await holders.sign_in_by_phone(client, NEW_PIN, OTHER_PHONE)
    assert {"found", "recovered"} <= set(await holders.log_of(client))


async def test_one_officer_alone_changes_nothing(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    person = returnee(people)
    address = await find(client, person)
    assert (await finish(client, address)).status_code == 400, "nobody compared"
    assert (await compare(client, address)).status_code == 303
    number = await waiting_as(client, address)
    assert (await finish(client, address)).status_code == 400, "nobody else agreed"
    assert (await confirm(client, number, person.rld_number, OFFICER)).status_code == 400, "not the same one"
    assert (await confirm(client, number, returnee(people, 2).rld_number, SECOND)).status_code == 400
    await sign_in(client, SECOND)
    assert (await client.get(address, headers=HTML)).status_code == 404, "another officer's"
    await sign_in(client, OFFICER)
    assert (await finish(client, address)).status_code == 400
    assert not await holders.wallet_of(client).state.pins.has_pin(person.rld_number)


async def test_a_code_to_the_phone_is_the_second_confirmation_and_alone_is_none(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    person = returnee(people)
    await holders.with_phone_and_pin(client)
    address = await find(client, person, "forgotten")
    assert 'value="code"' not in (await client.get(address, headers=HTML)).text
    assert (await compare(client, address, "code")).status_code == 400, "a phone of today confirms nobody"
    clock.ahead = timedelta(hours=25)
    address = await find(client, person, "forgotten")
    assert (await finish(client, address)).status_code == 400
    assert (await compare(client, address, "code")).status_code == 303
    right = holders.code_sent(client)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(4):
        assert (await client.post(f"{address}/code", data={"code": wrong}, headers=HTML)).status_code == 400
    assert (await finish(client, address)).status_code == 400
    assert (await client.post(f"{address}/code", data={"code": right}, headers=HTML)).status_code == 303
    assert (await finish(client, address, phone="keep")).status_code == 303
    assert (await finish(client, address, phone="keep")).status_code == 400, "once"
    clock.ahead += timedelta(minutes=2)
    await holders.sign_in_by_phone(client, NEW_PIN)


async def test_five_wrong_codes_at_a_kiosk_end_the_code(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = timedelta(hours=25)
    address = await find(client, returnee(people), "forgotten")
    await compare(client, address, "code")
    right = holders.code_sent(client)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for code in (*[wrong] * 5, right):
        assert (await client.post(f"{address}/code", data={"code": code}, headers=HTML)).status_code == 400
    assert (await finish(client, address)).status_code == 400


async def test_who_is_looked_for_with_another_birth_year_is_not_found_and_the_search_is_logged(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, OFFICER)
    person = returnee(people)
    wrong = wanted(person) | {"birth_year": str(person.birth_date.year + 1)}
    nobody = wanted(person) | {"rld_number": "RLD-DEMO-999999"}
    answers = [await client.post("/wallet/kiosk/find", data=form, headers=HTML) for form in (wrong, nobody)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].text == answers[1].text
    assert person.name_latin not in answers[0].text
    for other in ("operator", "clerk-trei-chhlonh", "returnee-1", "protection-officer"):
        await sign_in(client, other)
        refused = await client.post("/wallet/kiosk/find", data=wanted(person), headers=HTML)
        assert refused.status_code == 403, other


async def test_the_code_of_a_certificate_finds_its_holder(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    person = returnee(people)
    made = await holders.give_certificate(client, person)
    (held,) = await holders.wallet_of(client).state.wallet.all_held(person.rld_number)
    await sign_in(client, OFFICER)
    for printed in (held.delivery.typed_code, made["verify_url"]):
        form = {"printed": printed, "reason": "lost"}
        page = await client.post("/wallet/kiosk/find", data=form, headers=HTML)
        assert (page.status_code, person.name_latin in page.text) == (200, True)
    nobody = {"printed": "AAAA-AAAA-AAAA", "reason": "lost"}
    assert (await client.post("/wallet/kiosk/find", data=nobody, headers=HTML)).status_code == 400


async def test_what_could_not_be_ended_is_tried_again_until_it_is(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    fails = True

    async def hook(rld_number: str) -> None:
        if fails:
            raise EvidenceUnavailable("Not now.")

    holders.wallet_of(client).state.on_recovery.append(hook)
    address = await recovered(client, returnee(people))
    assert "Shares could not be ended yet" in (await client.get(address, headers=HTML)).text
    fails = False
    ends = holders.wallet_of(client).state.recovery_ends
    await ends.do_due()
    assert "Shares could not be ended yet" in (await client.get(address, headers=HTML)).text, "not due yet"
    clock.ahead = timedelta(minutes=2)
    await ends.do_due()
    page = (await client.get(address, headers=HTML)).text
    assert "Everything that was shared is ended." in page


async def test_a_lock_ends_at_a_kiosk(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    await holders.with_phone_and_pin(client)
    clock.ahead = timedelta(hours=25)
    token = await holders.come_to_pin(client)
    for _ in range(5):
        await holders.try_pin(client, token, OTHER_PIN)
    assert (await holders.try_pin(client, token, PIN)).status_code == 429
    await recovered(client, returnee(people))
    await holders.wallet_of(client).state.pins.unlock(returnee(people).rld_number, NEW_PIN)


async def test_a_holder_uses_a_kiosk_and_nothing_stays_in_the_browser(
    client: httpx2.AsyncClient, clock: MovingClock, people: tuple[DemoPerson, ...]
) -> None:
    await sign_in(client, "returnee-1")
    await holders.set_pin(client)
    await sign_in(client, OFFICER)
    officer = client.cookies[SESSION_COOKIE]
    form = {"whose": returnee(people).rld_number, "pin": OTHER_PIN}
    assert (await client.post("/wallet/kiosk/holder", data=form, headers=HTML)).status_code == 400
    opened = await client.post("/wallet/kiosk/holder", data=form | {"pin": PIN}, headers=HTML)
    assert opened.status_code == 303
    page = await client.get("/wallet", headers=HTML)
    assert ("/wallet/kiosk/end" in page.text, page.headers["cache-control"]) == (True, "no-store")
    holder = client.cookies[SESSION_COOKIE]
    ended = await client.post("/wallet/kiosk/end", headers=HTML)
    assert ended.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert SESSION_COOKIE not in client.cookies
    for token in (officer, holder):
        cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
        for door in ("/wallet", "/wallet/kiosk"):
            assert (await client.get(door, headers=HTML | cookie)).status_code == 303
    await sign_in(client, OFFICER)
    await client.post("/wallet/kiosk/holder", data=form | {"pin": PIN}, headers=HTML)
    clock.ahead = timedelta(minutes=11)
    assert (await client.get("/wallet", headers=HTML)).status_code == 303, "ten minutes"


async def test_staff_who_ask_for_a_certificate_are_refused_and_the_holder_reads_it(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    """Row 35: 403 for the operator, and the log shows the try."""
    credential_id = (await holders.give_certificate(client, returnee(people)))["credential_id"]
    staff = ("operator", "assisted-officer", "fraud-officer-1")
    for who in staff:
        await sign_in(client, who)
        for path in ("", "/qr", "/file"):
            address = f"/wallet/credentials/{credential_id}{path}"
            assert (await client.get(address, headers=HTML)).status_code == 403, (who, path)
    await sign_in(client, "returnee-1")
    assert await holders.log_of(client) == ["tried"] * 9
    page = (await client.get("/wallet/log", headers=HTML)).text
    assert "Operator" in page
    await sign_in(client, "returnee-2")
    assert (await client.get(f"/wallet/credentials/{credential_id}", headers=HTML)).status_code == 404
    assert await holders.log_of(client) == []
