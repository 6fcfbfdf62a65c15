"""Whoever holds a certificate is told that there is news: by the phone they confirmed, else on paper."""

import re
from datetime import timedelta
from typing import Any

import anyio
import httpx2
import pypdfium2
import pytest

from passport.demo_world.people import DemoPerson
from passport.simulators.messages import MessageSimulator
from tests.journey.conftest import revoke, sign_in
from tests.journey.test_appeals import held, holder
from tests.journey.test_corrections import CLERK, HTML
from tests.journey.test_first_journey import desk_of
from wallet_api.messages import NEWS
from wallet_api.notices import Notices

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]


def app_of(client: httpx2.AsyncClient) -> Any:
    transport = client._transport
    assert isinstance(transport, httpx2.ASGITransport)
    return transport.app


def simulator_of(client: httpx2.AsyncClient) -> MessageSimulator:
    simulator = app_of(client).app_for("/").state.message_simulator
    assert isinstance(simulator, MessageSimulator)
    return simulator


def notices_of(client: httpx2.AsyncClient) -> Notices:
    notices = app_of(client).app_for("/wallet").state.notices
    assert isinstance(notices, Notices)
    return notices


async def tell(client: httpx2.AsyncClient) -> None:
    """What the background work does every fifteen seconds, now."""
    await notices_of(client).read_changes()
    await notices_of(client).send_due()


async def confirm_phone(client: httpx2.AsyncClient, typed: str) -> None:
    """As the holder who is signed in: ask for a code, read it on the phone, type it."""
    asked = await client.post("/wallet/contact", data={"channel": "sms", "address": typed}, headers=HTML)
    assert asked.status_code == 303, asked.text
    code = re.search(r"[0-9]{6}", simulator_of(client).sent[-1].text)
    assert code is not None
    right = await client.post("/wallet/contact/confirm", data={"code": code[0]}, headers=HTML)
    assert right.status_code == 303, right.text


async def test_a_phone_is_told_that_there_is_news_and_nothing_else(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await held(client, people)
    await confirm_phone(client, "012 345 678")
    await revoke(client, certificate["credential_id"])
    await tell(client)
    told = simulator_of(client).sent[-1]
    assert (told.channel, told.to, told.text) == ("sms", "+85512345678", NEWS)
    assert len(NEWS) <= 70, "one message of a phone"
    shown = await client.get("/simulators/messages/")
    assert NEWS in shown.text
    assert "SIMULATOR" in shown.text
    count = len(simulator_of(client).sent)
    await tell(client)
    assert len(simulator_of(client).sent) == count, "told once"
    await sign_in(client, "returnee-1")
    assert "There is news about this certificate" in (await client.get("/wallet", headers=HTML)).text
    page = (await client.get(f"/wallet/credentials/{certificate['credential_id']}", headers=HTML)).text
    assert "should never have been issued" in page
    assert "There is news" not in (await client.get("/wallet", headers=HTML)).text
    await sign_in(client, CLERK)
    assert certificate["certificate_number"] not in (await client.get("/issuer/letters", headers=HTML)).text


async def test_who_gave_no_phone_is_on_the_list_that_the_centre_prints(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]
) -> None:
    client.headers["Accept-Language"] = "en"
    certificate = await held(client, people)
    await revoke(client, certificate["credential_id"])
    await tell(client)
    await sign_in(client, "clerk-phka-trakuon")
    assert certificate["certificate_number"] not in (await client.get("/issuer/letters", headers=HTML)).text
    assert (await client.get("/issuer/letters.pdf")).status_code == 404, "not another centre's"
    await sign_in(client, CLERK)
    page = (await client.get("/issuer/letters", headers=HTML)).text
    assert certificate["certificate_number"] in page
    printed = await client.get("/issuer/letters.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(printed.content) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert certificate["certificate_number"] in text
    assert holder(people).name_latin in text
    assert "fraud" not in text.lower(), "why is for its holder alone"
    letter = re.search(r"/issuer/letters/([^/]+)/handed-over", page)
    assert letter is not None
    path = f"/issuer/letters/{letter[1]}/handed-over"
    await sign_in(client, "clerk-phka-trakuon")
    assert (await client.post(path)).status_code == 404
    await sign_in(client, CLERK)
    assert (await client.post(path, headers=HTML)).status_code == 303
    assert certificate["certificate_number"] not in (await client.get("/issuer/letters", headers=HTML)).text


async def test_a_gateway_that_is_away_is_asked_again_and_then_it_goes_on_paper(
    client: httpx2.AsyncClient, people: tuple[DemoPerson, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = await held(client, people)
    await confirm_phone(client, "+855 12 345 678")
    simulator_of(client).is_away = True
    await revoke(client, certificate["credential_id"])
    await tell(client)
    assert await notices_of(client).letters("") == (), "it is tried again first"
    monkeypatch.setattr("wallet_api.notices._FIRST_WAIT", timedelta(0))
    monkeypatch.setattr("wallet_api.notice_store.format_timestamp", lambda now: "2027-01-01T00:00:00Z")
    await tell(client)
    (letter,) = await notices_of(client).letters("")
    assert letter.credential_id == certificate["credential_id"]
    assert letter.attempts == 9


@pytest.mark.parametrize("address", ["", "12", "http://x", "a@b", "+855 12 345 678 901 234 567"])
async def test_an_address_that_is_none_is_not_asked(client: httpx2.AsyncClient, address: str) -> None:
    await sign_in(client, "returnee-1")
    for channel in ("sms", "telegram", "email"):
        if channel == "telegram" and address == "12":
            continue
        body = {"channel": channel, "address": address}
        assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 400
    assert not simulator_of(client).sent


async def test_five_wrong_codes_end_it_and_a_minute_lies_between_two_codes(
    client: httpx2.AsyncClient,
) -> None:
    await sign_in(client, "returnee-1")
    body = {"channel": "telegram", "address": "4711471147"}
    assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 303
    code = re.search(r"[0-9]{6}", simulator_of(client).sent[-1].text)
    assert code is not None
    wrong = "000000" if code[0] != "000000" else "000001"
    for _ in range(5):
        answer = await client.post("/wallet/contact/confirm", data={"code": wrong}, headers=HTML)
        assert answer.status_code == 400
    right = await client.post("/wallet/contact/confirm", data={"code": code[0]}, headers=HTML)
    assert right.status_code == 400, "too late"
    again = await client.post("/wallet/contact", data=body, headers=HTML)
    assert again.status_code == 400, "not within a minute"
    assert len(simulator_of(client).sent) == 1


async def test_the_e_mail_of_a_demo_is_a_file(client: httpx2.AsyncClient) -> None:
    await sign_in(client, "returnee-1")
    body = {"channel": "email", "address": "somebody@post.example"}
    assert (await client.post("/wallet/contact", data=body, headers=HTML)).status_code == 303
    outbox = anyio.Path(desk_of(client).context.settings.data_dir) / "outbox"
    (found,) = [path async for path in outbox.glob("*.eml")]
    assert "somebody@post.example" in await found.read_text()
