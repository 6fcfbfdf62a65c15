"""Ed25519Signature2020, from before Data Integrity 1.0: verified, never made."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.unit.vc.proof.signing import (
    ED25519_2020,
    LEGACY_CREDENTIAL,
    NOW,
    JsonObject,
    Way,
    legacy_config,
    sign_legacy,
    signer,
)
from vc.crypto.keys import KeyType
from vc.encoding import multibase
from vc.errors import MalformedValue, ProblemType, TransformationError, UnknownOption
from vc.proof.data_integrity import (
    ProofResult,
    add_proof,
    create_proof_config,
    hash_data,
    parse_proofs,
    verify_proof,
)
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import require_cryptosuite

V1 = "https://www.w3.org/2018/credentials/v1"
SIGNER = signer(KeyType.ED25519)
MODERN = Way(suite="eddsa-rdfc-2022", key_type=KeyType.ED25519)
DOCUMENTS: dict[str, JsonObject] = {
    "vcdm_2": LEGACY_CREDENTIAL,
    "vcdm_1_1": {
        "@context": [V1, ED25519_2020],
        "id": "urn:uuid:7c1f2a44-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:centre.example",
        "issuanceDate": "2026-11-22T12:00:00Z",
        "credentialSubject": {"id": "urn:x:2"},
    },
}
every_model = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())


def _verify(secured: Mapping[str, Any], key_type: KeyType = KeyType.ED25519) -> ProofResult:
    (proof,) = parse_proofs(secured)
    return verify_proof(secured, proof, signer(key_type).public_key)


@every_model
def test_a_legacy_proof_verifies(document: JsonObject) -> None:
    secured = sign_legacy(document)
    (proof,) = parse_proofs(secured)
    assert (proof.cryptosuite, proof.created) == (LEGACY_PROOF_TYPE, NOW)
    result = _verify(secured)
    assert result.findings == ()
    assert result.verified_document == document


@every_model
def test_what_is_signed_names_the_legacy_type(document: JsonObject) -> None:
    suite = require_cryptosuite(LEGACY_PROOF_TYPE)
    canonical = suite.transform_config(legacy_config(), document, "SHA-256")
    assert b"<https://w3id.org/security#Ed25519Signature2020> ." in canonical
    assert b"DataIntegrityProof" not in canonical


ALTERATIONS: dict[str, Callable[[JsonObject], Any]] = {
    "issuer_changed": lambda d: d.update(issuer="did:web:other.example"),
    "subject_changed": lambda d: d["credentialSubject"].update(id="urn:x:3"),
    "undefined_member_added": lambda d: d.update(undefined="x"),
    "created_changed": lambda d: d["proof"].update(created="2026-11-22T12:00:01Z"),
    "purpose_changed": lambda d: d["proof"].update(proofPurpose="authentication"),
    "cryptosuite_added": lambda d: d["proof"].update(cryptosuite="eddsa-rdfc-2022"),
    "cryptosuite_of_its_own_name_added": lambda d: d["proof"].update(cryptosuite=LEGACY_PROOF_TYPE),
    "undefined_member_of_the_proof_added": lambda d: d["proof"].update(undefined="x"),
    "context_of_the_suite_removed": lambda d: d["@context"].remove(ED25519_2020),
    "signature_altered": lambda d: d["proof"].update(proofValue=multibase.encode_base58btc(bytes(64))),
    "signature_as_jws": lambda d: d["proof"].update(jws="e30..AA"),
    "turned_into_a_modern_proof": lambda d: d["proof"].update(
        type="DataIntegrityProof", cryptosuite="eddsa-rdfc-2022"
    ),
    "as_cryptosuite_of_a_modern_proof": lambda d: d["proof"].update(
        type="DataIntegrityProof", cryptosuite=LEGACY_PROOF_TYPE
    ),
}


@every_model
@pytest.mark.parametrize("name", ALTERATIONS)
def test_alteration_is_found(document: JsonObject, name: str) -> None:
    secured = copy.deepcopy(sign_legacy(document))
    ALTERATIONS[name](secured)
    result = _verify(secured)
    assert not result.verified
    assert len(result.findings) == 1
    assert result.findings[0].type in (
        ProblemType.PROOF_VERIFICATION_ERROR,
        ProblemType.PROOF_TRANSFORMATION_ERROR,
    )


def test_a_proof_that_is_signed_with_a_cryptosuite_member_is_refused() -> None:
    """Its context does not define the member, so nothing would sign it."""
    with pytest.raises(TransformationError):
        sign_legacy(cryptosuite="eddsa-rdfc-2022")


def test_a_proof_without_created_is_malformed() -> None:
    secured = sign_legacy()
    del secured["proof"]["created"]
    with pytest.raises(MalformedValue) as caught:
        parse_proofs(secured)
    assert caught.value.findings[0].pointer == "/proof/created"


def test_a_modern_proof_is_not_taken_for_a_legacy_one() -> None:
    secured = MODERN.sign(LEGACY_CREDENTIAL)
    proof = {name: value for name, value in secured["proof"].items() if name != "cryptosuite"}
    assert MODERN.verify(secured).verified
    assert not _verify({**secured, "proof": {**proof, "type": LEGACY_PROOF_TYPE}}).verified


@pytest.mark.parametrize("key_type", [kind for kind in KeyType if kind is not KeyType.ED25519])
def test_a_key_of_another_kind_is_refused(key_type: KeyType) -> None:
    (finding,) = _verify(sign_legacy(), key_type).findings
    assert "kind" in finding.detail


def test_a_modern_proof_chained_after_a_legacy_one_holds() -> None:
    first = sign_legacy(id="urn:x:p1")
    secured = MODERN.sign(first, by=2, previous_proof="urn:x:p1")
    legacy, modern = parse_proofs(secured)
    assert verify_proof(secured, legacy, SIGNER.public_key).verified
    assert verify_proof(secured, modern, MODERN.signer(2).public_key).verified


def test_no_legacy_proof_is_made() -> None:
    with pytest.raises(TransformationError):
        add_proof(LEGACY_CREDENTIAL, cryptosuite=LEGACY_PROOF_TYPE, signer=SIGNER, created=NOW)
    config = create_proof_config(
        LEGACY_CREDENTIAL,
        cryptosuite=LEGACY_PROOF_TYPE,
        verification_method=SIGNER.verification_method,
        created=NOW,
    )
    assert config["type"] != LEGACY_PROOF_TYPE
    with pytest.raises(UnknownOption):
        hash_data(LEGACY_CREDENTIAL, legacy_config(), KeyType.ED25519)
