"""DIDs and their documents: one identifier, one URL, one set of keys."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vc.crypto.keys import InMemorySigner
from vc.did import did_key, did_web
from vc.did.documents import (
    ControlledIdentifierDocument,
    VerificationMethod,
    find_verification_method,
)
from vc.did.resolve import DocumentUrl, did_of, resolve_locally_or_url
from vc.encoding import base64url
from vc.errors import MalformedValue, ParseError, ProtocolError, UnknownOption

KEY = InMemorySigner(bytes(range(32)), "did:web:a.example#1").public_key
OTHER_KEY = InMemorySigner(bytes(range(1, 33)), "did:web:a.example#2").public_key
DID = "did:web:a.example:centres:one"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def _published(**changes: Any) -> bytes:
    method = {"id": f"{DID}#1", "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.multikey}
    document = {"id": DID, "verificationMethod": [method], "assertionMethod": [f"{DID}#1"]}
    return json.dumps(document | changes).encode()


def _method(**changes: Any) -> dict[str, Any]:
    method = {"id": f"{DID}#1", "type": "Multikey", "controller": DID, "publicKeyMultibase": KEY.multikey}
    return method | changes


def test_did_key() -> None:
    did = did_key.did_for(KEY)
    document = did_key.resolve(did)
    method_id = did_key.verification_method_for(KEY)
    assert method_id == f"{did}#{KEY.multikey}"
    for purpose in ("assertionMethod", "authentication"):
        method = find_verification_method(document, method_id, purpose)
        assert method is not None
        assert method.public_key == KEY
        assert method.usable_at(T0)
    assert find_verification_method(document, method_id, "keyAgreement") is None
    assert find_verification_method(document, f"{did}#other", "assertionMethod") is None


@pytest.mark.parametrize(
    "did",
    ["did:key:", "did:key:abc", f"did:key:{KEY.multikey}1", f"did:key:{KEY.multikey} ", "did:web:a.example"],
)
def test_did_key_refused(did: str) -> None:
    with pytest.raises((MalformedValue, UnknownOption)):
        did_key.resolve(did)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:a.example", "https://a.example/.well-known/did.json"),
        ("did:web:a.example:trust", "https://a.example/trust/did.json"),
        ("did:web:a-b.c.example:centres:one_2", "https://a-b.c.example/centres/one_2/did.json"),
        ("did:web:xn--j1ay.example", "https://xn--j1ay.example/.well-known/did.json"),
    ],
)
def test_did_web_url(did: str, url: str) -> None:
    assert did_web.document_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:localhost",
        "did:web:127.0.0.1",
        "did:web:0x7f.1",
        "did:web:2130706433",
        "did:web:[::1]",
        "did:web:a.example%3A8443",
        "did:web:a.example:..:secret",
        "did:web:a.example:.hidden",
        "did:web:a.example:a%2Fb",
        "did:web:a.example::b",
        "did:web:a.example:",
        "did:web:a.example/b",
        "did:web:a.example?x=1",
        "did:web:a.example#1",
        "did:web:user@a.example",
        "did:web:A.example",
        "did:web:a..example",
        "did:web:-a.example",
        "did:web:a.example.",
        "did:web:a.example\n",
        "did:web:\u0430.example",
        "did:web:" + "a" * 64 + ".example",
        "did:web:" + "a." * 130 + "example",
        "did:web:a.example:" + "b" * 600,
    ],
)
def test_did_web_refused(did: str) -> None:
    with pytest.raises(MalformedValue):
        did_web.document_url(did)


def test_where_a_verification_method_is_found() -> None:
    assert did_of(f"{DID}#key-1") == DID
    assert resolve_locally_or_url(DID) == DocumentUrl(url="https://a.example/centres/one/did.json")
    assert isinstance(resolve_locally_or_url(did_key.did_for(KEY)), ControlledIdentifierDocument)
    with pytest.raises(UnknownOption):
        resolve_locally_or_url("did:example:a")


@pytest.mark.parametrize(
    "method_id",
    [
        "",
        "did:web:a.example",
        "did:web:a.example#",
        "#1",
        "https://a.example/#1",
        "did:web:a.example/x#1",
        "did:web:a.example#1#2",
        "did:web:a.example#1\n",
        "did:web:a.example#" + "a" * 1_000,
    ],
)
def test_a_verification_method_must_be_a_did_url_with_fragment(method_id: str) -> None:
    with pytest.raises(MalformedValue):
        did_of(method_id)


def test_what_we_publish_we_read() -> None:
    methods = (
        VerificationMethod(id=f"{DID}#1", controller=DID, public_key=KEY, expires=T0, revoked=T0 + DAY),
        VerificationMethod(id=f"{DID}#2", controller=DID, public_key=OTHER_KEY),
    )
    relationships = {"assertionMethod": [f"{DID}#1", f"{DID}#2"], "authentication": [f"{DID}#2"]}
    raw = json.dumps(did_web.build_document(DID, methods, relationships=relationships)).encode()
    document = did_web.parse_document(DID, raw)
    assert document.verification_methods == methods
    assert find_verification_method(document, f"{DID}#1", "assertionMethod") == methods[0]
    assert find_verification_method(document, f"{DID}#1", "authentication") is None


def test_key_history_decides_by_when_the_proof_was_made() -> None:
    method = VerificationMethod(id="a#1", controller="a", public_key=KEY, expires=T0, revoked=T0 - DAY)
    assert method.usable_at(T0 - 2 * DAY)
    assert not method.usable_at(T0 - DAY)
    assert not method.usable_at(T0)
    assert VerificationMethod(id="a#1", controller="a", public_key=KEY).usable_at(T0)


def test_other_shapes_of_a_published_key() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(KEY.raw)}
    as_jwk = {"id": "#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": jwk}
    document = did_web.parse_document(DID, _published(verificationMethod=[as_jwk]))
    assert document.verification_methods[0].public_key == KEY
    embedded = did_web.parse_document(DID, _published(verificationMethod=[], assertionMethod=[_method()]))
    assert find_verification_method(embedded, f"{DID}#1", "assertionMethod") is not None


@pytest.mark.parametrize(
    "unknown",
    [
        _method(type="Bls12381G2Key2020"),
        _method(publicKeyMultibase="z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"),
        {"id": f"{DID}#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": {"kty": "EC"}},
    ],
)
def test_keys_of_unknown_kind_are_left_out(unknown: dict[str, Any]) -> None:
    document = did_web.parse_document(DID, _published(verificationMethod=[unknown, _method(id="#2")]))
    assert [method.id for method in document.verification_methods] == [f"{DID}#2"]
    assert find_verification_method(document, f"{DID}#1", "assertionMethod") is None


def test_a_key_under_another_controller_is_not_found() -> None:
    document = did_web.parse_document(
        DID, _published(verificationMethod=[_method(controller="did:web:b.example")])
    )
    assert find_verification_method(document, f"{DID}#1", "assertionMethod") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"id":"%s","id":"%s"}' % (DID.encode(), DID.encode()),
        _published(id="did:web:b.example"),
        _published(verificationMethod={}),
        _published(verificationMethod=["x"]),
        _published(verificationMethod=[_method(), _method()]),
        _published(verificationMethod=[_method(id=5)]),
        _published(verificationMethod=[_method(controller=None)]),
        _published(verificationMethod=[_method(type=["Multikey"])]),
        _published(verificationMethod=[_method(publicKeyMultibase="z0")]),
        _published(verificationMethod=[_method(publicKeyMultibase=5)]),
        _published(verificationMethod=[_method(expires="soon")]),
        _published(verificationMethod=[_method(revoked="2026-01-01T00:00:00")]),
        _published(verificationMethod=[_method(secretKeyMultibase="z1")]),
        _published(verificationMethod=[_method(type="JsonWebKey", publicKeyJwk="x")]),
        _published(verificationMethod=[_method(id=f"#{number}") for number in range(201)]),
        _published(assertionMethod="x"),
        _published(assertionMethod=[5]),
        _published(controller=5),
    ],
)
def test_document_refused(raw: bytes) -> None:
    with pytest.raises((ParseError, MalformedValue)):
        did_web.parse_document(DID, raw)


def test_a_published_private_key_is_refused() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(KEY.raw), "d": "AA"}
    with pytest.raises(ProtocolError, match="private"):
        did_web.parse_document(
            DID, _published(verificationMethod=[_method(type="JsonWebKey", publicKeyJwk=jwk)])
        )
