"""A wallet is asked over HTTP (OpenID4VP 1.0): what is good is shown to whoever asked, and to nobody else.

Rows 42 to 44 of the threat model: replay, another's credential, and another's session.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from starlette.testclient import TestClient

from runtime.entropy import random_token
from tests.journey import simulated_wallet as wallet
from tests.journey.simulated_wallet import Json, Request
from tests.journey.verifier_house import BASE_URL, VerifierHouse, open_house
from tests.sd_jwt_world import OTHER_HOLDER, issue_sd_jwt, publish_tokens
from vc.jose.envelope import envelop_presentation
from vc.sd_jwt.credential import vct_of
from verifier.tables import person_key, wallet_request

NAME = "SOK DARA"
REFUSED = "The answer of the wallet was refused"
WAITING = "Waiting for the wallet"
# How the verifier names itself, and how wallets answer.
WAYS: Mapping[str, Json] = {
    "unsigned": {"openid4vp_client_id": "redirect_uri"},
    "unsigned-encrypted": {
        "openid4vp_client_id": "redirect_uri",
        "openid4vp_response_mode": "direct_post.jwt",
    },
    "signed": {
        "openid4vp_client_id": "decentralized_identifier",
        "openid4vp_response_mode": "direct_post",
    },
    "signed-encrypted": {"openid4vp_client_id": "decentralized_identifier"},
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[VerifierHouse]:
    """A verifier of a demo on plain http: its requests are not signed."""
    with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def signing_house(tmp_path: Path) -> Iterator[VerifierHouse]:
    """A verifier whose requests are signed and whose answers are encrypted."""
    with open_house(tmp_path, **WAYS["signed-encrypted"]) as opened:
        yield opened


@contextmanager
def another_browser(house: VerifierHouse) -> Iterator[TestClient]:
    """A browser without the cookies of the first."""
    yield TestClient(house.client.app, base_url=BASE_URL, follow_redirects=False)


def shown(house: VerifierHouse, request: Request) -> str:
    page = house.page(request.page)
    assert page.status_code == 200
    return page.text


def assert_refused(house: VerifierHouse, request: Request, answer: httpx2.Response) -> str:
    """The wallet hears of it, and the page shows nothing of what was presented."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    page = shown(house, request)
    assert REFUSED in page
    assert NAME not in page
    assert 'data-outcome="accepted"' not in page
    return page


# Good -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_good_answer_is_shown_with_its_four_verdicts(tmp_path: Path, way: str) -> None:
    with open_house(tmp_path, **WAYS[way]) as house:
        request = wallet.begin(house)
        assert WAITING in shown(house, request)
        answer = wallet.post(house, request, wallet.sd_jwt_answer(house, request))
        assert (answer.status_code, answer.json()) == (200, {}), answer.text
        page = shown(house, request)
    assert 'data-outcome="accepted"' in page
    assert page.count('data-state="yes"') == 4
    assert NAME in page


def test_a_revoked_credential_is_a_good_answer_and_is_shown_as_revoked(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    vp_token = wallet.sd_jwt_answer(house, request)
    publish_tokens(house.world, {0: 1})
    assert wallet.post(house, request, vp_token).status_code == 200
    assert 'data-outcome="rejected"' in shown(house, request)


@pytest.mark.parametrize("way", ["unsigned", "signed-encrypted"])
@pytest.mark.parametrize("answer", [wallet.vp_answer, wallet.jwt_answer], ids=["ldp_vc", "jwt_vc_json"])
def test_a_presentation_of_a_w3c_credential_is_shown(
    tmp_path: Path, way: str, answer: Callable[..., Json]
) -> None:
    with open_house(tmp_path, **WAYS[way]) as house:
        request = wallet.begin(house, flow="same_device")
        received = wallet.post(house, request, answer(house, request))
        assert received.status_code == 200, received.text
        page = house.page(received.json()["redirect_uri"].removeprefix(BASE_URL)).text
    assert page.count('data-state="yes"') == 4
    assert NAME in page


def test_a_page_with_scripts_is_told_when_to_look_again(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    polling = {"HX-Request": "true"}
    quiet = house.client.get(request.page, headers=polling)
    assert (quiet.status_code, "hx-refresh" in quiet.headers) == (204, False)
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    assert house.client.get(request.page, headers=polling).headers["hx-refresh"] == "true"
    house.world.clock.advance(timedelta(minutes=10))
    assert house.client.get(request.page, headers=polling).headers["hx-refresh"] == "true"


def test_a_wallet_may_decline(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    form = {"error": "access_denied", "state": request.parameters["state"]}
    assert wallet.post_form(house, request, form).status_code == 200
    assert "Nothing was shown" in shown(house, request)


def test_a_wallet_that_cannot_encrypt_may_still_decline(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    form = {"error": "access_denied", "state": request.parameters["state"]}
    assert wallet.post_form(signing_house, request, form).status_code == 200
    assert "Nothing was shown" in shown(signing_house, request)


def test_claims_that_were_not_asked_for_are_not_shown_though_disclosed(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    page = shown(house, request)
    assert NAME in page
    assert "សុខ ដារ៉ា" not in page


# Row 42: replay ---------------------------------------------------------------------------------------


BAD_SD_JWT: dict[str, Json] = {
    "for_another_verifier": {"audience": "redirect_uri:https://other.example/response"},
    "for_the_identifier_without_its_prefix": {"audience": "without"},
    "with_another_nonce": {"nonce": "another-nonce-0123456789"},
    "bound_with_another_key": {"holder": OTHER_HOLDER},
    "of_another_type": {"vct": vct_of("TrainingCertificate")},
    "without_a_claim_that_was_asked_for": {"decisionDate": None},
    "by_an_issuer_that_is_no_url": {"iss": "nobody"},
}


@pytest.mark.parametrize("fault", BAD_SD_JWT)
def test_an_sd_jwt_is_refused(house: VerifierHouse, fault: str) -> None:
    request = wallet.begin(house)
    changed = dict(BAD_SD_JWT[fault])
    if changed.get("audience") == "without":
        changed["audience"] = request.client_id.removeprefix("redirect_uri:")
    answer = wallet.post(house, request, wallet.sd_jwt_answer(house, request, **changed))
    assert_refused(house, request, answer)


def test_an_altered_sd_jwt_is_refused(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    (query_id, (presented,)) = next(iter(wallet.sd_jwt_answer(house, request).items()))
    head, payload, rest = presented.split(".", 2)
    altered = f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BA'}.{rest}"
    assert_refused(house, request, wallet.post(house, request, {query_id: [altered]}))


def test_an_sd_jwt_whose_key_binding_was_taken_off_is_refused(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    publish_tokens(house.world, {})
    vp_token = {request.query_id("dc+sd-jwt"): [issue_sd_jwt(house.world)]}
    assert_refused(house, request, wallet.post(house, request, vp_token))


@pytest.mark.parametrize("way", ["unsigned", "signed-encrypted"])
def test_an_answer_counts_once(tmp_path: Path, way: str) -> None:
    with open_house(tmp_path, **WAYS[way]) as house:
        request = wallet.begin(house)
        vp_token = wallet.sd_jwt_answer(house, request)
        assert wallet.post(house, request, vp_token).status_code == 200
        again = wallet.post(house, request, vp_token)
        assert again.status_code == 409
        assert NAME in shown(house, request)


def test_an_answer_sent_again_to_a_later_request_is_refused(house: VerifierHouse) -> None:
    first = wallet.begin(house)
    vp_token = wallet.sd_jwt_answer(house, first)
    assert wallet.post(house, first, vp_token).status_code == 200
    second = wallet.begin(house)
    assert_refused(house, second, wallet.post(house, second, vp_token))


def test_a_refused_answer_uses_the_request_up(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    bad = wallet.sd_jwt_answer(house, request, nonce="another-nonce-0123456789")
    assert wallet.post(house, request, bad).status_code == 400
    assert wallet.post(house, request, wallet.sd_jwt_answer(house, request)).status_code == 409


BAD_VP: dict[str, Json] = {
    "for_another_verifier": {"domain": "redirect_uri:https://other.example/response"},
    "with_another_challenge": {"challenge": "another-nonce-0123456789"},
    "of_somebody_elses_credential": {"holder": "thief"},
}


@pytest.mark.parametrize("fault", BAD_VP)
def test_a_data_integrity_presentation_is_refused(signing_house: VerifierHouse, fault: str) -> None:
    """Rows 42 and 43."""
    request = wallet.begin(signing_house)
    vp_token = wallet.vp_answer(signing_house, request, **BAD_VP[fault])
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


def test_a_data_integrity_presentation_without_its_proof_is_refused(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    vp_token = wallet.vp_answer(signing_house, request)
    del vp_token[request.query_id("ldp_vc")][0]["proof"]
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


def test_two_credentials_in_one_presentation_are_refused(signing_house: VerifierHouse) -> None:
    house, request = signing_house, wallet.begin(signing_house)
    both = house.world.present(
        house.world.issue(0),
        house.world.issue(1),
        challenge=request.nonce,
        domain=request.client_id,
    )
    vp_token = {request.query_id("ldp_vc"): [orjson.loads(both)]}
    assert_refused(house, request, wallet.post(house, request, vp_token))


@pytest.mark.parametrize(
    "changed",
    [{"nonce": "another-nonce-0123456789"}, {"audience": "x509_san_dns:other.example"}, {"holder": "thief"}],
    ids=["nonce", "audience", "holder"],
)
def test_a_jwt_presentation_is_refused(signing_house: VerifierHouse, changed: Json) -> None:
    request = wallet.begin(signing_house)
    vp_token = wallet.jwt_answer(signing_house, request, **changed)
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


# What was not asked for -------------------------------------------------------------------------------


def test_a_credential_nobody_asked_for_is_refused(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    vp_token = wallet.sd_jwt_answer(house, request)
    vp_token["something_else"] = next(iter(vp_token.values()))
    assert_refused(house, request, wallet.post(house, request, vp_token))


def test_two_formats_of_one_credential_are_refused(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    vp_token = wallet.sd_jwt_answer(signing_house, request) | wallet.vp_answer(signing_house, request)
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


def test_one_format_under_the_name_of_another_is_refused(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    (presented,) = wallet.sd_jwt_answer(signing_house, request).values()
    vp_token = {request.query_id("ldp_vc"): presented}
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


def test_a_token_in_an_envelope_is_no_data_integrity_presentation(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    ((token,),) = wallet.jwt_answer(signing_house, request).values()
    vp_token = {request.query_id("ldp_vc"): [envelop_presentation(token)]}
    assert_refused(signing_house, request, wallet.post(signing_house, request, vp_token))


# What uses nothing up ---------------------------------------------------------------------------------


NONSENSE: dict[str, Callable[[Request], dict[str, str]]] = {
    "nothing": lambda _: {},
    "no_state": lambda _: {"vp_token": '{"a": ["b"]}'},
    "another_state": lambda _: {"vp_token": '{"a": ["b"]}', "state": "0" * 32},
    "presentations_and_an_error": lambda r: {
        "vp_token": '{"a": ["b"]}',
        "error": "access_denied",
        "state": r.parameters["state"],
    },
    "no_json": lambda r: {"vp_token": '{"a": [', "state": r.parameters["state"]},
    "a_text_in_place_of_an_array": lambda r: {"vp_token": '{"a": "b"}', "state": r.parameters["state"]},
    "two_presentations": lambda r: {"vp_token": '{"a": ["b", "c"]}', "state": r.parameters["state"]},
    "an_encrypted_response_nobody_asked_for": lambda _: {"response": "a.b.c.d.e"},
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_and_leaves_the_request_open(house: VerifierHouse, nonsense: str) -> None:
    request = wallet.begin(house)
    answer = wallet.post_form(house, request, NONSENSE[nonsense](request))
    assert answer.status_code == 400, answer.text
    assert WAITING in shown(house, request)
    assert wallet.post(house, request, wallet.sd_jwt_answer(house, request)).status_code == 200


def test_a_field_that_is_there_twice_is_refused(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    state = request.parameters["state"]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"state={state}&state={state}&error=access_denied"
    answer = house.client.post(request.response_path, content=body, headers=headers)
    assert answer.status_code == 400
    assert WAITING in shown(house, request)


def test_json_in_place_of_a_form_is_refused(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    answer = house.post(request.response_path, orjson.dumps({"state": request.parameters["state"]}))
    assert answer.status_code == 415


def test_a_huge_answer_is_refused_unread(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    form = {"vp_token": "x" * 1_100_000, "state": request.parameters["state"]}
    assert wallet.post_form(house, request, form).status_code == 413
    assert WAITING in shown(house, request)


def test_an_answer_in_the_clear_is_refused_where_encryption_was_asked_for(
    signing_house: VerifierHouse,
) -> None:
    request = wallet.begin(signing_house)
    vp_token = wallet.sd_jwt_answer(signing_house, request)
    form = {"vp_token": orjson.dumps(vp_token).decode(), "state": request.parameters["state"]}
    assert wallet.post_form(signing_house, request, form).status_code == 400
    assert WAITING in shown(signing_house, request)


HEADERS: dict[str, Json] = {
    "another_algorithm": {"alg": "ECDH-ES+A128KW"},
    "another_encryption": {"enc": "A128CBC-HS256"},
    "another_key_name": {"kid": "other"},
    "compression": {"zip": "DEF"},
}


@pytest.mark.parametrize("fault", HEADERS)
def test_an_answer_encrypted_in_another_way_is_refused(signing_house: VerifierHouse, fault: str) -> None:
    request = wallet.begin(signing_house)
    response = {
        "vp_token": wallet.sd_jwt_answer(signing_house, request),
        "state": request.parameters["state"],
    }
    form = {"response": wallet.encrypt(request, response, **HEADERS[fault])}
    assert wallet.post_form(signing_house, request, form).status_code == 400
    assert WAITING in shown(signing_house, request)


def test_an_answer_encrypted_to_the_key_of_another_request_is_refused(signing_house: VerifierHouse) -> None:
    first, second = wallet.begin(signing_house), wallet.begin(signing_house)
    keys = [one.parameters["client_metadata"]["jwks"] for one in (first, second)]
    assert keys[0] != keys[1]
    response = {
        "vp_token": wallet.sd_jwt_answer(signing_house, second),
        "state": second.parameters["state"],
    }
    form = {"response": wallet.encrypt(first, response)}
    assert wallet.post_form(signing_house, second, form).status_code == 400
    assert WAITING in shown(signing_house, second)


def test_an_answer_of_another_request_is_refused(house: VerifierHouse) -> None:
    first, second = wallet.begin(house), wallet.begin(house)
    vp_token = wallet.sd_jwt_answer(house, first)
    answer = wallet.post(house, second, vp_token, state=first.parameters["state"])
    assert answer.status_code == 400
    assert WAITING in shown(house, second)


# Time -------------------------------------------------------------------------------------------------


def test_after_ten_minutes_nothing_is_open_any_more(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    vp_token = wallet.sd_jwt_answer(house, request)
    house.world.clock.advance(timedelta(minutes=10))
    assert wallet.post(house, request, vp_token).status_code == 404
    assert house.page(request.page).status_code == 404


def test_an_answer_is_forgotten_ten_minutes_after_it_came(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    house.world.clock.advance(timedelta(minutes=9))
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    house.world.clock.advance(timedelta(minutes=9))
    assert NAME in shown(house, request)
    house.world.clock.advance(timedelta(minutes=1))
    assert house.page(request.page).status_code == 404


def test_what_is_over_is_swept_with_the_key_that_sealed_it(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    assert rows(house) == (1, 1)
    sweep(house)
    assert rows(house) == (1, 1)
    house.world.clock.advance(timedelta(minutes=10))
    sweep(house)
    assert rows(house) == (0, 0)


def test_nothing_of_a_person_is_kept_in_the_clear(house: VerifierHouse, tmp_path: Path) -> None:
    request = wallet.begin(house)
    wallet.post(house, request, wallet.sd_jwt_answer(house, request))
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in (NAME, "PPT-2026-00000", "bricklayer", "Poipet"):
        assert secret.encode() not in kept, secret


def sweep(house: VerifierHouse) -> None:
    app: Any = house.client.app
    assert house.client.portal is not None
    house.client.portal.call(app.state.wallet_requests.sweep)


def rows(house: VerifierHouse) -> tuple[int, int]:
    app: Any = house.client.app
    database = app.state.context.database
    return (
        database.read_now(lambda connection: len(connection.execute(wallet_request.select()).all())),
        database.read_now(lambda connection: len(connection.execute(person_key.select()).all())),
    )


# Row 44: whose browser --------------------------------------------------------------------------------


def test_another_browser_sees_neither_the_request_nor_the_answer(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    with another_browser(house) as other:
        assert other.get(request.page).status_code == 404
        wallet.post(house, request, wallet.sd_jwt_answer(house, request))
        assert other.get(request.page).status_code == 404
        other.post("/verify/ask", data={"type": "rpl", "purpose": "mine", "flow": "cross_device"})
        answer = other.get(request.page)
    assert answer.status_code == 404
    assert NAME not in answer.text
    assert NAME in shown(house, request)


def test_the_cookie_is_of_no_use_to_scripts_and_other_sites(house: VerifierHouse) -> None:
    form = {"type": "rpl", "purpose": "work", "flow": "cross_device"}
    cookie = house.client.post("/verify/ask", data=form, follow_redirects=False).headers["set-cookie"]
    assert cookie.startswith("passport_ask=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_on_https_the_cookie_is_this_hosts_alone(tmp_path: Path) -> None:
    with open_house(tmp_path, base_url="https://verifier.example") as house:
        form = {"type": "rpl", "purpose": "work", "flow": "cross_device"}
        cookie = house.client.post("/verify/ask", data=form, follow_redirects=False).headers["set-cookie"]
    assert cookie.startswith("__Host-passport_ask=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_a_request_cannot_be_made_from_another_site(house: VerifierHouse) -> None:
    form = {"type": "rpl", "purpose": "work", "flow": "cross_device"}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert house.client.post("/verify/ask", data=form, headers=headers).status_code == 403


@pytest.mark.parametrize("way", ["unsigned", "signed-encrypted"])
def test_on_one_device_the_answer_is_shown_only_by_way_of_the_wallet(tmp_path: Path, way: str) -> None:
    with open_house(tmp_path, **WAYS[way]) as house:
        request = wallet.begin(house, flow="same_device")
        answer = wallet.post(house, request, wallet.sd_jwt_answer(house, request)).json()
        assert answer["redirect_uri"].startswith(f"{BASE_URL}{request.page}?response_code=")
        assert WAITING in shown(house, request)
        wrong = house.page(f"{request.page}?response_code={random_token(160)}")
        assert WAITING in wrong.text
        right = house.page(answer["redirect_uri"].removeprefix(BASE_URL))
        assert NAME in right.text
        assert right.headers["referrer-policy"] == "no-referrer"


def test_a_code_that_comes_back_to_another_browser_shows_nothing_to_anybody(house: VerifierHouse) -> None:
    """An attacker began, and led the victim's wallet to answer: session fixation."""
    request = wallet.begin(house, flow="same_device")
    answer = wallet.post(house, request, wallet.sd_jwt_answer(house, request)).json()
    back = answer["redirect_uri"].removeprefix(BASE_URL)
    with another_browser(house) as victim:
        assert victim.get(back).status_code == 404
    attacker = house.page(back)
    assert REFUSED in attacker.text
    assert NAME not in attacker.text


def test_a_refused_answer_gets_no_code(house: VerifierHouse) -> None:
    request = wallet.begin(house, flow="same_device")
    bad = wallet.sd_jwt_answer(house, request, holder=OTHER_HOLDER)
    answer = wallet.post(house, request, bad)
    assert "response_code" not in answer.text
    assert_refused(house, request, answer)


# The request ------------------------------------------------------------------------------------------


def test_nonce_and_state_are_never_the_same_twice(house: VerifierHouse) -> None:
    requests = [wallet.begin(house) for _ in range(4)]
    for name in ("nonce", "state", "client_id"):
        assert len({one.parameters[name] for one in requests}) == 4
    assert min(len(one.nonce) for one in requests) * 5 >= 128


def test_a_signed_request_is_read_by_get_and_by_post(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    link = wallet.stored_link(signing_house, request.page.rsplit("/", 1)[1])
    nonce = "qPmxiNFCR3QTm19POc8u"
    claims = wallet.read_link(signing_house, link, wallet_nonce=nonce)
    assert claims["wallet_nonce"] == nonce
    assert claims["nonce"] == request.nonce
    path = f"/verify/request/{request.page.rsplit('/', 1)[1]}"
    answer = signing_house.client.get(path)
    assert answer.headers["content-type"] == "application/oauth-authz-req+jwt"
    assert signing_house.client.post(path, data={"wallet_nonce": "x" * 513}).status_code == 400


def test_a_request_that_had_its_answer_is_not_given_out_again(signing_house: VerifierHouse) -> None:
    request = wallet.begin(signing_house)
    path = f"/verify/request/{request.page.rsplit('/', 1)[1]}"
    wallet.post(signing_house, request, wallet.sd_jwt_answer(signing_house, request))
    assert signing_house.client.get(path).status_code == 404


def test_an_unsigned_request_is_not_given_by_reference(house: VerifierHouse) -> None:
    request = wallet.begin(house)
    assert house.client.get(f"/verify/request/{request.page.rsplit('/', 1)[1]}").status_code == 404


def test_a_request_without_a_reason_is_not_made(house: VerifierHouse) -> None:
    form = {"type": "rpl", "purpose": "  ", "flow": "cross_device"}
    answer = house.client.post("/verify/ask", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert rows(house) == (0, 0)


def test_health_and_identity_cannot_be_asked_for_from_a_list(house: VerifierHouse) -> None:
    page = house.page("/verify/ask").text
    assert 'value="rpl"' in page
    for slug in ("health", "identity", "nssf"):
        assert f'value="{slug}"' not in page
        form = {"type": slug, "purpose": "work", "flow": "cross_device"}
        assert house.client.post("/verify/ask", data=form).status_code == 400
