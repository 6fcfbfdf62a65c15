"""A key proof shows one key, to this issuer, just now; every other is refused (OpenID4VCI 1.0 appendix F)."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wallet_proofs import by_did_jwk, by_did_key, key, key_proof
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import base64url
from vc.oid4vc.key_proof import MAX_SKEW, verify_key_proof
from vc.oid4vc.oauth_errors import ErrorCode, OAuthError

ISSUER = "https://passport.example"
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
KEY = key("wallet")
OTHER = key("another wallet")
STAMP = int(NOW.timestamp())


def proof(signer: InMemorySigner = KEY, **changes: Any) -> str:
    return key_proof(signer, **{"audience": ISSUER, "nonce": "n1", "now": NOW, **changes})


def refused(text: str, client_id: str | None = None) -> str:
    with pytest.raises(OAuthError) as caught:
        verify_key_proof(text, audience=ISSUER, client_id=client_id, now=NOW)
    assert caught.value.error is ErrorCode.INVALID_PROOF
    return str(caught.value)


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.ED25519])
@pytest.mark.parametrize("named", ["jwk", "did:jwk", "did:key"])
def test_the_key_that_signed_is_the_key_that_is_shown(key_type: KeyType, named: str) -> None:
    signer = key("wallet", key_type)
    header = {"jwk": {}, "did:jwk": by_did_jwk(signer), "did:key": by_did_key(signer)}[named]
    shown = verify_key_proof(proof(signer, header=header), audience=ISSUER, client_id=None, now=NOW)
    assert (shown.key, shown.nonce) == (signer.public_key, "n1")
    assert shown.holder.startswith("did:key:" if named == "did:key" else "did:jwk:")


FAULTS: dict[str, dict[str, Any]] = {
    "typ-missing": {"header": {"typ": None}},
    "typ-of-a-plain-jwt": {"header": {"typ": "JWT"}},
    "typ-of-a-dpop-proof": {"header": {"typ": "dpop+jwt"}},
    "alg-none": {"header": {"alg": "none"}},
    "alg-hs256": {"header": {"alg": "HS256"}},
    "alg-of-another-key": {"header": {"alg": "EdDSA"}},
    "alg-missing": {"header": {"alg": None}},
    "jwk-and-kid": {"header": {"kid": by_did_jwk(KEY)["kid"]}},
    "neither-jwk-nor-kid": {"header": {"jwk": None}},
    "jwk-of-another": {"header": {"jwk": OTHER.public_key.jwk}},
    "kid-of-another": {"header": by_did_jwk(OTHER)},
    "kid-in-a-document-to-be-fetched": {"header": {"jwk": None, "kid": "did:web:evil.example#1"}},
    "kid-no-did": {"header": {"jwk": None, "kid": "key-1"}},
    "kid-of-no-method": {"header": {"jwk": None, "kid": by_did_key(KEY)["kid"] + "x"}},
    "kid-without-fragment": {"header": {"jwk": None, "kid": by_did_jwk(KEY)["kid"].removesuffix("#0")}},
    "jwk-with-private-part": {"header": {"jwk": {**KEY.public_key.jwk, "d": "AAAA"}}},
    "jwk-for-encryption": {"header": {"jwk": {**KEY.public_key.jwk, "use": "enc"}}},
    "jwk-no-object": {"header": {"jwk": "key"}},
    "jwk-of-a-secret": {"header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "jwk-of-p384": {"header": {"jwk": key("x" * 4, KeyType.P256).public_key.jwk | {"crv": "P-384"}}},
    "x5c-beside": {"header": {"x5c": ["AAAA"]}},
    "key-attestation-beside": {"header": {"key_attestation": "a.b.c"}},
    "trust-chain-beside": {"header": {"trust_chain": ["a.b.c"]}},
    "crit": {"header": {"crit": ["exp"]}},
    "aud-of-another-issuer": {"audience": "https://other.example"},
    "aud-with-a-slash": {"audience": ISSUER + "/"},
    "aud-missing": {"claims": {"aud": None}},
    "aud-a-list": {"claims": {"aud": [ISSUER]}},
    "iat-missing": {"claims": {"iat": None}},
    "iat-a-text": {"claims": {"iat": "now"}},
    "iat-stale": {"now": NOW - MAX_SKEW - timedelta(seconds=1)},
    "iat-in-the-future": {"now": NOW + MAX_SKEW + timedelta(seconds=1)},
    "nonce-missing": {"nonce": None},
    "nonce-empty": {"nonce": ""},
    "nonce-a-number": {"claims": {"nonce": 1}},
    "iss-a-number": {"claims": {"iss": 1}},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_enough(fault: str) -> None:
    refused(proof(**FAULTS[fault]))


def test_without_the_faults_it_holds() -> None:
    verify_key_proof(proof(), audience=ISSUER, client_id=None, now=NOW)


@pytest.mark.parametrize("away", [-MAX_SKEW, MAX_SKEW])
def test_clocks_may_differ_by_five_minutes(away: timedelta) -> None:
    verify_key_proof(proof(now=NOW + away), audience=ISSUER, client_id=None, now=NOW)


def test_a_signature_of_somebody_else_is_refused() -> None:
    head, body, _ = proof().split(".")
    _, _, signature = proof(OTHER).split(".")
    assert "not signed with the key" in refused(f"{head}.{body}.{signature}")


def test_two_members_of_one_name_are_refused() -> None:
    header = b'{"typ":"openid4vci-proof+jwt","alg":"ES256","alg":"ES256"}'
    refused(f"{base64url.encode(header)}.{proof().split('.', 1)[1]}")


def test_the_client_that_is_known_is_the_one_that_signs() -> None:
    assert "another client" in refused(proof(claims={"iss": "somebody"}), client_id="wallet-1")
    verify_key_proof(proof(claims={"iss": "wallet-1"}), audience=ISSUER, client_id="wallet-1", now=NOW)
    verify_key_proof(proof(), audience=ISSUER, client_id="wallet-1", now=NOW)


def test_what_an_unknown_client_says_of_itself_does_not_count() -> None:
    """Row 40: the DID of a victim in ``iss`` changes nothing of the key."""
    victim = by_did_jwk(OTHER)["kid"].removesuffix("#0")
    shown = verify_key_proof(proof(claims={"iss": victim}), audience=ISSUER, client_id=None, now=NOW)
    assert shown.key == KEY.public_key


@given(position=st.integers(min_value=0), replacement=st.sampled_from("AZaz09-_."))
def test_a_proof_that_was_altered_anywhere_shows_no_other_key(position: int, replacement: str) -> None:
    text = proof()
    place = position % len(text)
    altered = text[:place] + replacement + text[place + 1 :]
    shown = None
    with contextlib.suppress(OAuthError):
        shown = verify_key_proof(altered, audience=ISSUER, client_id=None, now=NOW)
    assert shown is None or (altered == text and shown.key == KEY.public_key)
