"""``issuer.handover_store`` on both databases: a person waits once, and what became of it is noted once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select

from issuer import card_store, handover_store, store, visit_store
from issuer.assisted_tables import handover
from issuer.handover_store import HandoverState, Scope
from runtime.audit_log import Entry
from runtime.database import Database
from tests.stores.issuer_rows import NOW, centre, key
from tests.stores.race import race
from tests.stores.test_card_store import issue, reservation, states
from vc.errors import ConflictError, NotFound

SERVICE = "issuer"
SINCE = "2026-11-22T02:00:00Z"


def begin(database: Database, list_id: str) -> None:
    values = {"list_id": list_id, "scope": Scope.CLASS.value, "place": "class", "made_by": "officer"}
    database.write_now(handover_store.add_list, values, now=NOW)


def add(database: Database, list_id: str, *people: str, most: int = 200, position: str | None = None) -> bool:
    of = database.read_now(handover_store.get_list, list_id)
    put = partial(handover_store.add_people, position=position, seen=len(people), most=most)
    return database.write_now(put, of, dict.fromkeys(people, SINCE), now=NOW)


def on(database: Database, list_id: str) -> dict[str, str]:
    return {row.person: row.state for row in database.read_now(handover_store.on_list, list_id)}


def id_of(database: Database, person: str) -> str:
    def read(connection: Connection) -> str:
        return str(connection.scalar(select(handover.c.handover_id).where(handover.c.person == person)))

    return database.read_now(read)


def mark(database: Database, list_id: str, person: str, state: HandoverState, *, minutes: int = 0) -> None:
    change = partial(handover_store.change, officer="officer", now=NOW + timedelta(minutes=minutes))
    database.write_now(change, list_id, id_of(database, person), state)


def test_a_person_waits_on_one_list_at_a_time(database: Database) -> None:
    for name in ("one", "two"):
        begin(database, name)
    assert add(database, "one", "person-1", "person-2")
    assert add(database, "two", "person-2", "person-3")
    assert on(database, "one") == dict.fromkeys(("person-1", "person-2"), "waiting")
    assert on(database, "two") == {"person-3": "waiting"}


def test_a_person_gathered_by_two_lists_at_once_waits_once(database: Database) -> None:
    for name in ("one", "two"):
        begin(database, name)

    def gather(connection: Connection, list_id: str) -> bool:
        of = handover_store.get_list(connection, list_id)
        return handover_store.add_people(
            connection, of, {"person-1": SINCE}, position=None, seen=1, most=200, now=NOW
        )

    race(database, [partial(gather, list_id="one"), partial(gather, list_id="two")])
    assert len(on(database, "one")) + len(on(database, "two")) == 1


def test_a_step_that_another_took_is_not_taken_again(database: Database) -> None:
    begin(database, "one")
    of = database.read_now(handover_store.get_list, "one")
    step = partial(handover_store.add_people, position="intent-5", seen=5, most=200)
    assert database.write_now(step, of, {"person-1": SINCE}, now=NOW)
    assert not database.write_now(step, of, {"person-2": SINCE}, now=NOW)
    assert on(database, "one") == {"person-1": "waiting"}
    after = database.read_now(handover_store.get_list, "one")
    assert (after.state, after.position, after.seen) == ("gathering", "intent-5", 5)
    assert database.read_now(handover_store.gathering) == ["one"]


def test_a_list_holds_so_many_and_says_that_there_are_more(database: Database) -> None:
    begin(database, "one")
    assert add(database, "one", "person-1", "person-2", "person-3", most=2, position="intent-9")
    full = database.read_now(handover_store.get_list, "one")
    assert (full.state, full.is_full, len(on(database, "one"))) == ("ready", True, 2)


def test_who_was_handed_their_papers_is_listed_again_only_for_a_newer_certificate(database: Database) -> None:
    for name in ("one", "two", "three"):
        begin(database, name)
    add(database, "one", "person-1")
    mark(database, "one", "person-1", HandoverState.HANDED)
    add(database, "two", "person-1")
    assert on(database, "two") == {}
    of = database.read_now(handover_store.get_list, "three")
    newer = {"person-1": "2026-11-23T00:00:00Z"}
    put = partial(handover_store.add_people, position=None, seen=1, most=200)
    assert database.write_now(put, of, newer, now=NOW)
    assert on(database, "three") == {"person-1": "waiting"}


def test_what_became_of_it_is_noted_by_one_officer(database: Database) -> None:
    begin(database, "one")
    add(database, "one", "person-1")
    handover_id = id_of(database, "person-1")
    changes = [
        partial(
            handover_store.change,
            list_id="one",
            handover_id=handover_id,
            state=state,
            officer=f"officer-{state.value}",
            now=NOW,
        )
        for state in (HandoverState.HANDED, HandoverState.NOT_FOUND)
    ]
    won, lost = race(database, changes)
    assert (len(won), len(lost)) == (1, 1)
    assert isinstance(lost[0], ConflictError)


def test_who_waits_elsewhere_is_not_put_back(database: Database) -> None:
    for name in ("one", "two"):
        begin(database, name)
    add(database, "one", "person-1")
    mark(database, "one", "person-1", HandoverState.NOT_FOUND)
    add(database, "two", "person-1")
    back = partial(handover_store.change, officer="officer", now=NOW)
    first = next(
        row.handover_id
        for row in database.read_now(handover_store.on_list, "one")
        if row.person == "person-1"
    )
    with pytest.raises(ConflictError):
        database.write_now(back, "one", first, HandoverState.WAITING)
    with pytest.raises(NotFound):
        database.write_now(back, "two", first, HandoverState.WAITING)


def test_a_person_who_is_erased_and_a_list_that_is_old_are_forgotten(database: Database) -> None:
    begin(database, "one")
    add(database, "one", "person-1", "person-2")
    visit = {"visit_id": "visit", "officer": "officer", "person": "person-1", "reason": "lost"}
    database.write_now(visit_store.open_visit, visit, now=NOW)
    found = database.read_now(visit_store.get_visit, "visit", "officer", since=NOW)
    assert found.person == "person-1"
    for officer, since in (("another", NOW), ("officer", NOW + timedelta(1))):
        with pytest.raises(NotFound):
            database.read_now(visit_store.get_visit, "visit", officer, since=since)
    database.write_now(handover_store.forget_person, "person-1")
    database.write_now(visit_store.forget_person, "person-1")
    assert on(database, "one") == {"person-2": "waiting"}
    with pytest.raises(NotFound):
        database.read_now(visit_store.get_visit, "visit", "officer", since=NOW)
    database.write_now(handover_store.forget_older, NOW)
    assert on(database, "one") == {"person-2": "waiting"}
    database.write_now(handover_store.forget_older, NOW + timedelta(seconds=1))
    assert on(database, "one") == {}
    with pytest.raises(NotFound):
        database.read_now(handover_store.get_list, "one")


def test_every_issued_card_of_a_person_ends_once_and_what_is_being_made_stays(database: Database) -> None:
    database.write_now(store.register_centre, centre())
    database.write_now(store.register_centre_key, key("key"))
    cards: list[dict[str, Any]] = [
        reservation("1"),
        reservation("2", intent_id="intent-2"),
        reservation("3", intent_id="intent-3"),
        reservation("4", intent_id="intent-4", person="person-2"),
    ]
    entry = Entry(actor="clerk", act="card.order", object="class")
    database.write_now(card_store.order, cards, entry, now=NOW)
    for name in ("1", "2", "4"):
        issue(database, name)
    end = partial(card_store.end_of_person, actor="wallet_api", now=NOW)
    for _ in range(2):
        left = database.write_now(end, "person-1")
        assert sorted(card.card_id for card in left) == ["urn:uuid:1", "urn:uuid:2"]
        assert states(database) == {"1": "replaced", "2": "replaced", "3": "reserved", "4": "issued"}
    for card_id in ("urn:uuid:1", "urn:uuid:2"):
        database.write_now(card_store.end, card_id)
    assert list(database.write_now(end, "person-1")) == []
