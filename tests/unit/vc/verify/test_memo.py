"""A memo saves time and decides nothing: whatever changed since, the answer is that of an empty one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from tests.simulator import (
    STATUS_DID,
    STATUS_DID_URL,
    IssuerWorld,
    WorldKey,
    did_key_signer,
    signer_for,
)
from vc.model.evidence import Evidence, Remembered
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.verify import Policy, step


def verify(world: IssuerWorld, raw: bytes, memo: dict[str, Remembered], policy: Policy) -> Verification:
    answer = step(raw, Evidence(items=world.evidence().items, memo=memo), policy, world.now)
    assert isinstance(answer, Verification)
    return answer


def lose_the_registrys_key(world: IssuerWorld) -> None:
    world.status_keys[-1] = replace(world.status_keys[-1], compromised_since=world.now - timedelta(days=30))
    world.publish_trust_list()


def take_the_registry_off_the_list(world: IssuerWorld) -> None:
    world.publish_trust_list(issuers=[])


def publish_other_keys_of_the_registry(world: IssuerWorld) -> None:
    world.status_keys = [WorldKey(signer=signer_for("status 2", STATUS_DID, "status-2"))]
    world.publish_keys()


def withhold_the_registrys_keys(world: IssuerWorld) -> None:
    world.documents[STATUS_DID_URL] = b"{}"


def revoke(world: IssuerWorld) -> None:
    world.publish_status({3})


def let_a_year_pass(world: IssuerWorld) -> None:
    world.clock.advance(timedelta(days=400))


def turn_the_clock_back(world: IssuerWorld) -> None:
    world.clock.advance(timedelta(days=-2))


def lose_the_centres_key(world: IssuerWorld) -> None:
    world.centre_keys[-1] = replace(world.centre_keys[-1], compromised_since=world.now - timedelta(days=30))
    world.publish_trust_list()


CHANGES: tuple[Callable[[IssuerWorld], None], ...] = (
    lose_the_registrys_key,
    take_the_registry_off_the_list,
    publish_other_keys_of_the_registry,
    withhold_the_registrys_keys,
    revoke,
    let_a_year_pass,
    turn_the_clock_back,
    lose_the_centres_key,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_what_changed_is_seen_through_a_warm_memo(change: Callable[[IssuerWorld], None], suite: str) -> None:
    world = IssuerWorld(suite)
    raw, memo = world.issue(3), dict[str, Remembered]()
    before = verify(world, raw, memo, world.policy)
    assert before.verdicts[Question.IN_FORCE].answer is Answer.YES
    change(world)
    after = verify(world, raw, memo, world.policy)
    assert after == verify(world, raw, {}, world.policy)
    assert {name: verdict.reason for name, verdict in after.verdicts.items()} != {
        name: verdict.reason for name, verdict in before.verdicts.items()
    }


def test_another_policy_is_not_answered_from_the_memo_of_one() -> None:
    world = IssuerWorld()
    # The registry's key by the trust list, and yet under a name that is not the registry's own.
    world.status_keys = [WorldKey(signer=did_key_signer("registry")[1])]
    world.publish_trust_list()
    world.publish_status(set())
    raw, memo = world.issue(3), dict[str, Remembered]()
    lenient = verify(world, raw, memo, replace(world.policy, for_test_documents=True))
    assert lenient.verdicts[Question.IN_FORCE].answer is Answer.YES
    strict = verify(world, raw, memo, world.policy)
    assert strict.verdicts[Question.IN_FORCE].reason is Reason.STATUS_INVALID


def test_a_list_is_not_believed_after_its_signature_has_expired() -> None:
    world = IssuerWorld()
    raw, memo = world.issue(3), dict[str, Remembered]()
    unsigned = orjson.loads(world.documents[world.list_url])
    del unsigned["proof"]
    world.documents[world.list_url] = world.sign(
        unsigned, signer=world.status_signer, created=world.now, expires=world.now + timedelta(hours=1)
    )
    before = verify(world, raw, memo, world.policy)
    assert before.verdicts[Question.IN_FORCE].answer is Answer.YES
    world.clock.advance(timedelta(hours=2))
    after = verify(world, raw, memo, world.policy)
    assert after.verdicts[Question.IN_FORCE].reason is Reason.STATUS_INVALID


def test_a_list_is_not_believed_by_a_clock_that_was_turned_back_before_it() -> None:
    world = IssuerWorld()
    raw, memo = world.issue(3), dict[str, Remembered]()
    world.clock.advance(timedelta(hours=1))
    world.publish_status(set())
    before = verify(world, raw, memo, world.policy)
    assert before.verdicts[Question.IN_FORCE].answer is Answer.YES
    world.clock.advance(-2 * world.policy.max_skew)
    after = verify(world, raw, memo, world.policy)
    assert after.verdicts[Question.IN_FORCE].reason is Reason.STATUS_INVALID


def test_a_list_is_not_believed_before_the_time_that_its_signature_names() -> None:
    world = IssuerWorld()
    raw, memo = world.issue(3), dict[str, Remembered]()
    world.publish_status(set(), valid_from=world.now + timedelta(minutes=4))
    lenient = verify(world, raw, memo, world.policy)
    assert lenient.verdicts[Question.IN_FORCE].answer is Answer.YES
    strict = verify(world, raw, memo, replace(world.policy, max_skew=timedelta(0)))
    assert strict.verdicts[Question.IN_FORCE].reason is Reason.STATUS_INVALID


def test_what_a_list_rests_on_is_named_as_evidence_each_time() -> None:
    world = IssuerWorld()
    raw, memo = world.issue(3), dict[str, Remembered]()
    first = verify(world, raw, memo, world.policy)
    assert STATUS_DID_URL in first.evidence
    assert verify(world, raw, memo, world.policy).evidence == first.evidence
