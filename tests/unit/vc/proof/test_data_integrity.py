"""Data Integrity proofs: what is signed, what is refused, and what is returned."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import schemas
from tests.unit.vc.proof.signing import (
    CREDENTIAL,
    JCS,
    NOW,
    RDFC,
    V2,
    WAYS,
    JsonObject,
    Way,
    signer,
    with_proof,
)
from vc.crypto.keys import InMemorySigner, KeyType
from vc.encoding import multibase
from vc.encoding.rdfc import HashName, canonicalize_rdfc
from vc.errors import MalformedValue, ProblemType, TransformationError, UnknownOption
from vc.proof.data_integrity import (
    add_proof,
    attach,
    create_proof_config,
    hash_data,
    parse_proofs,
    verify_proof,
)
from vc.proof.suites import CRYPTOSUITES, require_cryptosuite

HASH_NAMES: tuple[HashName, ...] = ("SHA-256", "SHA-384")
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
EDDSA_RDFC, EDDSA_JCS = (
    Way(suite=f"eddsa-{name}-2022", key_type=KeyType.ED25519) for name in ("rdfc", "jcs")
)


def test_the_ways_of_signing_are_these_six() -> None:
    assert {str(way) for way in WAYS} == {
        "eddsa-rdfc-2022~Ed25519",
        "eddsa-jcs-2022~Ed25519",
        "ecdsa-rdfc-2019~P-256",
        "ecdsa-rdfc-2019~P-384",
        "ecdsa-jcs-2019~P-256",
        "ecdsa-jcs-2019~P-384",
    }


@every_way
def test_what_is_signed_verifies(way: Way) -> None:
    secured = way.sign()
    result = way.verify(secured)
    assert result.verified
    assert result.findings == ()
    assert result.verified_document == CREDENTIAL
    assert secured["proof"]["created"] == "2026-11-22T12:00:00Z"
    assert "proof" not in CREDENTIAL


@every_way
def test_signing_in_parts_equals_signing_at_once(way: Way) -> None:
    key = way.signer()
    config = create_proof_config(
        CREDENTIAL, cryptosuite=way.suite, verification_method=key.verification_method, created=NOW
    )
    signature = key.sign(hash_data(CREDENTIAL, config, way.key_type))
    assert attach(CREDENTIAL, config, signature) == way.sign()


@every_way
def test_the_hashes_are_as_long_as_the_key_asks(way: Way) -> None:
    config = {name: value for name, value in way.sign()["proof"].items() if name != "proofValue"}
    expected = 96 if way.key_type is KeyType.P384 else 64
    assert len(hash_data(CREDENTIAL, config, way.key_type)) == expected


@every_way
def test_every_option_is_signed(way: Way) -> None:
    options: JsonObject = {"proof_purpose": "authentication", "domain": "v.example", "challenge": "c-1"}
    secured = way.sign(expires=NOW + timedelta(days=1), proof_id="urn:x:p1", **options)
    assert way.verify(secured).verified
    for member, other in {
        "proofPurpose": "assertionMethod",
        "domain": "w.example",
        "challenge": "c-2",
        "expires": "2030-01-01T00:00:00Z",
        "created": "2026-11-22T12:00:01Z",
        "id": "urn:x:p2",
        "verificationMethod": way.signer(2).verification_method,
        "nonce": "added",
        "previousProof": "urn:x:p1",
    }.items():
        assert not way.verify(with_proof(secured, **{member: other})).verified
    for member in ("domain", "challenge", "expires", "created", "id"):
        proof = {name: value for name, value in secured["proof"].items() if name != member}
        assert not way.verify({**secured, "proof": proof}).verified


ALTERATIONS: dict[str, Callable[[JsonObject], Any]] = {
    "value_changed": lambda d: d["credentialSubject"].update(cqfLevel=3),
    "value_removed": lambda d: d["credentialSubject"].pop("cqfLevel"),
    "defined_member_added": lambda d: d.update(validUntil="2099-01-01T00:00:00Z"),
    "undefined_member_added": lambda d: d.update(undefined="x"),
    "null_added": lambda d: d.update(description=None),
    "index_added": lambda d: d["credentialSubject"].update({"@index": "x"}),
    "issuer_changed": lambda d: d.update(issuer="did:web:other.example"),
    "type_added": lambda d: d["type"].append("TrainingCertificate"),
    "unsigned_member_in_the_proof": lambda d: d["proof"].update(undefined="x"),
    "context_removed": lambda d: d["@context"].pop(),
    "context_replaced": lambda d: d.update({"@context": [V2]}),
    "context_in_front": lambda d: d["@context"].insert(0, "https://w3id.org/security/data-integrity/v2"),
    "signature_altered": lambda d: d["proof"].update(proofValue=multibase.encode_base58btc(bytes(64))),
    "signature_too_short": lambda d: d["proof"].update(proofValue=multibase.encode_base58btc(bytes(63))),
    "signature_in_der": lambda d: d["proof"].update(
        proofValue=multibase.encode_base58btc(b"\x30\x44\x02\x20" + bytes(68))
    ),
    "unknown_cryptosuite": lambda d: d["proof"].update(cryptosuite="eddsa-2022"),
    "legacy_type_as_cryptosuite": lambda d: d["proof"].update(cryptosuite="Ed25519Signature2020"),
}


# Under RDF canonicalization a context that changes no meaning changes nothing.
HARMLESS = {(way, "context_in_front") for way in RDFC}
CASES = [(way, name) for way in WAYS for name in ALTERATIONS if (way, name) not in HARMLESS]


@pytest.mark.parametrize(("way", "name"), CASES, ids=str)
def test_alteration_is_found(way: Way, name: str) -> None:
    secured = copy.deepcopy(way.sign())
    ALTERATIONS[name](secured)
    result = way.verify(secured)
    assert not result.verified
    assert result.verified_document is None
    assert {finding.type for finding in result.findings} <= {
        ProblemType.PROOF_VERIFICATION_ERROR,
        ProblemType.PROOF_TRANSFORMATION_ERROR,
    }
    assert len(result.findings) == 1


@every_way
def test_another_key_does_not_verify(way: Way) -> None:
    assert not way.verify(way.sign(), by=2).verified


@every_way
def test_a_proof_is_not_taken_for_one_of_another_suite(way: Way) -> None:
    for other in CRYPTOSUITES:
        if other != way.suite:
            assert not way.verify(with_proof(way.sign(), cryptosuite=other)).verified


FOREIGN = [
    (way, key_type) for way in WAYS for key_type in KeyType if key_type not in CRYPTOSUITES[way.suite].hashes
]


@pytest.mark.parametrize(("way", "key_type"), FOREIGN, ids=str)
def test_a_key_of_a_kind_the_suite_does_not_work_with_is_refused(way: Way, key_type: KeyType) -> None:
    other = signer(key_type)
    with pytest.raises(UnknownOption):
        add_proof(CREDENTIAL, cryptosuite=way.suite, signer=other, created=NOW)
    forged = multibase.encode_base58btc(bytes([1]) * other.public_key.signature_bytes)
    secured = with_proof(way.sign(), proofValue=forged)
    (proof,) = parse_proofs(secured)
    (finding,) = verify_proof(secured, proof, other.public_key).findings
    assert finding.type is ProblemType.PROOF_VERIFICATION_ERROR
    assert "kind" in finding.detail


def test_the_kinds_of_key_that_are_refused_are_these() -> None:
    kinds = {(way.suite.partition("-")[0], key_type) for way, key_type in FOREIGN}
    assert ("ecdsa", KeyType.P521) in kinds
    assert ("ecdsa", KeyType.ED25519) in kinds
    assert ("eddsa", KeyType.P256) in kinds
    assert ("ecdsa", KeyType.P256) not in kinds


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
def test_a_proof_by_one_curve_is_not_verified_with_the_other(suite: str) -> None:
    p256, p384 = Way(suite=suite, key_type=KeyType.P256), Way(suite=suite, key_type=KeyType.P384)
    for way, other in ((p256, p384), (p384, p256)):
        result = other.verify(way.sign())
        assert not result.verified
        assert "length" in result.findings[0].detail


@pytest.mark.parametrize("way", JCS, ids=str)
def test_contexts_appended_after_signing_are_not_in_the_verified_document(way: Way) -> None:
    secured = copy.deepcopy(way.sign())
    secured["@context"].append("https://www.w3.org/ns/credentials/examples/v2")
    result = way.verify(secured)
    assert result.verified
    assert result.verified_document == CREDENTIAL


@pytest.mark.parametrize("way", JCS, ids=str)
def test_jcs_context_that_is_one_string_may_be_followed_by_others(way: Way) -> None:
    document = CREDENTIAL | {"@context": V2}
    secured = way.sign(document)
    assert secured["proof"]["@context"] == V2
    assert way.verify({**secured, "@context": [V2, "https://x.example/"]}).verified_document == document
    assert not way.verify({**secured, "@context": ["https://x.example/", V2]}).verified


@pytest.mark.parametrize("way", JCS, ids=str)
def test_jcs_proof_without_context_covers_the_context_as_received(way: Way) -> None:
    key = way.signer()
    config = create_proof_config(
        CREDENTIAL, cryptosuite=way.suite, verification_method=key.verification_method, created=NOW
    )
    del config["@context"]
    secured = attach(CREDENTIAL, config, key.sign(hash_data(CREDENTIAL, config, way.key_type)))
    assert way.verify(secured).verified
    assert not way.verify({**secured, "@context": [*secured["@context"], V2]}).verified


@pytest.mark.parametrize("way", RDFC, ids=str)
def test_rdfc_proof_with_other_contexts_than_the_document_is_refused(way: Way) -> None:
    secured = way.sign()
    assert way.verify(with_proof(secured, **{"@context": secured["@context"]})).verified
    assert not way.verify(with_proof(secured, **{"@context": [V2]})).verified


DATA_INTEGRITY_V1, DATA_INTEGRITY_V2 = (f"https://w3id.org/security/data-integrity/v{n}" for n in (1, 2))
# Contexts that protect the same terms with other meanings: no document at all can be read under both.
CONFLICTING = {
    (V2, DATA_INTEGRITY_V1),
    (V2, "https://www.w3.org/2018/credentials/v1"),
    (DATA_INTEGRITY_V2, DATA_INTEGRITY_V1),
}
PAIRS = [(first, extra) for first in (V2, DATA_INTEGRITY_V2) for extra in sorted(schemas.context_index())]


def _ordinary_options(purpose: str) -> JsonObject:
    return create_proof_config(
        CREDENTIAL,
        cryptosuite="eddsa-rdfc-2022",
        verification_method=EDDSA_RDFC.signer().verification_method,
        created=NOW,
        proof_purpose=purpose,
        domain='d "quoted" \\ \u0085 ខ',
        challenge="c\n1",
        expires=NOW + timedelta(days=1),
    )


# Whichever pinned context follows the first, it must not change what a proof's members mean.
@pytest.mark.parametrize(("first", "extra"), [pair for pair in PAIRS if pair not in CONFLICTING])
@pytest.mark.parametrize("purpose", ["assertionMethod", "authentication"])
def test_ordinary_proof_options_as_rdf_equal_their_json_ld_reading(
    purpose: str, first: str, extra: str
) -> None:
    config, suite = _ordinary_options(purpose), require_cryptosuite("eddsa-rdfc-2022")
    for context in ([first], [first, extra]):
        for hash_name in HASH_NAMES:
            through_json_ld = canonicalize_rdfc({**config, "@context": context}, hash_name=hash_name)
            assert suite.transform_config(config, {"@context": context}, hash_name) == through_json_ld


def test_a_language_set_inside_the_document_reaches_the_proof_as_json_ld_says() -> None:
    config, suite = _ordinary_options("authentication"), require_cryptosuite("eddsa-rdfc-2022")
    contexts = {"@context": [V2, {"@language": "km"}]}
    assert suite.transform_config(config, contexts, "SHA-256") == canonicalize_rdfc({**config, **contexts})


@pytest.mark.parametrize(("first", "extra"), sorted(CONFLICTING))
def test_nothing_is_signed_under_contexts_that_contradict_each_other(first: str, extra: str) -> None:
    document = {"@context": [first], "type": "DataIntegrityProof", "created": "2026-11-22T12:00:00Z"}
    assert EDDSA_RDFC.verify(EDDSA_RDFC.sign(document)).verified
    with pytest.raises(TransformationError):
        EDDSA_RDFC.sign({**document, "@context": [first, extra]})


@pytest.mark.parametrize("method", ["did:key:z1#%zz", "did:key:z1#a#b", "did:key:z1#[x]"])
@pytest.mark.parametrize("way", RDFC, ids=str)
def test_verification_method_that_is_no_iri_is_a_finding(way: Way, method: str) -> None:
    (finding,) = way.verify(with_proof(way.sign(), verificationMethod=method)).findings
    assert finding.type is ProblemType.PROOF_TRANSFORMATION_ERROR
    assert "IRI" in finding.detail


def test_unknown_cryptosuite_is_not_signed() -> None:
    with pytest.raises(UnknownOption):
        add_proof(CREDENTIAL, cryptosuite="eddsa-2022", signer=EDDSA_JCS.signer(), created=NOW)


@pytest.mark.parametrize(
    "options",
    [{"proof_purpose": ""}, {"proof_id": "p1"}, {"proof_id": ""}, {"previous_proof": []}],
    ids=["no_purpose", "id_that_is_no_url", "empty_id", "no_previous_proof_in_the_list"],
)
def test_a_proof_that_would_be_malformed_is_not_made(options: JsonObject) -> None:
    with pytest.raises(MalformedValue):
        EDDSA_JCS.sign(**options)


@pytest.mark.parametrize("method", ["", "#key-1", "key-1", "did:key:z6Mk with space"])
def test_a_proof_by_a_method_that_is_no_url_is_not_made(method: str) -> None:
    anonymous = InMemorySigner(bytes(32), method)
    with pytest.raises(MalformedValue):
        add_proof(CREDENTIAL, cryptosuite="eddsa-jcs-2022", signer=anonymous, created=NOW)
