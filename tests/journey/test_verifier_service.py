"""The verifier through its doors: the two endpoints, the form, the share link and the typed code."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.qr import qr_png
from tests.journey.verifier_house import BASE_URL, CODE, TOKEN, VerifierHouse, open_house
from tests.simulator import TRUST_LIST_URL, TRUST_ROOT_URL, did_key_signer
from vc.jose.envelope import envelop_credential
from vc.jose.secured import sign_credential_jwt

LINK = f"{BASE_URL}/v/{TOKEN}"


@pytest.fixture(params=["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def jcs_house(tmp_path: Path) -> Iterator[VerifierHouse]:
    with open_house(tmp_path) as opened:
        yield opened


class _Text(HTMLParser):
    """The words of a page, without markup."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def words(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return re.sub(r"\s+", " ", " ".join(parser.parts))


def outcome_on(html: str) -> str:
    match = re.search(r'data-outcome="(\w+)"', html)
    assert match is not None, words(html)
    return match[1]


def states_on(html: str) -> dict[str, str]:
    return dict(re.findall(r'data-verdict="(\w+)" data-state="(\w+)"', html))


def decision(answer: dict[str, Any]) -> str:
    outcome: str = answer["decision"]["outcome"]
    return outcome


# POST /credentials/verify ------------------------------------------------------------------------


def test_a_genuine_credential_is_verified_and_every_verdict_says_against_what(house: VerifierHouse) -> None:
    answer: dict[str, Any] = house.verify(house.world.issue())
    assert answer["verified"] is True
    assert answer["decision"] == {
        "outcome": "accepted",
        "headline": "Genuine and in force (identity not checked)",
        "reasons": [],
        "identityChecked": False,
        "nextSteps": [],
    }
    assert [v["answer"] for v in answer["verdicts"].values()] == ["yes", "yes", "yes", "couldNotCheck"]
    root, trust_list, accreditation = answer["verdicts"]["entitled"]["against"]
    assert (root["kind"], root["name"], root["version"]) == ("trustRoot", TRUST_ROOT_URL, "1")
    assert (trust_list["kind"], trust_list["name"], trust_list["version"]) == (
        "trustList",
        TRUST_LIST_URL,
        "1",
    )
    assert trust_list["ageSeconds"] == 0
    assert accreditation["kind"] == "accreditation"
    assert answer["verdicts"]["authentic"]["against"][0]["kind"] == "key"
    assert answer["issuer"]["name"] == "Poipet Training Centre", "the name the trust list gives"
    assert answer["demo"] is True
    assert "not a visa" in answer["notice"]


def test_a_revoked_credential_is_rejected_as_revoked_with_its_day(house: VerifierHouse) -> None:
    house.world.publish_status({4})
    answer: dict[str, Any] = house.verify(house.world.issue(4))
    assert answer["verified"] is False
    assert answer["decision"]["headline"].startswith("Revoked: no longer in force")
    assert answer["verdicts"]["inForce"]["reason"] == "revoked"
    assert answer["verdicts"]["inForce"]["since"] == "2026-11-22"
    assert answer["verdicts"]["authentic"]["answer"] == "yes", "revoked is never called invalid"
    assert decision(house.verify(house.world.issue(5))) == "accepted"


def test_without_notes_since_when_it_is_revoked_is_not_known(jcs_house: VerifierHouse) -> None:
    jcs_house.world.publish_status({4}, with_notes=False)
    answer: dict[str, Any] = jcs_house.verify(jcs_house.world.issue(4))
    assert answer["verdicts"]["inForce"]["since"] is None
    page = jcs_house.submit(text=jcs_house.world.issue(4).decode())
    assert "Since: not known" in words(page.text)


def test_an_altered_credential_is_processed_and_rejected(house: VerifierHouse) -> None:
    document = orjson.loads(house.world.issue())
    document["credentialSubject"]["nameLatin"] = "SOMEBODY ELSE"
    answer: dict[str, Any] = house.verify(orjson.dumps(document))
    assert answer["verified"] is False
    assert answer["verdicts"]["authentic"]["reason"] == "proofInvalid"
    assert answer["problemDetails"]
    assert all(set(problem) >= {"type", "title", "detail"} for problem in answer["problemDetails"])
    assert "SOMEBODY" not in orjson.dumps(answer).decode()


def test_an_unreachable_status_list_is_undetermined(jcs_house: VerifierHouse) -> None:
    jcs_house.world.go_offline(jcs_house.world.list_url)
    answer: dict[str, Any] = jcs_house.verify(jcs_house.world.issue())
    assert (answer["verified"], decision(answer)) == (False, "undetermined")
    assert answer["verdicts"]["inForce"]["answer"] == "couldNotCheck"
    assert answer["decision"]["reasons"][0]["sentence"] == "The list of revocations could not be reached."


def test_the_sentences_come_in_the_language_asked_for(jcs_house: VerifierHouse) -> None:
    body = orjson.dumps({"verifiableCredential": orjson.loads(jcs_house.world.issue())})
    in_english = jcs_house.post("/credentials/verify", body).json()
    in_khmer = jcs_house.post("/credentials/verify", body, {"Accept-Language": "km"}).json()
    assert in_english["decision"]["headline"].isascii()
    assert not in_khmer["decision"]["headline"].isascii()
    for english, khmer in zip(in_english["verdicts"].values(), in_khmer["verdicts"].values(), strict=True):
        assert english["sentence"].isascii()
        assert not khmer["sentence"].isascii()
        assert english["reason"] == khmer["reason"]
    assert in_khmer["decision"]["outcome"] == in_english["decision"]["outcome"]


def test_the_credential_is_given_back_when_asked_for(jcs_house: VerifierHouse) -> None:
    raw = jcs_house.world.issue()
    assert "verifiableCredential" not in jcs_house.verify(raw)
    assert jcs_house.verify(raw, returnCredential=True)["verifiableCredential"] == orjson.loads(raw)


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 400, "PARSING_ERROR"),
        (b"{", 400, "PARSING_ERROR"),
        (b'{"verifiableCredential": {}, "verifiableCredential": {}}', 400, "PARSING_ERROR"),
        (b'{"verifiableCredential": {"a": NaN}}', 400, "PARSING_ERROR"),
        (b"[]", 400, "MALFORMED_VALUE_ERROR"),
        (b"{}", 400, "MALFORMED_VALUE_ERROR"),
        (b'{"verifiableCredential": "eyJhbGciOiJFUzI1NiJ9.e30.x"}', 400, "MALFORMED_VALUE_ERROR"),
        (b'{"verifiableCredential": {}, "options": []}', 400, "MALFORMED_VALUE_ERROR"),
        (b'{"verifiableCredential": {}, "options": {"checks": "proof"}}', 400, "MALFORMED_VALUE_ERROR"),
        (b'{"verifiableCredential": {}, "options": {"returnCredential": 1}}', 400, "MALFORMED_VALUE_ERROR"),
        (b'{"verifiableCredential": {}, "options": {"checks": ["magic"]}}', 400, "UNKNOWN_OPTION_PROVIDED"),
        (b'{"verifiableCredential": {}, "options": {"trustAnyone": true}}', 400, "UNKNOWN_OPTION_PROVIDED"),
        (b'{"verifiableCredential": {}, "options": {"challenge": "c"}}', 400, "UNKNOWN_OPTION_PROVIDED"),
        (b'{"verifiableCredential": {}, "now": "2020-01-01T00:00:00Z"}', 400, "UNKNOWN_OPTION_PROVIDED"),
    ],
    ids=[
        "no_body",
        "cut_off",
        "duplicate_member",
        "not_a_number",
        "array",
        "no_credential",
        "token_for_a_credential",
        "options_not_an_object",
        "checks_not_an_array",
        "flag_not_a_boolean",
        "unknown_check",
        "unknown_option",
        "challenge_without_presentation",
        "unknown_member",
    ],
)
def test_what_cannot_be_parsed_is_a_problem_and_contacts_nobody(
    jcs_house: VerifierHouse, body: bytes, status: int, problem: str
) -> None:
    response: Any = jcs_house.post("/credentials/verify", body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].endswith(problem)
    assert jcs_house.contacts == []


def test_an_empty_credential_is_processed_and_rejected_as_malformed(jcs_house: VerifierHouse) -> None:
    answer: dict[str, Any] = jcs_house.verify(b"{}")
    assert answer["verdicts"]["authentic"]["reason"] == "malformed"
    assert decision(answer) == "rejected"
    assert jcs_house.contacts == []


def test_an_unknown_issuer_has_nothing_of_its_own_contacted(jcs_house: VerifierHouse) -> None:
    did, signer = did_key_signer("stranger")
    world = jcs_house.world
    raw = world.sign(world.unsigned(issuer={"id": did, "name": "Ministry of Everything"}), signer=signer)
    answer: dict[str, Any] = jcs_house.verify(raw)
    assert answer["verdicts"]["entitled"]["reason"] == "issuerUnknown"
    assert answer["issuer"] == {"id": did, "name": None}
    assert set(jcs_house.contacts) == {TRUST_LIST_URL, TRUST_ROOT_URL}
    assert "Ministry of Everything" not in jcs_house.submit(text=raw.decode()).text


def test_an_enveloped_credential_is_verified_and_goes_back_as_it_came(jcs_house: VerifierHouse) -> None:
    world = jcs_house.world
    envelope = envelop_credential(sign_credential_jwt(world.unsigned(), world.centre, issued_at=world.now))
    answer: dict[str, Any] = jcs_house.verify(orjson.dumps(envelope), returnCredential=True)
    assert decision(answer) == "accepted"
    assert answer["verifiableCredential"] == envelope
    world.publish_status({0})
    jcs_house.world.clock.advance(timedelta(minutes=10))
    later: dict[str, Any] = jcs_house.verify(orjson.dumps(envelope))
    assert later["verdicts"]["inForce"]["reason"] == "revoked"


# POST /presentations/verify ----------------------------------------------------------------------


def present(house: VerifierHouse, **options: str) -> bytes:
    holder, _ = did_key_signer("holder")
    world = house.world
    credential = world.issue(1, credentialSubject=world.subject(1) | {"id": holder})
    presentation = world.present(credential, challenge="c-1", domain="recruiter.example")
    return orjson.dumps({"verifiablePresentation": orjson.loads(presentation), "options": options})


def test_a_presentation_shows_that_the_credential_is_this_persons(house: VerifierHouse) -> None:
    body = present(house, challenge="c-1", domain="recruiter.example")
    answer: Any = house.post("/presentations/verify", body).json()
    (result,) = answer["credentialResults"]
    assert answer["verified"] is True
    assert result["verdicts"]["thisPersons"]["reason"] == "keyBound"
    assert result["decision"]["headline"] == "Genuine and in force"


@pytest.mark.parametrize(
    "options",
    [{"challenge": "c-2", "domain": "recruiter.example"}, {"challenge": "c-1", "domain": "other.example"}],
    ids=["other_challenge", "other_domain"],
)
def test_a_presentation_made_for_somebody_else_is_not_verified(
    jcs_house: VerifierHouse, options: dict[str, str]
) -> None:
    answer: Any = jcs_house.post("/presentations/verify", present(jcs_house, **options)).json()
    assert answer["verified"] is False
    assert answer["credentialResults"][0]["verdicts"]["thisPersons"]["answer"] == "no"


def test_a_presentation_without_credentials_is_not_verified(jcs_house: VerifierHouse) -> None:
    body = orjson.dumps({"verifiablePresentation": {"type": ["VerifiablePresentation"]}})
    answer: Any = jcs_house.post("/presentations/verify", body).json()
    assert answer["verified"] is False
    assert answer["problemDetails"]


# The form ----------------------------------------------------------------------------------------


def test_the_form_works_without_an_account_and_without_javascript(jcs_house: VerifierHouse) -> None:
    page = jcs_house.page("/verify")
    assert page.status_code == 200
    html: str = page.text
    assert html.count('action="/verify"') == 4
    assert "<script>" not in html


def test_page_and_json_say_the_same(house: VerifierHouse) -> None:
    house.world.publish_status({2})
    for number in (1, 2):
        raw = house.world.issue(number)
        answer: dict[str, Any] = house.verify(raw)
        page: Any = house.submit(upload=("credential.json", raw, "application/json"))
        assert page.status_code == 200
        said = words(page.text)
        assert outcome_on(page.text) == decision(answer)
        assert list(states_on(page.text).values()) == [
            {"couldNotCheck": "could_not_check"}.get(v["answer"], v["answer"])
            for v in answer["verdicts"].values()
        ]
        for verdict in answer["verdicts"].values():
            assert verdict["sentence"] in said
            assert all(basis["label"] in said for basis in verdict["against"])
        assert answer["decision"]["headline"] in said
        assert answer["notice"] in said
        assert answer["issuer"]["name"] in said


def test_whoever_brings_the_document_sees_all_that_it_certifies(jcs_house: VerifierHouse) -> None:
    page: Any = jcs_house.submit(text=jcs_house.world.issue(12).decode())
    said = words(page.text)
    for shown in ("Bricklayer", "SOK DARA", "សុខ ដារ៉ា", "CON-BRL-101", "Mix mortar", "PPT-2026-00012"):
        assert shown in said
    assert "What the credential calls itself" not in said, "the issuer's name is the trust list's"


def test_an_altered_document_has_nothing_of_it_shown(jcs_house: VerifierHouse) -> None:
    raw = jcs_house.world.issue().replace(b"SOK DARA", b"EVIL TWIN")
    page: Any = jcs_house.submit(text=raw.decode())
    assert outcome_on(page.text) == "rejected"
    assert "EVIL TWIN" not in page.text
    assert "What it certifies" not in page.text


@pytest.mark.parametrize("way", ["picture", "link", "code_pasted", "code_typed"])
def test_link_code_and_picture_lead_to_the_restricted_view(jcs_house: VerifierHouse, way: str) -> None:
    jcs_house.shared |= {TOKEN: jcs_house.world.issue(12), CODE: jcs_house.world.issue(12)}
    page: Any = {
        "picture": lambda: jcs_house.submit(upload=("photo.png", qr_png(LINK), "image/png")),
        "link": lambda: jcs_house.submit(text=f"  {LINK}?lang=km\n"),
        "code_pasted": lambda: jcs_house.submit(text="7k3m-9qxa-2b4c"),
        "code_typed": lambda: jcs_house.submit(code="7k3m 9qxa 2b4c"),
    }[way]()
    assert page.status_code == 200, words(page.text)
    assert outcome_on(page.text) == "accepted"
    assert_restricted(page.text)


def assert_restricted(html: str) -> None:
    said = words(html)
    for shown in ("Bricklayer", "SOK DARA", "សុខ ដារ៉ា", "Poipet Training Centre", "21 November 2026"):
        assert shown in said
    hidden = (
        "1994", "March", "PPT-2026", "CON-BRL", "Mix mortar", "ASR-0042", "2026-05-18", "18 May", "practical",
        "urn:uuid", "11111111",
    )  # fmt: skip
    for secret in hidden:
        assert secret not in html, secret


@pytest.mark.parametrize(
    "link",
    [
        f"https://vc-rnlvt.example/v/{TOKEN}",
        f"https://127.0.0.1:8000/v/{TOKEN}",
        f"http://127.0.0.1:8001/v/{TOKEN}",
        f"http://127.0.0.1/v/{TOKEN}",
        f"http://127.0.0.1:8000.evil.example/v/{TOKEN}",
        f"http://127.0.0.1:8000@evil.example/v/{TOKEN}",
        f"http://evil.example/#http://127.0.0.1:8000/v/{TOKEN}",
        f"http://localhost:8000/v/{TOKEN}",
    ],
    ids=[
        "other_host",
        "other_scheme",
        "other_port",
        "no_port",
        "host_as_prefix",
        "host_as_user",
        "host_in_fragment",
        "other_name_of_the_host",
    ],
)
@pytest.mark.parametrize("way", ["pasted", "picture"])
def test_a_link_to_another_site_is_refused_and_contacts_nobody(
    jcs_house: VerifierHouse, link: str, way: str
) -> None:
    jcs_house.shared[TOKEN] = jcs_house.world.issue()
    page: Any = (
        jcs_house.submit(text=link)
        if way == "pasted"
        else jcs_house.submit(upload=("photo.png", qr_png(link), "image/png"))
    )
    assert page.status_code == 400
    said = words(page.text)
    if way == "pasted" or ("8000." not in link and "@" not in link):
        assert "This code opens another website. Do not trust it." in said
    else:
        assert "does not hold the link of a certificate" in said
    assert jcs_house.contacts == []
    assert "evil" not in page.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"{BASE_URL}/v/{TOKEN}", 404),
        (f"{BASE_URL}/v/{TOKEN}/..", 404),
        (f"{BASE_URL}/v/{TOKEN}#x", 404),
        (f"{BASE_URL}/sign-out", 404),
        ("7K3M-9QXA", 400),
        ("7K3M-9QXA-2B4U", 400),
        ("", 400),
        ("   ", 400),
        ("hello", 400),
        ("{", 400),
    ],
    ids=[
        "unknown_token",
        "path_after_token",
        "fragment",
        "other_page",
        "short_code",
        "no_letter_of_a_code",
        "nothing",
        "spaces",
        "words",
        "broken_json",
    ],
)
def test_what_leads_nowhere_says_so_on_the_form(jcs_house: VerifierHouse, text: str, status: int) -> None:
    page: Any = jcs_house.submit(text=text)
    assert page.status_code == status, words(page.text)
    assert "Nothing was checked" in page.text
    assert 'action="/verify"' in page.text


def test_an_unreachable_issuer_is_could_not_check_with_a_next_step(jcs_house: VerifierHouse) -> None:
    jcs_house.issuer_is_down = True
    page: Any = jcs_house.submit(code=CODE)
    assert page.status_code == 503
    assert "could not be checked" in words(page.text)
    assert "Try again in a few minutes" in words(page.text)


def test_a_verifier_without_an_issuer_says_where_to_open_the_link(tmp_path: Path) -> None:
    with open_house(tmp_path, has_issuer=False) as house:
        page: Any = house.submit(code=CODE)
        assert page.status_code == 503
        assert "Open the link in a browser" in words(page.text)
        assert house.contacts == []
        assert decision(house.verify(house.world.issue())) == "accepted"


def test_an_undetermined_result_says_what_to_do_and_whom_to_call(jcs_house: VerifierHouse) -> None:
    jcs_house.world.go_offline()
    page: Any = jcs_house.submit(text=jcs_house.world.issue().decode())
    said = words(page.text)
    assert outcome_on(page.text) == "undetermined"
    assert "The trust list could not be reached" in said
    assert "Try again in a few minutes" in said
    assert "000 000 000" in said


# The share link ----------------------------------------------------------------------------------


def test_the_share_link_shows_a_stranger_no_more_than_the_paper(house: VerifierHouse) -> None:
    house.shared[TOKEN] = house.world.issue(12)
    page: Any = house.page(f"/v/{TOKEN}")
    assert page.status_code == 200
    assert_restricted(page.text)
    assert states_on(page.text) == {
        "authentic": "yes",
        "entitled": "yes",
        "in_force": "yes",
        "this_person": "could_not_check",
    }
    assert page.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert TOKEN not in page.text


def test_the_share_link_of_a_revoked_certificate_says_revoked(jcs_house: VerifierHouse) -> None:
    jcs_house.shared[TOKEN] = jcs_house.world.issue(12)
    jcs_house.world.publish_status({12})
    page: Any = jcs_house.page(f"/v/{TOKEN.lower()}")
    said = words(page.text)
    assert outcome_on(page.text) == "rejected"
    assert "Revoked: no longer in force" in said
    assert "Since: 22 November 2026" in said
    assert "invalid" not in said.lower()
    assert_restricted(page.text)


@pytest.mark.parametrize("token", ["X", TOKEN[:-1], TOKEN + "0", "U" * 26, TOKEN])
def test_an_unknown_share_link_is_not_found_and_not_kept_by_anybody(
    jcs_house: VerifierHouse, token: str
) -> None:
    page: Any = jcs_house.page(f"/v/{token}")
    assert page.status_code == 404
    assert page.headers["x-robots-tag"].startswith("noindex")
    assert page.headers["referrer-policy"] == "no-referrer"


def test_share_links_cannot_be_tried_out_at_speed(tmp_path: Path) -> None:
    with open_house(tmp_path, rate_limits={"share-link": "3/minute"}) as house:
        answers = [house.page(f"/v/{TOKEN}").status_code for _ in range(4)]
        assert answers == [404, 404, 404, 429]
