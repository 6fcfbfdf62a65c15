"""Credentials and presentations as tokens in envelopes: judged as those with embedded proofs are."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import CENTRE_DID, IssuerWorld, WorldKey, did_key_signer, signer_for
from vc.crypto.keys import InMemorySigner, KeyType, Signer
from vc.jose.envelope import envelop_credential, envelop_presentation
from vc.jose.jws import sign_jws
from vc.jose.secured import sign_credential_jwt, sign_presentation_jwt
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide
from vc.verify import PresentationVerification, step, step_presentation

KINDS = [KeyType.ED25519, KeyType.P256, KeyType.P384]
DAY = timedelta(days=1)
Json = dict[str, Any]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.value)
def world(request: pytest.FixtureRequest) -> IssuerWorld:
    return IssuerWorld("eddsa-jcs-2022", key_type=request.param)


def token(world: IssuerWorld, signer: Signer | None = None, **overrides: Any) -> str:
    return sign_credential_jwt(world.unsigned(**overrides), signer or world.centre, issued_at=world.now - DAY)


def forged(world: IssuerWorld, signer: InMemorySigner | None = None, **changes: Any) -> str:
    """A token with header members (``alg``, ``kid``, ``typ``…) and claims as wanted, None removes."""
    signer = signer or world.centre
    header: Json = {"typ": "vc+jwt", "cty": "vc", "kid": signer.verification_method}
    claims: Json = {**world.unsigned(), "iss": CENTRE_DID, "iat": int((world.now - DAY).timestamp())}
    for name, value in changes.items():
        target = header if name in ("typ", "cty", "kid") else claims
        target[name] = value
        if value is None:
            del target[name]
    return sign_jws(header, orjson.dumps(claims), signer)


def verify(world: IssuerWorld, envelope: Mapping[str, Any]) -> Verification:
    result = step(orjson.dumps(envelope), world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    return result


def test_a_genuine_token_is_accepted(world: IssuerWorld) -> None:
    result = verify(world, envelop_credential(token(world)))
    assert decide(result).outcome is Outcome.ACCEPTED
    assert result.document == world.unsigned()
    assert result.verdicts[Question.AUTHENTIC].against[0].name == world.centre.verification_method


def test_a_revoked_token_is_rejected(world: IssuerWorld) -> None:
    world.publish_status({0})
    result = verify(world, envelop_credential(token(world)))
    assert result.verdicts[Question.IN_FORCE].reason is Reason.REVOKED


def test_the_suites_of_ecdsa_are_accepted_from_an_accredited_centre() -> None:
    for suite, kind in (("ecdsa-jcs-2019", KeyType.P256), ("ecdsa-rdfc-2019", KeyType.P384)):
        world = IssuerWorld(suite, key_type=kind)
        result = verify(world, orjson.loads(world.issue()))
        assert decide(result).outcome is Outcome.ACCEPTED


def _altered(text: str) -> str:
    head, payload, signature = text.split(".")
    return f"{head}.{payload}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"


REFUSED: dict[str, Any] = {
    "altered_signature": lambda world: _altered(token(world)),
    "key_of_a_stranger": lambda world: forged(world, did_key_signer("stranger")[1]),
    "strangers_key_under_the_centres_name": lambda world: token(
        world, signer_for("stranger", CENTRE_DID, key_type=world.centre.public_key.key_type)
    ),
    "no_kid": lambda world: forged(world, kid=None),
    "kid_that_is_no_url": lambda world: forged(world, kid="key-1"),
    "kid_without_fragment": lambda world: forged(world, kid=CENTRE_DID),
    "type_of_a_presentation": lambda world: forged(world, typ="vp+jwt"),
    "type_of_any_jwt": lambda world: forged(world, typ="JWT"),
    "no_type": lambda world: forged(world, typ=None),
    "another_iss": lambda world: forged(world, iss="did:web:other.example"),
    "vc_claim": lambda world: forged(world, vc={}),
    "signature_from_the_future": lambda world: forged(world, iat=int((world.now + DAY).timestamp())),
    "signature_expired": lambda world: forged(world, exp=int((world.now - DAY).timestamp())),
    "signature_not_yet_good": lambda world: forged(world, nbf=int((world.now + DAY).timestamp())),
    "iat_as_text": lambda world: forged(world, iat="2026-01-01"),
    "no_subject": lambda world: forged(world, credentialSubject=None),
    "no_token": lambda world: "",
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_token_is_not_authentic(world: IssuerWorld, fault: str) -> None:
    envelope = {**envelop_credential(token(world)), "id": f"data:application/vc+jwt,{REFUSED[fault](world)}"}
    result = verify(world, envelope)
    assert result.verdicts[Question.AUTHENTIC].answer is Answer.NO
    assert result.document is None


def test_without_iat_the_keys_history_cannot_be_judged(world: IssuerWorld) -> None:
    result = verify(world, envelop_credential(forged(world, iat=None)))
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.KEY_HISTORY_UNCERTAIN
    assert decide(result).outcome is Outcome.UNDETERMINED


def test_a_key_that_was_retired_before_is_refused() -> None:
    world = IssuerWorld()
    world.centre_keys = [WorldKey(signer=world.centre, valid_until=world.now - 2 * DAY)]
    world.publish_keys()
    world.publish_trust_list()
    result = verify(world, envelop_credential(token(world)))
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.KEY_RETIRED


ENVELOPES: dict[str, Json] = {
    "extra_member": {"name": "x"},
    "another_context": {"@context": ["https://www.w3.org/ns/credentials/examples/v2"]},
    "two_types": {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
    "id_that_is_no_data_url": {"id": "https://a.example/token"},
    "media_type_of_any_jwt": {"id": "data:application/jwt,a.b.c"},
    "sd_jwt": {"id": "data:application/vc+sd-jwt,a.b.c~"},
    "presentation_in_the_envelope": {"id": "data:application/vp+jwt,a.b.c"},
}


@pytest.mark.parametrize("fault", ENVELOPES)
def test_a_faulty_envelope_is_malformed(fault: str) -> None:
    world = IssuerWorld()
    result = verify(world, {**envelop_credential(token(world)), **ENVELOPES[fault]})
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.MALFORMED
    assert result.findings


# Presentations ------------------------------------------------------------------------------------

HOLDER, HOLDER_SIGNER = did_key_signer("holder")


def present(world: IssuerWorld, envelope: Mapping[str, Any], **expected: Any) -> PresentationVerification:
    wanted = {"challenge": "c-1", "domain": None} | expected
    answer = step_presentation(orjson.dumps(envelope), world.evidence(), world.policy, world.now, **wanted)
    assert isinstance(answer, PresentationVerification)
    return answer


def presented(world: IssuerWorld, *, subject: str = HOLDER, **claims: Any) -> Json:
    credential = token(world, credentialSubject={**world.subject(), "id": subject})
    document: Json = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER,
        "verifiableCredential": [envelop_credential(credential)],
    }
    given = {"nonce": "c-1"} | claims
    return envelop_presentation(sign_presentation_jwt(document, HOLDER_SIGNER, issued_at=world.now, **given))


def test_an_enveloped_presentation_binds_its_holder(world: IssuerWorld) -> None:
    result = present(world, presented(world, audience="a.example"), domain="a.example")
    assert result.findings == ()
    (verification,) = result.verifications
    assert verification.verdicts[Question.THIS_PERSONS].reason is Reason.KEY_BOUND
    assert decide(verification).outcome is Outcome.ACCEPTED


def test_another_nonce_or_audience_is_refused(world: IssuerWorld) -> None:
    for claims, expected in (
        ({"nonce": "c-2"}, {}),
        ({"nonce": None}, {}),
        ({"audience": "b.example"}, {"domain": "a.example"}),
        ({}, {"domain": "a.example"}),
    ):
        result = present(world, presented(world, **claims), **expected)
        assert result.findings
        assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.NO


def test_somebody_elses_credential_in_the_envelope(world: IssuerWorld) -> None:
    result = present(world, presented(world, subject=did_key_signer("other")[0]))
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].reason is Reason.HOLDER_MISMATCH


def test_an_altered_presentation_token(world: IssuerWorld) -> None:
    envelope = presented(world)
    result = present(world, {**envelope, "id": _altered(envelope["id"])})
    assert result.verifications[0].verdicts[Question.THIS_PERSONS].answer is Answer.NO


def test_a_credential_envelope_is_no_presentation(world: IssuerWorld) -> None:
    result = present(world, envelop_credential(token(world)))
    assert result.findings
    assert result.verifications == ()


def test_a_relaxed_policy_does_not_overrule_the_trust_list(world: IssuerWorld) -> None:
    assert not world.policy.for_test_documents
    relaxed = replace(world.policy, for_test_documents=True)
    foreign = envelop_credential(forged(world, did_key_signer("stranger")[1]))
    result = step(orjson.dumps(foreign), world.evidence(), relaxed, world.now)
    assert isinstance(result, Verification)
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.KEY_NOT_ISSUERS
