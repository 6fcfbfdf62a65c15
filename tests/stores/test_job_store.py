"""``issuer.job_store``: what is wanted of a list, whatever its worker has in hand, on both databases."""

from datetime import timedelta

import pytest

from issuer import job_store, reservations, store
from runtime.database import Database
from tests.stores.issuer_rows import NOW, centre, class_list, intended, intent
from vc.errors import ConflictError

SERVICE = "issuer"


@pytest.fixture
def desk(database: Database) -> Database:
    """A list under way: one row is being signed, one intended, one reserved."""
    database.write_now(store.register_centre, centre())
    database.write_now(store.add_class, class_list("class"))
    database.write_now(store.change_state, "class", "poipet", store.PREVIEW, store.ISSUING)
    rows = [intent(name, row=number) for number, name in enumerate("abc")]
    database.write_now(reservations.reserve, rows)
    database.write_now(store.record_intents, [intended(name) for name in "ab"])
    database.write_now(store.begin_signing, ["intent-a"], NOW.isoformat())
    return database


def states(desk: Database) -> list[str]:
    records = desk.read_now(store.issued_by_intents, [f"intent-{name}" for name in "abc"])
    return [record.state for record in sorted(records, key=lambda record: str(record.intent_id))]


def change(desk: Database, act: str) -> None:
    acts = {"pause": job_store.pause, "resume": job_store.resume, "cancel": job_store.cancel}
    desk.write_now(acts[act], "class", "poipet", actor="clerk", now=NOW)


def test_a_paused_list_waits_for_nobody_and_a_resumed_one_is_another_run(desk: Database) -> None:
    change(desk, "pause")
    assert desk.read_now(job_store.waiting) == []
    change(desk, "resume")
    assert desk.read_now(job_store.waiting) == [("class", "poipet", 2)]


def test_a_worker_that_takes_up_a_run_does_not_undo_a_pause(desk: Database) -> None:
    change(desk, "pause")
    desk.write_now(job_store.take_up, "class", 1)
    assert desk.read_now(job_store.state_of, "class") == store.PAUSED


@pytest.mark.parametrize("before", [[], ["pause"]], ids=["under-way", "paused"])
def test_what_was_being_signed_when_a_list_was_cancelled_is_still_seen_to(
    desk: Database, before: list[str]
) -> None:
    for act in before:
        change(desk, act)
    change(desk, "cancel")
    assert states(desk) == [store.SIGNING, store.RETIRED, store.RETIRED]
    # By a run that has not ended: that of a paused list has.
    assert desk.read_now(job_store.waiting) == [("class", "poipet", 2 if before else 1)]
    desk.write_now(store.abandon, ["intent-a"])
    desk.write_now(store.retire, {"intent-a": None})
    assert desk.read_now(job_store.waiting) == []
    assert desk.write_now(store.finish, "class")
    assert desk.read_now(job_store.state_of, "class") == store.CANCELLED


def test_what_failed_waits_for_somebody_to_try_again(desk: Database) -> None:
    desk.write_now(job_store.fail, "class")
    assert desk.read_now(job_store.waiting) == []
    (job,) = desk.read_now(job_store.jobs)
    assert job.has_failed
    change(desk, "resume")
    assert desk.read_now(job_store.waiting) == [("class", "poipet", 2)]


def test_what_is_cancelled_is_neither_resumed_nor_cancelled_again(desk: Database) -> None:
    change(desk, "cancel")
    for act in ("resume", "cancel", "pause"):
        with pytest.raises(ConflictError):
            change(desk, act)


def test_a_worker_not_seen_for_long_is_forgotten(desk: Database) -> None:
    desk.write_now(job_store.beat, "early", NOW)
    desk.write_now(job_store.beat, "late", NOW + timedelta(seconds=30))
    assert desk.write_now(job_store.alive, NOW + timedelta(seconds=10)) == {"late"}
    desk.write_now(job_store.leave, "late")
    assert desk.write_now(job_store.alive, NOW) == frozenset()
