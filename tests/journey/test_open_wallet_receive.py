"""The hosted wallet takes offers by OpenID4VCI: from our own issuer over HTTP, and from nobody unknown."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import anyio
import httpx2
import orjson
import pytest

from issuer.service.copies import CopyFormat
from passport.demo_world.people import DemoPerson
from tests.journey.conftest import revoke, sign_in
from tests.journey.holders import PIN, give_certificate, returnee, set_pin, wallet_of
from tests.journey.test_corrections import CLERK, HTML
from tests.journey.test_first_journey import desk_of
from tests.journey.wallet_app import registry_away

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

Json = dict[str, Any]
ENGLISH = HTML | {"Accept-Language": "en"}
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


async def page(client: httpx2.AsyncClient, path: str, **form: Any) -> httpx2.Response:
    """As a browser that follows."""
    if form:
        return await client.post(path, data=form, headers=ENGLISH, follow_redirects=True)
    return await client.get(path, headers=ENGLISH, follow_redirects=True)


async def offer_of(
    client: httpx2.AsyncClient, certificate: Json, form: CopyFormat = CopyFormat.SD_JWT
) -> Json:
    """An offer that a clerk makes of a certificate; whoever is signed in stays so."""
    cookies = dict(client.cookies)
    await sign_in(client, CLERK)
    intent_id = certificate["certificate"].split("/")[3]
    made = await client.post(f"/issuer/api/credentials/{intent_id}/offers", json={"format": form.value})
    client.cookies.clear()
    client.cookies.update(cookies)
    assert made.status_code == 201, made.text
    return dict(made.json())


def link_by_value(offer: Json) -> str:
    return f"openid-credential-offer://?credential_offer={quote(orjson.dumps(offer).decode(), safe='')}"


def intake_in(response: httpx2.Response) -> str:
    assert response.status_code == 200, response.text
    found = re.search(r'action="(/wallet/receive/[0-9A-Z]+)(?:/sign-in)?"', response.text)
    assert found is not None, response.text
    return found[1]


@pytest.fixture
async def holder(client: httpx2.AsyncClient, people: tuple[DemoPerson, ...]) -> tuple[DemoPerson, Json]:
    """A signed-in holder with a PIN, and a certificate of theirs."""
    person = returnee(people)
    made = await give_certificate(client, person)
    await sign_in(client, "returnee-1")
    await set_pin(client)
    return person, made


@pytest.mark.parametrize("form", list(CopyFormat))
async def test_an_offer_of_our_issuer_is_taken_with_code_and_pin_verified_and_kept(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json], form: CopyFormat
) -> None:
    person, certificate = holder
    made = await offer_of(client, certificate, form)
    shown = await page(client, "/wallet/receive", link=made["link"])
    intake = intake_in(shown)
    assert 'data-standing="register"' in shown.text
    assert "127.0.0.1:8000" in shown.text
    taken = await page(client, intake, tx_code=made["tx_code"], pin=PIN)
    assert 'data-kept="1"' in taken.text, taken.text
    (address,) = re.findall(r'href="(/wallet/received/[0-9A-Z]+)"', taken.text)
    assert f'href="{address}"' in (await page(client, "/wallet")).text
    one = (await page(client, address)).text
    assert 'data-state="in_force"' in one
    assert person.name_latin in one
    kept = await wallet_of(client).state.received.everything(person.rld_number)
    assert (kept[0]["format"], len(kept[0]["credentials"])) == (form.value, 5)
    removed = await page(client, f"{address}/remove", pin=PIN)
    assert address not in removed.text
    assert (await page(client, address)).status_code == 404


async def test_a_wrong_code_and_a_wrong_pin_take_nothing_and_can_be_tried_again(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    made = await offer_of(client, holder[1])
    intake = intake_in(await page(client, "/wallet/receive", link=made["link"]))
    wrong = f"{(int(made['tx_code']) + 1) % 1_000_000:06d}"
    refused = await page(client, intake, tx_code=made["tx_code"], pin="481537")
    assert (refused.status_code, "not the right PIN" in refused.text) == (403, True)
    refused = await page(client, intake, tx_code=wrong, pin=PIN)
    assert (refused.status_code, "did not accept this" in refused.text) == (409, True)
    assert 'data-kept="1"' in (await page(client, intake, tx_code=made["tx_code"], pin=PIN)).text
    assert (await page(client, intake, tx_code=made["tx_code"], pin=PIN)).status_code == 404


async def test_an_offer_is_its_holders_alone(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    made = await offer_of(client, holder[1])
    intake = intake_in(await page(client, "/wallet/receive", link=made["link"]))
    await sign_in(client, "returnee-2")
    await set_pin(client)
    assert (await page(client, intake)).status_code == 404
    assert (await page(client, intake, tx_code=made["tx_code"], pin=PIN)).status_code == 404


async def test_row_39_an_offer_of_an_issuer_nobody_knows_is_refused_before_a_code_is_asked(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    made = await offer_of(client, holder[1])
    asked: list[str] = []
    fetcher = wallet_of(client).state.context.fetcher
    exchange = fetcher.exchange

    async def noted(url: str, **how: Any) -> Any:
        asked.append(url)
        return await exchange(url, **how)

    fetcher.exchange = noted
    other = made["credential_offer"] | {"credential_issuer": "https://vc-rnlvt.example"}
    refused = await page(client, "/wallet/receive", link=link_by_value(other))
    assert refused.status_code == 403
    assert "data-warning" in refused.text
    assert "យើងមិនស្គាល់អ្នកដែលផ្ដល់នេះទេ" in refused.text
    assert 'name="tx_code"' not in refused.text
    assert 'name="pin"' not in refused.text
    assert asked == []


async def test_row_39_metadata_of_another_issuer_than_the_offer_names_are_not_used(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    made = await offer_of(client, holder[1])
    other = made["credential_offer"] | {"credential_issuer": "http://127.0.0.1:8000/"}
    refused = await page(client, "/wallet/receive", link=link_by_value(other))
    assert (refused.status_code, 'name="tx_code"' in refused.text) == (400, False)


async def test_what_is_made_later_comes_by_itself_and_is_news(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    made = await offer_of(client, holder[1])
    intake = intake_in(await page(client, "/wallet/receive", link=made["link"]))
    with registry_away(desk_of(client)):
        taken = await page(client, intake, tx_code=made["tx_code"], pin=PIN)
        assert 'data-awaited="1"' in taken.text, taken.text
        waiting = await page(client, "/wallet/receive")
        assert "still being made: 1" in waiting.text
    app = wallet_of(client)
    context = app.state.context
    later = context.clock.now() + timedelta(minutes=10)
    awaiting = app.state.open_wallet.receiving.awaiting

    class Later:
        def now(self) -> Any:
            return later

    object.__setattr__(context, "clock", Later())
    with anyio.fail_after(60):
        while 'data-state="in_force"' not in await home_tiles(client):
            await awaiting.ask_due()
            later += timedelta(minutes=2)
    assert await awaiting.count(holder[0].rld_number) == 0


async def test_what_is_refused_for_good_leaves_a_plain_note_for_a_week(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    person, certificate = holder
    made = await offer_of(client, certificate)
    intake = intake_in(await page(client, "/wallet/receive", link=made["link"]))
    with registry_away(desk_of(client)):
        taken = await page(client, intake, tx_code=made["tx_code"], pin=PIN)
    assert 'data-awaited="1"' in taken.text, taken.text
    await revoke(client, certificate["credential_id"])
    await sign_in(client, "returnee-1")
    app = wallet_of(client)
    context, awaiting = app.state.context, app.state.open_wallet.receiving.awaiting
    later = context.clock.now() + timedelta(minutes=10)

    class Later:
        def now(self) -> Any:
            return later

    object.__setattr__(context, "clock", Later())
    with anyio.fail_after(60):
        while await awaiting.count(person.rld_number):
            await awaiting.ask_due()
            later += timedelta(minutes=2)
    title = "A certificate that you waited for does not come"
    assert title in (await page(client, "/wallet")).text
    shown = (await page(client, "/wallet/receive")).text
    assert (title in shown, shown.count("data-not-given"), "still being made" in shown) == (True, 1, False)
    assert "did not give it. Ask them for a new offer." in shown
    later += timedelta(days=6)
    await awaiting.ask_due()
    assert title in (await page(client, "/wallet/receive")).text
    later += timedelta(days=1)
    await awaiting.ask_due()
    assert title not in (await page(client, "/wallet/receive")).text


async def home_tiles(client: httpx2.AsyncClient) -> str:
    """The part of the home page that is about credentials from elsewhere."""
    text = (await page(client, "/wallet")).text
    return text.partition("From elsewhere")[2].partition("</ul>")[0]


async def authorization_offer(client: httpx2.AsyncClient) -> str:
    """An offer that leads to the issuer's own sign-in."""
    settings = desk_of(client).context.settings
    return link_by_value(
        {
            "credential_issuer": settings.base_url,
            "credential_configuration_ids": ["TrainingCertificate_sd_jwt"],
            "grants": {"authorization_code": {}},
        }
    )


async def come_back(client: httpx2.AsyncClient) -> str:
    """The address that the issuer sends the browser back to, after its holder agreed there."""
    intake = intake_in(await page(client, "/wallet/receive", link=await authorization_offer(client)))
    away = await page(client, f"{intake}/sign-in", go="on")
    (address,) = re.findall(r'href="([^"]*/openid4vci/authorize[^"]*)"', away.text)
    consent = await page(client, html.unescape(address))
    assert consent.status_code == 200, consent.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', consent.text))
    certificates = re.findall(r'name="certificate"[^>]*value="([^"]*)"', consent.text)
    agreed = await client.post(
        "/openid4vci/authorize",
        data={
            **{name: html.unescape(value) for name, value in fields.items()},
            "certificate": certificates,
            "decision": "agree",
            "pin": PIN,
        },
        headers=ENGLISH,
        follow_redirects=False,
    )
    assert agreed.status_code in (302, 303), agreed.text
    return str(agreed.headers["location"])


async def finish(client: httpx2.AsyncClient, back: str, **changed: str) -> httpx2.Response:
    """Go on from the page that the issuer leads back to, with the PIN."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    fields = {name: given.get(name, "") for name in ("state", "code", "iss")}
    return await page(client, "/wallet/receive/finish", **{**fields, "pin": PIN, **changed})


async def test_after_a_sign_in_at_the_issuer_the_certificate_comes(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    back = await come_back(client)
    shown = await page(client, back)
    assert 'action="/wallet/receive/finish"' in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    taken = await finish(client, back)
    assert 'data-kept="1"' in taken.text, taken.text
    assert (await finish(client, back)).status_code == 409


@pytest.mark.parametrize(
    "changed", [{"iss": "https://other.example"}, {"iss": ""}, {"state": "x"}], ids=["iss", "no-iss", "state"]
)
async def test_row_39_an_authorization_response_of_another_server_is_refused_and_its_code_goes_nowhere(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json], changed: dict[str, str]
) -> None:
    back = await come_back(client)
    refused = await finish(client, back, **changed)
    assert (refused.status_code, "Begin again" in refused.text) == (409, True)
    # The code was not spent: the right answer still works.
    assert 'data-kept="1"' in (await finish(client, back)).text


async def test_a_sign_in_begun_in_another_session_is_refused(
    client: httpx2.AsyncClient, holder: tuple[DemoPerson, Json]
) -> None:
    back = await come_back(client)
    await sign_in(client, "returnee-1")
    assert (await finish(client, back)).status_code == 409
