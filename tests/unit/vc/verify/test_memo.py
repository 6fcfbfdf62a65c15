"""A memo saves time and decides nothing: whatever changed since, the answer is that of an empty one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sd_jwt_world import issue_sd_jwt, publish_tokens
from tests.simulator import (
    STATUS_DID,
    STATUS_DID_URL,
    IssuerWorld,
    WorldKey,
    did_key_signer,
    signer_for,
)
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.model.evidence import Evidence, Remembered
from vc.model.verdict import Answer, Question, Reason, Verification
from vc.verify import Expectation, Policy, step, step_sd_jwt_vc
from vc.verify.trusted import Trust, step_trust

NOT_ASKED = Expectation(challenge=None, domain=None)


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


_TURNS = (timedelta(hours=6), timedelta(hours=12), timedelta(days=1), timedelta(days=2))
_NEAR = st.builds(
    lambda turn, seconds: turn + timedelta(seconds=seconds),
    st.sampled_from((timedelta(0), *_TURNS)),
    st.sampled_from((-301, -300, -1, 0, 1, 300)),
)


def _one_whose_list_key_ends_first() -> IssuerWorld:
    """A key ends after 6 hours and another begins after 12, the list lasts a day and the root two."""
    world = IssuerWorld()
    key = world.list_signer.public_key.multikey
    early, late = (format_timestamp(world.now + turn) for turn in _TURNS[:2])
    long_ago = format_timestamp(world.now - timedelta(days=300))
    keys: list[JsonValue] = [
        {"publicKeyMultibase": key, "validFrom": long_ago, "validUntil": early},
        {"publicKeyMultibase": did_key_signer("next")[1].public_key.multikey, "validFrom": late},
    ]
    document = world.root_document(list_keys=keys, valid_until=world.now + _TURNS[3])
    world.publish_root(world.sign_root(document, *world.root_keys[:2]))
    world.publish_trust_list(valid_until=world.now + _TURNS[2])
    return world


@given(lengths=st.lists(_NEAR, min_size=2, max_size=6), lasting=st.booleans())
def test_whatever_the_clock_says_trust_is_what_an_empty_memo_says(
    lengths: list[timedelta], lasting: bool
) -> None:
    world = IssuerWorld() if lasting else _one_whose_list_key_ends_first()
    # One map of one set of objects, as a shell keeps them: only then is anything remembered of their trust.
    items, memo, start = world.evidence().items, dict[str, Remembered](), world.now
    for length in lengths:
        now = start + length
        found = step_trust(Evidence(items=items, memo=memo), world.policy, now)
        assert found == step_trust(Evidence(items=items), world.policy, now)


def test_a_list_in_force_is_not_trusted_under_what_was_seen_since() -> None:
    world = IssuerWorld()
    items, memo = world.evidence().items, dict[str, Remembered]()
    first = step_trust(Evidence(items=items, memo=memo), world.policy, world.now)
    assert isinstance(first, Trust)
    assert first.seen is not None
    newer = replace(first.seen, list_version=first.seen.list_version + 1)
    later = step_trust(Evidence(items=items, memo=memo, seen=newer), world.policy, world.now)
    assert isinstance(later, Trust)
    assert later.reason is Reason.TRUST_LIST_ROLLED_BACK


def revoke_the_token(world: IssuerWorld) -> None:
    publish_tokens(world, {3: 1})


@pytest.mark.parametrize(
    "change",
    [
        lose_the_registrys_key,
        take_the_registry_off_the_list,
        revoke_the_token,
        let_a_year_pass,
        turn_the_clock_back,
        lose_the_centres_key,
    ],
)
def test_what_changed_of_a_token_is_seen_through_a_warm_memo(change: Callable[[IssuerWorld], None]) -> None:
    world, memo = IssuerWorld(), dict[str, Remembered]()
    publish_tokens(world, {})
    text = issue_sd_jwt(world, 3)

    def verify_token(memo: dict[str, Remembered]) -> Verification:
        evidence = Evidence(items=world.evidence().items, memo=memo)
        answer = step_sd_jwt_vc(text, evidence, world.policy, world.now, NOT_ASKED)
        assert isinstance(answer, Verification)
        return answer

    before = verify_token(memo)
    assert before.verdicts[Question.IN_FORCE].answer is Answer.YES
    change(world)
    after = verify_token(memo)
    assert after == verify_token({})
    assert {name: verdict.reason for name, verdict in after.verdicts.items()} != {
        name: verdict.reason for name, verdict in before.verdicts.items()
    }


def test_of_what_is_published_again_and_again_the_last_version_alone_is_kept() -> None:
    world, memo = IssuerWorld(), dict[str, Remembered]()
    publish_tokens(world, {})
    raw, text = world.issue(3), issue_sd_jwt(world, 4)
    sizes = []
    for _ in range(4):
        world.clock.advance(timedelta(seconds=60))
        world.publish_trust_list()
        world.publish_status({5})
        publish_tokens(world, {})
        verify(world, raw, memo, world.policy)
        evidence = Evidence(items=world.evidence().items, memo=memo)
        step_sd_jwt_vc(text, evidence, world.policy, world.now, NOT_ASKED)
        sizes.append(len(memo))
    assert sizes[1:] == sizes[:-1]
