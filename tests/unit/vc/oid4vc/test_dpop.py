"""A DPoP proof is for one request by one key, just now (RFC 9449 section 4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wallet_proofs import dpop_proof, key
from vc.crypto.keys import KeyType
from vc.encoding import base64url
from vc.oid4vc.dpop import MAX_SKEW, verify_dpop_proof
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError
from vc.oid4vc.shown_keys import thumbprint

URL = "https://passport.example/openid4vci/token"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
KEY = key("dpop")
TOKEN = "A" * 52


def proof(**changes: Any) -> str:
    given: dict[str, Any] = {"method": "POST", "url": URL, "now": NOW, "jti": "1", "access_token": TOKEN}
    return dpop_proof(KEY, **given | changes)


def verified(text: str, access_token: str | None = TOKEN) -> Any:
    return verify_dpop_proof(text, method="POST", url=URL, now=NOW, access_token=access_token)


def test_a_proof_shows_the_thumbprint_of_its_key() -> None:
    shown = verified(proof())
    assert (shown.thumbprint, shown.jti) == (thumbprint(KEY.public_key), "1")
    assert shown.expires > NOW + MAX_SKEW


def test_the_thumbprint_is_that_of_the_specification() -> None:
    """RFC 8037 appendix A.3."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    public = type(KEY.public_key).from_jwk(jwk)
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://PASSPORT.example/openid4vci/token",
        "https://passport.example:443/openid4vci/token",
        "https://passport.example/openid4vci/token?a=1",
        "https://passport.example/openid4vci/token#x",
    ],
)
def test_the_same_address_in_another_spelling_is_the_same(url: str) -> None:
    verified(proof(url=url))


FAULTS: dict[str, dict[str, Any]] = {
    "typ-missing": {"header": {"typ": None}},
    "typ-of-a-key-proof": {"header": {"typ": "openid4vci-proof+jwt"}},
    "alg-none": {"header": {"alg": "none"}},
    "alg-hs256": {"header": {"alg": "HS256"}},
    "jwk-missing": {"header": {"jwk": None}},
    "jwk-of-another": {"header": {"jwk": key("other").public_key.jwk}},
    "jwk-with-private-part": {"header": {"jwk": {**KEY.public_key.jwk, "d": "AAAA"}}},
    "jwk-of-another-kind": {"header": {"jwk": key("other", KeyType.ED25519).public_key.jwk}},
    "method-of-another-request": {"method": "GET"},
    "address-of-another-request": {"url": "https://passport.example/openid4vci/credential"},
    "address-of-another-host": {"url": "https://evil.example/openid4vci/token"},
    "address-of-another-scheme": {"url": "http://passport.example/openid4vci/token"},
    "address-of-another-port": {"url": "https://passport.example:444/openid4vci/token"},
    "address-no-address": {"url": "https://[/"},
    "jti-missing": {"claims": {"jti": None}},
    "jti-empty": {"jti": ""},
    "iat-missing": {"claims": {"iat": None}},
    "iat-stale": {"now": NOW - MAX_SKEW - timedelta(seconds=1)},
    "iat-in-the-future": {"now": NOW + MAX_SKEW + timedelta(seconds=1)},
    "ath-missing": {"access_token": None},
    "ath-of-another-token": {"access_token": "B" * 52},
    "ath-a-number": {"claims": {"ath": 1}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_enough(fault: str) -> None:
    with pytest.raises(OAuthError) as caught:
        verified(proof(**FAULTS[fault]))
    assert caught.value.error is ErrorCode.INVALID_DPOP_PROOF


def test_at_the_token_endpoint_no_token_is_named() -> None:
    verified(proof(access_token=None), access_token=None)


def test_an_altered_payload_is_refused() -> None:
    head, _, signature = proof().split(".")
    body = base64url.encode(b'{"jti":"2","htm":"POST","htu":"x","iat":1}')
    with pytest.raises(OAuthError):
        verified(f"{head}.{body}.{signature}")
