"""Asking wallets under a programme, and for the consent to be told later."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.journey import simulated_wallet as wallet
from tests.journey.simulated_wallet import Json, Request
from tests.journey.test_oid4vp_api import ask, key_of
from tests.journey.test_watch_list import publish
from tests.journey.verifier_house import BASE_URL, VerifierHouse, open_house
from tests.unit.verifier.test_keys import LICENCE, SECOND
from tests.verdicts.test_verdict_table import TRANSLATOR, words
from vc.encoding import base64url
from vc.oid4vc.transaction_data import transaction_data_hash
from vc.programmes.sentences import WARNINGS

DAY = timedelta(days=1)
UNDER: Json = {"programme": "jp-ssw/construction", "purpose": "work as a bricklayer"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        employer = {**LICENCE, "class": "foreign-organisation"}
        opened.world.publish_trust_list(verifiers=[employer, {**SECOND, "class": "agency"}])
        yield opened


def asked(house: VerifierHouse, headers: dict[str, str], body: Json) -> Request:
    made = ask(house, headers, body)
    assert made.status_code == 201, made.text
    link = made.json()["link"]
    return Request(page=f"/verify/requests/{made.json()['id']}", parameters=wallet.read_link(house, link))


def names(request: Request) -> dict[str, set[str]]:
    queries = request.parameters["dcql_query"]["credentials"]
    return {
        one["meta"]["vct_values"][0].rpartition("/")[2]: {"/".join(claim["path"]) for claim in one["claims"]}
        for one in queries
    }


def test_row_34_a_wallet_is_asked_for_what_the_programme_allows_and_no_more(house: VerifierHouse) -> None:
    headers = key_of(house)
    wanted = names(asked(house, headers, UNDER))
    assert "RPLCertificate" in wanted
    assert not {"birthDate", "bloodGroup"} & set().union(*wanted.values())
    chosen = {**UNDER, "credentials": [{"type": "RPLCertificate", "claims": ["achievement"]}]}
    assert names(asked(house, headers, chosen)) == {"RPLCertificate": {"achievement"}}


@pytest.mark.parametrize(
    "credentials",
    [
        [{"type": "RPLCertificate", "claims": ["birthDate"]}],
        [{"type": "HealthCheckStatus", "claims": ["bloodGroup"]}],
        [{"type": "NSSFStatus"}],
        [{"type": "BloodTest"}],
    ],
)
def test_row_34_whoever_asks_for_more_is_refused(house: VerifierHouse, credentials: Any) -> None:
    refused = ask(house, key_of(house), {**UNDER, "credentials": credentials})
    assert refused.status_code == 403
    assert "bloodGroup" not in refused.text
    assert "BloodTest" not in refused.text


def test_under_eps_no_agency_asks_and_an_employer_only_with_a_permit(house: VerifierHouse) -> None:
    eps = {**UNDER, "programme": "kr-eps/construction"}
    assert ask(house, key_of(house, "L-2"), eps).status_code == 403
    assert ask(house, key_of(house), eps).status_code == 403
    assert ask(house, key_of(house), {**eps, "requester": "permit_employer"}).status_code == 201
    assert ask(house, key_of(house, "L-2"), {**eps, "requester": "permit_employer"}).status_code == 403


def test_a_worker_shows_what_they_have_of_it(house: VerifierHouse) -> None:
    headers = key_of(house)
    request = asked(house, headers, UNDER)
    query_id = next(
        one["id"]
        for one in request.parameters["dcql_query"]["credentials"]
        if one["meta"]["vct_values"][0].endswith("/RPLCertificate")
    )
    (token,) = wallet.sd_jwt_answer(house, request).values()
    posted = wallet.post(house, request, {query_id: token})
    assert posted.status_code == 200, posted.text
    answer = house.client.get(request.page, headers=headers).json()
    assert answer["verified"]
    assert answer["programme"]["variant"] == "construction"
    answers = {one["id"]: one["answer"] for one in answer["programme"]["requirements"]}
    assert len(answers) >= 4
    assert "notShownOnePersons" not in answers.values()
    nothing = asked(house, headers, UNDER)
    assert wallet.post(house, nothing, {}).status_code == 400


def watched(house: VerifierHouse, headers: dict[str, str]) -> Request:
    until = (house.world.now + 30 * DAY).date().isoformat()
    return asked(
        house,
        headers,
        {
            "credentials": [{"type": "RPLCertificate", "claims": ["achievement"]}],
            "purpose": "work as a bricklayer",
            "watch": {"until": until, "reference": "worker 12"},
        },
    )


def agreed(request: Request) -> Json:
    texts = request.parameters["transaction_data"]
    texts = orjson.loads(texts) if isinstance(texts, str) else texts
    shown = orjson.loads(base64url.decode(texts[0], max_bytes=9_999))
    assert shown["until"]
    assert shown["verifier"] == request.client_id
    return {"transaction_data_hashes": [transaction_data_hash(text) for text in texts]}


def test_what_the_holder_agrees_to_is_watched(house: VerifierHouse) -> None:
    headers = key_of(house)
    request = watched(house, headers)
    vp_token = wallet.sd_jwt_answer(house, request, beside=agreed(request), index=7)
    assert wallet.post(house, request, vp_token).status_code == 200
    (watch,) = house.client.get("/verify/watches", headers=headers).json()["watches"]
    assert (watch["reference"], watch["state"]) == ("worker 12", "inForce")
    assert house.client.get("/verify/watches", headers=key_of(house, "L-2")).json()["watches"] == []
    publish(house, 1)
    (watch,) = house.client.get("/verify/watches", headers=headers).json()["watches"]
    assert watch["state"] == "revoked"


@pytest.mark.parametrize(
    "beside", [None, {"transaction_data_hashes": ["x"]}, {"transaction_data_hashes": []}]
)
def test_without_the_holder_s_agreement_the_answer_is_refused_and_nothing_watched(
    house: VerifierHouse, beside: Json | None
) -> None:
    headers = key_of(house)
    request = watched(house, headers)
    vp_token = wallet.sd_jwt_answer(house, request, beside=beside, index=7)
    assert wallet.post(house, request, vp_token).status_code == 400
    assert house.client.get("/verify/watches", headers=headers).json()["watches"] == []


@pytest.mark.parametrize(
    "watch",
    [
        {},
        {"until": "2026-01-01", "reference": "x"},
        {"until": "2099-01-01", "reference": "x"},
        {"until": "soon", "reference": "x"},
        {"until": "2026-12-24", "reference": ""},
        {"until": "2026-12-24", "reference": "x" * 61},
        "yes",
    ],
)
def test_a_wish_that_is_none_is_refused(house: VerifierHouse, watch: object) -> None:
    body = {"credentials": [{"type": "RPLCertificate"}], "purpose": "work", "watch": watch}
    assert ask(house, key_of(house), body).status_code == 400


def asked_on_the_page(house: VerifierHouse, **form: str) -> Any:
    given = {"type": "programme:jp-ssw/construction", "purpose": "work", "flow": "same_device", **form}
    return house.client.post(
        "/verify/ask", data=given, headers={"Accept-Language": "en"}, follow_redirects=False
    )


def test_the_page_asks_under_a_programme_too(house: VerifierHouse) -> None:
    made = asked_on_the_page(house, requester="foreign_organisation")
    assert made.status_code == 303
    request = Request(
        page="", parameters=wallet.read_link(house, wallet.link_on(house, made.headers["location"]))
    )
    assert len(request.parameters["dcql_query"]["credentials"]) > 5


def test_a_request_too_large_for_a_qr_code_is_a_link(house: VerifierHouse) -> None:
    made = asked_on_the_page(house, requester="foreign_organisation", flow="cross_device")
    page = house.page(made.headers["location"])
    assert page.status_code == 200
    assert "openid4vp://" in page.text


def test_the_page_refuses_whoever_may_not_ask_with_a_warning_in_khmer(house: VerifierHouse) -> None:
    refused = asked_on_the_page(house, type="programme:kr-eps/construction", requester="private_intermediary")
    assert refused.status_code == 403
    assert words(TRANSLATOR.gettext("km", WARNINGS["eps-no-intermediary"])) in words(refused.text)


@pytest.mark.parametrize("wrong", [{"requester": ""}, {"requester": "x"}, {"type": "programme:none"}])
def test_a_programme_or_asker_that_is_none_is_refused(house: VerifierHouse, wrong: dict[str, str]) -> None:
    given = {"requester": "foreign_organisation"} | wrong
    assert asked_on_the_page(house, **given).status_code in {400, 404}


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_the_page_says_what_the_answer_comes_to(house: VerifierHouse, language: str) -> None:
    made = asked_on_the_page(house, requester="foreign_organisation")
    link = wallet.link_on(house, made.headers["location"])
    request = Request(page=made.headers["location"], parameters=wallet.read_link(house, link))
    query_id = next(
        one["id"]
        for one in request.parameters["dcql_query"]["credentials"]
        if one["format"] == "dc+sd-jwt" and one["meta"]["vct_values"][0].endswith("/RPLCertificate")
    )
    (token,) = wallet.sd_jwt_answer(house, request).values()
    posted = wallet.post(house, request, {query_id: token})
    assert posted.status_code == 200, posted.text
    page = house.page(posted.json()["redirect_uri"].removeprefix(BASE_URL), language=language)
    assert page.status_code == 200
    assert page.text.count("data-requirement=") >= 4
    assert 'data-outcome="accepted"' in page.text
