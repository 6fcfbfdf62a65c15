"""Each verdict with its reason: one change to a good world at a time, named after the fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import (
    CENTRE_DID,
    CENTRE_URL,
    NOTES_URL,
    STATUS_DID_URL,
    TRUST_LIST_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from vc.model.evidence import Evidence
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind
from vc.trust.decide import decide
from vc.verify import Policy, step

Case = Callable[[IssuerWorld], bytes]
YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.COULD_NOT_CHECK


def verify(
    world: IssuerWorld, raw: bytes, *, evidence: Evidence | None = None, policy: Policy | None = None
) -> Verification:
    answer = step(raw, evidence or world.evidence(), policy or world.policy, world.now)
    assert isinstance(answer, Verification), answer
    return answer


def changed(raw: bytes, **members: Any) -> bytes:
    return orjson.dumps(orjson.loads(raw) | members)


def with_proof(raw: bytes, **members: Any) -> bytes:
    document = orjson.loads(raw)
    document["proof"] |= members
    return orjson.dumps(document)


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_good_credential_is_genuine_and_in_force(suite: str) -> None:
    world = IssuerWorld(suite)
    verification = verify(world, world.issue())
    answers = {question: verdict.answer for question, verdict in verification.verdicts.items()}
    assert answers == {
        Question.AUTHENTIC: YES,
        Question.ENTITLED: YES,
        Question.IN_FORCE: YES,
        Question.THIS_PERSONS: UNSURE,
    }
    decision = decide(verification)
    assert decision.outcome is Outcome.ACCEPTED
    assert not decision.identity_checked
    assert verification.issuer_name["en"] == "Poipet Training Centre"


def tampered_name(world: IssuerWorld) -> bytes:
    return changed(world.issue(), name="Master builder")


def signed_by_another_key(world: IssuerWorld) -> bytes:
    return world.sign(world.unsigned(), signer=signer_for("thief", CENTRE_DID))


def key_of_another_party(world: IssuerWorld) -> bytes:
    _, stranger = did_key_signer("stranger")
    return world.sign(world.unsigned(), signer=stranger)


def unknown_fragment(world: IssuerWorld) -> bytes:
    return world.sign(world.unsigned(), signer=signer_for("centre 1", CENTRE_DID, "key-99"))


def wrong_purpose(world: IssuerWorld) -> bytes:
    return world.sign(world.unsigned(), proof_purpose="authentication")


def proof_created_tomorrow(world: IssuerWorld) -> bytes:
    return world.sign(world.unsigned(), created=world.now + timedelta(days=1))


def proof_expired(world: IssuerWorld) -> bytes:
    return world.sign(world.unsigned(), expires=world.now - timedelta(hours=1))


def second_proof_forged(world: IssuerWorld) -> bytes:
    document = orjson.loads(world.issue())
    forged = orjson.loads(world.sign(world.unsigned(1)))["proof"]
    document["proof"] = [document["proof"], forged]
    return orjson.dumps(document)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (tampered_name, Reason.PROOF_INVALID),
        (signed_by_another_key, Reason.PROOF_INVALID),
        (key_of_another_party, Reason.KEY_NOT_ISSUERS),
        (unknown_fragment, Reason.KEY_NOT_ISSUERS),
        (wrong_purpose, Reason.PROOF_INVALID),
        (proof_created_tomorrow, Reason.PROOF_INVALID),
        (proof_expired, Reason.PROOF_INVALID),
        (second_proof_forged, Reason.PROOF_INVALID),
        (lambda w: changed(w.issue(), proof=[]), Reason.PROOF_INVALID),
        (lambda w: orjson.dumps(w.unsigned()), Reason.PROOF_MISSING),
        (lambda w: changed(w.issue(), type=["OpenBadgeCredential"]), Reason.MALFORMED),
        (lambda w: changed(w.issue(), issuer={"name": "nobody"}), Reason.MALFORMED),
        (lambda w: with_proof(w.issue(), proofValue="z" + "1" * 64), Reason.PROOF_INVALID),
    ],
)
def test_not_authentic(case: Case, reason: Reason) -> None:
    world = IssuerWorld()
    verification = verify(world, case(world))
    assert verification.verdicts[Question.AUTHENTIC].answer is NO
    assert verification.verdicts[Question.AUTHENTIC].reason is reason
    assert verification.verdicts[Question.IN_FORCE].answer is UNSURE
    assert verification.document is None
    assert verification.findings
    assert decide(verification).outcome is Outcome.REJECTED


def test_an_unknown_suite_could_not_be_checked() -> None:
    world = IssuerWorld()
    verification = verify(world, with_proof(world.issue(), cryptosuite="bbs-2023"))
    assert verification.verdicts[Question.AUTHENTIC].reason is Reason.SUITE_UNKNOWN
    assert decide(verification).outcome is Outcome.UNDETERMINED


def test_a_rotated_key_keeps_old_certificates_good_and_new_ones_out() -> None:
    world = IssuerWorld()
    old_key, old = world.centre, world.issue()
    world.rotate_issuer_key()
    world.clock.advance(timedelta(days=30))
    world.publish_trust_list()
    world.publish_status(set())
    assert decide(verify(world, old)).outcome is Outcome.ACCEPTED
    late = world.sign(world.unsigned(1), signer=old_key, created=world.now - timedelta(hours=1))
    assert verify(world, late).verdicts[Question.AUTHENTIC].reason is Reason.KEY_RETIRED
    assert decide(verify(world, world.issue(2))).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("signed_before", "answer", "reason"),
    [
        (timedelta(days=1), UNSURE, Reason.KEY_HISTORY_UNCERTAIN),
        (timedelta(hours=-1), NO, Reason.KEY_COMPROMISED),
    ],
)
def test_a_compromised_key(signed_before: timedelta, answer: Answer, reason: Reason) -> None:
    world = IssuerWorld()
    theft = world.now - timedelta(days=2)
    world.centre_keys[0] = replace(world.centre_keys[0], compromised_since=theft)
    world.publish_trust_list()
    raw = world.sign(world.unsigned(), created=theft - signed_before)
    verdict = verify(world, raw).verdicts[Question.AUTHENTIC]
    assert (verdict.answer, verdict.reason) == (answer, reason)
    assert decide(verify(world, raw)).outcome is not Outcome.ACCEPTED


def test_a_key_the_trust_list_does_not_know_is_not_the_issuers() -> None:
    world = IssuerWorld()
    stranger = signer_for("centre 9", CENTRE_DID, "key-9")
    world.centre_keys.append(replace(world.centre_keys[0], signer=stranger))
    world.publish_keys()  # the DID document has it, the trust list has not
    raw = world.sign(world.unsigned(), signer=stranger)
    assert verify(world, raw).verdicts[Question.AUTHENTIC].reason is Reason.KEY_NOT_ISSUERS


@pytest.mark.parametrize(
    ("accreditation", "reason"),
    [
        ({"credentialTypes": ["TrainingCertificate"]}, Reason.TYPE_NOT_ACCREDITED),
        ({"qualificationCodes": ["CON-WLD-1"]}, Reason.QUALIFICATION_NOT_ACCREDITED),
        ({"cqfLevels": [2, 3]}, Reason.LEVEL_NOT_ACCREDITED),
        ({"validFrom": "2026-11-22T00:00:00Z"}, Reason.DATE_NOT_ACCREDITED),
        ({"validUntil": "2026-11-20T00:00:00Z"}, Reason.DATE_NOT_ACCREDITED),
    ],
)
def test_not_entitled(accreditation: dict[str, Any], reason: Reason) -> None:
    world = IssuerWorld()
    world.publish_trust_list(issuers=world.trust_entries(**accreditation))
    verification = verify(world, world.issue())
    assert verification.verdicts[Question.AUTHENTIC].answer is YES
    assert verification.verdicts[Question.ENTITLED].answer is NO
    assert verification.verdicts[Question.ENTITLED].reason is reason
    assert decide(verification).outcome is Outcome.REJECTED


def test_an_unaccredited_type_beside_an_accredited_one_is_not_entitled() -> None:
    world = IssuerWorld()
    types = ["VerifiableCredential", "OpenBadgeCredential", "RPLCertificate", "TrustListCredential"]
    verdict = verify(world, world.issue(type=types)).verdicts[Question.ENTITLED]
    assert verdict.reason is Reason.TYPE_NOT_ACCREDITED


def test_the_status_registry_may_not_certify_skills() -> None:
    world = IssuerWorld()
    raw = world.sign(
        world.unsigned(issuer=world.status_signer.verification_method.split("#")[0]),
        signer=world.status_signer,
    )
    assert verify(world, raw).verdicts[Question.ENTITLED].reason is Reason.ISSUER_UNKNOWN


def test_a_production_verifier_refuses_demo_issuers() -> None:
    world = IssuerWorld()
    verification = verify(world, world.issue(), policy=world.production_policy())
    assert verification.verdicts[Question.ENTITLED].reason is Reason.ISSUER_DEMO
    assert decide(verification).outcome is Outcome.REJECTED


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_revoked_is_said_as_revoked_with_the_day(suite: str) -> None:
    world = IssuerWorld(suite)
    world.publish_status({7})
    verification = verify(world, world.issue(7))
    verdict = verification.verdicts[Question.IN_FORCE]
    assert (verdict.answer, verdict.reason) == (NO, Reason.REVOKED)
    assert verdict.since == world.now.date().isoformat()
    assert verification.verdicts[Question.AUTHENTIC].answer is YES
    assert decide(verification).headline == "Revoked: no longer in force"
    assert decide(verify(world, world.issue(8))).outcome is Outcome.ACCEPTED


def test_replaced_is_said_as_replaced_with_the_day() -> None:
    world = IssuerWorld()
    world.publish_status({7}, kind=ChangeKind.SUPERSEDED)
    verification = verify(world, world.issue(7))
    verdict = verification.verdicts[Question.IN_FORCE]
    assert (verdict.answer, verdict.reason) == (NO, Reason.REPLACED)
    assert verdict.since == world.now.date().isoformat()
    assert decide(verification).headline == "Replaced: ask for the corrected one"


def test_a_list_signed_with_the_issuers_own_key_clears_nobody() -> None:
    """Threat 22: whoever stole a centre's key could sign "not revoked" with it."""
    world = IssuerWorld()
    world.publish_status(set())
    raw = world.issue(7)
    assert decide(verify(world, raw)).outcome is Outcome.ACCEPTED
    status_list = {k: v for k, v in orjson.loads(world.documents[world.list_url]).items() if k != "proof"}
    world.documents[world.list_url] = world.sign(status_list | {"issuer": CENTRE_DID}, suite=world.list_suite)
    verdict = verify(world, raw).verdicts[Question.IN_FORCE]
    assert (verdict.answer, verdict.reason) == (UNSURE, Reason.STATUS_INVALID)


@pytest.mark.parametrize("trouble", ["absent", "of another registry", "tampered"])
def test_bad_status_notes_only_cost_the_day(trouble: str) -> None:
    world = IssuerWorld()
    world.publish_status({7})
    if trouble == "absent":
        del world.documents[NOTES_URL]
        evidence = world.evidence(without=[NOTES_URL])
    elif trouble == "tampered":
        world.documents[NOTES_URL] = changed(world.documents[NOTES_URL], validFrom="2026-01-01T00:00:00Z")
        evidence = world.evidence()
    else:
        notes = {k: v for k, v in orjson.loads(world.documents[NOTES_URL]).items() if k != "proof"}
        notes["issuer"] = CENTRE_DID
        world.documents[NOTES_URL] = world.sign(notes, suite="eddsa-jcs-2022")
        evidence = world.evidence()
    verdict = verify(world, world.issue(7), evidence=evidence).verdicts[Question.IN_FORCE]
    assert (verdict.reason, verdict.since) == (Reason.REVOKED, None)


def list_signed_by_the_issuers_key(world: IssuerWorld) -> Evidence:
    thief = signer_for("centre 1", "did:web:skills-passport.example:status", "status-1")
    world.publish_status(set(), signer=thief)
    return world.evidence()


def list_of_another_url(world: IssuerWorld) -> Evidence:
    document = {k: v for k, v in orjson.loads(world.documents[world.list_url]).items() if k != "proof"}
    document["id"] = "https://skills-passport.example/status/lists/other/eddsa-jcs-2022"
    world.documents[world.list_url] = world.sign(document, signer=world.status_signer, created=world.now)
    return world.evidence()


def list_expired(world: IssuerWorld) -> Evidence:
    world.publish_status(
        set(), valid_from=world.now - timedelta(days=2), valid_until=world.now - timedelta(minutes=1)
    )
    return world.evidence()


def list_is_not_json(world: IssuerWorld) -> Evidence:
    world.documents[world.list_url] = b"<html>"
    return world.evidence()


def list_of_another_purpose(world: IssuerWorld) -> Evidence:
    world.publish_status(set(), purpose=StatusPurpose.SUSPENSION)
    return world.evidence()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (lambda w: w.evidence(without=[w.list_url]), Reason.STATUS_UNAVAILABLE),
        (lambda w: w.evidence(without=[STATUS_DID_URL]), Reason.STATUS_INVALID),
        (list_signed_by_the_issuers_key, Reason.STATUS_INVALID),
        (list_of_another_url, Reason.STATUS_INVALID),
        (list_expired, Reason.STATUS_STALE),
        (list_is_not_json, Reason.STATUS_INVALID),
        (list_of_another_purpose, Reason.STATUS_INVALID),
    ],
)
def test_a_bad_list_is_never_read_as_not_revoked(
    trouble: Callable[[IssuerWorld], Evidence], reason: Reason
) -> None:
    world = IssuerWorld()
    raw = world.issue()
    evidence = trouble(world)
    verification = verify(world, raw, evidence=evidence)
    assert verification.verdicts[Question.IN_FORCE].answer is UNSURE
    assert verification.verdicts[Question.IN_FORCE].reason is reason
    assert decide(verification).outcome is Outcome.UNDETERMINED


def test_an_unknown_status_type_could_not_be_checked() -> None:
    world = IssuerWorld()
    entry = {**world.status_entry(0), "type": "OtherStatusEntry"}
    raw = world.issue(credentialStatus=[world.status_entry(0), entry])
    assert verify(world, raw).verdicts[Question.IN_FORCE].reason is Reason.STATUS_TYPE_UNKNOWN


@pytest.mark.parametrize(
    ("member", "moment", "reason"),
    [
        ("validUntil", "2026-11-22T02:59:59Z", Reason.EXPIRED),
        ("validUntil", "2026-11-22T03:00:00Z", Reason.EXPIRED),
        ("validFrom", "2026-11-22T03:06:00Z", Reason.NOT_YET_VALID),
    ],
)
def test_dates(member: str, moment: str, reason: Reason) -> None:
    world = IssuerWorld()
    verdict = verify(world, world.sign(world.unsigned() | {member: moment})).verdicts[Question.IN_FORCE]
    assert (verdict.answer, verdict.reason) == (NO, reason)


def test_a_start_within_the_clock_skew_is_in_force() -> None:
    world = IssuerWorld()
    assert (
        verify(world, world.issue(validFrom="2026-11-22T03:04:00Z")).verdicts[Question.IN_FORCE].answer is YES
    )


@pytest.mark.parametrize(
    "trouble", ["unreachable", "expired", "other anchor", "tampered", "other id", "not yet in force"]
)
def test_without_a_good_trust_list_nothing_is_accepted(trouble: str) -> None:
    world = IssuerWorld()
    raw, evidence, policy = world.issue(), world.evidence(), world.policy
    if trouble == "unreachable":
        evidence = world.evidence(without=[TRUST_LIST_URL])
    elif trouble == "expired":
        world.publish_trust_list(valid_from=world.now - timedelta(days=2), valid_until=world.now)
    elif trouble == "not yet in force":
        world.publish_trust_list(valid_from=world.now + timedelta(hours=1))
    elif trouble == "other anchor":
        thief = signer_for("thief", world.trust_anchor.did)
        anchor = replace(world.trust_anchor, threshold=1, keys=(thief.public_key.multikey,))
        policy = replace(policy, trust_anchor=anchor)
    elif trouble == "tampered":
        body = changed(world.documents[TRUST_LIST_URL], validUntil="2030-01-01T00:00:00Z")
        world.documents[TRUST_LIST_URL] = body
    else:
        policy = replace(policy, trust_list_url=f"{TRUST_LIST_URL}2")
        world.documents[f"{TRUST_LIST_URL}2"] = world.documents[TRUST_LIST_URL]
    if trouble != "unreachable":
        evidence = world.evidence()
    verification = verify(world, raw, evidence=evidence, policy=policy)
    assert verification.verdicts[Question.ENTITLED].answer is UNSURE
    assert decide(verification).outcome is Outcome.UNDETERMINED


def test_the_issuers_keys_out_of_reach() -> None:
    world = IssuerWorld()
    verification = verify(world, world.issue(), evidence=world.evidence(without=[CENTRE_URL]))
    assert verification.verdicts[Question.AUTHENTIC].reason is Reason.KEY_UNAVAILABLE
    assert decide(verification).outcome is Outcome.UNDETERMINED


def test_what_was_signed_must_follow_the_data_model_without_contexts_added_since() -> None:
    world = IssuerWorld("eddsa-jcs-2022")
    without = orjson.loads(world.sign(world.unsigned() | {"@context": []}))
    result = verify(world, orjson.dumps(without | {"@context": world.unsigned()["@context"]}))
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.MALFORMED
    assert result.document is None
