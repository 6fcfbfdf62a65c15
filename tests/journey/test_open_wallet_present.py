"""The hosted wallet answers our own verifier by OpenID4VP: from its page to the holder's, and back."""

import re
from typing import Any

import anyio
import httpx2
import orjson
import pytest

from passport.demo_world.people import DemoPerson
from tests.journey.conftest import revoke, sign_in
from tests.journey.holders import PIN, give_certificate, returnee, set_pin, wallet_of
from tests.journey.test_corrections import HTML
from tests.journey.test_notices import app_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

Json = dict[str, Any]
ENGLISH = HTML | {"Accept-Language": "en"}
PURPOSE = "application for work as a bricklayer"


async def page(client: httpx2.AsyncClient, path: str, **form: Any) -> httpx2.Response:
    """As a browser that follows."""
    if form:
        return await client.post(path, data=form, headers=ENGLISH, follow_redirects=True)
    return await client.get(path, headers=ENGLISH, follow_redirects=True)


@pytest.fixture
async def holder(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> tuple[DemoPerson, Json]:
    """A signed-in holder with a PIN, and a training certificate of theirs."""
    person = returnee(people)
    made = await give_certificate(client, person)
    await sign_in(client, "returnee-1")
    await set_pin(client)
    return person, made


async def asked(client: httpx2.AsyncClient, **fields: str) -> tuple[str, str]:
    """A request made at the verifier's page by a browser without a session here: the page, and the link."""
    form = {"type": "training", "purpose": PURPOSE, "flow": "cross_device", **fields}
    made = await client.post("/verify/ask", data=form, headers=ENGLISH, follow_redirects=False)
    assert made.status_code == 303, made.text
    address = str(made.headers["location"])
    return address, link_of(client, address)


def link_of(client: httpx2.AsyncClient, address: str) -> str:
    """The link that the QR code on the verifier's page holds."""
    app: Any = app_of(client).app_for("/verify")
    requests, context = app.state.wallet_requests, app.state.context
    request = context.database.read_now(
        requests._sealed.get, address.rsplit("/", 1)[1].partition("?")[0], context.clock.now()
    )
    return str(requests._link(request))


def consent_in(response: httpx2.Response) -> str:
    """The path of the request that the holder is looking at."""
    found = re.search(r'action="(/wallet/present/[0-9A-Z]+)"', response.text)
    assert found is not None, response.text
    return found[1]


def picks_in(text: str) -> dict[str, str]:
    """What is chosen on the page when nobody chooses."""
    hidden = re.findall(r'type="hidden" name="(pick-[^"]+)" value="([^"]+)"', text)
    radios = re.findall(r'name="(pick-[^"]+)" value="([^"]+)" checked', text)
    return dict([*hidden, *radios])


def shown_in(text: str) -> list[str]:
    """The texts of claims that a page shows to a holder before they agree."""
    return re.findall(r"<span data-text>([^<]*)</span>", text)


async def agree(client: httpx2.AsyncClient, link: str, **fields: str) -> httpx2.Response:
    looked = await page(client, "/wallet/present", link=link)
    assert looked.status_code == 200, looked.text
    return await page(client, consent_in(looked), **{**picks_in(looked.text), "pin": PIN, **fields})


async def result(client: httpx2.AsyncClient, address: str) -> str:
    """The verifier's page, for the browser that asked."""
    return (await page(client, address)).text


async def test_from_the_verifiers_page_to_the_wallet_and_back_with_this_persons_yes(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    address, link = await asked(client)
    looked = await page(client, "/wallet/present", link=link)
    assert 'data-asker="unknown"' in looked.text
    assert PURPOSE in looked.text
    assert "127.0.0.1:8000" in looked.text
    shown = shown_in(looked.text)
    assert holder[0].name_latin in shown
    done = await page(client, consent_in(looked), pin=PIN, **picks_in(looked.text))
    assert 'data-outcome="accepted"' in done.text, done.text
    seen = await result(client, address)
    assert 'data-outcome="accepted"' in seen
    assert re.findall(r'data-verdict="([a-z_]+)" data-state="yes"', seen) == [
        "authentic",
        "entitled",
        "in_force",
        "this_person",
    ]
    receipts = await wallet_of(client).state.answering.everything(holder[0].rld_number)
    (receipt,) = receipts
    assert receipt.licence_number is None
    assert receipt.certificates[0].credential_id == holder[1]["credential_id"]
    assert holder[0].name_latin not in orjson.dumps(receipt.as_json()).decode()
    listed = await page(client, "/wallet/answers")
    assert f'data-answer="{receipt.request_id}"' in listed.text
    file = await page(client, f"/wallet/answers/{receipt.request_id}/receipt.json")
    assert file.json() == receipt.as_json()
    log = (await page(client, "/wallet/log")).text
    assert "127.0.0.1:8000" in log


async def test_on_one_device_the_wallet_leads_back_and_only_then_it_is_shown(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    address, link = await asked(client, flow="same_device")
    done = await agree(client, link)
    (back,) = re.findall(r'href="(http://127\.0\.0\.1:8000/verify/ask/[^"]+)"', done.text)
    assert "response_code=" in back
    assert 'data-outcome="accepted"' not in await result(client, address)
    assert 'data-outcome="accepted"' in await result(client, back)


async def test_an_answer_is_given_once_whatever_the_page_is_sent_again(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    _, link = await asked(client)
    looked = await page(client, "/wallet/present", link=link)
    form = {**picks_in(looked.text), "pin": PIN}
    assert 'data-outcome="accepted"' in (await page(client, consent_in(looked), **form)).text
    again = await page(client, consent_in(looked), **form)
    assert (again.status_code, "answered this request before" in again.text) == (409, True)
    replayed = await page(client, "/wallet/present", link=link)
    assert (replayed.status_code, "answered this request before" in replayed.text) == (409, True)


async def test_declining_says_only_that(client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]) -> None:
    address, link = await asked(client)
    looked = await page(client, "/wallet/present", link=link)
    declined = await page(client, f"{consent_in(looked)}/decline", go="on")
    assert "Nothing was shown" in declined.text
    seen = await result(client, address)
    assert "did not agree" in seen
    assert holder[0].name_latin not in seen
    assert await wallet_of(client).state.answering.everything(holder[0].rld_number) == ()


async def test_without_the_pin_nothing_is_sent(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    address, link = await asked(client)
    for pin in ("", "481537"):
        refused = await agree(client, link, pin=pin)
        assert (refused.status_code, "not the right PIN" in refused.text) == (403, True)
    assert 'data-outcome="accepted"' not in await result(client, address)


async def test_what_is_not_in_force_does_not_answer(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    cookies = dict(client.cookies)
    await revoke(client, holder[1]["credential_id"])
    client.cookies.clear()
    client.cookies.update(cookies)
    with anyio.fail_after(60):
        while 'data-state="revoked"' not in (await page(client, "/wallet")).text:
            await anyio.sleep(0.5)
    _, link = await asked(client)
    looked = await page(client, "/wallet/present", link=link)
    assert "You have nothing here that they ask for" in looked.text
    refused = await page(client, consent_in_decline(looked), pin=PIN)
    assert (refused.status_code, "nothing that answers" in refused.text) == (400, True)


def consent_in_decline(response: httpx2.Response) -> str:
    found = re.search(r'action="(/wallet/present/[0-9A-Z]+)/decline"', response.text)
    assert found is not None, response.text
    return found[1]


async def test_the_request_of_another_holder_is_not_there(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    _, link = await asked(client)
    path = consent_in(await page(client, "/wallet/present", link=link))
    await sign_in(client, "returnee-2")
    await set_pin(client)
    for tail, form in (("", {}), ("", {"pin": PIN}), ("/decline", {"go": "on"})):
        assert (await page(client, path + tail, **form)).status_code == 404
