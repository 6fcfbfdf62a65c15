"""Data Integrity 1.0, section 4 (Algorithms): each MUST that concerns an issuer or a verifier."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.vc.proof.signing import CREDENTIAL, NOW, WAYS, Way
from tests.vectors.proof_requirements import FIRST, WAY, authentic, resigned, without
from tests.vectors.requirements import Requirements
from vc.crypto.keys import InMemorySigner
from vc.encoding.strict_json import parse_json_object
from vc.errors import MalformedValue, ParseError, ProblemType, TransformationError
from vc.model.verdict import Answer
from vc.proof.data_integrity import add_proof, check_proof_options, parse_proofs
from vc.proof.suites import require_cryptosuite

REQUIREMENTS = Requirements()
must = REQUIREMENTS.must


@must("di-4.2-strings-are-encoded-in-utf-8", each=WAYS)
def _(way: Way) -> None:
    canonical = require_cryptosuite(way.suite).transform_document(CREDENTIAL, "SHA-256")
    assert CREDENTIAL["credentialSubject"]["nameKhmer"].encode("utf-8") in canonical


@must("di-4.2-an-error-of-the-suite-is-passed-on", each=WAYS)
def _(way: Way) -> None:
    with pytest.raises(TransformationError) as caught:
        way.sign({**CREDENTIAL, "credentialSubject": {"cqfLevel": float("nan")}})
    assert caught.value.findings[0].type is ProblemType.PROOF_TRANSFORMATION_ERROR


@must("di-4.2-no-proof-without-type-method-and-purpose", each=WAYS)
def _(way: Way) -> None:
    with pytest.raises(MalformedValue):
        way.sign(proof_purpose="")
    nameless = InMemorySigner(bytes([1]) * 32, "")
    with pytest.raises(MalformedValue):
        add_proof(CREDENTIAL, cryptosuite=way.suite, signer=nameless, created=NOW)
    assert {"type", "verificationMethod", "proofPurpose"} <= set(way.sign()["proof"])


@must("di-4.2-the-domain-is-the-one-asked-for", each=WAYS)
def _(way: Way) -> None:
    secured = way.sign(domain="v.example", challenge="c-1")
    assert secured["proof"]["domain"] == "v.example"
    assert way.verify(secured).verified


@must("di-4.2-the-challenge-is-the-one-asked-for", each=WAYS)
def _(way: Way) -> None:
    secured = way.sign(challenge="c-1")
    assert secured["proof"]["challenge"] == "c-1"
    assert way.verify(secured).verified


@must("di-4.3-strings-of-earlier-proofs-are-encoded-in-utf-8", each=WAYS)
def _(way: Way) -> None:
    first = way.sign(proof_id=FIRST, domain="ភ្នំពេញ.example")
    chain = way.sign(first, previous_proof=FIRST)
    named = {**CREDENTIAL, "proof": [first["proof"]]}
    canonical = require_cryptosuite(way.suite).transform_document(named, "SHA-256")
    assert "ភ្នំពេញ.example".encode() in canonical
    assert authentic(chain, way).answer is Answer.YES


def _names_nobody(way: Way, previous: str | list[str]) -> None:
    with pytest.raises(TransformationError) as caught:
        way.sign(way.sign(proof_id=FIRST), previous_proof=previous)
    assert caught.value.findings[0].type is ProblemType.PROOF_GENERATION_ERROR


@must("di-4.3-a-previous-proof-that-is-named-exists", each=WAYS)
def _(way: Way) -> None:
    _names_nobody(way, "urn:x:none")


@must("di-4.3-every-previous-proof-of-a-list-exists", each=WAYS)
def _(way: Way) -> None:
    _names_nobody(way, ["urn:x:none"])
    _names_nobody(way, [FIRST, "urn:x:none"])


@must("di-4.4-the-document-is-a-map")
def _() -> None:
    for raw in (b"[]", b'"x"', b"1", b"null", b""):
        with pytest.raises(ParseError) as caught:
            parse_json_object(raw)
        assert caught.value.findings[0].type is ProblemType.PARSING_ERROR


@must("di-4.4-the-proof-is-a-map")
def _() -> None:
    for fault in ("x", 1, True, None, [None], ["x"]):
        with pytest.raises(MalformedValue):
            parse_proofs({**CREDENTIAL, "proof": fault})


@must("di-4.4-type-method-and-purpose-exist", each=("type", "verificationMethod", "proofPurpose"))
def _(member: str) -> None:
    answer = authentic(without(WAY.sign(), member))
    assert (answer.answer, answer.findings[0].pointer) == (Answer.NO, f"/proof/{member}")


@must("di-4.4-the-purpose-is-the-expected-one", each=WAYS)
def _(way: Way) -> None:
    for purpose in ("authentication", "keyAgreement", "capabilityInvocation"):
        (finding,) = check_proof_options(
            parse_proofs(way.sign(proof_purpose=purpose))[0], purpose="assertionMethod"
        )
        assert finding.type is ProblemType.PROOF_VERIFICATION_ERROR
        assert authentic(way.sign(proof_purpose=purpose), way).answer is Answer.NO


@must("di-4.4-the-domains-are-the-expected-ones")
def _() -> None:
    for domain in (None, "w.example", ["v.example", "w.example"]):
        options = {} if domain is None else {"domain": domain}
        (proof,) = parse_proofs(resigned(WAY, CREDENTIAL, **options))
        (finding,) = check_proof_options(proof, purpose="assertionMethod", domain="v.example")
        assert finding.type is ProblemType.INVALID_DOMAIN_ERROR


@must("di-4.4-the-challenge-is-the-expected-one")
def _() -> None:
    for challenge in (None, "c-2", "C-1"):
        (proof,) = parse_proofs(WAY.sign(challenge=challenge))
        (finding,) = check_proof_options(proof, purpose="assertionMethod", challenge="c-1")
        assert finding.type is ProblemType.INVALID_CHALLENGE_ERROR


@must("di-4.4-a-result-that-is-not-verified-has-errors-and-no-document", each=WAYS)
def _(way: Way) -> None:
    result = way.verify({**way.sign(), "issuer": "did:web:other.example"})
    assert (result.verified, result.verified_document) == (False, None)
    assert [finding.type for finding in result.findings] == [ProblemType.PROOF_VERIFICATION_ERROR]


def _refused_link(way: Way, previous: str | list[str]) -> None:
    chain = way.sign(way.sign(proof_id=FIRST), previous_proof=FIRST)
    chain["proof"][1]["previousProof"] = previous
    finding = authentic(chain, way).findings[0]
    assert finding.type is ProblemType.PROOF_VERIFICATION_ERROR
    assert finding.pointer == "/proof/1/previousProof"


@must("di-4.5-a-previous-proof-that-is-named-exists", each=WAYS)
def _(way: Way) -> None:
    _refused_link(way, "urn:x:none")


@must("di-4.5-every-previous-proof-of-a-list-exists", each=WAYS)
def _(way: Way) -> None:
    _refused_link(way, ["urn:x:none"])
    _refused_link(way, [FIRST, "urn:x:none"])


@must("di-4.5-every-proof-verifies-for-the-whole-to-be-verified", each=WAYS)
def _(way: Way) -> None:
    good = way.sign(way.sign())
    assert authentic(good, way).document == CREDENTIAL
    for number in (0, 1):
        bad = copy.deepcopy(good)
        bad["proof"][number]["created"] = "2026-11-22T12:00:01Z"
        assert authentic(bad, way).answer is Answer.NO


@must("di-4.7-error-types-are-urls-of-the-security-vocabulary")
def _() -> None:
    names = (
        "PROOF_GENERATION",
        "PROOF_VERIFICATION",
        "PROOF_TRANSFORMATION",
        "INVALID_DOMAIN",
        "INVALID_CHALLENGE",
    )
    for name in names:
        assert ProblemType[f"{name}_ERROR"].value == f"https://w3id.org/security#{name}_ERROR"


@pytest.mark.parametrize(("check", "arguments"), REQUIREMENTS.parameters)
def test_requirement(check: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    check(*arguments)


def test_the_table_is_whole() -> None:
    assert len(REQUIREMENTS.names) == len(set(REQUIREMENTS.names))
    # So many sentences with MUST or MUST NOT concern an issuer or a verifier.
    assert len(REQUIREMENTS.names) >= 17
