"""What a provider says is read strictly: descriptions, keys and ID tokens."""

from datetime import timedelta
from functools import cache
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.unit.trust_registry.deployment import NOW
from trust_registry.oidc import (
    LEEWAY,
    Attempt,
    Provider,
    WrongAnswer,
    authorization_url,
    parse_provider,
    parse_token_answer,
    require_issuer,
    verify_id_token,
)

ISSUER = "https://login.ministry-partner.org"
OWN = "passport"
NONCE = "n-0S6_WzA2Mj"
PROVIDER = Provider(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize?tenant=1",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/keys",
    takes_basic=True,
    says_iss=False,
)
DESCRIPTION: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
PRESENT = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "person-1",
    "aud": OWN,
    "iat": PRESENT,
    "exp": PRESENT + 300,
    "nonce": NONCE,
}


@cache
def private(kind: str) -> Any:
    if kind == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "OKP":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65_537, 1_024 if kind == "weak" else 2_048)


def published(kind: str, **members: Any) -> dict[str, Any]:
    algorithm: Any = {"EC": ECAlgorithm, "OKP": OKPAlgorithm}.get(kind, RSAAlgorithm)
    return {**algorithm.to_jwk(private(kind).public_key(), as_dict=True), "kid": "1", **members}


def key_set(*keys: dict[str, Any]) -> bytes:
    return orjson.dumps({"keys": list(keys)})


def id_token(kind: str = "EC", algorithm: str = "ES256", header: Any = None, **claims: Any) -> str:
    return jwt.encode(
        CLAIMS | claims,
        private(kind),
        algorithm=algorithm,
        headers={"kid": "1"} if header is None else header,
    )


def verify(token: str, keys: bytes, **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"provider": PROVIDER, "client_id": OWN, "nonce": NONCE, "now": NOW}
    return verify_id_token(token, keys, **(fields | changes))


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("RSA", "RS256"), ("RSA", "PS256"), ("EC", "ES256"), ("OKP", "EdDSA")]
)
def test_each_accepted_algorithm_is_verified(kind: str, algorithm: str) -> None:
    claims = verify(id_token(kind, algorithm), key_set(published(kind)))
    assert claims["sub"] == "person-1"


def test_an_algorithm_that_is_not_named_is_refused() -> None:
    token = jwt.encode(CLAIMS, private("RSA"), algorithm="RS384", headers={"kid": "1"})
    with pytest.raises(WrongAnswer):
        verify(token, key_set(published("RSA")))


def test_a_short_rsa_key_is_refused() -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = id_token("weak", "RS256")
    with pytest.raises(WrongAnswer):
        verify(token, key_set(published("weak")))


def test_a_key_for_another_algorithm_is_refused() -> None:
    with pytest.raises(WrongAnswer):
        verify(id_token("RSA", "PS256"), key_set(published("RSA", alg="RS256")))


def test_a_key_that_may_not_verify_is_refused() -> None:
    with pytest.raises(WrongAnswer):
        verify(id_token(), key_set(published("EC", key_ops=["encrypt"])))


def test_without_a_key_id_there_must_be_no_choice() -> None:
    token = id_token(header={})
    assert verify(token, key_set(published("EC"), published("OKP")))
    with pytest.raises(WrongAnswer):
        verify(token, key_set(published("EC"), published("EC", kid="2")))


def test_a_secret_in_the_key_set_is_no_key() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXM", "kid": "1"}
    token = jwt.encode(CLAIMS, b"secret-secret-secret-secret-s" * 2, algorithm="HS256", headers={"kid": "1"})
    with pytest.raises(WrongAnswer):
        verify(token, key_set(secret))


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt"])
def test_a_token_of_another_kind_is_refused(typ: str) -> None:
    with pytest.raises(WrongAnswer):
        verify(id_token(header={"kid": "1", "typ": typ}), key_set(published("EC")))


def test_a_clock_may_differ_by_a_minute_and_no_more() -> None:
    keys, ahead = key_set(published("EC")), int(LEEWAY.total_seconds())
    assert verify(id_token(iat=PRESENT + ahead), keys)
    assert verify(id_token(), keys, now=NOW + timedelta(seconds=359))
    with pytest.raises(WrongAnswer):
        verify(id_token(), keys, now=NOW + timedelta(seconds=360))
    with pytest.raises(WrongAnswer):
        verify(id_token(nbf=PRESENT + ahead + 1), keys)


@pytest.mark.parametrize("value", ["1", True, None, [], 10**20])
def test_a_time_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(WrongAnswer):
        verify(id_token(iat=value), key_set(published("EC")))


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "....", "x" * 20_000, "e30.e30.e30", "eyJhbGciOiJFUzI1NiJ9..AA"]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(WrongAnswer):
        verify(token, key_set(published("EC")))


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, null, {"kty": "EC"}]}'])
def test_what_is_no_key_set_is_refused(keys: bytes) -> None:
    with pytest.raises(WrongAnswer):
        verify(id_token(), keys)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": None},
        {"token_endpoint": "http://login.ministry-partner.org/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://user@login.ministry-partner.org/keys"},
        {"authorization_endpoint": "https://login.ministry-partner.org/a\nb"},
        {"jwks_uri": "https://[::1"},
        {"token_endpoint": None},
    ],
)
def test_a_description_with_one_fault_is_refused(changes: dict[str, Any]) -> None:
    assert parse_provider(orjson.dumps(DESCRIPTION), issuer=ISSUER).issuer == ISSUER
    with pytest.raises(WrongAnswer):
        parse_provider(orjson.dumps(DESCRIPTION | changes), issuer=ISSUER)


def test_an_issuer_in_the_answer_is_compared_also_where_none_was_announced() -> None:
    require_issuer(PROVIDER, None)
    require_issuer(PROVIDER, ISSUER)
    with pytest.raises(WrongAnswer):
        require_issuer(PROVIDER, ISSUER + "/")


def test_what_the_browser_holds_is_in_nothing_that_is_sent() -> None:
    attempt = Attempt(token="0" * 52)
    url = authorization_url(
        PROVIDER, attempt, client_id=OWN, redirect_uri="https://p.org/cb", scope="openid profile"
    )
    assert url.startswith(f"{ISSUER}/authorize?tenant=1&response_type=code&")
    assert "0" * 52 not in url
    assert attempt.code_verifier not in url
    assert len({attempt.state, attempt.nonce, attempt.code_verifier, attempt.code_challenge}) == 4
    assert len(attempt.code_verifier) == 43


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"id_token": 1, "token_type": "Bearer"}', b'{"id_token": "x"}']
)
def test_a_token_answer_without_an_id_token_is_refused(raw: bytes) -> None:
    with pytest.raises(WrongAnswer):
        parse_token_answer(raw)
