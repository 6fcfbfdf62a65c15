"""What went wrong with revocation at a large certificate authority, each as a test of this registry.

Incidents of Let's Encrypt from 2016 to 2026, by their dates.
"""

import time
from datetime import timedelta

import pytest

from revocation import acts, change_store, fsck, ledger, publication
from revocation.published_files import BitsLost, read_published
from revocation.representations import REPRESENTATIONS
from revocation.values import Act, Intent, Reason, Revocation
from tests.unit.revocation.registry_world import BASE_URL, World, intent
from vc.errors import ConflictError, NotFound
from vc.status.fold import Folded


def said(world: World, list_id: str) -> set[frozenset[int]]:
    """What the documents of a list say of ends, each once."""
    found = set()
    for name in REPRESENTATIONS:
        file = world.files.read_or_none(list_id, name)
        assert file is not None
        ended = read_published(file.body, name).ended
        if ended is not None:
            found.add(ended)
    return found


def test_2016_12_lists_are_signed_again_within_a_quarter_of_their_period_at_ten_times_the_volume(
    world: World,
) -> None:
    names = [f"n{number}" for number in range(1_000)]
    entries = world.allocate(*names)
    act = Act(reason=Reason.KEY_COMPROMISE.value, actor="officer", request_id="all")
    wishes = [Revocation(credential_id=f"urn:uuid:{name}", act=act) for name in names]
    world.database.write_now(acts.revoke, world.journal, wishes, now=world.clock.now())
    began = time.monotonic()
    for _ in range(10):
        world.publish(entries[0].list_id)
    assert time.monotonic() - began < world.settings.status_resign_seconds / 4


def test_2019_what_may_have_been_signed_and_is_known_to_nobody_can_be_revoked(world: World) -> None:
    (entry,) = world.allocate("signed-perhaps")
    world.revoke("signed-perhaps", reason=Reason.ABANDONED)
    world.publish(entry.list_id)
    assert said(world, entry.list_id) == {frozenset({entry.index})}


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_2020_02_29_every_element_of_a_batch_is_checked(world: World, bad: int) -> None:
    world.allocate(*"abc")
    names = [f"urn:uuid:{name}" for name in "abc"]
    names[bad] = "urn:uuid:unknown"
    act = Act(reason=Reason.FRAUD.value, actor="officer", request_id="batch")
    wishes = [Revocation(credential_id=name, act=act) for name in names]
    with pytest.raises(NotFound):
        world.database.write_now(acts.revoke, world.journal, wishes, now=world.clock.now())
    assert world.database.read_now(change_store.recent_changes, limit=10) == ()


def test_2022_09_what_is_published_covers_all_that_the_log_has(world: World) -> None:
    entries = world.allocate(*(f"n{number}" for number in range(40)))
    for number in range(40):
        world.revoke(f"n{number}")
    plan = world.plan(entries[0].list_id)
    few = dict(list(plan.states.ended.items())[:4])
    shortened = publication.Plan(
        list_id=plan.list_id,
        length=plan.length,
        version=plan.version,
        states=Folded(ended=few, suspended={}),
        change_seq=plan.change_seq,
    )
    world.finish(shortened)
    found = world.database.read_now(
        fsck.check_published, world.files, world.signer.public_key, base_url=BASE_URL
    )
    here = [item for item in found if (item.list_id, item.representation) == (plan.list_id, "vc-jwt")]
    missed = {item.index for item in here}
    assert missed == {entry.index for entry in entries} - few.keys()


def test_2022_11_a_list_that_nobody_changes_is_due_all_the_same(world: World) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    world.clock.advance(timedelta(days=11))
    due = world.database.read_now(
        publication.due_lists,
        now=world.clock.now(),
        signed_after=world.clock.now() - timedelta(seconds=900),
        period=timedelta(seconds=45),
    )
    assert entry.list_id in due


def test_2023_06_15_one_intent_never_stands_for_two_certificates(world: World) -> None:
    world.allocate("a")
    changed = Intent(
        intent_id="intent-a",
        credential_id="urn:uuid:another",
        issuer=intent("a").issuer,
        cryptosuite="eddsa-rdfc-2022",
    )
    with pytest.raises(ConflictError):
        world.database.write_now(
            ledger.allocate, world.journal, [changed], actor="issuer", now=world.clock.now()
        )


@pytest.mark.parametrize("days", [364, 366, 3_650])
def test_2025_03_an_end_is_never_dropped_however_long_ago_the_certificate_expired(
    world: World, days: int
) -> None:
    (entry,) = world.allocate("good-for-a-year")
    world.revoke("good-for-a-year")
    world.publish(entry.list_id)
    world.clock.advance(timedelta(days=days))
    world.publish(entry.list_id)
    assert said(world, entry.list_id) == {frozenset({entry.index})}


def test_2025_04_a_second_revocation_leaves_one_truth(world: World) -> None:
    (entry,) = world.allocate("a")
    first, _ = world.revoke("a", reason=Reason.HOLDER_REQUEST)
    world.publish(entry.list_id)
    again, is_new = world.revoke("a", reason=Reason.KEY_COMPROMISE)
    world.publish(entry.list_id)
    assert (again, is_new) == (first, False)
    assert world.database.read_now(change_store.history_of, "urn:uuid:a") == (first,)
    assert said(world, entry.list_id) == {frozenset({entry.index})}


def test_2026_a_list_that_lacks_what_the_last_one_had_is_not_published(world: World) -> None:
    (entry,) = world.allocate("a")
    world.revoke("a")
    world.publish(entry.list_id)
    plan = world.plan(entry.list_id)
    emptied = publication.Plan(
        list_id=plan.list_id,
        length=plan.length,
        version=plan.version,
        states=Folded(ended={}, suspended={}),
        change_seq=plan.change_seq,
    )
    with pytest.raises(BitsLost):
        world.finish(emptied)
    assert said(world, entry.list_id) == {frozenset({entry.index})}
