"""Links that anybody may give a holder: each with one fault, refused with a sentence, and nothing is sent."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import orjson
import pytest

from tests.journey.share_house import HOLDER, PIN, ShareHouse, give_certificate, open_share_house

Json = dict[str, Any]
FORM = {"type": "rpl", "purpose": "work", "flow": "cross_device"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShareHouse]:
    limits = dict.fromkeys(("wallet-ask", "wallet-present", "wallet-receive"), "10000/minute")
    with open_share_house(tmp_path_factory.mktemp("hostile"), rate_limits=limits) as opened:
        opened.run(opened.wallet.state.pins.set_first, HOLDER, PIN)
        give_certificate(opened)
        yield opened


def asked(house: ShareHouse, **form: str) -> str:
    """The link of a request that somebody makes at the verifier's page."""
    made = house.client.post("/verify/ask", data=FORM | form, follow_redirects=False)
    assert made.status_code == 303, made.text
    requests, context = house.verifier.state.wallet_requests, house.contexts["verifier"]
    request_id = made.headers["location"].rsplit("/", 1)[1]
    request = context.database.read_now(requests._sealed.get, request_id, context.clock.now())
    return str(requests._link(request))


def changed(link: str, **parameters: Any) -> str:
    """A request by value with other parameters; one that is None is left out."""
    given: Json = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    given |= parameters
    pairs = (
        f"{name}={quote(value if isinstance(value, str) else orjson.dumps(value).decode(), safe='')}"
        for name, value in given.items()
        if value is not None
    )
    return f"openid4vp://?{'&'.join(pairs)}"


def query_of(link: str) -> Json:
    return dict(orjson.loads(parse_qs(urlsplit(link).query)["dcql_query"][0]))


def looked(house: ShareHouse, link: str) -> httpx2.Response:
    """The page behind a request that the holder pasted."""
    answer = house.holder_posts("/wallet/present", {"link": link})
    return house.holder_gets(answer.headers["location"]) if answer.status_code == 303 else answer


FAULTS: dict[str, Json] = {
    "response-uri-of-another": {"response_uri": "https://evil.example/take"},
    "unsigned-did": {"client_id": "decentralized_identifier:did:web:verifier.example"},
    "unknown-prefix": {"client_id": "verifier_attestation:x"},
    "no-nonce": {"nonce": None},
    "nonce-of-other-characters": {"nonce": "a b"},
    "fragment": {"response_mode": "fragment"},
    "redirect-uri-beside": {"redirect_uri": "https://evil.example/"},
    "id-token": {"response_type": "vp_token id_token"},
    "no-query": {"dcql_query": None},
    "unknown-transaction": {"transaction_data": ["eyJ0eXBlIjoieCIsImNyZWRlbnRpYWxfaWRzIjpbImEiXX0"]},
    "scope": {"scope": "x"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_with_one_fault_is_refused_with_a_sentence(house: ShareHouse, fault: str) -> None:
    link = asked(house)
    assert 'name="pin"' in looked(house, changed(link)).text
    refused = looked(house, changed(link, **FAULTS[fault]))
    assert (refused.status_code, "This is no request" in refused.text) == (400, True)
    assert 'name="pin"' not in refused.text


def test_an_unknown_format_alone_is_refused_and_beside_others_passed_over(house: ShareHouse) -> None:
    link = asked(house)
    query = query_of(link)
    mdoc = {"id": "m", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}}
    assert looked(house, changed(link, dcql_query={"credentials": [mdoc]})).status_code == 400
    both = {
        "credentials": [mdoc, *query["credentials"]],
        "credential_sets": [{"options": [["m"], [query["credentials"][0]["id"]]]}],
    }
    assert 'name="pin"' in looked(house, changed(link, dcql_query=both)).text


@pytest.mark.parametrize("claim", ["birthDate", "sex", "certificateNumber"])
def test_more_than_anybody_may_ask_is_refused_with_the_warning_in_khmer(
    house: ShareHouse, claim: str
) -> None:
    link = asked(house)
    query = query_of(link)
    query["credentials"][0]["claims"].append({"path": [claim]})
    refused = looked(house, changed(link, dcql_query=query))
    assert refused.status_code == 403
    assert "they ask for more than they may see" in refused.text
    assert "ប្រយ័ត្ន៖ ពួកគេសុំមើលលើសពីអ្វីដែលពួកគេអាចមើល" in refused.text
    assert "SOK DARA" not in refused.text


def test_health_is_asked_for_by_nobody_without_a_programme(house: ShareHouse) -> None:
    link = asked(house)
    query = query_of(link)
    query["credentials"][0]["meta"] = {
        "vct_values": ["https://skills-passport.example/types/HealthCheckStatus"]
    }
    assert looked(house, changed(link, dcql_query=query)).status_code == 403


def test_a_form_that_leaves_nothing_out_is_not_shown_where_not_all_may_be_seen(house: ShareHouse) -> None:
    link = asked(house)
    query = {
        "credentials": [
            {
                "id": "whole",
                "format": "ldp_vc",
                "meta": {
                    "type_values": [
                        [
                            "https://www.w3.org/2018/credentials#VerifiableCredential",
                            "https://skills-passport.example/vocab#RPLCertificate",
                        ]
                    ]
                },
                "claims": [{"path": ["credentialSubject", "nameLatin"]}],
            }
        ]
    }
    page = looked(house, changed(link, dcql_query=query))
    assert "You have nothing here that they ask for" in page.text
    assert "SOK DARA" not in page.text


def test_eps_is_refused_to_whoever_is_unknown_with_the_warning_in_khmer(house: ShareHouse) -> None:
    link = asked(house, type="programme:kr-eps/construction", requester="public_body")
    refused = looked(house, link)
    assert refused.status_code == 403
    assert "data-warning" in refused.text
    assert 'name="pin"' not in refused.text


def test_whoever_asks_from_elsewhere_is_unknown_whatever_they_call_themselves(house: ShareHouse) -> None:
    uri = "https://ministry-of-labour.example/take"
    metadata = {"client_name": "Ministry of Labour", "vp_formats_supported": {}}
    page = looked(
        house,
        changed(asked(house), client_id=f"redirect_uri:{uri}", response_uri=uri, client_metadata=metadata),
    )
    assert 'data-asker="unknown"' in page.text
    assert "Ministry of Labour" not in page.text
    assert "ministry-of-labour.example" in page.text


@pytest.mark.parametrize(
    "link",
    [
        "",
        "nonsense",
        "openid-credential-offer://?credential_offer=%7B",
        "openid-credential-offer://?credential_offer=%5B%5D",
        "openid-credential-offer://?credential_offer=%7B%7D&credential_offer_uri=https%3A%2F%2Fa.example",
        "openid-credential-offer://?credential_offer=%7B%7D&credential_offer=%7B%7D",
        "javascript://?credential_offer=%7B%7D",
        "x" * 50_000,
    ],
)
def test_what_is_no_offer_is_refused_with_a_sentence(house: ShareHouse, link: str) -> None:
    refused = house.holder_posts("/wallet/receive", {"link": link})
    assert (refused.status_code, "This is no offer" in refused.text) == (400, True)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:22/offer",
        "https://127.0.0.1/offer",
        "http://169.254.169.254/latest/meta-data",
        "https://localhost/offer",
        "https://[::1]/offer",
        "https://10.0.0.1/offer",
    ],
)
def test_nothing_at_an_inner_address_is_ever_fetched(house: ShareHouse, uri: str) -> None:
    offer = house.holder_posts(
        "/wallet/receive",
        {"link": f"openid-credential-offer://?credential_offer_uri={quote(uri, safe='')}"},
    )
    assert (offer.status_code, "could not be reached" in offer.text) == (503, True)
    client_id = quote("decentralized_identifier:did:web:verifier.example", safe="")
    link = f"openid4vp://?client_id={client_id}&request_uri={quote(uri, safe='')}"
    request = house.holder_posts("/wallet/present", {"link": link})
    assert (request.status_code, "could not be looked up" in request.text) == (503, True)


def test_nobody_finds_an_offer_or_a_request_that_is_not_theirs(house: ShareHouse) -> None:
    for path in (
        "/wallet/receive/7K3M",
        "/wallet/received/7K3M",
        "/wallet/present/7K3M",
        "/wallet/answers/7K3M",
    ):
        assert house.holder_gets(path).status_code == 404
    assert re.search("name=.link", house.holder_gets("/wallet/present").text) is not None
