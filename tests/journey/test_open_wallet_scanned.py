"""Offers, requests and agencies by their QR code, in a picture or read by the page; and who asks."""

import html
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from PIL import Image

from runtime.http import CONTENT_SECURITY_POLICY
from runtime.i18n import Translator
from runtime.qr import qr_png
from tests.invalid.case import MARKER
from tests.journey.hostile_files import CODES, PICTURES
from tests.journey.hostile_inputs import brought
from tests.journey.share_house import (
    AGENCY,
    BASE_URL,
    EXPIRED,
    HOLDER,
    LICENCE,
    MEMBER,
    PIN,
    RETURNEE,
    ShareHouse,
    give_certificate,
    open_share_house,
)
from tests.journey.test_open_wallet_present import picks_in
from vc.encoding.strict_json import JsonObject
from wallet_api.scanned import PICTURES as PICTURE_FIELDS
from wallet_api.share_terms import NOT_LICENSED

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
OFFER = "openid-credential-offer://?" + urlencode(
    {
        "credential_offer": json.dumps(
            {
                "credential_issuer": f"https://{MARKER}.example",
                "credential_configuration_ids": ["certificate"],
                "grants": {PRE_AUTHORIZED: {"pre-authorized_code": MARKER}},
            }
        )
    }
)
ENTRANCES = ("/wallet/receive", "/wallet/present", "/wallet/agency")
CARD = "PC1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"
LIMITS = dict.fromkeys(("wallet-receive", "wallet-present", "wallet-agency"), "1000/minute")
ASKED = {"type": "rpl", "purpose": "application for work", "flow": "same_device", "requester": "employer"}
WHERE_ELSE = {
    "card": (CARD, "/verify"),
    "certificate": (f"{BASE_URL}/v/7K3M9QXA2B4C5D6E7F8G9H0J1K", "/verify"),
    "share": (f"{BASE_URL}/s/7K3M9QXA2B4C5D6E7F8G9H0J1K", "/verify"),
    "another website": (f"https://{MARKER}.example/wallet", "none"),
    "ours pretended": (f"https://{MARKER}.example/{BASE_URL}/v/1", "none"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShareHouse]:
    with open_share_house(tmp_path_factory.mktemp("scanned"), rate_limits=LIMITS) as opened:
        yield opened


@pytest.fixture
def contacts(house: ShareHouse, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that the wallet fetches."""
    found: list[str] = []
    fetcher = house.contexts["wallet_api"].fetcher
    for name in ("get", "exchange"):
        honest = getattr(fetcher, name)

        async def asked(url: str, *rest: Any, _honest: Any = honest, **more: Any) -> Any:
            found.append(url)
            return await _honest(url, *rest, **more)

        monkeypatch.setattr(fetcher, name, asked)
    return found


def send(house: ShareHouse, path: str, *, scanned: str = "", **pictures: bytes) -> httpx2.Response:
    """The form as a browser sends it: a field for a file that was left empty has an empty name."""
    parts = [b'Content-Disposition: form-data; name="scanned"\r\n\r\n' + scanned.encode()]
    for name in PICTURE_FIELDS:
        head = (
            f'Content-Disposition: form-data; name="{name}"; filename="{"x.png" if name in pictures else ""}"'
        )
        parts.append(f"{head}\r\nContent-Type: image/png\r\n\r\n".encode() + pictures.get(name, b""))
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = house.cookie(house.wallet, RETURNEE) | {"Content-Type": "multipart/form-data; boundary=edge"}
    response: httpx2.Response = house.client.post(path, content=body, headers=headers, follow_redirects=False)
    return response


def picture_of(text: str) -> bytes:
    return qr_png(text, scale=4, error_correction="L")


def blank() -> bytes:
    out = io.BytesIO()
    Image.new("L", (300, 300), 255).save(out, "PNG")
    return out.getvalue()


def side_by_side(*texts: str) -> bytes:
    pictures = [Image.open(io.BytesIO(picture_of(text))).convert("L") for text in texts]
    page = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    x = 0
    for one in pictures:
        page.paste(one, (x, 0))
        x += one.width
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


def request_by(house: ShareHouse, principal: Any, **fields: str) -> tuple[httpx2.Response, str]:
    """A request made at the verifier's page by whoever is signed in there; its page, and its link."""
    headers = house.cookie(house.verifier, principal)
    made = house.client.post("/verify/ask", data={**ASKED, **fields}, headers=headers, follow_redirects=False)
    if made.status_code != 303:
        return made, ""
    # The client leaves a header for cookies as it is; a browser adds what it was just given.
    given = "; ".join(f"{name}={value}" for name, value in made.cookies.items())
    headers["Cookie"] = "; ".join(filter(None, (headers.get("Cookie"), given)))
    shown = house.client.get(made.headers["location"], headers=headers)
    found = re.search(r'href="(openid4vp://[^"]+)"', shown.text)
    assert found is not None, shown.text
    return shown, html.unescape(found[1])


def consent_to(house: ShareHouse, link: str) -> httpx2.Response:
    """The page of the holder who scanned a request, in English."""
    looked = send(house, "/wallet/present", scanned=link)
    assert looked.status_code == 303, looked.text
    return house.holder_gets(looked.headers["location"])


@pytest.mark.parametrize("field", ["photo", "picture"])
def test_a_request_in_a_picture_is_looked_at(house: ShareHouse, field: str) -> None:
    _, link = request_by(house, None)
    picture: dict[str, Any] = {field: picture_of(link)}
    looked = send(house, "/wallet/present", **picture)
    assert looked.status_code == 303, looked.text
    assert 'data-asker="unknown"' in house.holder_gets(looked.headers["location"]).text


@pytest.mark.parametrize("how", ["picture", "scanned"])
def test_an_offer_is_looked_at_as_if_it_had_been_pasted(house: ShareHouse, how: str) -> None:
    pasted = house.holder_posts("/wallet/receive", {"link": OFFER})
    brought: dict[str, Any] = {"scanned": OFFER} if how == "scanned" else {"picture": picture_of(OFFER)}
    looked = send(house, "/wallet/receive", **brought)
    assert looked.status_code == pasted.status_code == 403
    assert "data-warning" in looked.text
    assert MARKER not in looked.text


@pytest.mark.parametrize("how", ["picture", "scanned"])
@pytest.mark.parametrize("text", [f"{BASE_URL}/trust/agencies/{AGENCY}", AGENCY])
def test_an_agency_is_looked_up_by_its_code(house: ShareHouse, how: str, text: str) -> None:
    brought: dict[str, Any] = {"scanned": text} if how == "scanned" else {"picture": picture_of(text)}
    found = send(house, "/wallet/agency", **brought)
    assert (found.status_code, found.headers["location"]) == (303, f"/trust/agencies/{AGENCY}")


@pytest.mark.parametrize("path", ENTRANCES)
@pytest.mark.parametrize("name", WHERE_ELSE)
def test_a_code_for_elsewhere_is_named_with_the_next_step_and_nothing_is_opened(
    house: ShareHouse, contacts: list[str], path: str, name: str
) -> None:
    text, step = WHERE_ELSE[name]
    said = send(house, path, picture=picture_of(text))
    assert (said.status_code, said.headers.get("location")) == (400, None)
    assert f'data-step="{step}"' in said.text
    assert (MARKER in said.text, text in said.text) == (False, False)
    assert contacts == []


def test_what_belongs_to_another_page_is_led_there(house: ShareHouse, contacts: list[str]) -> None:
    _, link = request_by(house, None)
    agency = f"{BASE_URL}/trust/agencies/{AGENCY}"
    for path, text, step in (
        ("/wallet/receive", link, "/wallet/present"),
        ("/wallet/present", OFFER, "/wallet/receive"),
        ("/wallet/agency", OFFER, "/wallet/receive"),
        ("/wallet/present", agency, "/wallet/agency"),
    ):
        assert f'data-step="{step}"' in send(house, path, scanned=text).text, (path, text)
        if path != "/wallet/agency":
            pasted = house.holder_posts(path, {"link": text})
            assert (pasted.status_code, f'data-step="{step}"' in pasted.text) == (400, True)
    assert contacts == []


@pytest.mark.parametrize("path", ENTRANCES)
def test_no_code_two_codes_no_picture_and_another_kind_of_file_are_told_apart(
    house: ShareHouse, path: str
) -> None:
    for picture, sentence in (
        (blank(), "There is no QR code in this picture"),
        (side_by_side(OFFER, CARD.replace("PC1", "OTHER")), "more than one QR code in this picture"),
        (b"", "Take a picture of the QR code first"),
        (b"GIF89a" + bytes(40), "This picture cannot be read"),
        (b"%PDF-1.7", "This picture cannot be read"),
    ):
        said = send(house, path, picture=picture) if picture else send(house, path)
        assert (said.status_code, sentence in said.text) == (400, True), (sentence, said.text)


@pytest.mark.parametrize("path", ENTRANCES)
@pytest.mark.parametrize("name", [*PICTURES, *CODES])
def test_hostile_pictures_get_a_plain_answer(
    house: ShareHouse, contacts: list[str], path: str, name: str
) -> None:
    picture = PICTURES[name](brought(house.world)) if name in PICTURES else picture_of(CODES[name])
    said = send(house, path, photo=picture)
    assert said.status_code in (400, 413), said.text
    assert (MARKER in said.text, MARKER.upper() in said.text) == (False, False)
    assert contacts == []


def test_the_camera_may_be_read_on_these_pages_and_no_others(house: ShareHouse) -> None:
    for path in ENTRANCES:
        page = house.holder_gets(path)
        policy = page.headers["Content-Security-Policy"]
        assert policy == CONTENT_SECURITY_POLICY.replace(
            "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
        )
        assert 'capture="environment"' in page.text
    assert house.holder_gets("/wallet/shares").headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.fixture
def answering_house(tmp_path: Path) -> Iterator[ShareHouse]:
    """One of its own, whose holder has a PIN."""
    with open_share_house(tmp_path) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        give_certificate(opened)
        yield opened


def test_a_signed_in_member_asks_as_their_organisation(answering_house: ShareHouse) -> None:
    house = answering_house
    form = house.client.get("/verify/ask", headers=house.cookie(house.verifier, MEMBER))
    assert "You ask as Lotus Agency" in form.text
    assert re.findall(r'<option value="([a-z_]+)"', form.text.partition('name="requester"')[2]) == [
        "licensed_agency"
    ]
    _, link = request_by(house, MEMBER)
    consent = consent_to(house, link)
    assert 'data-asker="licensed"' in consent.text, consent.text
    assert "Lotus Agency" in consent.text
    assert re.search(rf"Licence number.*?{AGENCY}", consent.text, re.DOTALL)
    path = re.search(r'action="(/wallet/present/[0-9A-Z]+)"', consent.text)
    assert path is not None
    done = house.holder_posts(path[1], {"pin": PIN, **picks_in(consent.text)})
    assert 'data-outcome="accepted"' in done.text, done.text
    receipts = house.run(house.wallet.state.answering.everything, HOLDER)
    assert AGENCY in {receipt.licence_number for receipt in receipts}


def test_who_is_not_signed_in_or_has_no_licence_is_unknown(house: ShareHouse) -> None:
    for principal in (None, RETURNEE, replace(MEMBER, licence_number=None)):
        _, link = request_by(house, principal)
        consent = consent_to(house, link)
        assert ('data-asker="unknown"' in consent.text, "Lotus" in consent.text) == (True, False)


def test_a_member_cannot_say_that_they_are_another_kind_of_asker(house: ShareHouse) -> None:
    refused, _ = request_by(house, MEMBER, type="programme:kr-eps/construction", requester="public_body")
    assert refused.status_code == 403


def test_no_api_key_gets_at_a_members_request(house: ShareHouse) -> None:
    requests = house.verifier.state.wallet_requests
    shown, _ = request_by(house, MEMBER)
    request_id = str(shown.url).rsplit("/", 1)[1]
    asker = house.run(requests.asker, request_id)
    assert (asker.key_id, asker.licence_number) == (None, AGENCY)
    assert house.client.get(f"/verify/requests/{request_id}").status_code == 401


def test_under_a_licence_that_is_not_in_force_nobody_asks(house: ShareHouse) -> None:
    refused, _ = request_by(house, replace(MEMBER, licence_number=EXPIRED))
    assert refused.status_code == 403


def test_a_licence_suspended_since_is_refused_with_the_warning_in_khmer(answering_house: ShareHouse) -> None:
    house = answering_house
    _, link = request_by(house, MEMBER)
    suspended: JsonObject = {"from": "2026-01-01T00:00:00Z", "reason": "inspection"}
    licence: JsonObject = {**LICENCE, "suspensions": [suspended]}
    house.world.publish_trust_list(verifiers=[licence])
    house.world.clock.advance(timedelta(minutes=5))
    refused = consent_to(house, link)
    assert refused.status_code == 403
    assert f'<p lang="km" data-warning>{Translator().gettext("km", NOT_LICENSED)}' in refused.text
    assert request_by(house, MEMBER)[0].status_code == 403
