"""Data Integrity proofs: what is signed, what is refused, and what is returned."""

import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import schemas
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.encoding import multibase
from vc.encoding.rdfc import canonicalize_rdfc
from vc.errors import MalformedValue, ProblemType, TransformationError, UnknownOption
from vc.proof.data_integrity import (
    ProofResult,
    add_proof,
    attach,
    check_proof_options,
    check_proof_times,
    create_proof_config,
    hash_data,
    parse_proofs,
    verify_proof,
)
from vc.proof.suites import CRYPTOSUITES, require_cryptosuite

V2 = "https://www.w3.org/ns/credentials/v2"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUITES = sorted(name for name in CRYPTOSUITES if name.startswith("eddsa"))
JsonObject = dict[str, Any]


def _signer(number: int) -> InMemorySigner:
    key = InMemorySigner(bytes([number]) * 32, "").public_key
    return InMemorySigner(bytes([number]) * 32, did_key.verification_method_for(key))


SIGNER = _signer(1)
CREDENTIAL: JsonObject = {
    "@context": [V2, schemas.PASSPORT_CONTEXT_URL],
    "id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "RPLCertificate"],
    "issuer": "did:web:centre.example",
    "credentialSubject": {"id": "urn:x:2", "nameKhmer": "សុខ សុភា", "cqfLevel": 2},
}


def _secured(suite: str, **options: Any) -> JsonObject:
    return add_proof(CREDENTIAL, cryptosuite=suite, signer=SIGNER, created=NOW, **options)


def _verify(secured: Mapping[str, Any], signer: InMemorySigner = SIGNER) -> ProofResult:
    (proof,) = parse_proofs(secured)
    return verify_proof(secured, proof, signer.public_key)


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_signed_verifies(suite: str) -> None:
    secured = _secured(suite)
    result = _verify(secured)
    assert result.verified
    assert result.findings == ()
    assert result.verified_document == CREDENTIAL
    assert secured["proof"]["created"] == "2026-11-22T12:00:00Z"
    assert "proof" not in CREDENTIAL


@pytest.mark.parametrize("suite", SUITES)
def test_signing_in_parts_equals_signing_at_once(suite: str) -> None:
    config = create_proof_config(
        CREDENTIAL, cryptosuite=suite, verification_method=SIGNER.verification_method, created=NOW
    )
    signature = SIGNER.sign(hash_data(CREDENTIAL, config, KeyType.ED25519))
    assert attach(CREDENTIAL, config, signature) == _secured(suite)


@pytest.mark.parametrize("suite", SUITES)
def test_every_option_is_signed(suite: str) -> None:
    options = {"proof_purpose": "authentication", "domain": "v.example", "challenge": "c-1"}
    secured = _secured(suite, expires=NOW + timedelta(days=1), proof_id="urn:x:p1", **options)
    assert _verify(secured).verified
    for member, other in {
        "proofPurpose": "assertionMethod",
        "domain": "w.example",
        "challenge": "c-2",
        "expires": "2030-01-01T00:00:00Z",
        "created": "2026-11-22T12:00:01Z",
        "id": "urn:x:p2",
        "verificationMethod": _signer(2).verification_method,
        "nonce": "added",
        "previousProof": "urn:x:p1",
    }.items():
        assert not _verify({**secured, "proof": {**secured["proof"], member: other}}).verified
    for member in ("domain", "challenge", "expires", "created", "id"):
        proof = {name: value for name, value in secured["proof"].items() if name != member}
        assert not _verify({**secured, "proof": proof}).verified


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
    "unknown_cryptosuite": lambda d: d["proof"].update(cryptosuite="eddsa-2022"),
}


# Under RDF canonicalization a context that changes no meaning changes nothing.
HARMLESS = {("eddsa-rdfc-2022", "context_in_front")}
CASES = [(suite, name) for suite in SUITES for name in ALTERATIONS if (suite, name) not in HARMLESS]


@pytest.mark.parametrize(("suite", "name"), CASES)
def test_alteration_is_found(suite: str, name: str) -> None:
    secured = copy.deepcopy(_secured(suite))
    ALTERATIONS[name](secured)
    result = _verify(secured)
    assert not result.verified
    assert result.verified_document is None
    assert {finding.type for finding in result.findings} <= {
        ProblemType.PROOF_VERIFICATION_ERROR,
        ProblemType.PROOF_TRANSFORMATION_ERROR,
    }
    assert len(result.findings) == 1


@pytest.mark.parametrize("suite", SUITES)
def test_another_key_does_not_verify(suite: str) -> None:
    assert not _verify(_secured(suite), _signer(2)).verified


def test_a_proof_is_not_taken_for_one_of_the_other_suite() -> None:
    for suite, other in zip(SUITES, reversed(SUITES), strict=True):
        secured = _secured(suite)
        assert not _verify({**secured, "proof": {**secured["proof"], "cryptosuite": other}}).verified


def test_contexts_appended_after_signing_are_not_in_the_verified_document() -> None:
    secured = copy.deepcopy(_secured("eddsa-jcs-2022"))
    secured["@context"].append("https://www.w3.org/ns/credentials/examples/v2")
    result = _verify(secured)
    assert result.verified
    assert result.verified_document == CREDENTIAL


def test_jcs_context_that_is_one_string_may_be_followed_by_others() -> None:
    document = CREDENTIAL | {"@context": V2}
    secured = add_proof(document, cryptosuite="eddsa-jcs-2022", signer=SIGNER, created=NOW)
    assert secured["proof"]["@context"] == V2
    assert _verify({**secured, "@context": [V2, "https://x.example/"]}).verified_document == document
    assert not _verify({**secured, "@context": ["https://x.example/", V2]}).verified


def test_jcs_proof_without_context_covers_the_context_as_received() -> None:
    config = create_proof_config(
        CREDENTIAL, cryptosuite="eddsa-jcs-2022", verification_method=SIGNER.verification_method, created=NOW
    )
    del config["@context"]
    secured = attach(CREDENTIAL, config, SIGNER.sign(hash_data(CREDENTIAL, config, KeyType.ED25519)))
    assert _verify(secured).verified
    assert not _verify({**secured, "@context": [*secured["@context"], V2]}).verified


def test_rdfc_proof_with_other_contexts_than_the_document_is_refused() -> None:
    secured = _secured("eddsa-rdfc-2022")
    same = {**secured, "proof": {**secured["proof"], "@context": secured["@context"]}}
    assert _verify(same).verified
    other = {**secured, "proof": {**secured["proof"], "@context": [V2]}}
    assert not _verify(other).verified


def test_ordinary_proof_options_as_rdf_equal_their_json_ld_reading() -> None:
    suite = require_cryptosuite("eddsa-rdfc-2022")
    for purpose in ("assertionMethod", "authentication"):
        config = create_proof_config(
            CREDENTIAL,
            cryptosuite=suite.name,
            verification_method=SIGNER.verification_method,
            created=NOW,
            proof_purpose=purpose,
            domain='d "quoted" \\ \u0085 ខ',
            challenge="c\n1",
            expires=NOW + timedelta(days=1),
        )
        for context in ([V2], ["https://w3id.org/security/data-integrity/v2"]):
            through_json_ld = canonicalize_rdfc({**config, "@context": context})
            assert suite.transform_config(config, {"@context": context}, "SHA-256") == through_json_ld


def test_proof_set_and_chain() -> None:
    first = _secured("eddsa-rdfc-2022", proof_id="urn:x:p1")
    second = add_proof(first, cryptosuite="eddsa-jcs-2022", signer=_signer(2), created=NOW)
    third = add_proof(
        second,
        cryptosuite="eddsa-rdfc-2022",
        signer=_signer(3),
        created=NOW,
        previous_proof=["urn:x:p1"],
    )
    proofs = parse_proofs(third)
    for number, proof in enumerate(proofs, start=1):
        assert verify_proof(third, proof, _signer(number).public_key).verified
    assert [proof.pointer for proof in proofs] == ["/proof/0", "/proof/1", "/proof/2"]
    without_first = {**third, "proof": third["proof"][1:]}
    assert not verify_proof(without_first, parse_proofs(without_first)[1], _signer(3).public_key).verified
    other_first = copy.deepcopy(third)
    other_first["proof"][0]["created"] = "2026-11-22T12:00:01Z"
    assert not verify_proof(other_first, parse_proofs(other_first)[2], _signer(3).public_key).verified


def test_chain_to_a_proof_that_is_not_there_is_not_signed() -> None:
    with pytest.raises(TransformationError, match="previous proof"):
        _secured("eddsa-jcs-2022", previous_proof="urn:x:nowhere")


def test_unknown_cryptosuite_is_not_signed() -> None:
    with pytest.raises(UnknownOption):
        _secured("eddsa-2022")


def test_document_without_proof_has_none() -> None:
    assert parse_proofs(CREDENTIAL) == ()


MALFORMED: dict[str, tuple[Any, str]] = {
    "proof_is_null": (None, "/proof"),
    "proof_is_text": ("x", "/proof"),
    "no_proof_in_the_list": ([], "/proof"),
    "proof_in_the_list_is_a_list": ([[]], "/proof/0"),
    "type_missing": ({"type": None}, "/proof/type"),
    "type_is_a_list": ({"type": ["DataIntegrityProof"]}, "/proof/type"),
    "cryptosuite_is_a_number": ({"cryptosuite": 1}, "/proof/cryptosuite"),
    "verification_method_is_an_object": ({"verificationMethod": {}}, "/proof/verificationMethod"),
    "verification_method_is_empty": ({"verificationMethod": ""}, "/proof/verificationMethod"),
    "proof_purpose_is_null": ({"proofPurpose": None}, "/proof/proofPurpose"),
    "proof_value_is_missing": ({"proofValue": None}, "/proof/proofValue"),
    "proof_value_in_base64url": ({"proofValue": "uAA"}, "/proof/proofValue"),
    "proof_value_is_not_base58": ({"proofValue": "z0OIl"}, "/proof/proofValue"),
    "proof_value_without_header": ({"proofValue": "2HnF"}, "/proof/proofValue"),
    "proof_value_of_a_megabyte": ({"proofValue": "z" + "2" * 1_000_000}, "/proof/proofValue"),
    "created_is_a_day": ({"created": "2026-11-22"}, "/proof/created"),
    "created_is_a_number": ({"created": 1}, "/proof/created"),
    "expires_does_not_exist": ({"expires": "2026-02-30T00:00:00Z"}, "/proof/expires"),
    "domain_is_an_object": ({"domain": {}}, "/proof/domain"),
    "domain_is_an_empty_list": ({"domain": []}, "/proof/domain"),
    "challenge_is_a_list": ({"challenge": ["x"]}, "/proof/challenge"),
    "id_is_a_number": ({"id": 1}, "/proof/id"),
    "previous_proof_is_a_number": ({"previousProof": 1}, "/proof/previousProof"),
    "previous_proof_has_a_number": ({"previousProof": ["x", 1]}, "/proof/previousProof"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_proof_names_its_place(name: str) -> None:
    fault, pointer = MALFORMED[name]
    secured = _secured("eddsa-jcs-2022")
    proof = {**secured["proof"], **fault} if isinstance(fault, dict) else fault
    with pytest.raises(MalformedValue) as caught:
        parse_proofs({**secured, "proof": proof})
    assert caught.value.findings[0].pointer == pointer


def test_nine_proofs_are_too_many() -> None:
    proof = _secured("eddsa-jcs-2022")["proof"]
    assert len(parse_proofs({"proof": [proof] * 8})) == 8
    with pytest.raises(MalformedValue, match="too many"):
        parse_proofs({"proof": [proof] * 9})


def test_two_proofs_with_one_id_are_malformed() -> None:
    proof = _secured("eddsa-jcs-2022", proof_id="urn:x:p1")["proof"]
    with pytest.raises(MalformedValue, match="same id"):
        parse_proofs({"proof": [proof, proof]})


def test_proof_options_are_compared() -> None:
    secured = _secured("eddsa-jcs-2022", proof_purpose="authentication", domain="v.example", challenge="c")
    (proof,) = parse_proofs(secured)
    assert check_proof_options(proof, purpose="authentication", domain="v.example", challenge="c") == ()
    assert check_proof_options(proof, purpose="authentication") == ()
    findings = check_proof_options(proof, purpose="assertionMethod", domain="w.example", challenge="d")
    assert [(finding.type, finding.pointer) for finding in findings] == [
        (ProblemType.PROOF_VERIFICATION_ERROR, "/proof/proofPurpose"),
        (ProblemType.INVALID_DOMAIN_ERROR, "/proof/domain"),
        (ProblemType.INVALID_CHALLENGE_ERROR, "/proof/challenge"),
    ]


def test_proof_times_are_compared() -> None:
    (proof,) = parse_proofs(_secured("eddsa-jcs-2022", expires=NOW + timedelta(days=1)))
    skew = timedelta(minutes=5)
    assert check_proof_times(proof, now=NOW, skew=skew) == ()
    assert check_proof_times(proof, now=NOW - skew, skew=skew) == ()
    (future,) = check_proof_times(proof, now=NOW - skew - timedelta(seconds=1), skew=skew)
    assert future.pointer == "/proof/created"
    (expired,) = check_proof_times(proof, now=NOW + timedelta(days=1) + skew, skew=skew)
    assert expired.pointer == "/proof/expires"


def test_verification_method_that_is_no_iri_is_a_finding() -> None:
    secured = _secured("eddsa-rdfc-2022")
    for method in ("did:key:z 1#1", "relative#1", "did:key:<x>#1"):
        altered = {**secured, "proof": {**secured["proof"], "verificationMethod": method}}
        assert not _verify(altered).verified
