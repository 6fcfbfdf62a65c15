"""The DID resolver's door: the cases of did:key's own test suite, and the HTTP(S) binding around them."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from passport.conformance.identifiers import RESULT_TYPE, router

# The identifiers of the did:key test suite.
ED_KEY = "z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
X_KEY = "z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ"
DID = f"did:key:{ED_KEY}"
DID_JWK = (
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZD"
    "ZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
)
FULL = {"Accept": RESULT_TYPE}

app = FastAPI()
app.include_router(router)


def ask(path: str, headers: Mapping[str, str] = FULL) -> httpx2.Response:
    """One GET of a raw path below the resolver."""

    async def get() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="https://a.example") as client:
            return await client.get(f"/1.0/identifiers/{path}", headers=headers)

    return asyncio.run(get())


def encode(did_url: str) -> str:
    """As JavaScript's encodeURIComponent, which clients use."""
    return quote(did_url, safe="!'()*~")


def result_of(response: httpx2.Response, status: int = 200) -> dict[str, Any]:
    """The body, which has the members of a result whatever happened."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == RESULT_TYPE
    data: dict[str, Any] = response.json()
    assert data["@context"] == "https://w3id.org/did-resolution/v1"
    assert isinstance(data["didDocument"], dict)
    assert isinstance(data["didDocumentMetadata"], dict)
    return data


def resolution_error(did: str, status: int, query: str = "") -> str:
    """The error of resolving, which must be told without repeating the DID."""
    data = result_of(ask(encode(did) + query), status)
    assert data["didDocument"] == {}
    metadata = data["didResolutionMetadata"]
    assert metadata["errorMessage"].endswith(".")
    return str(metadata["error"])


def dereferencing_error(did_url: str, status: int, query: str = "") -> str:
    """The error of dereferencing."""
    data = result_of(ask(encode(did_url) + query), status)
    assert data["didDocument"] == {}
    assert "didResolutionMetadata" not in data
    return str(data["didDereferencingMetadata"]["error"])


# The fifteen cases of the did:key test suite, in its order and by its names.


def test_did_key_the_scheme_must_be_the_value_did() -> None:
    assert result_of(ask(encode(DID)))["didDocument"]["id"].split(":")[0] == "did"


def test_did_key_must_raise_invalid_did_if_scheme_is_not_did() -> None:
    assert resolution_error(DID.replace("did:", "notDid:", 1), 400) == "invalidDid"


def test_did_key_the_method_must_be_the_value_key() -> None:
    assert result_of(ask(encode(DID)))["didDocument"]["id"].split(":")[1] == "key"


def test_did_key_must_raise_method_not_supported_if_method_is_not_key() -> None:
    assert resolution_error(f"did:experimental:{ED_KEY}", 501) == "methodNotSupported"


def test_did_key_the_version_must_be_convertible_to_a_positive_integer_value() -> None:
    did = f"did:key:1:{ED_KEY}"
    assert result_of(ask(encode(did)))["didDocument"]["id"] == did


def test_did_key_must_raise_invalid_did_if_version_is_not_convertible_to_a_positive_integer() -> None:
    assert resolution_error(f"did:key:-4:{ED_KEY}", 400) == "invalidDid"


def test_did_key_the_multibase_value_must_begin_with_the_letter_z() -> None:
    methods = result_of(ask(encode(DID)))["didDocument"]["verificationMethod"]
    assert [method["publicKeyMultibase"] for method in methods] == [ED_KEY, X_KEY]


def test_did_key_must_raise_invalid_did_if_the_multibase_value_does_not_begin_with_z() -> None:
    assert resolution_error(f"did:key:{ED_KEY.removeprefix('z')}", 400) == "invalidDid"


def test_did_key_if_the_id_is_not_a_valid_did_an_invalid_did_error_must_be_raised() -> None:
    assert resolution_error("did:key:@", 400) == "invalidDid"


def test_did_key_a_wrong_length_of_the_public_key_raises_invalid_public_key_length() -> None:
    assert resolution_error("did:key:zTjsVPtY", 400) == "invalidPublicKeyLength"


def test_did_key_if_the_method_id_is_not_a_valid_did_url_an_invalid_did_url_error_must_be_raised() -> None:
    assert dereferencing_error(f"{DID}/^bar^/?query=`#{ED_KEY}", 400) == "invalidDidUrl"


def test_did_key_an_unknown_public_key_format_raises_unsupported_public_key_type() -> None:
    assert resolution_error(DID, 400, "?publicKeyFormat=unknown") == "unsupportedPublicKeyType"


@pytest.mark.parametrize("key", [ED_KEY, X_KEY], ids=["signature", "encryption"])
def test_did_key_an_experimental_type_not_asked_for_raises_invalid_public_key_type(key: str) -> None:
    query = "?publicKeyFormat=Ed25519VerificationKey2018&enableExperimentalPublicKeyTypes=false"
    assert dereferencing_error(f"{DID}#{key}", 400, query) == "invalidPublicKeyType"


def test_did_key_the_controller_of_the_verification_method_must_be_a_valid_did() -> None:
    data = result_of(ask(encode(f"{DID}#{ED_KEY}")))
    assert data["didDocument"]["controller"] == DID
    assert data["didDocument"] == data["content"]
    assert data["didDereferencingMetadata"] == data["dereferencingMetadata"]
    assert "error" not in data["didDereferencingMetadata"]


# The binding.


def test_a_did_jwk_and_its_key() -> None:
    document = result_of(ask(encode(DID_JWK)))["didDocument"]
    assert document["id"] == DID_JWK
    method = result_of(ask(encode(f"{DID_JWK}#0")))["didDocument"]
    assert method["publicKeyJwk"] == document["verificationMethod"][0]["publicKeyJwk"]


def test_a_did_need_not_be_encoded() -> None:
    assert result_of(ask(DID))["didDocument"]["id"] == DID


def test_a_query_that_was_not_encoded_is_part_of_the_did_url() -> None:
    data = result_of(ask(f"{DID}?service=files"), 404)
    assert data["didDereferencingMetadata"]["error"] == "notFound"


def test_nobody_is_asked_for_a_did_web() -> None:
    assert resolution_error("did:web:a.example%3A8443", 501) == "methodNotSupported"


def test_a_key_that_is_not_there() -> None:
    assert dereferencing_error(f"{DID}#other", 404) == "notFound"


def test_no_identifier() -> None:
    assert resolution_error("", 400) == "invalidDid"


def test_options_are_heeded() -> None:
    for query, kind in (
        ("?publicKeyFormat=JsonWebKey2020", "JsonWebKey2020"),
        (
            "?publicKeyFormat=Ed25519VerificationKey2018&enableExperimentalPublicKeyTypes=true",
            "Ed25519VerificationKey2018",
        ),
    ):
        method = result_of(ask(encode(f"{DID}#{ED_KEY}") + query))["didDocument"]
        assert method["type"] == kind


@pytest.mark.parametrize(
    "query",
    [
        "?publicKeyFormat=Multikey&publicKeyFormat=Multikey",
        "?enableExperimentalPublicKeyTypes=yes",
        "?enableExperimentalPublicKeyTypes=true&enableExperimentalPublicKeyTypes=false",
    ],
)
def test_an_option_that_cannot_be_read(query: str) -> None:
    assert resolution_error(DID, 400, query) == "invalidOptions"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (RESULT_TYPE, RESULT_TYPE),
        ("*/*", RESULT_TYPE),
        ("application/*", RESULT_TYPE),
        ("application/ld+json", RESULT_TYPE),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.9, application/json;q=0.1, application/ld+json;q=0.5", RESULT_TYPE),
        ("application/ld+json;q=0, application/json;q=x, */*;q=0.1", RESULT_TYPE),
    ],
)
def test_the_whole_result_under_the_type_that_is_accepted(accept: str, content_type: str) -> None:
    response = ask(encode(DID), {"Accept": accept})
    assert response.headers["content-type"] == content_type
    assert response.json()["didDocument"]["id"] == DID


@pytest.mark.parametrize("accept", ["application/did+ld+json", "application/did+json"])
def test_the_document_alone(accept: str) -> None:
    response = ask(encode(DID), {"Accept": accept})
    assert response.headers["content-type"] == accept
    assert response.json()["id"] == DID
    method = ask(encode(f"{DID}#{ED_KEY}"), {"Accept": accept}).json()
    assert method["id"] == f"{DID}#{ED_KEY}"


def test_no_document_is_told_by_the_whole_result() -> None:
    response = ask(encode("did:key:@"), {"Accept": "application/did+ld+json"})
    assert result_of(response, 400)["didResolutionMetadata"]["error"] == "invalidDid"


@pytest.mark.parametrize("accept", ["text/html", "application/did+cbor", "application/json;q=0", ","])
def test_a_type_that_is_not_offered(accept: str) -> None:
    data = result_of(ask(encode(DID), {"Accept": accept}), 406)
    assert data["didResolutionMetadata"]["error"] == "representationNotSupported"
    data = result_of(ask(encode(f"{DID}#{ED_KEY}"), {"Accept": accept}), 406)
    assert data["didDereferencingMetadata"]["error"] == "representationNotSupported"


@settings(deadline=None)
@given(
    did_url=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.sampled_from([DID, DID_JWK]).flatmap(lambda did: st.text(max_size=5).map(did.__add__)),
    accept=st.text(alphabet="application/ld+json*;q=0.5, ", max_size=30),
)
def test_whatever_comes_the_answer_is_a_result(did_url: str, accept: str) -> None:
    response = ask(encode(did_url), {"Accept": accept})
    assert response.status_code in {200, 400, 404, 406, 501}
    assert json.loads(response.content)
