"""The four verdicts on a card, each way they can come out, and what is asked for on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import (
    ACCREDITED_SINCE,
    CENTRE_DID,
    CENTRE_URL,
    NOTES_URL,
    STATUS_DID_URL,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from tests.unit.vc.card.cards import CARD_INDEX, FIRST_INDEX, SECOND_INDEX, card, fact, issue, members, sealed
from vc.card.claims import write_claims
from vc.crypto.keys import KeyType
from vc.encoding.plain_cbor import write_deterministic
from vc.model.evidence import Evidence, EvidenceItem, Remembered
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.status.fold import ChangeKind
from vc.trust.decide import decide
from vc.verify import step_card

AUTHENTIC, ENTITLED, IN_FORCE = Question.AUTHENTIC, Question.ENTITLED, Question.IN_FORCE


def rounds(
    world: IssuerWorld, text: str, *, without: tuple[str, ...] = ()
) -> tuple[list[set[str]], Verification]:
    """Every round's needs, then the answer; what is not published counts as unreachable."""
    items: dict[str, EvidenceItem] = {}
    asked: list[set[str]] = []
    for _ in range(10):
        answer = step_card(text, Evidence(items=items), world.policy, world.now)
        if isinstance(answer, Verification):
            return asked, answer
        asked.append(set(answer.urls))
        missing = (answer.urls - world.documents.keys()) | set(without)
        published = world.evidence(without=missing).items
        items |= {url: published[url] for url in answer.urls}
    raise AssertionError("no end of rounds")


def check(world: IssuerWorld, text: str, **options: Any) -> Verification:
    return rounds(world, text, **options)[1]


def outcome(verification: Verification) -> Outcome:
    return decide(verification).outcome


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.P256])
def test_a_good_card_is_accepted_and_its_bearer_not_checked(key_type: KeyType) -> None:
    world = IssuerWorld("eddsa-jcs-2022", key_type)
    asked, verification = rounds(world, issue(world))
    lists = {world.list_url, world.suspension_url}
    assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}, {CENTRE_URL}, lists, {STATUS_DID_URL}]
    assert outcome(verification) is Outcome.ACCEPTED
    assert verification.verdicts[Question.THIS_PERSONS].reason is Reason.IDENTITY_NOT_CHECKED
    assert verification.issuer_name["en"] == "Poipet Training Centre"
    assert verification.document is not None
    assert verification.document["type"] == ["PassportCard"]


def test_a_replaced_card_says_so_and_the_certificates_stay_good() -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX}, kind=ChangeKind.SUPERSEDED)
    verification = check(world, text)
    assert verification.verdicts[IN_FORCE].reason is Reason.CARD_REPLACED
    assert verification.verdicts[IN_FORCE].since == "2026-11-22"
    assert decide(verification).headline == "Card replaced: ask for the new one"
    again = issue(world, card(world, card_id=bytes(16), status=replace(card(world).status, index=5)))
    assert outcome(check(world, again)) is Outcome.ACCEPTED


def test_a_suspended_card_is_not_in_force() -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_suspensions({CARD_INDEX})
    assert check(world, text).verdicts[IN_FORCE].reason is Reason.SUSPENDED


def test_a_replaced_card_is_refused_without_the_notes_too() -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX}, kind=ChangeKind.SUPERSEDED)
    verification = check(world, text, without=(NOTES_URL,))
    assert verification.verdicts[IN_FORCE].reason is Reason.REVOKED
    assert outcome(verification) is Outcome.REJECTED


def test_a_revoked_card_is_not_called_replaced() -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX})
    assert check(world, text).verdicts[IN_FORCE].reason is Reason.REVOKED


@pytest.mark.parametrize("index", [FIRST_INDEX, SECOND_INDEX])
def test_a_card_ends_with_either_of_its_certificates(index: int) -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({index})
    assert check(world, text).verdicts[IN_FORCE].reason is Reason.REVOKED


def test_a_card_expires_and_does_not_begin_early() -> None:
    world = IssuerWorld()
    text = issue(world, card(world, expires_at=world.now + timedelta(seconds=1)))
    assert outcome(check(world, text)) is Outcome.ACCEPTED
    world.clock.advance(timedelta(seconds=1))
    assert check(world, text).verdicts[IN_FORCE].reason is Reason.EXPIRED
    later = world.now + timedelta(hours=1)
    early = issue(world, card(world, issued_at=later, expires_at=later + timedelta(days=1)))
    assert check(world, early).verdicts[IN_FORCE].reason is Reason.NOT_YET_VALID


@pytest.mark.parametrize(
    ("missing", "question", "reason"),
    [
        (TRUST_LIST_URL, ENTITLED, Reason.TRUST_LIST_UNAVAILABLE),
        (CENTRE_URL, AUTHENTIC, Reason.KEY_UNAVAILABLE),
        (IssuerWorld().list_url, IN_FORCE, Reason.STATUS_UNAVAILABLE),
        (STATUS_DID_URL, IN_FORCE, Reason.STATUS_INVALID),
    ],
)
def test_what_cannot_be_had_is_never_a_no(missing: str, question: Question, reason: Reason) -> None:
    world = IssuerWorld()
    verification = check(world, issue(world), without=(missing,))
    verdict = verification.verdicts[question]
    assert (verdict.answer, verdict.reason) == (Answer.COULD_NOT_CHECK, reason)
    assert outcome(verification) is Outcome.UNDETERMINED


def test_a_stranger_is_not_recognised_and_nothing_of_theirs_is_asked_for() -> None:
    world = IssuerWorld()
    text = issue(world, signer=did_key_signer("stranger")[1])
    asked, verification = rounds(world, text)
    assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}]
    assert verification.verdicts[ENTITLED].reason is Reason.ISSUER_UNKNOWN
    assert verification.document is None
    assert outcome(verification) is Outcome.REJECTED


def test_a_card_that_borrows_the_centres_key_name_is_not_genuine() -> None:
    world = IssuerWorld()
    asked, verification = rounds(
        world, sealed(world, write_claims(card(world)), signer=signer_for("thief", CENTRE_DID))
    )
    assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}]
    assert verification.verdicts[AUTHENTIC].reason is Reason.PROOF_INVALID
    assert outcome(verification) is Outcome.REJECTED


def test_no_letter_of_a_card_can_be_changed() -> None:
    world = IssuerWorld()
    text = issue(world)
    for place in range(4, len(text), 7):
        other = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert outcome(check(world, other)) is Outcome.REJECTED


@pytest.mark.parametrize("text", ["PC1:", "PC1:ABC", "PC1:%%%%%%", "hello"])
def test_nonsense_is_malformed_and_asks_for_nothing(text: str) -> None:
    asked, verification = rounds(IssuerWorld(), text)
    assert asked == []
    assert verification.verdicts[AUTHENTIC].reason is Reason.MALFORMED


def test_a_rightly_signed_card_with_an_unknown_claim_is_malformed() -> None:
    world = IssuerWorld()
    claims = members(world) | {8: {}}
    text = sealed(world, write_deterministic(claims))
    assert check(world, text).verdicts[AUTHENTIC].reason is Reason.MALFORMED


def test_a_card_of_a_later_version_could_not_be_checked() -> None:
    world = IssuerWorld()
    verification = check(world, issue(world).replace("PC1:", "PC2:"))
    assert verification.verdicts[AUTHENTIC].reason is Reason.SUITE_UNKNOWN
    assert outcome(verification) is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    ("accreditation", "reason"),
    [
        ({"credentialTypes": ["RPLCertificate"]}, Reason.TYPE_NOT_ACCREDITED),
        ({"qualificationCodes": ["CON-BRL-1"]}, Reason.QUALIFICATION_NOT_ACCREDITED),
        ({"cqfLevels": [2]}, Reason.LEVEL_NOT_ACCREDITED),
        ({"validUntil": "2026-11-01T00:00:00Z"}, Reason.DATE_NOT_ACCREDITED),
        ({"suspensions": [{"from": "2026-11-01T00:00:00Z"}]}, Reason.ISSUER_SUSPENDED),
    ],
)
def test_a_card_is_entitled_only_if_every_fact_is(accreditation: dict[str, Any], reason: Reason) -> None:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(issuers=world.trust_entries(**accreditation))
    verification = check(world, text)
    assert verification.verdicts[ENTITLED].reason is reason
    assert outcome(verification) is Outcome.REJECTED


def test_a_card_of_a_rotated_key_stays_good_and_a_later_one_does_not() -> None:
    world = IssuerWorld()
    old, text = world.centre, issue(world)
    world.clock.advance(timedelta(hours=1))
    world.rotate_issuer_key()
    world.publish_status(set())
    assert outcome(check(world, text)) is Outcome.ACCEPTED
    late = issue(world, card(world, issued_at=world.now + timedelta(seconds=1)), signer=old)
    assert check(world, late).verdicts[AUTHENTIC].reason is Reason.KEY_RETIRED


def test_a_key_the_did_document_does_not_have_is_not_the_issuers() -> None:
    world = IssuerWorld()
    unpublished = signer_for("centre 9", world.centre.verification_method.partition("#")[0], "key-9")
    documents = dict(world.documents)
    world.centre_keys.append(replace(world.centre_keys[0], signer=unpublished))
    world.publish_trust_list()
    world.documents[CENTRE_URL] = documents[CENTRE_URL]
    text = issue(world, signer=unpublished)
    assert check(world, text).verdicts[AUTHENTIC].reason is Reason.KEY_NOT_ISSUERS


def test_a_stolen_key_makes_no_card_and_an_earlier_one_hangs_on_the_log() -> None:
    world = IssuerWorld()
    text = issue(world, card(world, issued_at=ACCREDITED_SINCE + timedelta(days=1)))
    late = issue(world)
    theft = world.now - timedelta(days=1)
    world.centre_keys[0] = replace(world.centre_keys[0], compromised_since=theft)
    world.publish_trust_list()
    assert check(world, late).verdicts[AUTHENTIC].reason is Reason.KEY_COMPROMISED
    assert outcome(check(world, late)) is Outcome.REJECTED
    assert check(world, text).verdicts[AUTHENTIC].reason is Reason.KEY_HISTORY_UNCERTAIN
    assert outcome(check(world, text)) is Outcome.UNDETERMINED


def test_a_demo_card_is_refused_where_answers_are_relied_on() -> None:
    world = IssuerWorld()
    verification = step_card(issue(world), world.evidence(), world.production_policy(), world.now)
    assert isinstance(verification, Verification)
    assert verification.verdicts[ENTITLED].reason is Reason.ISSUER_DEMO


def test_a_memo_never_hides_that_a_card_was_replaced() -> None:
    world = IssuerWorld()
    text = issue(world)
    memo: dict[str, Remembered] = {}
    before = step_card(text, replace(world.evidence(), memo=memo), world.policy, world.now)
    world.publish_status({CARD_INDEX}, kind=ChangeKind.SUPERSEDED)
    after = step_card(text, replace(world.evidence(), memo=memo), world.policy, world.now)
    assert isinstance(before, Verification)
    assert isinstance(after, Verification)
    assert outcome(before) is Outcome.ACCEPTED
    assert after.verdicts[IN_FORCE].reason is Reason.CARD_REPLACED


def test_one_fact_is_enough() -> None:
    world = IssuerWorld()
    assert outcome(check(world, issue(world, card(world, facts=(fact(),))))) is Outcome.ACCEPTED
