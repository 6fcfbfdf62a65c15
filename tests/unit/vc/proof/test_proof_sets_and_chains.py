"""Several proofs on one document: sets, over the document alone, and chains, over earlier proofs too."""

import copy
from typing import Any

import pytest

from tests.unit.vc.proof.signing import CREDENTIAL, JCS, NOW, WAYS, JsonObject, Way
from vc.crypto.keys import KeyType
from vc.encoding import multibase
from vc.errors import ProblemType, TransformationError
from vc.proof.data_integrity import attach, create_proof_config, hash_data, parse_proofs, verify_proof

FIRST, SECOND, NOWHERE = "urn:x:p1", "urn:x:p2", "urn:x:nowhere"
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
PAIRS = [(first, second) for first in WAYS for second in WAYS]
every_pair = pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)


def _verified(secured: JsonObject, *ways: Way) -> list[bool]:
    """Whether each proof verifies, the first with key 1 of its way, the second with key 2…"""
    keys = [way.signer(number).public_key for number, way in enumerate(ways, start=1)]
    proofs = parse_proofs(secured)
    return [verify_proof(secured, proof, key).verified for proof, key in zip(proofs, keys, strict=True)]


def _chain(first: Way, second: Way, previous: str | list[str] = FIRST) -> JsonObject:
    return second.sign(first.sign(proof_id=FIRST), by=2, previous_proof=previous)


@every_pair
def test_a_set_holds_and_each_proof_stands_alone(first: Way, second: Way) -> None:
    secured = second.sign(first.sign(), by=2)
    assert _verified(secured, first, second) == [True, True]
    assert second.verify({**secured, "proof": secured["proof"][1]}, by=2).verified_document == CREDENTIAL
    backwards = {**secured, "proof": secured["proof"][::-1]}
    key_of_second = second.signer(2).public_key
    assert verify_proof(backwards, parse_proofs(backwards)[0], key_of_second).verified


@every_pair
def test_a_chain_holds_and_its_documents_have_no_proof(first: Way, second: Way) -> None:
    secured = _chain(first, second)
    assert [proof.pointer for proof in parse_proofs(secured)] == ["/proof/0", "/proof/1"]
    for number, proof in enumerate(parse_proofs(secured)):
        result = verify_proof(secured, proof, (first, second)[number].signer(number + 1).public_key)
        assert result.verified_document == CREDENTIAL


@every_way
def test_one_forged_proof_of_a_set_is_found_and_the_other_stays_good(way: Way) -> None:
    secured = way.sign(way.sign(), by=2)
    secured["proof"][0] = {**secured["proof"][0], "proofValue": secured["proof"][1]["proofValue"]}
    assert _verified(secured, way, way) == [False, True]


@every_pair
def test_a_chain_without_its_first_proof_is_broken(first: Way, second: Way) -> None:
    secured = _chain(first, second)
    secured["proof"] = secured["proof"][1:]
    (proof,) = parse_proofs(secured)
    (finding,) = verify_proof(secured, proof, second.signer(2).public_key).findings
    assert finding.type is ProblemType.PROOF_VERIFICATION_ERROR
    assert finding.pointer == "/proof/0/previousProof"


@every_way
def test_a_chain_over_another_first_proof_is_broken(way: Way) -> None:
    secured = _chain(way, way)
    other = way.sign(by=3, proof_id=FIRST)["proof"]
    keys = [way.signer(3).public_key, way.signer(2).public_key]
    secured["proof"][0] = other
    results = [
        verify_proof(secured, proof, key) for proof, key in zip(parse_proofs(secured), keys, strict=True)
    ]
    assert [result.verified for result in results] == [True, False]


@every_way
def test_a_chained_proof_whose_link_was_removed_is_broken(way: Way) -> None:
    secured = _chain(way, way)
    del secured["proof"][1]["previousProof"]
    assert _verified(secured, way, way) == [True, False]


@every_way
def test_a_proof_of_a_set_is_not_turned_into_a_chain(way: Way) -> None:
    secured = way.sign(way.sign(proof_id=FIRST), by=2)
    secured["proof"][1]["previousProof"] = FIRST
    assert _verified(secured, way, way) == [True, False]


@every_way
@pytest.mark.parametrize("previous", [[FIRST], [FIRST, SECOND], [SECOND, FIRST]], ids=str)
def test_previous_proofs_may_be_a_list(way: Way, previous: list[str]) -> None:
    two = way.sign(way.sign(proof_id=FIRST), by=2, proof_id=SECOND)
    secured = way.sign(two, by=3, previous_proof=previous)
    assert _verified(secured, way, way, way) == [True, True, True]
    for number in (0, 1):
        altered = copy.deepcopy(secured)
        altered["proof"][number]["created"] = "2026-11-22T12:00:01Z"
        is_named = altered["proof"][number]["id"] in previous
        assert _verified(altered, way, way, way)[2] is not is_named


@pytest.mark.parametrize("way", JCS, ids=str)
def test_named_proofs_count_in_the_order_of_the_document_and_once(way: Way) -> None:
    two = way.sign(way.sign(proof_id=FIRST), by=2, proof_id=SECOND)

    def document_hash(previous: list[str]) -> bytes:
        config = create_proof_config(
            two,
            cryptosuite=way.suite,
            verification_method=way.signer(3).verification_method,
            created=NOW,
            previous_proof=previous,
        )
        data = hash_data(two, config, way.key_type)
        return data[len(data) // 2 :]

    assert document_hash([FIRST, SECOND]) == document_hash([SECOND, FIRST, SECOND])
    assert document_hash([FIRST, SECOND]) != document_hash([FIRST])


@every_way
def test_a_chain_of_three(way: Way) -> None:
    second = way.sign(way.sign(proof_id=FIRST), by=2, proof_id=SECOND, previous_proof=FIRST)
    third = way.sign(second, by=3, previous_proof=SECOND)
    assert _verified(third, way, way, way) == [True, True, True]
    third["proof"][0]["created"] = "2026-11-22T12:00:01Z"
    # The third signs the second, which it names, and not the first; all have to hold together.
    assert _verified(third, way, way, way) == [False, False, True]


@every_way
@pytest.mark.parametrize("previous", [NOWHERE, [NOWHERE], [FIRST, NOWHERE]], ids=str)
def test_a_proof_that_names_one_that_is_not_there_is_not_made(way: Way, previous: str | list[str]) -> None:
    with pytest.raises(TransformationError, match="previous proof") as caught:
        _chain(way, way, previous)
    assert caught.value.findings[0].type is ProblemType.PROOF_GENERATION_ERROR


@every_way
@pytest.mark.parametrize("previous", [NOWHERE, [NOWHERE], [FIRST, NOWHERE]], ids=str)
def test_a_proof_that_names_one_that_is_not_there_is_refused(way: Way, previous: str | list[str]) -> None:
    secured = _chain(way, way)
    secured["proof"][1]["previousProof"] = previous
    result = verify_proof(secured, parse_proofs(secured)[1], way.signer(2).public_key)
    (finding,) = result.findings
    assert (finding.type, finding.pointer) == (
        ProblemType.PROOF_VERIFICATION_ERROR,
        "/proof/1/previousProof",
    )


def _forge(way: Way, document: JsonObject, by: int, **members: Any) -> JsonObject:
    """A proof object signed over ``document`` as it is given here, proofs that it names included."""
    config = {
        **create_proof_config(
            document,
            cryptosuite=way.suite,
            verification_method=way.signer(by).verification_method,
            created=NOW,
        ),
        **members,
    }
    signature = way.signer(by).sign(hash_data(document, config, way.key_type))
    proof: JsonObject = attach({}, config, signature)["proof"]
    return proof


@every_way
def test_a_proof_that_names_itself_never_verifies(way: Way) -> None:
    names_itself = {"id": FIRST, "previousProof": FIRST}
    guess = {**way.sign(proof_id=FIRST)["proof"], "previousProof": FIRST}
    proof = _forge(way, {**CREDENTIAL, "proof": guess}, 1, **names_itself)
    assert not way.verify({**CREDENTIAL, "proof": proof}).verified


@every_way
def test_proofs_that_name_each_other_never_all_verify(way: Way) -> None:
    guess = {**way.sign(by=2, proof_id=SECOND)["proof"], "previousProof": FIRST}
    first = _forge(way, {**CREDENTIAL, "proof": guess}, 1, id=FIRST, previousProof=SECOND)
    second = _forge(way, {**CREDENTIAL, "proof": first}, 2, id=SECOND, previousProof=FIRST)
    assert _verified({**CREDENTIAL, "proof": [first, second]}, way, way) == [False, True]


@every_pair
def test_a_member_that_a_chained_proof_would_not_sign_is_refused(first: Way, second: Way) -> None:
    secured = _chain(first, second)
    secured["proof"][0]["undefined"] = "x"
    assert _verified(secured, first, second)[1] is False


def test_a_chain_does_not_need_the_suite_of_the_proof_it_names() -> None:
    """A proof of an unknown suite is a proof all the same: what is signed is its members."""
    way = Way(suite="eddsa-jcs-2022", key_type=KeyType.ED25519)
    unknown = {
        **way.sign(proof_id=FIRST)["proof"],
        "cryptosuite": "unknown-2026",
        "proofValue": multibase.encode_base58btc(bytes(8)),
    }
    secured = way.sign({**CREDENTIAL, "proof": unknown}, by=2, previous_proof=FIRST)
    assert _verified(secured, way, way) == [False, True]
