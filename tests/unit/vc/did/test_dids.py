"""DIDs and their documents: one identifier, one URL, one set of keys."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vc.crypto.keys import InMemorySigner, KeyType, PublicKey
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
P256_KEY = InMemorySigner(bytes(range(32)), "did:web:a.example#3", key_type=KeyType.P256).public_key
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


def _jwk_method(**members: Any) -> dict[str, Any]:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(KEY.raw)}
    return {"id": f"{DID}#1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": jwk | members}


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
    [
        "did:key:",
        "did:key:abc",
        f"did:key:1:{KEY.multikey}",
        f"did:key:{KEY.multikey}1",
        f"did:key:{KEY.multikey} ",
        "did:web:a.example",
    ],
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
        "did:web:a.example?x=1#1",
        "did:web:a.example:#1",
        "did:web:a.example%3g#1",
        "did:Web:a.example#1",
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


@pytest.mark.parametrize("member", ["d", "k", "priv"])
def test_a_published_private_key_is_refused(member: str) -> None:
    entry = _jwk_method(**{member: "AA"})
    with pytest.raises(ProtocolError, match="private"):
        did_web.parse_document(DID, _published(verificationMethod=[entry]))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"controller": "https://a.example"}, id="controller-of-a-key-is-no-did"),
        pytest.param({"id": "key-1"}, id="id-is-no-did-url"),
        pytest.param({"id": f"{DID}#a b"}, id="id-with-a-space"),
        pytest.param({"publicKeyJwk": {}}, id="two-spellings-of-a-key"),
        pytest.param({"type": "Other", "publicKeyJwk": {}}, id="two-spellings-of-an-unknown-type"),
        pytest.param({"privateKeyMultibase": "z1"}, id="private-part-under-its-old-name"),
        pytest.param(
            {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": P256_KEY.multikey},
            id="type-of-another-kind-of-key",
        ),
        pytest.param({"type": "Other", "expires": "soon"}, id="expires-of-an-unknown-type"),
    ],
)
def test_a_verification_method_with_one_fault(wrong: dict[str, Any]) -> None:
    did_web.parse_document(DID, _published(verificationMethod=[_method()]))
    with pytest.raises(MalformedValue):
        did_web.parse_document(DID, _published(verificationMethod=[_method(**wrong)]))


@pytest.mark.parametrize(
    "said",
    [{"use": "enc"}, {"use": 5}, {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"alg": "ES256"}, {"alg": []}],
)
def test_a_jwk_for_another_use_verifies_nothing(said: dict[str, Any]) -> None:
    for members, methods in (({}, 1), (said, 0)):
        raw = _published(verificationMethod=[_jwk_method(**members)])
        assert len(did_web.parse_document(DID, raw).verification_methods) == methods


@pytest.mark.parametrize(
    "said", [{"use": "sig"}, {"key_ops": ["verify"]}, {"alg": "EdDSA"}, {"alg": "Ed25519"}]
)
def test_a_jwk_may_say_that_it_verifies(said: dict[str, Any]) -> None:
    document = did_web.parse_document(DID, _published(verificationMethod=[_jwk_method(**said)]))
    assert document.verification_methods[0].public_key == KEY


def test_a_key_too_long_for_any_kind_known_here_is_left_out() -> None:
    post_quantum = _method(id="#2", publicKeyMultibase="u" + "A" * 1_750)
    document = did_web.parse_document(DID, _published(verificationMethod=[_method(), post_quantum]))
    assert [method.id for method in document.verification_methods] == [f"{DID}#1"]


def test_only_its_own_document_speaks_for_a_key() -> None:
    foreign = "did:web:b.example#1"
    raw = _published(verificationMethod=[_method(id=foreign)], assertionMethod=[foreign])
    assert find_verification_method(did_web.parse_document(DID, raw), foreign, "assertionMethod") is None


SERVICE = {"id": "#files", "type": "Files", "serviceEndpoint": "https://a.example/files"}


def test_services_are_read_over() -> None:
    several = [
        SERVICE,
        {"type": ["A", "B"], "serviceEndpoint": [{"uri": "x"}, "https://a.example"]},
        {"type": "C", "serviceEndpoint": {}},
    ]
    raw = _published(service=several, alsoKnownAs=["https://a.example"], controller=["did:web:b.example"])
    assert did_web.parse_document(DID, raw).controller == ("did:web:b.example",)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"service": SERVICE}, id="services-are-no-array"),
        pytest.param({"service": ["x"]}, id="service-is-no-object"),
        pytest.param({"service": [SERVICE, SERVICE | {"id": f"{DID}#files"}]}, id="two-services-with-one-id"),
        pytest.param({"service": [SERVICE | {"id": "files"}]}, id="service-id-is-no-url"),
        pytest.param({"service": [SERVICE | {"id": None}]}, id="service-id-is-no-string"),
        pytest.param({"service": [SERVICE | {"type": []}]}, id="service-without-type"),
        pytest.param({"service": [SERVICE | {"type": [""]}]}, id="service-type-is-empty"),
        pytest.param({"service": [{"type": "Files"}]}, id="service-without-endpoint"),
        pytest.param({"service": [SERVICE | {"serviceEndpoint": []}]}, id="no-endpoint"),
        pytest.param({"service": [SERVICE | {"serviceEndpoint": "files"}]}, id="endpoint-is-no-url"),
        pytest.param({"alsoKnownAs": "https://a.example"}, id="also-known-as-is-no-set"),
        pytest.param({"alsoKnownAs": ["me"]}, id="also-known-as-is-no-uri"),
        pytest.param({"controller": ["me"]}, id="controller-is-no-uri"),
    ],
)
def test_a_document_with_one_fault_beside_its_keys(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedValue):
        did_web.parse_document(DID, _published(**members))


def test_relationships_are_written_in_the_order_of_the_keys() -> None:
    methods = [VerificationMethod(id=f"{DID}#{n}", controller=DID, public_key=KEY) for n in range(9)]
    names = {method.id for method in methods}
    document = did_web.build_document(DID, methods, relationships={"assertionMethod": names})
    assert document["assertionMethod"] == [method.id for method in methods]


def test_a_relationship_without_keys_is_not_written() -> None:
    document = did_web.build_document(DID, [], relationships={"assertionMethod": []})
    assert "assertionMethod" not in document


# From the test vectors of did:key 0.7, test-vectors/nist-curves.json.
@pytest.mark.parametrize(
    ("did", "curve", "x", "y"),
    [
        (
            "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
            "P-256",
            "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
            "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM",
        ),
        (
            "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
            "P-256",
            "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
            "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU",
        ),
        (
            "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
            "P-384",
            "lInTxl8fjLKp_UCrxI0WDklahi-7-_6JbtiHjiRvMvhedhKVdHBfi2HCY8t_QJyc",
            "y6N1IC-2mXxHreETBW7K3mBcw0qGr3CWHCs-yl09yCQRLcyfGv7XhqAngHOu51Zv",
        ),
        (
            "did:key:z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54",
            "P-384",
            "CA-iNoHDg1lL8pvX3d1uvExzVfCz7Rn6tW781Ub8K5MrDf2IMPyL0RTDiaLHC1JT",
            "Kpnrn8DkXUD3ge4mFxi-DKr0DYO2KuJdwNBrhzLRtfMa3WFMZBiPKUPfJj8dYNl_",
        ),
        (
            "did:key:z2J9gaYxrKVpdoG9A4gRnmpnRCcxU6agDtFVVBVdn1JedouoZN7SzcyREXXzWgt3gGiwpoHq7K68X4m32D8HgzG8wv3"
            "sY5j7",
            "P-521",
            "ASUHPMyichQ0QbHZ9ofNx_l4y7luncn5feKLo3OpJ2nSbZoC7mffolj5uy7s6KSKXFmnNWxGJ42IOrjZ47qqwqyS",
            "AW9ziIC4ZQQVSNmLlp59yYKrjRY0_VqO-GOIYQ9tYpPraBKUloEId6cI_vynCzlZWZtWpgOM3HPhYEgawQ703RjC",
        ),
        (
            "did:key:z2J9gcGdb2nEyMDmzQYv2QZQcM1vXktvy1Pw4MduSWxGabLZ9XESSWLQgbuPhwnXN7zP7HpTzWqrMTzaY5zWe6hpzJ2"
            "jnw4f",
            "P-521",
            "AQgyFy6EwH3_u_KXPw8aTXTY7WSVytmbuJeFpq4U6LipxtSmBJe_jjRzms9qubnwm_fGoHMQlvQ1vzS2YLusR2V0",
            "Ab06MCcgoG7dM2I-VppdLV1k3lDoeHMvyYqHVfP05Ep2O7Zu0Qwd6IVzfZi9K0KMDud22wdnGUpUtFukZo0EeO15",
        ),
    ],
)
def test_published_did_keys_of_the_nist_curves(did: str, curve: str, x: str, y: str) -> None:
    (method,) = did_key.resolve(did).verification_methods
    assert method.public_key.jwk == {"crv": curve, "kty": "EC", "x": x, "y": y}
    from_jwk = PublicKey.from_jwk({"kty": "EC", "crv": curve, "x": x, "y": y})
    assert did_key.did_for(from_jwk) == did
