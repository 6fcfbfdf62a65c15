"""What the server gives the page that checks cards without a network."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from runtime.http import CONTENT_SECURITY_POLICY
from runtime.pages.assets import STATIC_DIRECTORY, Assets
from tests.journey.verifier_house import VerifierHouse, open_house
from tests.simulator import (
    CENTRE_URL,
    NOTES_URL,
    ORIGIN,
    STATUS_DID_URL,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
)
from verifier.offline import FORMAT, plural_samples

PAGE = "/verify/offline"
MAX_FIRST_BYTES = 100_000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        world = opened.world
        named = [world.list_url, world.suspension_url]
        others = [
            url.replace("eddsa-jcs-2022", kind) for url in named for kind in ("eddsa-rdfc-2022", "vc-jwt")
        ]
        others += [f"{ORIGIN}/status/tokens/2026-1/{kind}" for kind in ("jwt", "cwt")]
        world.documents |= dict.fromkeys(others, b"\xd2\x84 another encoding of the same")
        world.documents[f"{ORIGIN}/status/lists"] = orjson.dumps({"lists": [*named, *others]})
        yield opened


def test_the_snapshot_holds_what_a_card_may_need_and_no_other_encoding(house: VerifierHouse) -> None:
    world = house.world
    response = house.page(f"{PAGE}/snapshot")
    assert response.status_code == 200
    snapshot = response.json()
    assert {name: value for name, value in snapshot.items() if name != "documents"} == {
        "format": FORMAT,
        "madeAt": "2026-11-22T03:00:00.000000Z",
        "serverTime": "2026-11-22T03:00:00.000000Z",
        "demo": True,
        "didHost": "skills-passport.example",
        "baseUrl": "http://127.0.0.1:8000",
        "trustAnchor": world.trust_anchor.text,
        "trustListUrl": TRUST_LIST_URL,
        "trustRootUrl": TRUST_ROOT_URL,
    }
    wanted = {TRUST_LIST_URL, TRUST_ROOT_URL, CENTRE_URL, STATUS_DID_URL, NOTES_URL}
    assert set(snapshot["documents"]) == wanted | {world.list_url, world.suspension_url}
    for url, document in snapshot["documents"].items():
        assert document["body"].encode() == world.documents[url]


def test_what_a_stolen_key_had_signed_is_in_the_snapshot(house: VerifierHouse) -> None:
    parts = house.world.lose_key(house.world.now, [b"one", b"two"])
    assert set(parts) <= house.page(f"{PAGE}/snapshot").json()["documents"].keys()


def test_the_snapshot_is_sent_again_only_when_a_document_changed(house: VerifierHouse) -> None:
    world = house.world
    first = house.page(f"{PAGE}/snapshot")
    assert first.headers["Cache-Control"] == "no-cache"
    world.clock.advance(timedelta(minutes=10))
    known = {"If-None-Match": f'W/{first.headers["ETag"]}, "another"'}
    again = house.client.get(f"{PAGE}/snapshot", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Passport-Server-Time"] == "2026-11-22T03:10:00.000000Z"
    world.publish_status({1})
    world.clock.advance(timedelta(minutes=10))
    changed = house.client.get(f"{PAGE}/snapshot", headers=known)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert changed.json()["serverTime"] == changed.headers["Passport-Server-Time"]


def test_the_snapshot_is_gathered_once_for_everybody(house: VerifierHouse) -> None:
    house.page(f"{PAGE}/snapshot")
    contacted = len(house.contacts)
    assert house.page(f"{PAGE}/snapshot").status_code == 200
    assert len(house.contacts) == contacted


def test_without_a_trust_list_there_is_no_snapshot(house: VerifierHouse) -> None:
    house.world.go_offline()
    assert house.client.get(f"{PAGE}/snapshot").status_code == 503


def test_the_page_alone_may_run_webassembly(house: VerifierHouse) -> None:
    page = house.page(PAGE)
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.replace(" 'wasm-unsafe-eval'", "") == CONTENT_SECURITY_POLICY
    assert policy != CONTENT_SECURITY_POLICY
    assert house.page("/verify").headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_the_page_has_no_inline_script_and_names_nobody_else(house: VerifierHouse) -> None:
    text = house.page(PAGE).text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    addresses = re.findall(r"(?:src|href|action)=\"([^\"]*)\"", text)
    assert all(address.startswith(("/", "#", "?")) for address in addresses)
    assert "This page works with JavaScript only." in text


@pytest.mark.parametrize("language", ["km", "en"])
def test_what_loads_before_a_camera_is_used_weighs_little(house: VerifierHouse, language: str) -> None:
    assets = Assets()
    if not assets.is_built:
        pytest.skip("the front end is missing: run make setup")
    scripts = ["app.css", "app.js", "htmx.min.js", "offline.js"]
    imported = re.findall(r'from"\./([^"]+)"', assets.read("offline.js").decode())
    parts = [house.page(PAGE, language=language).content]
    parts += [assets.read(name) for name in [*scripts, *imported]]
    assert sum(len(gzip.compress(part, 9)) for part in parts) < MAX_FIRST_BYTES
    assert (STATIC_DIRECTORY / "zxing_reader.wasm").read_bytes().startswith(b"\0asm")


def test_the_page_can_be_installed(house: VerifierHouse) -> None:
    response = house.page(f"{PAGE}/manifest.webmanifest", language="km")
    assert response.headers["Content-Type"].startswith("application/manifest+json")
    manifest = response.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (PAGE, PAGE, "standalone")
    assert manifest["lang"] == "km"
    assert "DEMO" in manifest["name"]


def test_the_service_worker_keeps_the_page_in_every_language_and_all_its_parts(house: VerifierHouse) -> None:
    assets = Assets()
    if not assets.is_built:
        pytest.skip("the front end is missing: run make setup")
    response = house.page(f"{PAGE}/sw.js")
    assert response.headers["Service-Worker-Allowed"] == PAGE
    assert response.headers["Content-Type"].startswith("text/javascript")
    head, _, script = response.text.partition(";\n")
    told = orjson.loads(head.removeprefix("self.PASSPORT_OFFLINE = "))
    assert script == assets.read("offline-sw.js").decode()
    assert {"km", "en"} <= set(told["languages"])
    page = house.page(PAGE).text
    assert f'data-version="{told["version"]}"' in page
    assert set(re.findall(r'"(/static/(?:app|htmx|offline)[^"]*)"', page)) <= set(told["assets"])
    parts = {name for name in assets.names if name.startswith("offline-")} - {"offline-sw.js"}
    assert {f"/static/{name}" for name in parts} <= set(told["assets"])


@pytest.mark.parametrize(
    ("language", "categories"),
    [
        ("km", {"other"}),
        ("en", {"one", "other"}),
        ("ar", {"zero", "one", "two", "few", "many", "other"}),
    ],
)
def test_every_plural_form_of_a_language_is_given(language: str, categories: set[str]) -> None:
    assert set(plural_samples(language)) == categories
