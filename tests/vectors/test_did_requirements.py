"""What DID Core 1.0 demands of identifiers, documents, representations and resolution.

Each case is named by its section. The properties are those that the DID Core test suite checks; they
are judged by patterns of their own, over the documents that go out: of did:key and did:jwk through
the resolver, of did:web as it is published.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.vectors.did_documents import ED_DID, KEYS, PRODUCED, RELATIONSHIPS, WEB_DID, Produced
from vc.crypto.keys import KeyType
from vc.did import did_jwk, did_key
from vc.did.documents import find_verification_method, parse_document
from vc.did.resolution import DereferencingResult, ResolutionResult, resolve_did
from vc.errors import MalformedValue, ParseError

DID = re.compile(r"did:[a-z0-9]+:(([a-zA-Z0-9.\-_]|%[0-9a-fA-F]{2})*:)*([a-zA-Z0-9.\-_]|%[0-9a-fA-F]{2})+")
_PCHAR = r"([a-zA-Z0-9\-._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})"
DID_URL = re.compile(rf"{DID.pattern}(/{_PCHAR}*)*(\?({_PCHAR}|[/?])*)?(#({_PCHAR}|[/?])*)?")
DATETIME = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z")
BASE58BTC = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+")
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
MATERIAL = {"publicKeyMultibase", "publicKeyJwk", "publicKeyBase58"}
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
UNRESOLVABLE = {
    "notDid:key:z6Mk": "invalidDid",
    "did:key:@": "invalidDid",
    "did:experimental:abc": "methodNotSupported",
}
NOT_DEREFERENCED = {
    f"{ED_DID}/^bar^/#1": "invalidDidUrl",
    f"{ED_DID}#absent": "notFound",
}


Requirement = Callable[[Produced], None]
REQUIREMENTS: dict[str, Requirement] = {}


def _requirement(name: str) -> Callable[[Requirement], Requirement]:
    def register(check: Requirement) -> Requirement:
        assert name not in REQUIREMENTS
        REQUIREMENTS[name] = check
        return check

    return register


@_requirement("3.1-did-syntax")
def _did_syntax(produced: Produced) -> None:
    assert DID.fullmatch(produced.did)


@_requirement("5.1.1-id-is-the-did-in-the-root")
def _subject(produced: Produced) -> None:
    assert produced.document["id"] == produced.did


@_requirement("5.1.2-controller-is-a-did-or-a-set-of-dids")
def _controller(produced: Produced) -> None:
    controller = produced.document.get("controller", [])
    assert all(DID.fullmatch(did) for did in (controller if isinstance(controller, list) else [controller]))


@_requirement("5.2-verification-method-is-a-set-of-maps")
def _methods_are_maps(produced: Produced) -> None:
    methods = produced.document["verificationMethod"]
    assert isinstance(methods, list)
    assert methods
    assert all(isinstance(method, dict) for method in methods)
    ids = [method["id"] for method in produced.methods]
    assert len(ids) == len(set(ids))


@_requirement("5.2-id-type-controller-and-material")
def _method_members(produced: Produced) -> None:
    for method in produced.methods:
        assert {"id", "type", "controller"} < method.keys()
        assert MATERIAL & method.keys()


@_requirement("5.2-id-is-an-absolute-did-url")
def _method_id(produced: Produced) -> None:
    for method in produced.methods:
        assert DID_URL.fullmatch(method["id"])
        assert method["id"].startswith(f"{produced.did}#")


@_requirement("5.2-type-is-one-string")
def _method_type(produced: Produced) -> None:
    assert all(isinstance(method["type"], str) and method["type"] for method in produced.methods)


@_requirement("5.2-controller-of-a-method-is-a-did")
def _method_controller(produced: Produced) -> None:
    assert all(DID.fullmatch(method["controller"]) for method in produced.methods)


@_requirement("5.2.1-public-key-jwk-is-a-jwk")
def _jwk(produced: Produced) -> None:
    coordinates = {"EC": ("x", "y"), "OKP": ("x",)}
    for method in produced.methods:
        if "publicKeyJwk" in method:
            jwk = method["publicKeyJwk"]
            assert isinstance(jwk["crv"], str)
            assert all(BASE64URL.fullmatch(jwk[name]) for name in coordinates[jwk["kty"]])


@_requirement("5.2.1-public-key-jwk-has-no-private-member")
def _jwk_is_public(produced: Produced) -> None:
    assert all(PRIVATE.isdisjoint(method.get("publicKeyJwk", {})) for method in produced.methods)


@_requirement("5.2.1-public-key-multibase-is-multibase")
def _multibase(produced: Produced) -> None:
    for method in produced.methods:
        if "publicKeyMultibase" in method:
            assert BASE58BTC.fullmatch(method["publicKeyMultibase"])


@_requirement("5.2.1-one-spelling-of-the-material")
def _one_material(produced: Produced) -> None:
    assert all(len(MATERIAL & method.keys()) == 1 for method in produced.methods)


def _relationship(name: str) -> Requirement:
    def check(produced: Produced) -> None:
        entries = produced.document.get(name)
        if entries is not None:
            assert isinstance(entries, list)
            assert entries
            assert len(entries) == len(set(entries))
            defined = {method["id"] for method in produced.methods}
            assert all(DID_URL.fullmatch(entry) and entry in defined for entry in entries)

    return check


for _number, _name in enumerate(RELATIONSHIPS, start=1):
    REQUIREMENTS[f"5.3.{_number}-{_name}-is-a-set-of-one-or-more-methods"] = _relationship(_name)


@_requirement("6.1-media-type-is-told")
def _media_type(produced: Produced) -> None:
    assert produced.media_type == "application/did+ld+json"


@_requirement("6.1-what-is-produced-is-consumed")
def _consumed(produced: Produced) -> None:
    read = parse_document(produced.did, produced.representation)
    signing = [
        method["id"] for method in produced.methods if method["id"] in produced.document["assertionMethod"]
    ]
    known = {"Multikey", "JsonWebKey2020", "Ed25519VerificationKey2020"}
    for method_id in signing if produced.methods[0]["type"] in known else []:
        assert find_verification_method(read, method_id, "assertionMethod") is not None


@_requirement("6.2.1-root-is-a-json-object-of-json-values")
def _json(produced: Produced) -> None:
    pending: list[Any] = [produced.document]
    while pending:
        value = pending.pop()
        assert isinstance(value, (dict, list, str))
        if not isinstance(value, str):
            pending.extend(value.values() if isinstance(value, dict) else value)


@_requirement("6.2.1-datetime-is-utc-without-fractions")
def _datetimes(produced: Produced) -> None:
    for method in produced.methods:
        for name in {"expires", "revoked"} & method.keys():
            assert DATETIME.fullmatch(method[name])


@_requirement("6.3.1-context-is-there")
def _context(produced: Produced) -> None:
    assert "@context" in produced.document


@_requirement("6.3.1-context-starts-with-that-of-dids")
def _first_context(produced: Produced) -> None:
    contexts = produced.document["@context"]
    assert contexts[0] == "https://www.w3.org/ns/did/v1"
    assert len(contexts) == len(set(contexts)) > 1


@_requirement("6.3.1-each-type-has-its-context")
def _type_contexts(produced: Produced) -> None:
    contexts = {
        "Multikey": "https://w3id.org/security/multikey/v1",
        "JsonWebKey2020": "https://w3id.org/security/suites/jws-2020/v1",
        "Ed25519VerificationKey2020": "https://w3id.org/security/suites/ed25519-2020/v1",
        "X25519KeyAgreementKey2020": "https://w3id.org/security/suites/x25519-2020/v1",
        "Ed25519VerificationKey2018": "https://w3id.org/security/suites/ed25519-2018/v1",
        "X25519KeyAgreementKey2019": "https://w3id.org/security/suites/x25519-2019/v1",
    }
    named = set(produced.document["@context"][1:])
    assert named == {contexts[method["type"]] for method in produced.methods}


@pytest.mark.parametrize("produced", PRODUCED.values(), ids=PRODUCED.keys())
@pytest.mark.parametrize("requirement", REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_documents_that_go_out(requirement: Requirement, produced: Produced) -> None:
    requirement(produced)


METHOD = {
    "id": f"{WEB_DID}#1",
    "type": "Multikey",
    "controller": WEB_DID,
    "publicKeyMultibase": KEYS[KeyType.ED25519].multikey,
}
SERVICE = {"id": f"{WEB_DID}#s", "type": "Files", "serviceEndpoint": "https://a.example/files"}


def _document(**members: Any) -> bytes:
    document = {"id": WEB_DID, "verificationMethod": [METHOD], "assertionMethod": [METHOD["id"]]}
    return json.dumps(document | members).encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="6.2.2-no-json"),
        pytest.param(b"[]", id="6.2.2-root-is-an-array"),
        pytest.param(b'"did"', id="6.2.2-root-is-a-string"),
        pytest.param(b"null", id="6.2.2-root-is-null"),
        pytest.param(_document(id=None), id="5.1.1-id-is-null"),
        pytest.param(_document(id="did:web:b.example"), id="5.1.1-id-of-another"),
        pytest.param(_document(controller=[5]), id="5.1.2-controller-is-no-string"),
        pytest.param(_document(alsoKnownAs=["not a uri"]), id="5.1.3-also-known-as-is-no-uri"),
        pytest.param(_document(verificationMethod=METHOD), id="5.2-methods-are-no-set"),
        pytest.param(_document(verificationMethod=["#1"]), id="5.2-method-is-no-map"),
        pytest.param(
            _document(verificationMethod=[METHOD | {"id": "https://a.example/#1"}]), id="5.2-id-is-no-did-url"
        ),
        pytest.param(_document(verificationMethod=[METHOD | {"type": ["Multikey"]}]), id="5.2-type-is-a-set"),
        pytest.param(
            _document(verificationMethod=[METHOD | {"controller": "https://a.example/"}]),
            id="5.2-controller-is-no-did",
        ),
        pytest.param(
            _document(verificationMethod=[METHOD | {"publicKeyJwk": KEYS[KeyType.ED25519].jwk}]),
            id="5.2.1-two-spellings",
        ),
        pytest.param(
            _document(verificationMethod=[METHOD | {"publicKeyMultibase": "0"}]), id="5.2.1-not-multibase"
        ),
        *(
            pytest.param(_document(**{name: METHOD["id"]}), id=f"5.3.{number}-{name}-is-no-set")
            for number, name in enumerate(RELATIONSHIPS, start=1)
        ),
        pytest.param(_document(authentication=[METHOD]), id="5.3-embedded-method-with-an-id-already-used"),
        pytest.param(_document(service=SERVICE), id="5.4-services-are-no-set"),
        pytest.param(_document(service=[SERVICE, SERVICE]), id="5.4-two-services-with-one-id"),
        pytest.param(_document(service=[SERVICE | {"type": None}]), id="5.4-type-is-no-string"),
        pytest.param(_document(service=[SERVICE | {"serviceEndpoint": 5}]), id="5.4-endpoint-is-a-number"),
        pytest.param(_document(service=[SERVICE | {"serviceEndpoint": "x y"}]), id="5.4-endpoint-is-no-uri"),
    ],
)
def test_documents_that_are_refused(raw: bytes) -> None:
    assert parse_document(WEB_DID, _document(service=[SERVICE])).verification_methods
    with pytest.raises((ParseError, MalformedValue)):
        parse_document(WEB_DID, raw)


@pytest.mark.parametrize("reference", [METHOD["id"], "#1"], ids=["5.3-absolute", "3.2.2-relative-did-url"])
def test_references_that_are_followed(reference: str) -> None:
    document = parse_document(WEB_DID, _document(assertionMethod=[reference]))
    assert find_verification_method(document, f"{WEB_DID}#1", "assertionMethod") is not None
    assert find_verification_method(document, f"{WEB_DID}#1", "authentication") is None


def _metadata_is_a_structure(metadata: object) -> None:
    assert isinstance(metadata, dict)
    assert all(isinstance(name, str) for name in metadata)
    assert json.loads(json.dumps(metadata)) == metadata


@pytest.mark.parametrize("did", [produced.did for produced in PRODUCED.values() if produced.did != WEB_DID])
def test_7_1_a_resolution_that_succeeds(did: str) -> None:
    result = resolve_did(did)
    assert isinstance(result, ResolutionResult)
    assert result.did_document["id"] == did
    assert result.did_resolution_metadata == {"contentType": "application/did+ld+json"}
    for metadata in (result.did_resolution_metadata, result.did_document_metadata):
        _metadata_is_a_structure(metadata)
    # 7.1.3: "created", "updated", "versionId" and their like say nothing of what never changes.
    assert result.did_document_metadata == {}


@pytest.mark.parametrize(("did", "error"), UNRESOLVABLE.items())
def test_7_1_a_resolution_that_fails(did: str, error: str) -> None:
    result = resolve_did(did)
    assert isinstance(result, ResolutionResult)
    assert result.did_document == {}
    assert result.did_document_metadata == {}
    assert result.did_resolution_metadata["error"] == error
    assert re.fullmatch(r"[!-~]+", error)
    assert (DID.fullmatch(did) is None) == (error == "invalidDid")
    _metadata_is_a_structure(result.did_resolution_metadata)


@pytest.mark.parametrize("key", list(KEYS.values()), ids=list(KEYS))
def test_7_2_a_dereferencing_that_succeeds(key: Any) -> None:
    for did_url in (did_key.verification_method_for(key), did_jwk.verification_method_for(key)):
        assert DID_URL.fullmatch(did_url)
        result = resolve_did(did_url)
        assert isinstance(result, DereferencingResult)
        assert result.content["id"] == did_url
        assert DID.fullmatch(str(result.content["controller"]))
        assert result.dereferencing_metadata["contentType"] == "application/ld+json"
        _metadata_is_a_structure(result.content_metadata)


@pytest.mark.parametrize(("did_url", "error"), NOT_DEREFERENCED.items())
def test_7_2_a_dereferencing_that_fails(did_url: str, error: str) -> None:
    result = resolve_did(did_url)
    assert isinstance(result, DereferencingResult)
    assert result.content == {}
    assert result.content_metadata == {}
    assert result.dereferencing_metadata["error"] == error
    assert (DID_URL.fullmatch(did_url) is None) == (error == "invalidDidUrl")


@pytest.mark.parametrize(
    "query",
    [
        "service=files",
        "service=files&relativeRef=%2Fa.pdf",
        "versionId=2",
        "versionTime=2026-01-01T00:00:00Z",
        "hl=zQmWvQxTqbG2Z9HPJgG57jjwR154cKhbtJenbyYTWkjgF3e",
    ],
)
def test_3_2_1_parameters_are_read_and_find_nothing(query: str) -> None:
    result = resolve_did(f"{ED_DID}?{query}")
    assert isinstance(result, DereferencingResult)
    assert result.dereferencing_metadata["error"] == "notFound"
