"""did:jwk: the key is read strictly, and what the JWK says of its use decides."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
from vc.did import did_jwk
from vc.did.documents import ControlledIdentifierDocument, find_verification_method
from vc.did.resolve import did_of, resolve_locally_or_url
from vc.encoding import base64url
from vc.errors import MalformedValue, ParseError, ProtocolError, UnknownOption

# The two examples of the method's specification.
P256_DID = (
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZD"
    "ZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
)
P256_JWK = {
    "crv": "P-256",
    "kty": "EC",
    "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
    "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE",
}
X25519_DID = (
    "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1E"
    "UThoYmVHZE5yZngtRkctSUswOCJ9"
)
KEYS = {
    kind: InMemorySigner(bytes([0, *range(1, size)]), "did:web:a.example#1", key_type=kind).public_key
    for kind, size in ((KeyType.ED25519, 32), (KeyType.P256, 32), (KeyType.P384, 48), (KeyType.P521, 66))
}
SIGNING = {"assertionMethod", "authentication", "capabilityDelegation", "capabilityInvocation"}


def spell(text: str | bytes) -> str:
    """The did:jwk of whatever bytes."""
    return did_jwk.PREFIX + base64url.encode(text.encode() if isinstance(text, str) else text)


def spell_jwk(**members: Any) -> str:
    """The did:jwk of the example's JWK with other ``members``."""
    return spell(json.dumps(P256_JWK | members))


def test_the_published_example() -> None:
    document = did_jwk.resolve(P256_DID)
    (method,) = document.verification_methods
    assert document.id == method.controller == P256_DID
    assert method.id == f"{P256_DID}#0"
    assert method.public_key.jwk == P256_JWK
    assert document.relationships.keys() == SIGNING | {"keyAgreement"}
    assert did_jwk.did_for(method.public_key) == P256_DID
    assert did_jwk.verification_method_for(method.public_key) == method.id


def test_a_key_that_cannot_sign_is_no_key_here() -> None:
    assert did_jwk.read_jwk(X25519_DID)["crv"] == "X25519"
    with pytest.raises(UnknownOption):
        did_jwk.resolve(X25519_DID)


@pytest.mark.parametrize("kind", list(KeyType))
def test_what_is_made_is_read(kind: KeyType) -> None:
    method_id = did_jwk.verification_method_for(KEYS[kind])
    did = did_of(method_id)
    document = resolve_locally_or_url(did)
    assert isinstance(document, ControlledIdentifierDocument)
    method = find_verification_method(document, method_id, "assertionMethod")
    assert method is not None
    assert method.public_key == KEYS[kind]
    assert did == did_jwk.did_for(method.public_key)
    agrees = find_verification_method(document, method_id, "keyAgreement") is not None
    assert agrees is (kind is not KeyType.ED25519)


@pytest.mark.parametrize(
    ("use", "relationships"),
    [("sig", SIGNING), ("enc", {"keyAgreement"}), ("other", SIGNING | {"keyAgreement"})],
)
def test_use_decides_what_the_key_is_for(use: str, relationships: set[str]) -> None:
    document = did_jwk.resolve(spell_jwk(use=use))
    assert document.relationships.keys() == relationships


def test_kid_names_nothing() -> None:
    did = spell_jwk(kid="key-1")
    document = did_jwk.resolve(did)
    assert find_verification_method(document, f"{did}#0", "assertionMethod") is not None
    assert find_verification_method(document, f"{did}#key-1", "assertionMethod") is None


def test_another_spelling_of_a_jwk_is_another_identifier() -> None:
    spaced = spell(json.dumps(P256_JWK, indent=1))
    document = did_jwk.resolve(spaced)
    assert document.id == spaced != P256_DID
    assert document.verification_methods[0].public_key.jwk == P256_JWK


@pytest.mark.parametrize(
    "did",
    [
        pytest.param("did:jwk:", id="nothing"),
        pytest.param(P256_DID.removeprefix("did:jwk:"), id="no-did"),
        pytest.param(P256_DID + "=", id="padding"),
        pytest.param(X25519_DID[:-1] + "R", id="bits-after-the-last-byte"),
        pytest.param(P256_DID + "\n", id="line-feed"),
        pytest.param(P256_DID + "#0", id="fragment"),
        pytest.param(spell(b"\xff"), id="not-utf-8"),
        pytest.param(spell("[]"), id="no-object"),
        pytest.param(spell(json.dumps(P256_JWK)[:-1] + ',"kty":"EC"}'), id="two-members-of-one-name"),
        pytest.param(spell(json.dumps(P256_JWK) + " x"), id="text-after-the-json"),
        pytest.param(spell_jwk(note="x" * 700), id="too-long"),
        pytest.param(spell_jwk(note=[[[[[[]]]]]]), id="too-deep"),
        pytest.param(spell_jwk(use=5), id="use-is-no-string"),
        pytest.param(spell_jwk(d="AA"), id="private-scalar"),
        pytest.param(spell_jwk(k="AA"), id="secret-bytes"),
        pytest.param(spell_jwk(oth=[]), id="private-primes"),
        pytest.param(spell_jwk(x=P256_JWK["y"]), id="off-the-curve"),
        pytest.param(spell_jwk(x="AA"), id="short-coordinate"),
        pytest.param(spell_jwk(x=P256_JWK["x"] + "="), id="padded-coordinate"),
        pytest.param(spell_jwk(y=None), id="coordinate-is-no-string"),
    ],
)
def test_a_did_jwk_with_one_fault(did: str) -> None:
    with pytest.raises((MalformedValue, ParseError)):
        did_jwk.resolve(did)


@pytest.mark.parametrize(
    "members", [{"crv": "secp256k1"}, {"kty": "RSA"}, {"kty": ["EC"]}, {"crv": "Ed25519"}]
)
def test_a_kind_of_key_that_is_not_known(members: dict[str, Any]) -> None:
    with pytest.raises(UnknownOption):
        did_jwk.resolve(spell_jwk(**members))


@settings(deadline=None)
@given(kind=st.sampled_from([KeyType.P256, KeyType.P384, KeyType.P521]), scalar=st.integers(1, 2**250))
def test_round_trip_of_every_ec_key(kind: KeyType, scalar: int) -> None:
    size = {KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}[kind]
    public_key = InMemorySigner(scalar.to_bytes(size), "did:web:a.example#1", key_type=kind).public_key
    did = did_jwk.did_for(public_key)
    assert did_jwk.resolve(did).verification_methods[0].public_key == public_key


@settings(deadline=None)
@given(raw=st.binary(min_size=32, max_size=32))
def test_round_trip_of_every_ed25519_key(raw: bytes) -> None:
    public_key = PublicKey(key_type=KeyType.ED25519, raw=raw)
    did = did_jwk.did_for(public_key)
    assert did_jwk.resolve(did).verification_methods[0].public_key == public_key


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    members=st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "use", "d", "kid"]), JSON),
    cut=st.integers(0, 400),
)
def test_nothing_but_protocol_errors_leaves(members: dict[str, Any], cut: int) -> None:
    whole = spell_jwk(**members)
    for did in (whole, whole[:cut], did_jwk.PREFIX + whole[cut:]):
        with contextlib.suppress(ProtocolError):
            did_jwk.resolve(did)
