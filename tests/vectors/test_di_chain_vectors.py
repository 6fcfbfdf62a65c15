"""Proof chains of the W3C Data Integrity test suite: previous proofs present, missing, misshapen."""

from pathlib import Path

import pytest

from tests.vectors.shared_vectors import read_object, require_vectors
from vc.did import did_key
from vc.did.resolve import did_of
from vc.errors import MalformedValue, ProblemType
from vc.proof.data_integrity import ProofResult, parse_proofs, verify_proof

FOLDER = require_vectors("di-chain")


def _results(path: Path) -> list[ProofResult]:
    secured = read_object(path)
    results = []
    for proof in parse_proofs(secured):
        (method,) = did_key.resolve(did_of(proof.verification_method)).verification_methods
        results.append(verify_proof(secured, proof, method.public_key))
    return results


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*Ok-*.json")), ids=lambda path: path.stem)
def test_a_good_chain_verifies(path: Path) -> None:
    assert [result.verified for result in _results(path)] == [True, True]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*MissingFail-*.json")), ids=lambda path: path.stem)
def test_a_missing_previous_proof_is_found(path: Path) -> None:
    last = _results(path)[-1]
    assert not last.verified
    (finding,) = last.findings
    assert finding.type is ProblemType.PROOF_VERIFICATION_ERROR
    assert finding.pointer == "/proof/1/previousProof"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*NotStringFail-*.json")), ids=lambda path: path.stem)
def test_a_previous_proof_that_is_no_string_is_malformed(path: Path) -> None:
    secured = read_object(path)
    # As published the first proof has the same number for its id, as text, which is no URL either.
    with pytest.raises(MalformedValue) as caught:
        parse_proofs(secured)
    assert caught.value.findings[0].pointer == "/proof/0/id"
    secured["proof"][0]["id"] = "urn:example:first"
    with pytest.raises(MalformedValue) as caught:
        parse_proofs(secured)
    assert caught.value.findings[0].pointer == "/proof/1/previousProof"
