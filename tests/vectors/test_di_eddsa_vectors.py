"""W3C Data Integrity EdDSA vectors: every intermediate value, in both directions."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import base58
import pytest

import schemas
from tests.vectors.shared_vectors import read_object, read_text, require_vectors
from vc.crypto.keys import InMemorySigner, KeyType
from vc.did import did_key
from vc.did.resolve import did_of, resolve_locally_or_url
from vc.encoding import multibase, rdfc
from vc.encoding.contexts import ContextSource
from vc.encoding.timestamps import parse_timestamp
from vc.proof.data_integrity import add_proof, hash_data, parse_proofs, verify_proof
from vc.proof.proofs import Proof
from vc.proof.suites import require_cryptosuite

FOLDER = require_vectors("di-eddsa")
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
# folder, suffix of the file names, suite
SINGLE = [
    ("eddsa-rdfc-2022", "DataInt", "eddsa-rdfc-2022"),
    ("eddsa-jcs-2022", "JCS", "eddsa-jcs-2022"),
    ("eddsa-rdfc-2022/employ", "DataInt", "eddsa-rdfc-2022"),
]


@pytest.fixture(autouse=True)
def _citizenship_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The employment vectors use a context that npm does not have and this product does not pin."""
    extra = read_object(require_vectors("contexts") / "citizenship-v4rc1.jsonld")

    def read(url: str) -> Mapping[str, Any] | None:
        return extra if url == CITIZENSHIP else schemas.read_context(url)

    defaults = rdfc.canonicalize_rdfc.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "contexts", ContextSource(read))


def _signer(pair: Mapping[str, str]) -> InMemorySigner:
    seed = multibase.decode(pair["privateKeyMultibase"], max_bytes=34)[2:]
    probe = InMemorySigner(seed, "did:key:unused#unused")
    return InMemorySigner(seed, did_key.verification_method_for(probe.public_key))


def _verify(secured: Mapping[str, Any], proof: Proof) -> bool:
    document = resolve_locally_or_url(did_of(proof.verification_method))
    assert not hasattr(document, "url")
    (method,) = document.verification_methods
    return verify_proof(secured, proof, method.public_key).verified


@pytest.mark.parametrize(("folder", "suffix", "suite_name"), SINGLE)
def test_every_intermediate_value(folder: str, suffix: str, suite_name: str) -> None:
    base, suite = FOLDER / folder, require_cryptosuite(suite_name)
    signed = read_object(base / f"signed{suffix}.json")
    unsecured = {name: value for name, value in signed.items() if name != "proof"}
    config = {name: value for name, value in signed["proof"].items() if name != "proofValue"}

    canonical_document = suite.transform_document(unsecured, "SHA-256")
    canonical_config = suite.transform_config(config, unsecured, "SHA-256")
    assert canonical_document.decode().strip() == read_text(base / f"canonDoc{suffix}.txt")
    assert canonical_config.decode().strip() == read_text(base / f"proofCanon{suffix}.txt")
    assert hashlib.sha256(canonical_document).hexdigest() == read_text(base / f"docHash{suffix}.txt")
    assert hashlib.sha256(canonical_config).hexdigest() == read_text(base / f"proofHash{suffix}.txt")
    assert hash_data(unsecured, config, KeyType.ED25519).hex() == read_text(
        base / f"combinedHash{suffix}.txt"
    )

    (proof,) = parse_proofs(signed)
    assert proof.signature.hex() == read_text(base / f"sigHex{suffix}.txt")
    assert multibase.encode_base58btc(proof.signature) == read_text(base / f"sigBTC58{suffix}.txt")
    assert base58.b58decode(signed["proof"]["proofValue"][1:]) == proof.signature
    assert _verify(signed, proof)


@pytest.mark.parametrize(("folder", "suffix", "suite_name"), SINGLE)
def test_signing_gives_the_published_document(folder: str, suffix: str, suite_name: str) -> None:
    signed = read_object(FOLDER / folder / f"signed{suffix}.json")
    unsecured = {name: value for name, value in signed.items() if name != "proof"}
    (proof,) = parse_proofs(signed)
    assert proof.created is not None
    signer = _signer(read_object(FOLDER / "keyPair.json"))
    assert add_proof(unsecured, cryptosuite=suite_name, signer=signer, created=proof.created) == signed


def test_ordinary_proof_options_equal_their_json_ld_reading() -> None:
    signed = read_object(FOLDER / "eddsa-rdfc-2022" / "signedDataInt.json")
    config = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    suite = require_cryptosuite("eddsa-rdfc-2022")
    through_json_ld = rdfc.canonicalize_rdfc({**config, "@context": signed["@context"]})
    assert suite.transform_config(config, signed, "SHA-256") == through_json_ld


def _sets_and_chains() -> list[Path]:
    return sorted((FOLDER / "proof-set-chain").glob("signedProof*.json"))


@pytest.mark.parametrize("path", _sets_and_chains(), ids=lambda path: path.stem)
def test_every_proof_of_a_set_or_chain_verifies(path: Path) -> None:
    secured = read_object(path)
    proofs = parse_proofs(secured)
    assert all(_verify(secured, proof) for proof in proofs)


@pytest.mark.parametrize("stem", ["signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_adding_the_last_proof_gives_the_published_document(stem: str) -> None:
    secured = read_object(FOLDER / "proof-set-chain" / f"{stem}.json")
    *earlier, last = secured["proof"]
    start = {**secured, "proof": earlier if len(earlier) > 1 else earlier[0]}
    pairs = read_object(FOLDER / "proof-set-chain" / "multiKeyPairs.json").values()
    by_method = {signer.verification_method: signer for signer in map(_signer, pairs)}
    made = add_proof(
        start,
        cryptosuite="eddsa-rdfc-2022",
        signer=by_method[last["verificationMethod"]],
        created=parse_timestamp(last["created"]),
        proof_id=last.get("id"),
        previous_proof=last.get("previousProof"),
    )
    assert made == secured
