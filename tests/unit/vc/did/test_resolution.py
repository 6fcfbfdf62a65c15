"""DID resolution as a pure function: the document, or the specifications' name for why not."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vc.did.test_did_jwk import KEYS, P256_DID, P256_JWK, X25519_DID, spell, spell_jwk
from vc.crypto.keys import KeyType, PublicKey
from vc.did import did_jwk, did_key
from vc.did.documents import SIGNING_RELATIONSHIPS, ControlledIdentifierDocument, parse_document
from vc.did.generated_documents import ResolutionOptions
from vc.did.key_agreement import KeyAgreementKey
from vc.did.resolution import DereferencingResult, ResolutionResult, resolve_did
from vc.did.resolve import resolve_locally_or_url
from vc.encoding import multibase
from vc.errors import MalformedValue, UnknownOption

# From the text and the test vectors of did:key 0.7 (ed25519-x25519.json): an Ed25519 key, its X25519 key.
PAIRS = {
    "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp": "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW",
    "z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG": "z6LSrHyXiPBhUbvPUtyUCdf32sniiMGPTAesgHrtEa4FePtr",
    "z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf": "z6LSkkqoZRC34AEpbkhZCqLDcHQVAxuLpQ7kC8XCXMVUfvjE",
    "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK": "z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p",
}
ED_KEY, X_KEY = next(iter(PAIRS.items()))
ED_DID = f"did:key:{ED_KEY}"
P256_KEY_DID = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
DID_V1 = "https://www.w3.org/ns/did/v1"
SUITES = "https://w3id.org/security/suites/"


def resolved(did: str, public_key_format: str | None = None, *, experimental: bool = False) -> dict[str, Any]:
    """The DID document; the resolution must succeed."""
    options = ResolutionOptions(
        public_key_format=public_key_format, enable_experimental_public_key_types=experimental
    )
    result = resolve_did(did, options)
    assert isinstance(result, ResolutionResult)
    assert result.did_resolution_metadata == {"contentType": "application/did+ld+json"}
    assert result.error is None
    return result.did_document


def dereferenced(did_url: str, public_key_format: str | None = None) -> dict[str, Any]:
    """What the DID URL names; the dereferencing must succeed."""
    result = resolve_did(did_url, ResolutionOptions(public_key_format=public_key_format))
    assert isinstance(result, DereferencingResult)
    assert result.dereferencing_metadata == {"contentType": "application/ld+json"}
    assert result.error is None
    return result.content


def error_of(did_url: str, public_key_format: str | None = None, *, experimental: bool = False) -> str | None:
    """The name of the error; a result of failure holds nothing else, and repeats no input."""
    options = ResolutionOptions(
        public_key_format=public_key_format, enable_experimental_public_key_types=experimental
    )
    result = resolve_did(did_url, options)
    assert result.resource == {}
    assert result.to_json()["didDocument"] == {}
    assert result.to_json()["didDocumentMetadata"] == {}
    assert result.error is not None
    return result.error.value


@pytest.mark.parametrize(("signing", "agreeing"), PAIRS.items())
def test_published_ed25519_keys_and_their_x25519_keys(signing: str, agreeing: str) -> None:
    did = f"did:key:{signing}"
    document = resolved(did, "Ed25519VerificationKey2020")
    assert document == {
        "@context": [DID_V1, SUITES + "ed25519-2020/v1", SUITES + "x25519-2020/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": f"{did}#{signing}",
                "type": "Ed25519VerificationKey2020",
                "controller": did,
                "publicKeyMultibase": signing,
            },
            {
                "id": f"{did}#{agreeing}",
                "type": "X25519KeyAgreementKey2020",
                "controller": did,
                "publicKeyMultibase": agreeing,
            },
        ],
        "assertionMethod": [f"{did}#{signing}"],
        "authentication": [f"{did}#{signing}"],
        "capabilityDelegation": [f"{did}#{signing}"],
        "capabilityInvocation": [f"{did}#{signing}"],
        "keyAgreement": [f"{did}#{agreeing}"],
    }


def test_the_published_example_with_json_web_keys() -> None:
    methods = resolved(ED_DID, "JsonWebKey2020")["verificationMethod"]
    assert [method["type"] for method in methods] == ["JsonWebKey2020", "JsonWebKey2020"]
    assert [method["publicKeyJwk"] for method in methods] == [
        {"kty": "OKP", "crv": "Ed25519", "x": "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"},
        {"kty": "OKP", "crv": "X25519", "x": "W_Vcc7guviK-gPNDBmevVw-uJVamQV5rMNQGUwCqlH0"},
    ]


def test_the_published_example_with_experimental_types() -> None:
    document = resolved(ED_DID, "Ed25519VerificationKey2018", experimental=True)
    assert document["@context"] == [DID_V1, SUITES + "ed25519-2018/v1", SUITES + "x25519-2019/v1"]
    signing, agreeing = document["verificationMethod"]
    assert signing["type"] == "Ed25519VerificationKey2018"
    assert signing["publicKeyBase58"] == "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"
    assert agreeing["type"] == "X25519KeyAgreementKey2019"
    assert agreeing["publicKeyBase58"] == "7By6kV2t2d188odEM4ExAve1UithKT6dLva4dwsDT3ak"


def test_multikey_is_what_a_did_key_is_written_in() -> None:
    document = resolved(ED_DID)
    assert document == resolved(ED_DID, "Multikey")
    assert document["@context"] == [DID_V1, "https://w3id.org/security/multikey/v1"]
    assert {method["type"] for method in document["verificationMethod"]} == {"Multikey"}


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.P384, KeyType.P521])
def test_ec_keys_sign_only(kind: KeyType) -> None:
    document = resolved(did_key.did_for(KEYS[kind]))
    (method,) = document["verificationMethod"]
    assert method["publicKeyMultibase"] == KEYS[kind].multikey
    assert document.keys() == {"@context", "id", "verificationMethod", *SIGNING_RELATIONSHIPS}


def test_a_version_stays_in_the_identifier() -> None:
    for version in ("1", "23"):
        did = f"did:key:{version}:{ED_KEY}"
        document = resolved(did)
        assert document["id"] == did
        assert document["verificationMethod"][0]["id"] == f"{did}#{ED_KEY}"
        assert dereferenced(f"{did}#{X_KEY}")["controller"] == did


def test_the_published_example_of_did_jwk() -> None:
    method_id = f"{P256_DID}#0"
    assert resolved(P256_DID) == {
        "@context": [DID_V1, SUITES + "jws-2020/v1"],
        "id": P256_DID,
        "verificationMethod": [
            {"id": method_id, "type": "JsonWebKey2020", "controller": P256_DID, "publicKeyJwk": P256_JWK}
        ],
        "assertionMethod": [method_id],
        "authentication": [method_id],
        "capabilityInvocation": [method_id],
        "capabilityDelegation": [method_id],
        "keyAgreement": [method_id],
    }


def test_the_published_example_of_did_jwk_for_encryption() -> None:
    document = resolved(X25519_DID)
    assert document["keyAgreement"] == [f"{X25519_DID}#0"]
    assert document.keys() == {"@context", "id", "verificationMethod", "keyAgreement"}
    assert document["verificationMethod"][0]["publicKeyJwk"]["use"] == "enc"


def test_other_members_of_a_jwk_are_kept() -> None:
    method = dereferenced(spell_jwk(kid="k", note={"a": 1}) + "#0")
    assert method["publicKeyJwk"] == P256_JWK | {"kid": "k", "note": {"a": 1}}


def test_a_did_url_names_a_verification_method() -> None:
    for key, kind in ((ED_KEY, "Ed25519VerificationKey2020"), (X_KEY, "X25519KeyAgreementKey2020")):
        assert dereferenced(f"{ED_DID}#{key}") == {
            "@context": "https://w3id.org/security/multikey/v1",
            "id": f"{ED_DID}#{key}",
            "type": "Multikey",
            "controller": ED_DID,
            "publicKeyMultibase": key,
        }
        assert dereferenced(f"{ED_DID}#{key}", kind)["type"] == kind


@pytest.mark.parametrize(
    ("did", "error"),
    [
        pytest.param("", "invalidDid", id="nothing"),
        pytest.param(ED_DID.replace("did:", "notDid:"), "invalidDid", id="scheme"),
        pytest.param("did:key:@", "invalidDid", id="character"),
        pytest.param(f"did:key:-4:{ED_KEY}", "invalidDid", id="negative-version"),
        pytest.param(f"did:key:0:{ED_KEY}", "invalidDid", id="version-zero"),
        pytest.param(f"did:key:1.0:{ED_KEY}", "invalidDid", id="version-is-no-integer"),
        pytest.param(f"did:key:1:1:{ED_KEY}", "invalidDid", id="two-versions"),
        pytest.param(f"did:key::{ED_KEY}", "invalidDid", id="empty-version"),
        pytest.param(f"did:key:{ED_KEY[1:]}", "invalidDid", id="not-base58btc"),
        pytest.param(f"did:key:{ED_KEY}0", "invalidDid", id="character-not-in-base58"),
        pytest.param(
            "did:key:" + multibase.encode_base64url(b"\xed\x01" + KEYS[KeyType.ED25519].raw),
            "invalidDid",
            id="base64url-multibase",
        ),
        pytest.param(f"did:key:{ED_KEY}" + "1" * 1_000, "invalidDid", id="too-long"),
        pytest.param("did:key:zTjsVPtY", "invalidPublicKeyLength", id="short-ed25519-key"),
        pytest.param(
            "did:key:" + multibase.encode_base58btc(b"\x80\x24\x02" + bytes(33)),
            "invalidPublicKeyLength",
            id="long-p256-key",
        ),
        pytest.param(
            "did:key:" + multibase.encode_base58btc(b"\xed\x01" + bytes(32)),
            "invalidPublicKey",
            id="ed25519-point-of-small-order",
        ),
        pytest.param(
            "did:key:" + multibase.encode_base58btc(b"\x80\x24\x02" + b"\xff" * 32),
            "invalidPublicKey",
            id="p256-off-the-curve",
        ),
        pytest.param(
            "did:key:" + multibase.encode_base58btc(b"\x80\x24\x05" + bytes(32)),
            "invalidPublicKey",
            id="p256-not-compressed",
        ),
        pytest.param(f"did:key:{X_KEY}", "unsupportedPublicKeyType", id="x25519-alone"),
        pytest.param(
            "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
            "unsupportedPublicKeyType",
            id="secp256k1",
        ),
        pytest.param(
            "did:key:" + multibase.encode_base58btc(b"\x85\x24" + bytes(270)),
            "unsupportedPublicKeyType",
            id="rsa",
        ),
        pytest.param("did:jwk:e30", "unsupportedPublicKeyType", id="empty-jwk"),
        pytest.param(spell("[]"), "invalidDid", id="jwk-is-no-object"),
        pytest.param(spell_jwk(d="AA"), "invalidDid", id="private-jwk"),
        pytest.param(spell_jwk(x="AA"), "invalidPublicKey", id="jwk-off-the-curve"),
        pytest.param(spell_jwk(kty="OKP", crv="X25519", x="AA"), "invalidPublicKey", id="short-x25519-jwk"),
        pytest.param(spell_jwk(crv="X25519"), "invalidPublicKey", id="x25519-of-another-type"),
        pytest.param("did:web:a.example", "methodNotSupported", id="did-web"),
        pytest.param(ED_DID.replace("key", "experimental"), "methodNotSupported", id="another-method"),
    ],
)
def test_why_a_did_does_not_resolve(did: str, error: str) -> None:
    assert error_of(did) == error
    assert isinstance(resolve_did(did), ResolutionResult)


@pytest.mark.parametrize(
    ("did_url", "error"),
    [
        pytest.param(f"{ED_DID}/^bar^/?query=`#{ED_KEY}", "invalidDidUrl", id="characters"),
        pytest.param("did:key:@#1", "invalidDidUrl", id="characters-of-the-did"),
        pytest.param(f"{ED_DID}#1#2", "invalidDidUrl", id="two-fragments"),
        pytest.param(f"{ED_DID}#" + "a" * 1_000, "invalidDidUrl", id="too-long"),
        pytest.param(f"did:key:-4:{ED_KEY}#{ED_KEY}", "invalidDid", id="version-of-the-did"),
        pytest.param("did:key:zTjsVPtY#zTjsVPtY", "invalidPublicKeyLength", id="key-of-the-did"),
        pytest.param("did:web:a.example#1", "methodNotSupported", id="another-method"),
        pytest.param(f"{ED_DID}#other", "notFound", id="no-such-key"),
        pytest.param(f"{ED_DID}#", "notFound", id="empty-fragment"),
        pytest.param(f"{ED_DID}/#{ED_KEY}", "notFound", id="path"),
        pytest.param(f"{ED_DID}?#{ED_KEY}", "notFound", id="empty-query"),
        pytest.param(f"{ED_DID}?service=files", "notFound", id="service"),
        pytest.param(f"{ED_DID}?versionId=2", "notFound", id="version"),
        pytest.param(f"{P256_DID}#1", "notFound", id="did-jwk-has-one-key"),
    ],
)
def test_why_a_did_url_is_not_dereferenced(did_url: str, error: str) -> None:
    assert error_of(did_url) == error
    assert isinstance(resolve_did(did_url), DereferencingResult)


@pytest.mark.parametrize(
    ("did_url", "public_key_format", "error"),
    [
        (ED_DID, "unknown", "unsupportedPublicKeyType"),
        (P256_DID, "unknown", "unsupportedPublicKeyType"),
        (ED_DID, "", "unsupportedPublicKeyType"),
        ("did:a:b", "unknown", "methodNotSupported"),
        (ED_DID, "Ed25519VerificationKey2018", "invalidPublicKeyType"),
        (f"{ED_DID}#{ED_KEY}", "Ed25519VerificationKey2018", "invalidPublicKeyType"),
        (f"{ED_DID}#{X_KEY}", "Ed25519VerificationKey2018", "invalidPublicKeyType"),
        (ED_DID, "X25519KeyAgreementKey2020", "invalidPublicKeyType"),
        (f"{ED_DID}#{ED_KEY}", "X25519KeyAgreementKey2020", "invalidPublicKeyType"),
        (f"{ED_DID}#{X_KEY}", "Ed25519VerificationKey2020", "invalidPublicKeyType"),
        (P256_KEY_DID, "Ed25519VerificationKey2020", "invalidPublicKeyType"),
        (P256_DID, "Multikey", "invalidPublicKeyType"),
    ],
)
def test_formats_that_are_not_written(did_url: str, public_key_format: str, error: str) -> None:
    assert error_of(did_url, public_key_format) == error


def test_experimental_types_must_fit_too() -> None:
    error = error_of(f"{ED_DID}#{ED_KEY}", "X25519KeyAgreementKey2019", experimental=True)
    assert error == "invalidPublicKeyType"


def test_only_from_ed25519_a_key_is_derived() -> None:
    with pytest.raises(UnknownOption):
        KeyAgreementKey.derive(KEYS[KeyType.P256])
    with pytest.raises(MalformedValue):
        KeyAgreementKey(raw=bytes(31))


def _core(did: str) -> ControlledIdentifierDocument:
    document = resolve_locally_or_url(did)
    assert isinstance(document, ControlledIdentifierDocument)
    return document


@pytest.mark.parametrize("kind", list(KeyType))
@pytest.mark.parametrize("public_key_format", [None, "JsonWebKey2020"])
def test_what_is_handed_out_reads_as_what_the_core_uses(kind: KeyType, public_key_format: str | None) -> None:
    for did in (did_key.did_for(KEYS[kind]), did_jwk.did_for(KEYS[kind])):
        read = parse_document(did, json.dumps(resolved(did, public_key_format)).encode())
        core = _core(did)
        assert read.verification_methods == core.verification_methods
        for name in SIGNING_RELATIONSHIPS:
            assert read.relationships[name] == core.relationships[name]


ANY_DID = st.builds(
    "".join,
    st.lists(
        st.sampled_from(
            [
                "did:",
                "key:",
                "jwk:",
                "web:",
                "1:",
                ED_KEY,
                X_KEY,
                "z",
                "e30",
                "#",
                "/",
                "?",
                "0",
                "%23",
                "@",
                P256_DID,
            ]
        )
        | st.text(max_size=3),
        max_size=6,
    ),
)


@settings(deadline=None)
@given(did_url=ANY_DID, public_key_format=st.none() | st.text(max_size=3) | st.just("Multikey"))
def test_whatever_is_asked_there_is_an_answer(did_url: str, public_key_format: str | None) -> None:
    result = resolve_did(did_url, ResolutionOptions(public_key_format=public_key_format))
    written = json.loads(json.dumps(result.to_json()))
    assert written["@context"] == "https://w3id.org/did-resolution/v1"
    assert (result.error is None) == bool(written["didDocument"])


@settings(deadline=None)
@given(
    raw=st.binary(max_size=80),
    header=st.sampled_from([b"", b"\xed\x01", b"\x80\x24", b"\x81\x24", b"\x82\x24"]),
)
def test_whatever_bytes_a_did_key_spells_there_is_an_answer(raw: bytes, header: bytes) -> None:
    did = "did:key:" + multibase.encode_base58btc(header + raw)
    result = resolve_did(did)
    if result.error is None:
        method = result.resource["verificationMethod"]
        assert isinstance(method, list)
        assert did_key.did_for(PublicKey.from_multikey(did.removeprefix("did:key:"))) == did
