"""Notices and cases on both databases: written with the act, told in order, opened and decided once."""

from datetime import timedelta
from typing import Any

import pytest

from issuer import case_store, feed_store, reservations, store
from issuer.case_store import GO_ON, Decided, Happening
from issuer.rld.port import EventKind
from issuer.store import Connection
from runtime.database import Database
from tests.stores.issuer_rows import CREATED, NOW, centre, class_list, done, intended, intent
from vc.errors import ConflictError, NotFound

SERVICE = "issuer"
LATER = feed_store.instant(NOW + timedelta(days=9))
EVERY = frozenset(EventKind)


def issue(database: Database, name: str, row: int = 0) -> None:
    database.write_now(reservations.reserve, [intent(name, row=row)])
    database.write_now(store.record_intents, [intended(name)])
    database.write_now(store.record_issued, [done(name)])


@pytest.fixture(autouse=True)
def poipet(database: Database) -> None:
    database.write_now(store.register_centre, centre())
    database.write_now(store.add_class, class_list("class", rows=2))


def due(database: Database, now: str = LATER) -> list[str]:
    return [notice.notice_id for notice in database.read_now(feed_store.due_notices, now)]


def change(name: str, status: str = "revoked", hours: int = 1) -> dict[str, str]:
    at = feed_store.instant(NOW + timedelta(hours=hours))
    return {"credential_id": f"urn:uuid:{name}", "status": status, "at": at}


def test_a_notice_is_there_from_the_moment_something_is_issued_and_once(database: Database) -> None:
    database.write_now(reservations.reserve, [intent("a")])
    database.write_now(store.record_intents, [intended("a")])
    assert due(database) == []
    database.write_now(store.record_issued, [done("a")])
    database.write_now(store.record_issued, [done("a", b"other")])
    assert due(database) == ["intent-a:issued"]


def test_no_notice_stays_of_what_was_not_issued_after_all(database: Database) -> None:
    """Written in the same transaction: what fails takes its notice with it."""
    database.write_now(reservations.reserve, [intent("a")])
    database.write_now(store.record_intents, [intended("a")])

    def broken(connection: Connection) -> None:
        store.record_issued(connection, [done("a")])
        raise ConflictError("something else went wrong")

    with pytest.raises(ConflictError):
        database.write_now(broken)
    assert due(database) == []


def test_a_revocation_is_told_after_the_issue_and_once(database: Database) -> None:
    issue(database, "a")
    database.write_now(feed_store.take_changes, [change("a")], "1")
    database.write_now(feed_store.take_changes, [change("a", hours=2)], "2")
    assert database.read_now(feed_store.position_of, feed_store.REGISTRY) == "2"
    assert due(database) == ["intent-a:issued"]
    database.write_now(feed_store.record_told, "intent-a:issued", LATER)
    assert due(database) == ["intent-a:revoked"]


def test_what_was_never_issued_is_not_told_to_be_revoked(database: Database) -> None:
    database.write_now(reservations.reserve, [intent("a")])
    database.write_now(feed_store.take_changes, [change("a"), change("unknown")], "1")
    assert due(database) == []


def test_what_could_not_be_told_waits_and_is_seen_by_its_centre_alone(database: Database) -> None:
    issue(database, "a")
    due_at = feed_store.instant(NOW + timedelta(hours=1))
    database.write_now(feed_store.record_untold, "intent-a:issued", "refused", due_at)
    assert due(database, feed_store.instant(NOW + timedelta(minutes=59))) == []
    assert due(database) == ["intent-a:issued"]
    count, (waiting,) = database.read_now(feed_store.waiting_notices, "poipet")
    assert (count, waiting.attempts, waiting.trouble) == (1, 1, "refused")
    assert database.read_now(feed_store.waiting_notices, "battambang") == (0, [])


def event(kind: EventKind, name: str = "event-1", person: str = "person-1") -> Happening:
    return Happening(event_id=name, kind=kind, person=person, happened_at=CREATED)


def take(database: Database, *events: Happening, cursor: str = "1") -> None:
    database.write_now(case_store.take_events, events, cursor, now=NOW)


def decide(database: Database, case_id: str, decision: str, **how: Any) -> None:
    decided = Decided(decision=decision, actor="clerk", now=NOW)
    values = {"kinds": EVERY, "slug": "poipet"} | how
    database.write_now(case_store.decide_case, case_id, values["kinds"], values["slug"], decided)


def held(database: Database) -> frozenset[str]:
    return database.read_now(case_store.held, ["person-1", "person-2"])


def test_an_event_opens_one_case_at_each_centre_it_touches_and_none_twice(database: Database) -> None:
    issue(database, "a", row=1)
    take(database, event(EventKind.DIED), event(EventKind.DIED, "event-2", "stranger"))
    take(database, event(EventKind.DIED), cursor="2")
    (case,) = database.read_now(case_store.open_cases, EVERY)
    assert (case["case_id"], case["kind"]) == ("event-1:poipet", "died")
    (certificate,) = case["certificates"]
    assert (certificate["certificate_number"], certificate["status"]) == ("NUMBER-a", "issued")
    assert database.read_now(feed_store.position_of, feed_store.RLD) == "2"
    assert database.read_now(case_store.open_cases, EVERY, "battambang") == []


def test_a_case_shows_that_a_certificate_was_revoked(database: Database) -> None:
    issue(database, "a", row=1)
    take(database, event(EventKind.MERGED))
    database.write_now(feed_store.take_changes, [change("a")], "1")
    (case,) = database.read_now(case_store.open_cases, EVERY)
    assert case["certificates"][0]["status"] == "revoked"


@pytest.mark.parametrize(
    ("kind", "is_held"),
    [
        (EventKind.DIED, True),
        (EventKind.MERGED, True),
        (EventKind.PROTECTED, True),
        (EventKind.NAME_CORRECTED, False),
    ],
)
def test_nothing_goes_out_meanwhile(database: Database, kind: EventKind, is_held: bool) -> None:
    issue(database, "a", row=1)
    take(database, event(kind))
    assert held(database) == (frozenset({"person-1"}) if is_held else frozenset())
    assert database.read_now(store.undelivered) == ([] if is_held else ["intent-a"])


def test_things_go_out_again_once_every_case_was_decided_so(database: Database) -> None:
    issue(database, "a", row=1)
    take(database, event(EventKind.PROTECTED), event(EventKind.MERGED, "event-2"))
    decide(database, "event-1:poipet", GO_ON)
    assert held(database) == {"person-1"}
    decide(database, "event-2:poipet", GO_ON)
    assert held(database) == frozenset()


def test_what_was_reported_stays_held_whatever_else_is_decided(database: Database) -> None:
    issue(database, "a", row=1)
    take(database, event(EventKind.DIED), event(EventKind.MERGED, "event-2"))
    decide(database, "event-1:poipet", "reported")
    decide(database, "event-2:poipet", GO_ON)
    assert held(database) == {"person-1"}


def test_a_case_is_decided_once_and_by_whom_it_concerns(database: Database) -> None:
    issue(database, "a", row=1)
    take(database, event(EventKind.PROTECTED))
    for how in ({"slug": "battambang"}, {"kinds": frozenset({EventKind.DIED})}):
        with pytest.raises(NotFound):
            decide(database, "event-1:poipet", GO_ON, **how)
    decide(database, "event-1:poipet", GO_ON)
    with pytest.raises(ConflictError):
        decide(database, "event-1:poipet", GO_ON)
