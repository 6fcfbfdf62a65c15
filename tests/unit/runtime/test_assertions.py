"""Tokens the trust registry signs: whom they are for, how long, and that nobody else makes one."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runtime import assertions
from runtime.assertions import issue_access_token, issue_assertion, parse_access_token, parse_assertion
from runtime.auth import NotAuthenticated, Principal, Role, parse_service_token, service_token
from runtime.clock import FixedClock
from runtime.entropy import throwaway_signer
from runtime.settings import Settings
from vc.crypto.keys import KeyType
from vc.jose.jws import parse_jws, sign_jws

ISSUER = "http://127.0.0.1:8000"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SIGNER = throwaway_signer()
KEYS = {SIGNER.public_key.multikey: SIGNER.public_key}
CLERK = Principal(
    subject="clerk-1",
    name="សុខា Sokha",
    role=Role.CLERK,
    organisation_id="centre-a",
    scopes=("issue",),
    identity="ab" * 32,
)


def access(**changes: Any) -> str:
    values: dict[str, Any] = {"issuer": ISSUER, "signer": SIGNER, "now": NOW} | changes
    return issue_access_token(CLERK, **values)


def read(token: str, now: datetime = NOW) -> Principal:
    return parse_access_token(token, issuer=ISSUER, keys=KEYS, now=now)


def assertion(audience: str = "issuer") -> str:
    return issue_assertion(CLERK, audience=audience, issuer=ISSUER, signer=SIGNER, now=NOW)


def told(token: str, audience: str = "issuer", now: datetime = NOW) -> Principal:
    return parse_assertion(token, audience=audience, issuer=ISSUER, keys=KEYS, now=now)


def test_both_bring_the_principal_back() -> None:
    assert read(access()) == CLERK
    assert told(assertion()) == CLERK


def test_an_assertion_is_for_one_service() -> None:
    for audience in ("revocation", "trust_registry", "verifier"):
        with pytest.raises(NotAuthenticated):
            told(assertion(), audience)


@pytest.mark.parametrize(("seconds", "good"), [(-31, False), (-30, True), (59, True), (60, False)])
def test_an_assertion_lasts_a_minute(seconds: int, good: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    if good:
        assert told(assertion(), now=now) == CLERK
    else:
        with pytest.raises(NotAuthenticated):
            told(assertion(), now=now)


def test_an_access_token_cannot_be_asked_to_last_longer() -> None:
    token = access(lifetime=timedelta(days=365))
    with pytest.raises(NotAuthenticated):
        read(token, NOW + timedelta(hours=1))


def test_no_kind_of_token_passes_for_another(settings: Settings, clock: FixedClock) -> None:
    service = service_token(caller="issuer", audience="issuer", settings=settings, now=NOW)
    for token in (assertion(), service):
        with pytest.raises(NotAuthenticated):
            read(token)
    for token in (access(), service):
        with pytest.raises(NotAuthenticated):
            told(token)
    for token in (assertion(), access()):
        with pytest.raises(NotAuthenticated):
            parse_service_token(token, audience="issuer", settings=settings, now=NOW)


def test_no_other_service_can_make_one(settings: Settings) -> None:
    """The shared secret signs nothing that counts here, under whatever algorithm and key id."""
    other = throwaway_signer()
    own_key_named = sign_jws({"typ": "at+jwt", "kid": SIGNER.public_key.multikey}, _payload(access()), other)
    shared = jwt.encode(
        json.loads(_payload(access())),
        settings.secret("service_secret"),
        algorithm="HS256",
        headers={"typ": "at+jwt", "kid": SIGNER.public_key.multikey},
    )
    for token in (access(signer=other), own_key_named, shared):
        with pytest.raises(NotAuthenticated):
            read(token)


def test_a_key_of_another_kind_is_refused_even_where_it_is_listed() -> None:
    other = throwaway_signer(KeyType.P256)
    token = sign_jws({"typ": "at+jwt", "kid": other.public_key.multikey}, _payload(access()), other)
    keys = KEYS | {other.public_key.multikey: other.public_key}
    with pytest.raises(NotAuthenticated):
        parse_access_token(token, issuer=ISSUER, keys=keys, now=NOW)


def _payload(token: str) -> bytes:
    return parse_jws(token).payload


def _forge(claims: dict[str, Any], **header: Any) -> str:
    body = {
        name: value for name, value in (json.loads(_payload(access())) | claims).items() if value != "gone"
    }
    head = {"typ": "at+jwt", "kid": SIGNER.public_key.multikey} | header
    return sign_jws(head, orjson.dumps(body), SIGNER)


def test_the_forgery_helper_makes_good_tokens() -> None:
    assert read(_forge({})) == CLERK


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "iat", "exp", "jti", "role", "scopes", "name"])
def test_a_missing_claim_is_refused(missing: str) -> None:
    with pytest.raises(NotAuthenticated):
        read(_forge({missing: "gone"}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "9999999999"),
        ("exp", 9999999999),
        ("exp", 9999999999.5),
        ("exp", True),
        ("iat", None),
        ("iat", 9999999999),
        ("aud", ["api", "issuer"]),
        ("aud", "issuer"),
        ("iss", "https://evil.example"),
        ("role", "service"),
        ("role", "minister"),
        ("role", ["clerk"]),
        ("sub", 7),
        ("sub", ""),
        ("name", 7),
        ("scopes", "issue"),
        ("scopes", [7]),
        ("organisation_id", 7),
        ("rld_number", {}),
        ("identity", 7),
    ],
)
def test_a_claim_of_the_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(NotAuthenticated):
        read(_forge({name: value}))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "passport-assertion+jwt"},
        {"kid": "../../x"},
        {"kid": ""},
        {"jku": "https://evil.example/jwks"},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"x5u": "https://evil.example/x"},
        {"crit": ["exp"]},
        {"cty": "JWT"},
    ],
)
def test_a_header_that_is_not_ours_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read(_forge({}, **header))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256"])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    header = part({"alg": algorithm, "typ": "at+jwt", "kid": SIGNER.public_key.multikey})
    unsigned = f"{header}.{part(json.loads(_payload(access())))}"
    for token in (f"{unsigned}.", unsigned, f"{unsigned}.AAAA"):
        with pytest.raises(NotAuthenticated):
            read(token)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "{}", "e30.e30.", "x" * 5_000, "ក.ក.ក", "\x00"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(NotAuthenticated):
        read(token)
    assert assertions.key_id_of(token) is None


@given(data=st.data())
def test_every_altered_token_is_refused(data: st.DataObject) -> None:
    token = access()
    place = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.sampled_from("AQgw.-_0"))
    assume(token[place] != character)
    with pytest.raises(NotAuthenticated):
        read(token[:place] + character + token[place + 1 :])
