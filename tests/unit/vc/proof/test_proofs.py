"""The ``proof`` member, read strictly; its options and times compared with what is expected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.vc.proof.signing import CREDENTIAL, NOW, Way
from vc.crypto.keys import KeyType
from vc.errors import MalformedValue, ProblemType
from vc.proof.data_integrity import check_proof_options, check_proof_times, parse_proofs

WAY = Way(suite="eddsa-jcs-2022", key_type=KeyType.ED25519)


def test_document_without_proof_has_none() -> None:
    assert parse_proofs(CREDENTIAL) == ()


def test_every_member_is_read() -> None:
    secured = WAY.sign(
        proof_purpose="authentication",
        domain="v.example",
        challenge="c",
        expires=NOW + timedelta(days=1),
        proof_id="urn:x:p1",
    )
    (proof,) = parse_proofs(secured)
    assert proof.raw == secured["proof"]
    assert (proof.pointer, proof.cryptosuite) == ("/proof", "eddsa-jcs-2022")
    assert (proof.id, proof.proof_purpose) == ("urn:x:p1", "authentication")
    assert proof.verification_method == WAY.signer().verification_method
    assert (proof.domain, proof.challenge) == (("v.example",), "c")
    assert (proof.created, proof.expires) == (NOW, NOW + timedelta(days=1))
    assert (proof.nonce, proof.previous_proof, len(proof.signature)) == (None, (), 64)


MALFORMED: dict[str, tuple[Any, str]] = {
    "proof_is_null": (None, "/proof"),
    "proof_is_text": ("x", "/proof"),
    "no_proof_in_the_list": ([], "/proof"),
    "proof_in_the_list_is_a_list": ([[]], "/proof/0"),
    "type_missing": ({"type": None}, "/proof/type"),
    "type_of_a_suite_older_than_the_legacy_one": ({"type": "Ed25519Signature2018"}, "/proof/type"),
    "legacy_type_without_created": ({"type": "Ed25519Signature2020", "created": None}, "/proof/created"),
    "type_is_a_list": ({"type": ["DataIntegrityProof"]}, "/proof/type"),
    "cryptosuite_is_a_number": ({"cryptosuite": 1}, "/proof/cryptosuite"),
    "cryptosuite_is_missing": ({"cryptosuite": None}, "/proof/cryptosuite"),
    "verification_method_is_an_object": ({"verificationMethod": {}}, "/proof/verificationMethod"),
    "verification_method_is_empty": ({"verificationMethod": ""}, "/proof/verificationMethod"),
    "verification_method_is_a_fragment": ({"verificationMethod": "#key-1"}, "/proof/verificationMethod"),
    "verification_method_with_a_space": ({"verificationMethod": "did:x:y z#1"}, "/proof/verificationMethod"),
    "proof_purpose_is_null": ({"proofPurpose": None}, "/proof/proofPurpose"),
    "proof_purpose_is_a_list": ({"proofPurpose": ["assertionMethod"]}, "/proof/proofPurpose"),
    "proof_value_is_missing": ({"proofValue": None}, "/proof/proofValue"),
    "proof_value_is_a_list": ({"proofValue": ["z2"]}, "/proof/proofValue"),
    "proof_value_in_base64url": ({"proofValue": "uAA"}, "/proof/proofValue"),
    "proof_value_is_not_base58": ({"proofValue": "z0OIl"}, "/proof/proofValue"),
    "proof_value_without_header": ({"proofValue": "2HnF"}, "/proof/proofValue"),
    "proof_value_of_a_megabyte": ({"proofValue": "z" + "2" * 1_000_000}, "/proof/proofValue"),
    "created_is_a_day": ({"created": "2026-11-22"}, "/proof/created"),
    "created_is_a_number": ({"created": 1}, "/proof/created"),
    "created_with_an_offset_of_a_day": ({"created": "2026-11-22T12:00:00+24:00"}, "/proof/created"),
    "created_with_an_offset_cut_short": ({"created": "2026-11-22T12:00:00+07"}, "/proof/created"),
    "expires_does_not_exist": ({"expires": "2026-02-30T00:00:00Z"}, "/proof/expires"),
    "expires_is_null": ({"expires": None}, "/proof/expires"),
    "domain_is_an_object": ({"domain": {}}, "/proof/domain"),
    "domain_is_an_empty_list": ({"domain": []}, "/proof/domain"),
    "domain_has_a_number": ({"domain": ["v.example", 1]}, "/proof/domain"),
    "challenge_is_a_list": ({"challenge": ["x"]}, "/proof/challenge"),
    "nonce_is_a_number": ({"nonce": 1}, "/proof/nonce"),
    "id_is_a_number": ({"id": 1}, "/proof/id"),
    "id_is_no_url": ({"id": "proof-1"}, "/proof/id"),
    "previous_proof_is_a_number": ({"previousProof": 1}, "/proof/previousProof"),
    "previous_proof_is_an_object": ({"previousProof": {"id": "urn:x:1"}}, "/proof/previousProof"),
    "previous_proof_has_a_number": ({"previousProof": ["x", 1]}, "/proof/previousProof"),
    "previous_proof_is_empty": ({"previousProof": ""}, "/proof/previousProof"),
    "previous_proofs_are_none": ({"previousProof": []}, "/proof/previousProof"),
    "previous_proofs_are_too_many": ({"previousProof": ["urn:x:1"] * 9}, "/proof/previousProof"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_proof_names_its_place(name: str) -> None:
    fault, pointer = MALFORMED[name]
    secured = WAY.sign()
    proof = {**secured["proof"], **fault} if isinstance(fault, dict) else fault
    with pytest.raises(MalformedValue) as caught:
        parse_proofs({**secured, "proof": proof})
    assert caught.value.findings[0].pointer == pointer


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T12:00:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00Z", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00+07:00", datetime(2026, 11, 22, 5, tzinfo=UTC)),
    ],
    ids=["without_offset", "utc", "phnom_penh"],
)
@pytest.mark.parametrize("member", ["created", "expires"])
def test_a_time_without_offset_is_read_as_utc(member: str, text: str, moment: datetime) -> None:
    secured = WAY.sign()
    (proof,) = parse_proofs({**secured, "proof": {**secured["proof"], member: text}})
    assert getattr(proof, member) == moment


def test_nine_proofs_are_too_many() -> None:
    proof = WAY.sign()["proof"]
    assert len(parse_proofs({"proof": [proof] * 8})) == 8
    with pytest.raises(MalformedValue, match="too many"):
        parse_proofs({"proof": [proof] * 9})


def test_two_proofs_with_one_id_are_malformed() -> None:
    proof = WAY.sign(proof_id="urn:x:p1")["proof"]
    with pytest.raises(MalformedValue, match="same id"):
        parse_proofs({"proof": [proof, proof]})


def test_proof_options_are_compared() -> None:
    secured = WAY.sign(proof_purpose="authentication", domain="v.example", challenge="c")
    (proof,) = parse_proofs(secured)
    assert check_proof_options(proof, purpose="authentication", domain="v.example", challenge="c") == ()
    assert check_proof_options(proof, purpose="authentication") == ()
    findings = check_proof_options(proof, purpose="assertionMethod", domain="w.example", challenge="d")
    assert [(finding.type, finding.pointer) for finding in findings] == [
        (ProblemType.PROOF_VERIFICATION_ERROR, "/proof/proofPurpose"),
        (ProblemType.INVALID_DOMAIN_ERROR, "/proof/domain"),
        (ProblemType.INVALID_CHALLENGE_ERROR, "/proof/challenge"),
    ]


@pytest.mark.parametrize(
    ("domain", "fits"),
    [
        ("v.example", True),
        (["v.example"], True),
        (["v.example", "v.example"], True),
        (["v.example", "w.example"], False),
        ("V.example", False),
        ("v.example.", False),
        (None, False),
    ],
    ids=["text", "list_of_one", "twice_the_same", "and_another", "capital", "dot_behind", "missing"],
)
def test_the_domains_must_be_the_expected_one_alone(domain: Any, fits: bool) -> None:
    proof = WAY.sign()["proof"]
    (parsed,) = parse_proofs({"proof": proof if domain is None else {**proof, "domain": domain}})
    findings = check_proof_options(parsed, purpose="assertionMethod", domain="v.example")
    assert (findings == ()) is fits


def test_proof_times_are_compared() -> None:
    (proof,) = parse_proofs(WAY.sign(expires=NOW + timedelta(days=1)))
    skew = timedelta(minutes=5)
    assert check_proof_times(proof, now=NOW, skew=skew) == ()
    assert check_proof_times(proof, now=NOW - skew, skew=skew) == ()
    (future,) = check_proof_times(proof, now=NOW - skew - timedelta(seconds=1), skew=skew)
    assert future.pointer == "/proof/created"
    (expired,) = check_proof_times(proof, now=NOW + timedelta(days=1) + skew, skew=skew)
    assert expired.pointer == "/proof/expires"
