"""``issuer.ending_store``: what a centre corrected or took back, on both databases."""

from datetime import timedelta
from functools import partial

import pytest

from issuer import ending_store, job_store, reservations, store
from runtime.database import Database
from tests.stores.issuer_rows import NOW, centre, class_list, done, intended, intent
from tests.stores.race import race
from vc.errors import ConflictError

SERVICE = "issuer"
SAME = {"award_key": "award-a", "certificate_number": "NUMBER-a"}


@pytest.fixture
def desk(database: Database) -> Database:
    """A certificate *a* in the list *class*, and the list *correction* that is to replace it."""
    database.write_now(store.register_centre, centre())
    database.write_now(store.add_class, class_list("class"))
    issue(database, "a")
    add_correction(database, "correction")
    return database


def add_correction(desk: Database, class_id: str) -> None:
    new = class_list(class_id, rows=1)
    new.values["corrects"] = "intent-a"
    desk.write_now(store.add_class, new)


def issue(desk: Database, name: str, **changes: object) -> None:
    desk.write_now(reservations.reserve, [intent(name, **changes)])
    desk.write_now(store.record_intents, [intended(name)])
    desk.write_now(store.record_issued, [done(name)])


def ended(desk: Database) -> str | None:
    (record,) = desk.read_now(store.issued_by_intents, ["intent-a"])
    found: str | None = record.ended
    return found


def take_back(desk: Database, class_id: str = "class") -> None:
    desk.write_now(
        ending_store.take_back, class_id, ["intent-a"], actor="clerk", approver="approver", now=NOW
    )


def test_award_and_number_pass_on_and_the_registry_is_told_once_the_successor_is_signed(
    desk: Database,
) -> None:
    with pytest.raises(ConflictError):
        desk.write_now(reservations.reserve, [intent("b", class_id="correction", **SAME)])
    desk.write_now(ending_store.make_way, "correction", NOW)
    assert desk.read_now(ending_store.unsettled) == []
    issue(desk, "b", class_id="correction", **SAME)
    assert desk.read_now(store.issued_by_number, "NUMBER-a").intent_id == "intent-b"
    (ending,) = desk.read_now(ending_store.unsettled, "correction")
    assert (ending.credential_id, ending.ended, ending.successor) == (
        "urn:uuid:a",
        store.REPLACED,
        "urn:uuid:b",
    )
    desk.write_now(ending_store.settle, ["intent-a"], NOW)
    assert desk.read_now(ending_store.unsettled) == []
    desk.write_now(ending_store.give_back, "correction")
    assert ended(desk) == store.REPLACED


def test_a_list_that_corrects_nothing_makes_no_way(desk: Database) -> None:
    desk.write_now(ending_store.make_way, "class", NOW)
    assert ended(desk) is None


def test_of_several_corrections_at_once_one_goes_through(desk: Database) -> None:
    others = [f"correction-{number}" for number in range(4)]
    for name in others:
        add_correction(desk, name)
    _, refused = race(desk, [partial(ending_store.make_way, class_id=name, now=NOW) for name in others])
    assert [type(error) for error in refused] == [ConflictError] * 3


def test_a_cancelled_correction_lets_it_stand_again_and_one_that_is_signed_does_not(desk: Database) -> None:
    desk.write_now(ending_store.make_way, "correction", NOW)
    desk.write_now(reservations.reserve, [intent("b", class_id="correction", **SAME)])
    desk.write_now(ending_store.give_back, "correction")
    assert ended(desk) == store.REPLACED, "it may still be signed"
    desk.write_now(job_store.close_unsigned, "correction")
    assert ended(desk) is None
    assert desk.read_now(store.known_awards, ["award-a"]) == {"award-a"}
    add_correction(desk, "second")
    desk.write_now(ending_store.make_way, "second", NOW)
    issue(desk, "c", class_id="second", **SAME)
    desk.write_now(job_store.close_unsigned, "second")
    assert ended(desk) == store.REPLACED


def test_what_was_taken_back_may_be_issued_anew_under_another_number(desk: Database) -> None:
    assert desk.read_now(ending_store.issued_since, ["intent-a"], NOW - timedelta(days=1)) == 1
    take_back(desk)
    with pytest.raises(ConflictError):
        take_back(desk)
    with pytest.raises(ConflictError):
        desk.write_now(ending_store.make_way, "correction", NOW)
    with pytest.raises(ConflictError):
        desk.write_now(reservations.reserve, [intent("b", row=1, **SAME)])
    issue(desk, "b", row=1, award_key="award-a")
    (ending,) = desk.read_now(ending_store.unsettled)
    assert (ending.ended, ending.successor) == (store.TAKEN_BACK, None)
    assert "intent-a" not in desk.read_now(store.undelivered)


def test_the_wallet_is_told_of_what_it_had_once_the_registry_knows(desk: Database) -> None:
    desk.write_now(store.record_delivered, ["intent-a"], NOW)
    take_back(desk)
    assert desk.read_now(ending_store.untold) == []
    desk.write_now(ending_store.settle, ["intent-a"], NOW)
    assert desk.read_now(ending_store.untold) == ["intent-a"]
    desk.write_now(ending_store.record_told, ["intent-a"], NOW)
    assert desk.read_now(ending_store.untold) == []
