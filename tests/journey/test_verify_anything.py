"""One endpoint and one page for everything that can be brought to a verifier."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.evidence_bundle import read_bundle
from runtime.qr import qr_png
from tests.journey.verifier_house import BASE_URL, CODE, TOKEN, VerifierHouse, open_house
from tests.sd_jwt_world import issue_sd_jwt, publish_tokens
from tests.simulator import LIST_ID, ORIGIN, TRUST_LIST_URL
from tests.unit.vc.verify import test_legacy
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt
from vc.verify import Policy
from verifier.client import Outcome, VerifierClient, VerifierProblem

DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        publish_tokens(opened.world, {7: 1})
        yield opened


def jwt(house: VerifierHouse, index: int = 0) -> str:
    world = house.world
    return sign_credential_jwt(world.unsigned(index), world.centre, issued_at=world.now - DAY)


def check(house: VerifierHouse, text: str) -> dict[str, Any]:
    response = house.post("/verify/check", orjson.dumps({"text": text}))
    assert response.status_code == 200, response.text
    return dict(response.json())


def upload(house: VerifierHouse, name: str, data: bytes) -> dict[str, Any]:
    response = house.client.post("/verify/check", files={"file": (name, data)})
    assert response.status_code == 200, response.text
    return dict(response.json())


def brought(house: VerifierHouse) -> dict[str, str]:
    """Everything that can be brought as a text, all of it good."""
    world = house.world
    test_legacy.publish_list(world)
    legacy = test_legacy.sign_2020(test_legacy.unsigned(world), world.centre, world)
    house.shared[TOKEN] = house.shared[CODE] = world.issue(4)
    return {
        "data integrity": world.issue(1).decode(),
        "vc+jwt": jwt(house),
        "enveloped vc+jwt": json.dumps(envelop_credential(jwt(house))),
        "sd-jwt vc": issue_sd_jwt(world, 3),
        "legacy": legacy.decode(),
        "our link": f"{BASE_URL}/v/{TOKEN}",
        "our code": f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:]}",
        "presentation": world.present(world.issue(5), world.issue(6)).decode(),
        "token with line breaks": "\n".join([jwt(house)[:50], jwt(house)[50:]]),
    }


def test_whatever_is_good_is_accepted_as_text_as_file_and_on_the_page(house: VerifierHouse) -> None:
    for name, text in brought(house).items():
        answer = check(house, text)
        assert answer["verified"], (name, answer)
        assert answer["kind"] == ("presentation" if name == "presentation" else "credential")
        assert upload(house, "any.txt", text.encode())["verified"], name
        page = house.submit(text=text)
        assert page.status_code == 200, name
        assert "Genuine and in force" in page.text, name


def test_a_picture_of_a_token_s_link_is_read(house: VerifierHouse) -> None:
    house.shared[TOKEN] = house.world.issue(4)
    assert upload(house, "photo.png", qr_png(f"{BASE_URL}/v/{TOKEN}"))["verified"]


def test_revoked_is_revoked_in_every_form(house: VerifierHouse) -> None:
    house.world.publish_status({7})
    test_legacy.publish_list(house.world, test_legacy.INDEX)
    legacy = test_legacy.sign_2020(test_legacy.unsigned(house.world), house.world.centre, house.world)
    for text in (house.world.issue(7).decode(), jwt(house, 7), issue_sd_jwt(house.world, 7), legacy.decode()):
        answer = check(house, text)
        assert answer["decision"]["headline"] == "Revoked: no longer in force"
        assert answer["verdicts"]["authentic"]["answer"] == "yes"


@pytest.mark.parametrize("typ", ["statuslist+jwt", "kb+jwt", "at+jwt", "JWT"])
def test_a_token_for_something_else_is_no_credential(house: VerifierHouse, typ: str) -> None:
    text = issue_sd_jwt(house.world, header={"typ": typ})
    for token in (text, text.split("~")[0]):
        answer = check(house, token)
        assert answer["decision"]["outcome"] == "rejected"
        assert answer["verdicts"]["authentic"]["reason"] == "malformed"


def test_what_leads_nowhere_is_a_clear_error(house: VerifierHouse) -> None:
    bodies: tuple[object, ...] = ({}, {"text": ""}, {"text": 7}, {"text": "x", "more": 1}, [])
    for body in bodies:
        assert house.post("/verify/check", orjson.dumps(body)).status_code == 400
    for text in ("hello", "{", "https://elsewhere.example/v/1", "PC9"):
        response = house.post("/verify/check", orjson.dumps({"text": text}))
        assert response.status_code == 400, text
        assert "elsewhere" not in response.text
    assert house.client.post("/verify/check", data={"other": "x"}).status_code in {400, 415}
    assert house.post("/verify/check", orjson.dumps({"text": CODE})).status_code == 404


def test_a_presentation_page_shows_each_certificate(house: VerifierHouse) -> None:
    house.world.publish_status({6})
    page = house.submit(text=house.world.present(house.world.issue(5), house.world.issue(6)).decode())
    assert page.text.count('data-outcome="accepted"') == 1
    assert page.text.count('data-outcome="rejected"') == 1


def test_the_bundle_holds_everything_and_needs_nobody_afterwards(house: VerifierHouse) -> None:
    listed = orjson.dumps({"lists": [house.world.list_url, house.world.suspension_url]})
    house.world.documents[f"{ORIGIN}/status/lists"] = listed
    response = house.client.get("/verify/bundle")
    assert response.status_code == 200
    bundle = read_bundle(response.content)
    wanted = {TRUST_LIST_URL, house.world.list_url, f"{ORIGIN}/status/notes/{LIST_ID}"}
    assert wanted & house.world.documents.keys() <= bundle.items.keys()
    assert bundle.valid_until is not None
    policy: Policy = bundle.policy(anchor=bundle.anchor, refuse_demo_issuers=False)
    assert policy.trust_anchor == house.world.trust_anchor
    again = house.client.get("/verify/bundle", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_without_the_index_of_lists_there_is_no_bundle(house: VerifierHouse) -> None:
    assert house.client.get("/verify/bundle").status_code == 503


def test_the_client_reads_answers_and_problems(house: VerifierHouse) -> None:
    client = VerifierClient(BASE_URL, transport=house.client._transport)
    good = client.check_bytes(house.world.issue(1), filename="one.json")
    assert (good.outcome, good.kind) == (Outcome.ACCEPTED, "credential")
    assert good.verdicts["thisPersons"].answer == "couldNotCheck"
    both = client.check_text(house.world.present(house.world.issue(1)).decode())
    assert len(both.credentials) == 1
    with pytest.raises(VerifierProblem) as caught:
        client.check_text("hello")
    assert caught.value.status == 400
    assert "neither a link nor a code" in caught.value.detail
