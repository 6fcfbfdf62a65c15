"""Authorization Requests by value and as signed objects (OpenID4VP 1.0 section 5)."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.jose.jws import parse_jws, verify_jws
from vc.oid4vc.authorization_request import (
    AuthorizationRequest,
    ClientIdPrefix,
    ResponseMode,
    by_reference,
    by_value,
    sign_request,
)
from vc.oid4vc.dcql import CredentialFormat, CredentialQuery, DcqlQuery

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SIGNER = InMemorySigner(
    hashlib.sha256(b"verifier").digest(), "did:web:verifier.example#key", key_type=KeyType.P256
)
URL = "https://verifier.example/response/1?a=b&c"
REQUEST = AuthorizationRequest(
    client_id=ClientIdPrefix.REDIRECT_URI.client_id(URL),
    response_uri=URL,
    response_mode=ResponseMode.DIRECT_POST,
    nonce="n",
    state="s",
    query=DcqlQuery(
        credentials=(
            CredentialQuery(id="a", format=CredentialFormat.SD_JWT_VC, types=("t",)),
            CredentialQuery(id="b", format=CredentialFormat.LDP_VC, types=("https://t",)),
        )
    ),
)
ENCRYPTED = replace(REQUEST, response_mode=ResponseMode.DIRECT_POST_JWT, encryption_key=SIGNER.public_key)


def fields(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def test_a_request_by_value_has_every_parameter() -> None:
    url = by_value(REQUEST, endpoint="openid4vp://")
    assert url.startswith("openid4vp://?")
    read = fields(url)
    assert read["client_id"] == f"redirect_uri:{URL}"
    assert (read["response_type"], read["response_mode"]) == ("vp_token", "direct_post")
    assert read["response_uri"] == URL
    assert "redirect_uri" not in read
    assert "request_uri_method" not in read
    assert json.loads(read["dcql_query"]) == REQUEST.query.to_json()
    metadata = json.loads(read["client_metadata"])
    assert set(metadata) == {"vp_formats_supported"}
    assert set(metadata["vp_formats_supported"]) == {"dc+sd-jwt", "ldp_vc"}


def test_a_request_for_an_encrypted_response_brings_the_key() -> None:
    metadata: Any = ENCRYPTED.parameters()["client_metadata"]
    (key,) = metadata["jwks"]["keys"]
    assert (key["alg"], key["use"], key["kid"], key["crv"]) == ("ECDH-ES", "enc", "response", "P-256")
    assert metadata["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]


def test_suites_that_are_no_data_integrity_are_not_offered() -> None:
    metadata: Any = REQUEST.parameters()["client_metadata"]
    offered = metadata["vp_formats_supported"]["ldp_vc"]
    assert offered["proof_type_values"] == ["DataIntegrityProof"]
    assert "eddsa-rdfc-2022" in offered["cryptosuite_values"]
    assert "Ed25519Signature2020" not in offered["cryptosuite_values"]


def test_a_request_by_reference_says_no_more_than_where_it_is() -> None:
    url = by_reference("x509_san_dns:v.example", "https://v.example/r/1", endpoint="https://wallet.example/")
    assert fields(url) == {
        "client_id": "x509_san_dns:v.example",
        "request_uri": "https://v.example/r/1",
        "request_uri_method": "post",
    }


def signed(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    token = sign_request(ENCRYPTED, SIGNER, issued_at=NOW, expires=NOW + timedelta(minutes=10), **more)
    head, payload, _ = token.split(".")
    parts = [json.loads(base64url.decode(part, max_bytes=10_000)) for part in (head, payload)]
    return parts[0], parts[1]


def test_a_signed_request_names_its_key_by_a_did_url() -> None:
    token = sign_request(REQUEST, SIGNER, issued_at=NOW, expires=NOW)
    assert verify_jws(parse_jws(token), SIGNER.public_key)
    header, claims = signed()
    assert header == {
        "alg": "ES256",
        "typ": "oauth-authz-req+jwt",
        "kid": "did:web:verifier.example#key",
    }
    assert claims == {
        **ENCRYPTED.parameters(),
        "aud": "https://self-issued.me/v2",
        "iat": 1795316400,
        "exp": 1795317000,
    }


def test_a_signed_request_shows_its_certificates() -> None:
    header, _ = signed(certificates=["MIIB", "MIIC"])
    assert header == {"alg": "ES256", "typ": "oauth-authz-req+jwt", "x5c": ["MIIB", "MIIC"]}


def test_the_nonce_of_the_wallet_comes_back() -> None:
    assert signed(wallet_nonce="w")[1]["wallet_nonce"] == "w"
    assert "wallet_nonce" not in signed()[1]


@pytest.mark.parametrize("prefix", ClientIdPrefix)
def test_only_what_can_be_signed_is(prefix: ClientIdPrefix) -> None:
    assert prefix.is_signed is (prefix.value != "redirect_uri")
    assert prefix.client_id("x") == f"{prefix.value}:x"
