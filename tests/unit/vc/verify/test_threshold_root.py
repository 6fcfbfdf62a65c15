"""The trust list under its root: stale, rolled back, mixed and wrongly signed ones are not relied on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.simulator import TRUST_LIST_URL, TRUST_ROOT_URL, IssuerWorld, did_key_signer, signer_for
from vc.crypto.keys import InMemorySigner
from vc.encoding.timestamps import format_timestamp
from vc.model.evidence import Evidence, Seen
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide
from vc.verify import step

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NEXT = signer_for("list 2", "did:web:skills-passport.example:trust", "list-2")


def verify(world: IssuerWorld, *, seen: Seen | None = None, evidence: Evidence | None = None) -> Verification:
    at_hand = replace(evidence or world.evidence(), seen=seen)
    result = step(world.issue(), at_hand, world.policy, world.now)
    assert isinstance(result, Verification)
    return result


def refused(result: Verification) -> Reason:
    """Why nothing could be said; never a yes and never a no."""
    verdict = result.verdicts[Question.ENTITLED]
    assert verdict.answer is Answer.COULD_NOT_CHECK
    assert decide(result).outcome is Outcome.UNDETERMINED
    assert result.seen is None
    return verdict.reason


def seen_of(world: IssuerWorld) -> Seen:
    seen = verify(world).seen
    assert seen is not None
    return seen


def named(signer: InMemorySigner, start: str = "2026-01-01T00:00:00Z", until: str | None = None) -> Any:
    entry = {"publicKeyMultibase": signer.public_key.multikey, "validFrom": start}
    return entry if until is None else entry | {"validUntil": until}


def test_two_of_three_root_keys_stand_behind_what_is_accepted() -> None:
    result = verify(IssuerWorld())
    assert decide(result).outcome is Outcome.ACCEPTED
    kinds = [(basis.kind, basis.version) for basis in result.verdicts[Question.ENTITLED].against]
    assert kinds == [("trustRoot", "1"), ("trustList", "1"), ("accreditation", None)]


def list_by_a_root_key(world: IssuerWorld) -> None:
    world.publish_trust_list(signer=world.root_keys[0])


def list_by_a_stranger(world: IssuerWorld) -> None:
    world.publish_trust_list(signer=did_key_signer("stranger")[1])


def list_by_a_key_the_newest_root_has_dropped(world: IssuerWorld) -> None:
    document = world.root_document(list_keys=[named(NEXT)])
    world.publish_root(world.sign_root(document, *world.root_keys))
    world.publish_trust_list()


def list_by_a_key_not_in_its_window_yet(world: IssuerWorld) -> None:
    _key_and_list_beginning(world, world.now + world.policy.max_skew + SECOND)


def list_dated_before_its_key(world: IssuerWorld) -> None:
    _key_and_list_beginning(world, world.now + SECOND, list_from=world.now)


def _key_and_list_beginning(world: IssuerWorld, start: datetime, list_from: datetime | None = None) -> None:
    document = world.root_document(list_keys=[named(NEXT, format_timestamp(start))])
    world.publish_root(world.sign_root(document, *world.root_keys))
    world.publish_trust_list(signer=NEXT, valid_from=list_from or start)


def list_dated_back_by_a_retired_key(world: IssuerWorld) -> None:
    ended = named(world.list_signer, until="2026-11-22T03:00:00Z")
    document = world.root_document(list_keys=[ended, named(NEXT)])
    world.publish_root(world.sign_root(document, *world.root_keys))
    world.publish_trust_list(valid_from=world.now - HOUR)


def root_with_one_signature(world: IssuerWorld) -> None:
    world.publish_root(world.sign_root(world.root_document(), world.root_keys[0]))


def root_that_is_no_json(world: IssuerWorld) -> None:
    world.documents[TRUST_ROOT_URL] = b"<html>"


def root_without_documents(world: IssuerWorld) -> None:
    world.documents[TRUST_ROOT_URL] = b"{}"


@pytest.mark.parametrize(
    "fault",
    [
        list_by_a_root_key,
        list_by_a_stranger,
        list_by_a_key_the_newest_root_has_dropped,
        list_by_a_key_not_in_its_window_yet,
        list_dated_before_its_key,
        list_dated_back_by_a_retired_key,
        root_with_one_signature,
        root_that_is_no_json,
        root_without_documents,
    ],
)
def test_a_wrongly_signed_list_or_root_is_not_relied_on(fault: Callable[[IssuerWorld], None]) -> None:
    world = IssuerWorld()
    fault(world)
    assert refused(verify(world)) is Reason.TRUST_LIST_INVALID


def test_a_clock_behind_by_what_is_allowed_does_not_refuse_a_new_key() -> None:
    world = IssuerWorld()
    _key_and_list_beginning(world, world.now + world.policy.max_skew)
    first = verify(world)
    assert decide(first).outcome is Outcome.ACCEPTED
    assert first.seen is not None
    world.publish_trust_list(
        signer=NEXT, version=first.seen.list_version - 1, valid_from=world.now + HOUR / 12
    )
    assert refused(verify(world, seen=first.seen)) is Reason.TRUST_LIST_ROLLED_BACK


@pytest.mark.parametrize("url", [TRUST_LIST_URL, TRUST_ROOT_URL])
def test_without_list_or_root_nothing_is_said(url: str) -> None:
    world = IssuerWorld()
    assert refused(verify(world, evidence=world.evidence(without=[url]))) is Reason.TRUST_LIST_UNAVAILABLE


@pytest.mark.parametrize(("left", "holds"), [(SECOND, True), (0 * SECOND, False), (-SECOND, False)])
@pytest.mark.parametrize("what", ["root", "list"])
def test_a_frozen_root_or_list_ends_on_the_second(what: str, left: timedelta, *, holds: bool) -> None:
    world = IssuerWorld()
    until = world.now + HOUR
    if what == "root":
        world.roots = []
        world.publish_root(world.sign_root(world.root_document(valid_until=until), *world.root_keys))
    else:
        world.publish_trust_list(valid_until=until)
    world.clock.advance(HOUR - left)
    if holds:
        assert decide(verify(world)).outcome is Outcome.ACCEPTED
    else:
        assert refused(verify(world)) is Reason.TRUST_LIST_UNAVAILABLE


def test_a_list_made_under_a_newer_root_than_is_at_hand_is_a_mixed_set() -> None:
    world = IssuerWorld()
    old_root = world.documents[TRUST_ROOT_URL]
    world.publish_root()
    world.publish_trust_list()
    assert decide(verify(world)).outcome is Outcome.ACCEPTED
    world.documents[TRUST_ROOT_URL] = old_root
    assert refused(verify(world)) is Reason.TRUST_LIST_UNAVAILABLE


def test_a_list_of_an_older_root_is_good_while_the_newest_names_its_key() -> None:
    world = IssuerWorld()
    world.publish_root()
    assert decide(verify(world)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(("after", "holds"), [(-SECOND, True), (0 * SECOND, False), (SECOND, False)])
def test_the_end_of_a_list_key(after: timedelta, *, holds: bool) -> None:
    world = IssuerWorld()
    ended = named(world.list_signer, until="2026-11-22T04:00:00Z")
    world.publish_root(world.sign_root(world.root_document(list_keys=[ended, named(NEXT)]), *world.root_keys))
    world.publish_trust_list()
    world.clock.advance(HOUR + after)
    assert (decide(verify(world)).outcome is Outcome.ACCEPTED) is holds


def test_an_older_root_than_one_seen_is_a_rollback() -> None:
    world = IssuerWorld()
    old_root = world.documents[TRUST_ROOT_URL]
    world.publish_root()
    seen = seen_of(world)
    assert decide(verify(world, seen=seen)).outcome is Outcome.ACCEPTED
    world.documents[TRUST_ROOT_URL] = old_root
    assert refused(verify(world, seen=seen)) is Reason.TRUST_LIST_ROLLED_BACK


def test_another_root_under_a_number_seen_is_a_fork() -> None:
    world = IssuerWorld()
    seen = seen_of(world)
    world.roots = []
    other = world.root_document(valid_until=world.now + 2 * HOUR)
    world.publish_root(world.sign_root(other, *world.root_keys))
    assert decide(verify(world)).outcome is Outcome.ACCEPTED
    assert refused(verify(world, seen=seen)) is Reason.TRUST_LIST_ROLLED_BACK


def test_an_older_list_than_one_seen_is_a_rollback_though_still_in_its_time() -> None:
    world = IssuerWorld()
    old_list = world.documents[TRUST_LIST_URL]
    world.publish_trust_list()
    seen = seen_of(world)
    world.documents[TRUST_LIST_URL] = old_list
    assert decide(verify(world)).outcome is Outcome.ACCEPTED
    assert refused(verify(world, seen=seen)) is Reason.TRUST_LIST_ROLLED_BACK


def test_another_list_under_a_number_seen_is_refused() -> None:
    world = IssuerWorld()
    seen = seen_of(world)
    world.publish_trust_list(version=1, valid_until=world.now + 2 * HOUR)
    assert refused(verify(world, seen=seen)) is Reason.TRUST_LIST_ROLLED_BACK


def test_a_thief_who_counted_up_the_list_does_not_outlast_the_key() -> None:
    world = IssuerWorld()
    world.publish_trust_list(version=2**53 - 1)
    seen = seen_of(world)
    world.publish_trust_list(version=2)
    assert refused(verify(world, seen=seen)) is Reason.TRUST_LIST_ROLLED_BACK
    document = world.root_document(list_keys=[named(NEXT)])
    world.publish_root(world.sign_root(document, *world.root_keys))
    world.publish_trust_list(version=3, signer=NEXT)
    assert decide(verify(world, seen=seen)).outcome is Outcome.ACCEPTED
