"""W3C Data Integrity EdDSA vectors: every intermediate value, in both directions."""

from pathlib import Path

import pytest

from tests.vectors.data_integrity import (
    CITIZENSHIP,
    Example,
    check_intermediate_values,
    check_signing,
    check_verifying,
    is_verified,
    signer_of,
    with_contexts,
)
from tests.vectors.shared_vectors import read_object, require_vectors
from vc.crypto.keys import KeyType
from vc.encoding import rdfc
from vc.encoding.timestamps import parse_timestamp
from vc.proof.data_integrity import add_proof, hash_data, parse_proofs
from vc.proof.proofs import LEGACY_PROOF_TYPE
from vc.proof.suites import require_cryptosuite

FOLDER = require_vectors("di-eddsa")
CHAINS = FOLDER / "proof-set-chain"
LEGACY_CONTEXT = "https://w3id.org/security/suites/ed25519-2020/v1"
CITIZENSHIP_FILES = {CITIZENSHIP: "citizenship-v4rc1.jsonld"}
# npm has another text under this URL than the specification's repository. What a proof says means the
# same in both, so every value comes out alike.
LEGACY_CONTEXT_FILES = {LEGACY_CONTEXT: "security-suites-ed25519-2020-v1.jsonld"}


def _example(folder: str, suffix: str, suite: str) -> Example:
    return Example(folder=FOLDER / folder, suffix=suffix, suite=suite, key_type=KeyType.ED25519)


SIGNED_HERE = {
    "eddsa-rdfc-2022": _example("eddsa-rdfc-2022", "DataInt", "eddsa-rdfc-2022"),
    "eddsa-jcs-2022": _example("eddsa-jcs-2022", "JCS", "eddsa-jcs-2022"),
    "eddsa-rdfc-2022-employment": _example("eddsa-rdfc-2022/employ", "DataInt", "eddsa-rdfc-2022"),
}
LEGACY = _example("Ed25519Signature2020", "EdSig", LEGACY_PROOF_TYPE)
EVERY = {**SIGNED_HERE, "Ed25519Signature2020": LEGACY}


@pytest.fixture(autouse=True)
def _citizenship_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The employment vectors use a context that npm does not have and this product does not pin."""
    with_contexts(monkeypatch, CITIZENSHIP_FILES)


@pytest.mark.parametrize("example", EVERY.values(), ids=EVERY.keys())
def test_every_intermediate_value(example: Example) -> None:
    check_intermediate_values(example)


@pytest.mark.parametrize("example", EVERY.values(), ids=EVERY.keys())
def test_the_published_document_verifies_and_no_altered_one(example: Example) -> None:
    check_verifying(example)


@pytest.mark.parametrize("example", SIGNED_HERE.values(), ids=SIGNED_HERE.keys())
def test_signing_gives_the_published_document(example: Example) -> None:
    check_signing(example, signer_of(read_object(FOLDER / "keyPair.json")["privateKeyMultibase"]))


def test_the_legacy_vectors_hold_under_the_specifications_own_context(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_contexts(monkeypatch, LEGACY_CONTEXT_FILES)
    check_intermediate_values(LEGACY)
    check_verifying(LEGACY)


def test_ordinary_proof_options_equal_their_json_ld_reading() -> None:
    example = SIGNED_HERE["eddsa-rdfc-2022"]
    suite = require_cryptosuite(example.suite)
    through_json_ld = rdfc.canonicalize_rdfc({**example.config, "@context": example.signed["@context"]})
    assert suite.transform_config(example.config, example.signed, "SHA-256") == through_json_ld


def _sets_and_chains() -> list[Path]:
    return sorted(CHAINS.glob("signedProof*.json"))


@pytest.mark.parametrize("path", _sets_and_chains(), ids=lambda path: path.stem)
def test_every_proof_of_a_set_or_chain_verifies(path: Path) -> None:
    secured = read_object(path)
    proofs = parse_proofs(secured)
    assert all(is_verified(secured, proof) for proof in proofs)


@pytest.mark.parametrize("stem", ["signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_adding_the_last_proof_gives_the_published_document(stem: str) -> None:
    secured = read_object(CHAINS / f"{stem}.json")
    *earlier, last = secured["proof"]
    start = {**secured, "proof": earlier if len(earlier) > 1 else earlier[0]}
    pairs = read_object(CHAINS / "multiKeyPairs.json").values()
    signers = [signer_of(pair["privateKeyMultibase"]) for pair in pairs]
    by_method = {signer.verification_method: signer for signer in signers}
    made = add_proof(
        start,
        cryptosuite="eddsa-rdfc-2022",
        signer=by_method[last["verificationMethod"]],
        created=parse_timestamp(last["created"]),
        proof_id=last.get("id"),
        previous_proof=last.get("previousProof"),
    )
    assert made == secured


@pytest.mark.parametrize("number", [1, 2])
def test_a_chained_proof_signs_the_published_document_with_the_proofs_it_names(number: int) -> None:
    config = read_object(CHAINS / f"proofChainConfig{number}.json")
    chain = read_object(CHAINS / f"signedProofChain{number}.json")
    suite = require_cryptosuite("eddsa-rdfc-2022")
    signed = suite.hash_data(read_object(CHAINS / f"proofChainTempDoc{number}.json"), config, KeyType.ED25519)
    assert hash_data(chain, config, KeyType.ED25519) == signed
