"""Rounds: what is asked for and when, and that the same evidence always gives the same answer."""

import orjson

from tests.simulator import (
    CENTRE_URL,
    STATUS_DID_URL,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
    did_key_signer,
)
from vc.model.evidence import Evidence, EvidenceItem, Need, Remembered
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.verify import step


def rounds(world: IssuerWorld, raw: bytes) -> tuple[list[set[str]], Verification]:
    """Every round's needs, then the answer; what is not published counts as unreachable."""
    items: dict[str, EvidenceItem] = {}
    asked: list[set[str]] = []
    for _ in range(10):
        answer = step(raw, Evidence(items=items), world.policy, world.now)
        if isinstance(answer, Verification):
            return asked, answer
        asked.append(set(answer.urls))
        published = world.evidence(without=answer.urls - world.documents.keys()).items
        items |= {url: published[url] for url in answer.urls}
    raise AssertionError("no end of rounds")


def test_a_good_credential_needs_four_rounds_in_this_order() -> None:
    world = IssuerWorld()
    asked, _ = rounds(world, world.issue())
    assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}, {CENTRE_URL}, {world.list_url}, {STATUS_DID_URL}]


def test_nothing_an_unknown_issuer_names_is_asked_for() -> None:
    world = IssuerWorld()
    did, stranger = did_key_signer("stranger")
    by_key = world.sign(world.unsigned(issuer=did), signer=stranger)
    by_web = world.issue(issuer="did:web:attacker.example")
    for raw in (by_key, by_web):
        asked, verification = rounds(world, raw)
        assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}]
        assert verification.verdicts[Question.ENTITLED].reason is Reason.ISSUER_UNKNOWN
        assert verification.verdicts[Question.IN_FORCE].reason is Reason.NOT_REACHED


def test_nothing_is_asked_for_a_malformed_or_unsigned_credential_but_the_trust_list() -> None:
    world = IssuerWorld()
    assert rounds(world, b"{}")[0] == []
    assert rounds(world, orjson.dumps(world.unsigned()))[0] == [{TRUST_LIST_URL, TRUST_ROOT_URL}]


def test_a_tampered_credential_never_has_its_list_fetched() -> None:
    world = IssuerWorld()
    raw = orjson.dumps(orjson.loads(world.issue()) | {"name": "Other"})
    asked, _ = rounds(world, raw)
    assert asked == [{TRUST_LIST_URL, TRUST_ROOT_URL}, {CENTRE_URL}]


def test_replaying_the_evidence_gives_the_identical_verification() -> None:
    world = IssuerWorld()
    world.publish_status({3})
    raw, evidence = world.issue(3), world.evidence()
    first = step(raw, evidence, world.policy, world.now)
    assert evidence.memo
    assert step(raw, evidence, world.policy, world.now) == first
    assert step(raw, world.evidence(), world.policy, world.now) == first


def test_a_memo_never_hides_a_later_revocation() -> None:
    world = IssuerWorld()
    raw = world.issue(3)
    memo: dict[str, Remembered] = {}
    before = step(raw, Evidence(items=world.evidence().items, memo=memo), world.policy, world.now)
    world.publish_status({3})
    after = step(raw, Evidence(items=world.evidence().items, memo=memo), world.policy, world.now)
    assert isinstance(before, Verification)
    assert isinstance(after, Verification)
    assert before.verdicts[Question.IN_FORCE].answer is Answer.YES
    assert after.verdicts[Question.IN_FORCE].reason is Reason.REVOKED


def test_an_empty_map_of_evidence_is_a_need_not_an_error() -> None:
    world = IssuerWorld()
    needed = Need(urls=frozenset({TRUST_LIST_URL, TRUST_ROOT_URL}))
    assert step(world.issue(), Evidence(), world.policy, world.now) == needed
