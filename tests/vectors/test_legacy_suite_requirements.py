"""EdDSA Cryptosuites 1.0, appendix A (Ed25519Signature2020): each MUST that concerns a verifier."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.vc.proof.signing import (
    LEGACY_CREDENTIAL,
    NOW,
    JsonObject,
    legacy_config,
    sign_legacy,
    signer,
    with_proof,
)
from tests.vectors.proof_requirements import DID, METHOD, authentic, did_document, key_in, without
from tests.vectors.requirements import Requirements
from vc.crypto.keys import KeyType
from vc.did.documents import find_verification_method, parse_document
from vc.encoding import multibase
from vc.errors import MalformedValue, ProblemType, TransformationError
from vc.model.verdict import Answer
from vc.proof.data_integrity import add_proof, parse_proofs, verify_proof
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import require_cryptosuite

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must
LEGACY_KEY = signer(KeyType.ED25519).public_key
LEGACY_METHOD = {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": LEGACY_KEY.multikey}


def legacy_verified(secured: JsonObject) -> bool:
    (proof,) = parse_proofs(secured)
    return verify_proof(secured, proof, LEGACY_KEY).verified


def legacy_refused(member: str, *values: Any) -> None:
    for value in values:
        with pytest.raises(MalformedValue):
            parse_proofs(with_proof(sign_legacy(), **{member: value}))


@must("eddsa-A.1.1.1-type-of-the-method")
def _() -> None:
    assert key_in(did_document(LEGACY_METHOD)) == LEGACY_KEY
    assert key_in(did_document({**LEGACY_METHOD, "type": "Ed25519VerificationKey2018"})) is None


@must("eddsa-A.1.1.1-controller-is-a-url")
def _() -> None:
    for controller in ("", "somebody", 1, None):
        with pytest.raises(MalformedValue):
            key_in(did_document({**LEGACY_METHOD, "controller": controller}))


@must("eddsa-A.1.1.1-public-key-multibase-starts-with-z")
def _() -> None:
    with pytest.raises(MalformedValue):
        key_in(did_document({**LEGACY_METHOD, "publicKeyMultibase": LEGACY_KEY.multikey[1:]}))


@must("eddsa-A.1.1.1-public-key-has-the-header-of-ed25519")
def _() -> None:
    for other in (KeyType.P256, KeyType.P384, KeyType.P521):
        text = signer(other).public_key.multikey
        with pytest.raises(MalformedValue):
            key_in(did_document({**LEGACY_METHOD, "publicKeyMultibase": text}))


@must("eddsa-A.1.1.1-no-other-encoding-of-a-public-key")
def _() -> None:
    raw = multibase.decode(LEGACY_KEY.multikey, max_bytes=34)
    for text in (multibase.encode_base64url(raw), f"f{raw.hex()}", LEGACY_KEY.multikey + "="):
        with pytest.raises(MalformedValue):
            key_in(did_document({**LEGACY_METHOD, "publicKeyMultibase": text}))


@must("eddsa-A.1.2.1-verification-method-is-a-url")
def _() -> None:
    legacy_refused("verificationMethod", "key-1", "#key-1", "", None, {"id": METHOD})


@must("eddsa-A.1.2.1-deviation-a-multikey-serves-as-well-as-the-legacy-type")
def _() -> None:
    # The same key under either type is the same key; did:key documents name it Multikey.
    assert authentic(sign_legacy()).answer is Answer.YES


@must("eddsa-A.1.2.1-type-is-the-legacy-one")
def _() -> None:
    legacy_refused("type", "Ed25519Signature2018", [LEGACY_PROOF_TYPE], None)
    assert authentic(sign_legacy()).answer is Answer.YES


@must("eddsa-A.1.2.1-created-is-given-and-a-date")
def _() -> None:
    legacy_refused("created", None, "", "yesterday", 1)
    with pytest.raises(MalformedValue):
        parse_proofs(without(sign_legacy(), "created"))


@must("eddsa-A.1.2.1-proof-purpose-is-a-string")
def _() -> None:
    legacy_refused("proofPurpose", None, 1, ["assertionMethod"])


@must("eddsa-A.1.2.1-proof-purpose-is-a-relationship-of-the-key")
def _() -> None:
    document = parse_document(DID, did_document(LEGACY_METHOD))
    assert find_verification_method(document, METHOD, "assertionMethod") is not None
    assert find_verification_method(document, METHOD, "authentication") is None
    assert authentic(sign_legacy(proofPurpose="authentication")).answer is Answer.NO


@must("eddsa-A.1.2.1-proof-value-is-a-detached-signature-in-base58")
def _() -> None:
    value = sign_legacy()["proof"]["proofValue"]
    assert value[0] == "z"
    legacy_refused("proofValue", value[1:], "u" + value[1:], None, "")
    assert not legacy_verified(with_proof(sign_legacy(), proofValue=value[:-8]))


@must("eddsa-A.2.1.1-deviation-no-legacy-proof-is-made")
def _() -> None:
    # The specification urges new software to use the modern suites.
    key = signer(KeyType.ED25519)
    with pytest.raises(TransformationError):
        add_proof(LEGACY_CREDENTIAL, cryptosuite=LEGACY_PROOF_TYPE, signer=key, created=NOW)


@must("eddsa-A.2.1.2-proofs-are-verified-as-data-integrity-says")
def _() -> None:
    secured = sign_legacy()
    result = verify_proof(secured, parse_proofs(secured)[0], LEGACY_KEY)
    assert result.verified_document == LEGACY_CREDENTIAL


@must("eddsa-A.2.1.3-deviation-options-name-a-type-and-no-cryptosuite")
def _() -> None:
    # The suite has no such identifier and its context no such term, so nothing would sign it.
    assert "cryptosuite" not in sign_legacy()["proof"]
    with pytest.raises(TransformationError):
        sign_legacy(cryptosuite=LEGACY_PROOF_TYPE)


@must("eddsa-A.2.1.3-strings-are-encoded-in-utf-8")
def _() -> None:
    canonical = require_cryptosuite(LEGACY_PROOF_TYPE).transform_document(LEGACY_CREDENTIAL, "SHA-256")
    assert "សុខ សុភា".encode() in canonical


def _of_another_type(**members: Any) -> None:
    suite = require_cryptosuite(LEGACY_PROOF_TYPE)
    with pytest.raises(TransformationError) as caught:
        suite.hash_data(LEGACY_CREDENTIAL, legacy_config(**members), KeyType.ED25519)
    assert caught.value.findings[0].type is ProblemType.PROOF_TRANSFORMATION_ERROR


@must("eddsa-A.2.1.3-another-type-is-an-error")
def _() -> None:
    _of_another_type(type="DataIntegrityProof")


@must("eddsa-A.2.1.4-the-configuration-names-a-type")
def _() -> None:
    _of_another_type(type=None)


@must("eddsa-A.2.1.5-the-configuration-names-the-legacy-type")
def _() -> None:
    suite = require_cryptosuite(LEGACY_PROOF_TYPE)
    canonical = suite.transform_config(legacy_config(), LEGACY_CREDENTIAL, "SHA-256")
    assert b"#type> <https://w3id.org/security#Ed25519Signature2020> ." in canonical


@must("eddsa-A.2.1.5-a-configuration-of-another-type-is-an-error")
def _() -> None:
    _of_another_type(type="Ed25519Signature2018")


@must("eddsa-A.2.1.5-created-is-a-date-and-time")
def _() -> None:
    legacy_refused("created", "2026-11-22", "2026-11-22T24:00:00Z")


@must("eddsa-A.2.1.6-options-name-a-type-and-signatures-have-64-bytes")
def _() -> None:
    _of_another_type(type="")
    assert len(parse_proofs(sign_legacy())[0].signature) == 64


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_the_table_is_whole() -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert len(REQUIREMENTS.names) >= 21
