"""A program with an API key asks wallets: only that key gets the answer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from anyio.from_thread import BlockingPortal

from tests.journey import simulated_wallet as wallet
from tests.journey.simulated_wallet import Json, Request
from tests.journey.verifier_house import VerifierHouse, open_house
from tests.sd_jwt_world import OTHER_HOLDER
from tests.unit.verifier.test_keys import LICENCE, SECOND
from verifier.keys import WantedKey, create_key

WANTED: Json = {
    "credentials": [{"type": "RPLCertificate", "claims": ["nameLatin", "achievement"]}],
    "purpose": "application for work",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        opened.world.publish_trust_list(verifiers=[LICENCE, SECOND])
        yield opened


def key_of(house: VerifierHouse, licence: str = "L-1", scope: str = "verify:presentations") -> dict[str, str]:
    """The headers of a new key of the office with this licence."""
    return key_at(house.client.app, house.client.portal, licence, scope)


def key_at(app: Any, portal: BlockingPortal | None, licence: str, scope: str) -> dict[str, str]:
    """As ``key_of``, at any verifier; ``portal`` leads into its loop."""
    wanted = WantedKey(name="Desk", scopes=frozenset({scope}), networks=(), daily_quota=None, days=9)

    async def make() -> str:
        return await create_key(
            app.state.context,
            wanted,
            source=app.state.licences,
            organisation_id=f"office of {licence}",
            licence_number=licence,
            created_by="admin",
        )

    assert portal is not None
    return {"Authorization": f"Bearer {portal.call(make)}"}


def ask(house: VerifierHouse, headers: dict[str, str], body: object = None) -> httpx2.Response:
    return house.post("/verify/requests", orjson.dumps(WANTED if body is None else body), headers)


def asked(house: VerifierHouse, headers: dict[str, str], **body: Any) -> tuple[str, Request]:
    """The address of a new request, and what the wallet reads."""
    made = ask(house, headers, {**WANTED, **body})
    assert made.status_code == 201, made.text
    page = f"/verify/requests/{made.json()['id']}"
    return page, Request(page=page, parameters=wallet.read_link(house, made.json()["link"]))


def test_the_key_that_asked_gets_the_decision_and_the_claims_it_asked_for(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, request = asked(house, headers)
    assert house.client.get(page, headers=headers).json() == {
        "id": page.rsplit("/", 1)[1],
        "status": "waiting",
    }
    assert wallet.post(house, request, wallet.sd_jwt_answer(house, request)).json() == {}
    answer = house.client.get(page, headers=headers).json()
    assert (answer["status"], answer["verified"], answer["problemDetails"]) == ("answered", True, [])
    (result,) = answer["credentialResults"]
    assert result["decision"]["identityChecked"] is True
    subject = result["credentialSubject"]
    assert subject["nameLatin"] == "SOK DARA"
    assert not {"nameKhmer", "birthDate"} & subject.keys()


def test_a_refused_answer_says_why_and_shows_nothing(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, request = asked(house, headers)
    bad = wallet.sd_jwt_answer(house, request, nonce="another-nonce-0123456789")
    assert wallet.post(house, request, bad).status_code == 400
    answer = house.client.get(page, headers=headers)
    assert (answer.json()["status"], answer.json()["verified"]) == ("refused", False)
    (result,) = answer.json()["credentialResults"]
    assert result["verdicts"]["thisPersons"]["answer"] == "no"
    assert result["credentialSubject"] is None
    assert "SOK DARA" not in answer.text


def test_another_key_even_of_the_same_office_gets_nothing(house: VerifierHouse) -> None:
    page, request = asked(house, key_of(house))
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    for licence in ("L-1", "L-2"):
        assert house.client.get(page, headers=key_of(house, licence)).status_code == 404
    assert house.client.get(page.replace("requests", "ask")).status_code == 404


def test_nobody_asks_without_a_key_for_presentations(house: VerifierHouse) -> None:
    assert ask(house, {}).status_code == 401
    assert ask(house, {"Authorization": f"Bearer spk_{'0' * 10}_{'0' * 52}"}).status_code == 401
    assert ask(house, key_of(house, scope="verify:credentials")).status_code == 403
    page, _ = asked(house, key_of(house))
    assert house.client.get(page).status_code == 401


def test_a_key_whose_licence_ended_gets_nothing_more(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, _ = asked(house, headers)
    house.world.publish_trust_list(verifiers=[SECOND])
    house.world.clock.advance(timedelta(minutes=1))
    assert house.client.get(page, headers=headers).status_code == 401


def test_an_optional_credential_may_be_left_out(house: VerifierHouse) -> None:
    headers = key_of(house)
    credentials = [{"type": "rpl"}, {"type": "employment", "required": False}]
    page, request = asked(house, headers, credentials=credentials)
    assert request.parameters["dcql_query"]["credential_sets"] == [
        {"options": [["rpl_1_sd_jwt"]]},
        {"options": [["employment_2_sd_jwt"]], "required": False},
    ]
    assert wallet.post(house, request, wallet.sd_jwt_answer(house, request)).status_code == 200
    assert house.client.get(page, headers=headers).json()["verified"] is True


def test_a_required_credential_may_not(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, request = asked(house, headers, credentials=[{"type": "rpl"}, {"type": "employment"}])
    assert wallet.post(house, request, wallet.sd_jwt_answer(house, request)).status_code == 400
    assert house.client.get(page, headers=headers).json() == {
        "id": page.rsplit("/", 1)[1],
        "status": "refused",
    }


def test_two_credentials_under_two_keys_are_not_shown_to_be_one_persons(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, request = asked(house, headers, credentials=[{"type": "rpl"}, {"type": "rpl"}])
    first, second = (one["id"] for one in request.parameters["dcql_query"]["credentials"])
    mine = wallet.sd_jwt_answer(house, request)[first]
    theirs = wallet.sd_jwt_answer(
        house, request, holder=OTHER_HOLDER, cnf={"jwk": OTHER_HOLDER.public_key.jwk}
    )[first]
    assert wallet.post(house, request, {first: mine, second: theirs}).status_code == 200
    answer = house.client.get(page, headers=headers).json()
    assert answer["onePerson"]["answer"] == "notShown"


def test_two_credentials_under_one_key_are_one_persons(house: VerifierHouse) -> None:
    headers = key_of(house)
    page, request = asked(house, headers, credentials=[{"type": "rpl"}, {"type": "rpl"}])
    first, second = (one["id"] for one in request.parameters["dcql_query"]["credentials"])
    mine = wallet.sd_jwt_answer(house, request)[first]
    assert wallet.post(house, request, {first: mine, second: mine}).status_code == 200
    assert house.client.get(page, headers=headers).json()["onePerson"]["answer"] == "proven"


BODIES: dict[str, Any] = {
    "no_object": [],
    "a_member_that_is_not_known": {**WANTED, "dcql_query": {}},
    "no_credentials": {"purpose": "work"},
    "no_purpose": {"credentials": [{"type": "rpl"}]},
    "too_long_a_purpose": {**WANTED, "purpose": "x" * 201},
    "too_many_credentials": {**WANTED, "credentials": [{"type": "rpl"}] * 6},
    "a_text_for_a_credential": {**WANTED, "credentials": ["rpl"]},
    "an_unknown_type": {**WANTED, "credentials": [{"type": "Passport"}]},
    "a_type_that_is_not_asked_for_from_a_list": {**WANTED, "credentials": [{"type": "health"}]},
    "a_claim_beyond_what_is_usual": {**WANTED, "credentials": [{"type": "rpl", "claims": ["birthDate"]}]},
    "no_claim": {**WANTED, "credentials": [{"type": "rpl", "claims": []}]},
    "a_claim_that_is_no_text": {**WANTED, "credentials": [{"type": "rpl", "claims": [1]}]},
    "a_format_of_ones_own": {**WANTED, "credentials": [{"type": "rpl", "format": "ldp_vc"}]},
    "required_that_is_no_boolean": {**WANTED, "credentials": [{"type": "rpl", "required": "no"}]},
    "nothing_that_is_required": {**WANTED, "credentials": [{"type": "rpl", "required": False}]},
}


def test_a_request_that_is_none_is_refused(house: VerifierHouse) -> None:
    headers = key_of(house)
    for fault, body in BODIES.items():
        answer = ask(house, headers, body)
        assert answer.status_code == 400, fault
