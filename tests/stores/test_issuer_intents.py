"""``issuer.store``: the record of intents, on both databases."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError

from issuer import reservations, store
from runtime.database import Database
from tests.stores.issuer_rows import EVERY_BYTE, NOW, centre, class_list, done, intended, intent
from tests.stores.race import race
from vc.errors import ConflictError, NotFound

SERVICE = "issuer"


@pytest.fixture
def desk(database: Database) -> Database:
    """The store with one centre."""
    database.write_now(store.register_centre, centre())
    return database


def issue(desk: Database, *names: str) -> None:
    """Three commits for intents in rows 0, 1, … of the class list ``class``."""
    rows = [intent(name, row=number) for number, name in enumerate(names)]
    desk.write_now(reservations.reserve, rows)
    desk.write_now(store.record_intents, [intended(name) for name in names])
    desk.write_now(store.record_issued, [done(name, hours=-number) for number, name in enumerate(names)])


def state_of(desk: Database, name: str) -> str:
    (record,) = desk.read_now(store.issued_by_intents, [f"intent-{name}"])
    return str(record.state)


def test_a_reservation_made_before_keeps_what_it_has(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    desk.write_now(reservations.reserve, [intent("b"), intent("c", row=1)])
    found = desk.read_now(store.issuances_in, "class", store.RESERVED)
    assert [(record.row, record.intent_id) for record in found] == [(0, "intent-a"), (1, "intent-c")]
    assert [record.intent_id for record in desk.read_now(store.issuances_in, "class", store.RESERVED, 1)] == [
        "intent-a"
    ]


def test_an_award_is_given_once_and_a_refusal_reserves_nothing(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    with pytest.raises(ConflictError):
        desk.write_now(reservations.reserve, [intent("b", row=1), intent("c", row=2, award_key="award-a")])
    assert desk.read_now(store.known_awards, ["award-a", "award-b", "award-c"]) == {"award-a"}
    assert len(desk.read_now(store.issuances_in, "class", store.RESERVED)) == 1


@pytest.mark.parametrize("member", ["intent_id", "credential_id", "token", "code"])
def test_what_names_a_credential_is_given_once(desk: Database, member: str) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    with pytest.raises(IntegrityError):
        desk.write_now(reservations.reserve, [intent("b", row=1, **{member: intent("a")[member]})])


def test_a_number_that_the_centre_has_used_is_a_conflict(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a", certificate_number="1")])
    with pytest.raises(ConflictError):
        desk.write_now(reservations.reserve, [intent("b", row=1, certificate_number="1")])


def test_numbers_are_drawn_in_order_past_those_that_clerks_gave(desk: Database) -> None:
    desk.write_now(store.register_centre, centre("pailin", "PL"))
    desk.write_now(reservations.reserve, [intent("given", certificate_number="PP-2026-000002")])
    desk.write_now(
        reservations.reserve,
        [intent(str(number), row=number, certificate_number=None) for number in (1, 2, 3)],
    )
    desk.write_now(
        reservations.reserve,
        [intent("else", class_id="other", centre_slug="pailin", certificate_number=None)],
    )
    found = desk.read_now(store.issuances_in, "class", store.RESERVED)[1:]
    assert [record.certificate_number for record in found] == [
        "PP-2026-000001",
        "PP-2026-000003",
        "PP-2026-000004",
    ]
    (other,) = desk.read_now(store.issuances_in, "other", store.RESERVED)
    assert other.certificate_number == "PL-2026-000001"
    numbers = ["PP-2026-000001", "PL-2026-000001", "PP-2026-000009"]
    assert desk.read_now(store.known_numbers, "poipet", numbers) == {"PP-2026-000001"}


def test_many_keys_and_numbers_can_be_looked_up_at_once(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    many = [f"x{number}" for number in range(5_000)]
    assert desk.read_now(store.known_awards, [*many, "award-a"]) == {"award-a"}
    assert desk.read_now(store.known_numbers, "poipet", [*many, "NUMBER-a"]) == {"NUMBER-a"}


def reserve_one(connection: Connection, values: dict[str, Any]) -> None:
    reservations.reserve(connection, [values])


def test_numbers_drawn_at_once_are_all_different(desk: Database) -> None:
    rows = [intent(f"{number}", row=number, certificate_number=None) for number in range(4)]
    reserved, refused = race(desk, [partial(reserve_one, values=values) for values in rows])
    assert (len(reserved), refused) == (4, [])
    found = desk.read_now(store.issuances_in, "class", store.RESERVED)
    assert sorted(record.certificate_number for record in found) == [
        f"PP-2026-00000{number}" for number in (1, 2, 3, 4)
    ]


def test_an_award_reserved_by_several_at_once_is_one(desk: Database) -> None:
    rows = [intent(f"{number}", class_id=f"class-{number}", award_key="same") for number in range(4)]
    reserved, refused = race(desk, [partial(reserve_one, values=values) for values in rows])
    assert len(reserved) == 1
    assert [type(refusal) for refusal in refused] == [ConflictError] * 3


def test_a_row_reserved_by_several_at_once_is_one_intent(desk: Database) -> None:
    rows = [intent(f"{number}", award_key="same") for number in range(4)]
    reserved, refused = race(desk, [partial(reserve_one, values=values) for values in rows])
    assert (len(reserved), refused) == (4, [])
    assert len(desk.read_now(store.issuances_in, "class", store.RESERVED)) == 1


def test_an_intent_goes_one_way_and_keeps_its_bytes(desk: Database) -> None:
    secured = EVERY_BYTE * 4_000
    desk.write_now(reservations.reserve, [intent("a")])
    desk.write_now(store.record_issued, [done("a", b"before it was intended")])
    assert state_of(desk, "a") == store.RESERVED
    desk.write_now(store.record_intents, [intended("a")])
    desk.write_now(store.record_intents, [intended("a") | {"document": b"other"}])
    desk.write_now(store.record_issued, [done("a", secured)])
    desk.write_now(store.record_issued, [done("a", b"other", hours=1)])
    desk.write_now(store.record_intents, [intended("a") | {"document": b"other"}])
    found = desk.read_now(store.issued_by_intent, "intent-a")
    assert (found.document, found.proof_config, found.secured) == (b"document", b"configuration", secured)
    assert (found.issued_at, found.state) == (NOW.isoformat(), store.ISSUED)


def test_of_several_signatures_recorded_at_once_one_is_kept(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    desk.write_now(store.record_intents, [intended("a")])
    offers = [[done("a", f"signature {number}".encode())] for number in range(4)]
    _, refused = race(desk, [partial(store.record_issued, done=offer) for offer in offers])
    assert refused == []
    kept = desk.read_now(store.issued_by_intent, "intent-a").secured
    assert kept in {offer[0]["secured"] for offer in offers}
    desk.write_now(store.record_issued, offers[0])
    assert desk.read_now(store.issued_by_intent, "intent-a").secured == kept


def begin(connection: Connection) -> frozenset[str]:
    return store.begin_signing(connection, ["intent-a", "intent-b"], NOW.isoformat())


def test_an_intent_is_given_to_one_signer(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a"), intent("b", row=1)])
    desk.write_now(store.record_intents, [intended("a"), intended("b")])
    given, refused = race(desk, [begin] * 4)
    assert sorted(given, key=len) == [frozenset()] * 3 + [frozenset({"intent-a", "intent-b"})]
    assert refused == []


def test_who_is_left_signing_is_found_by_time_and_can_be_abandoned(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a"), intent("b", row=1)])
    desk.write_now(store.record_intents, [intended("a"), intended("b")])
    desk.write_now(begin)
    earlier, at = ((NOW + timedelta(seconds=seconds)).isoformat() for seconds in (-1, 0))
    assert desk.read_now(store.left_signing, "class", earlier) == []
    assert sorted(desk.read_now(store.left_signing, "class", at)) == ["intent-a", "intent-b"]
    desk.write_now(store.record_issued, [done("b")])
    desk.write_now(store.abandon, ["intent-a", "intent-b"])
    assert (state_of(desk, "a"), state_of(desk, "b")) == (store.ABANDONED, store.ISSUED)
    desk.write_now(store.record_issued, [done("a")])
    assert state_of(desk, "a") == store.ABANDONED


def abandoned(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    desk.write_now(store.record_intents, [intended("a")])
    desk.write_now(begin)
    desk.write_now(store.abandon, ["intent-a"])


def test_a_successor_takes_over_row_award_and_number_once(desk: Database) -> None:
    abandoned(desk)
    same = {"award_key": "award-a", "certificate_number": "NUMBER-a"}
    desk.write_now(store.retire, {"intent-a": intent("b", **same)})
    desk.write_now(store.retire, {"intent-a": intent("c", **same)})
    assert state_of(desk, "a") == store.RETIRED
    assert [record.intent_id for record in desk.read_now(store.issuances_in, "class", store.RESERVED)] == [
        "intent-b"
    ]


def test_of_several_successors_at_once_one_is_opened(desk: Database) -> None:
    abandoned(desk)
    same = {"award_key": "award-a", "certificate_number": "NUMBER-a"}
    heirs = [{"intent-a": intent(f"heir-{number}", **same)} for number in range(4)]
    _, refused = race(desk, [partial(store.retire, successors=heir) for heir in heirs])
    assert refused == []
    assert len(desk.read_now(store.issuances_in, "class", store.RESERVED)) == 1


def test_a_class_list_with_an_open_intent_is_not_finished(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class"))
    desk.write_now(store.change_state, "class", "poipet", store.PREVIEW, store.ISSUING)
    desk.write_now(reservations.reserve, [intent("a")])
    assert desk.write_now(store.finish, "class") is False
    desk.write_now(store.record_intents, [intended("a")])
    desk.write_now(store.record_issued, [done("a")])
    assert desk.write_now(store.finish, "class") is True


def test_progress_counts_what_is_signed_of_what_is_wanted(desk: Database) -> None:
    desk.write_now(store.add_class, class_list("class", rows=3))
    assert desk.read_now(store.progress, "class") == (0, 3)
    issue(desk, "a", "b")
    assert desk.read_now(store.progress, "class") == (2, 3)
    assert desk.read_now(store.progress, "unknown") == (0, 0)


def names(records: Sequence[store.Record]) -> list[str]:
    return [record.intent_id.removeprefix("intent-") for record in records]


def test_delivery_takes_the_oldest_first_and_each_until_it_is_acknowledged(desk: Database) -> None:
    issue(desk, "a", "b", "c")
    assert desk.read_now(store.undelivered) == ["intent-c", "intent-b", "intent-a"]
    desk.write_now(store.record_delivered, ["intent-b"], NOW)
    assert desk.read_now(store.undelivered) == ["intent-c", "intent-a"]
    assert desk.read_now(store.issued_by_intent, "intent-b").delivered_at == NOW.isoformat()
    assert sorted(names(desk.read_now(store.issued_by_intents, ["intent-a", "intent-x"]))) == ["a"]


def test_an_issued_credential_is_found_by_each_of_its_names(desk: Database) -> None:
    issue(desk, "a", "b")
    finders = {
        store.issued_by_id: "urn:uuid:b",
        store.issued_by_intent: "intent-b",
        store.issued_by_token: "token-b",
        store.issued_by_code: "code-b",
        store.issued_by_number: "NUMBER-b",
    }
    for find, name in finders.items():
        assert desk.read_now(find, name).intent_id == "intent-b"
        with pytest.raises(NotFound):
            desk.read_now(find, "unknown")
    assert names(desk.read_now(store.issued_in_class, "class")) == ["a", "b"]
    assert not hasattr(desk.read_now(store.issued_in_class, "class")[0], "secured")


def test_what_is_only_intended_is_not_found(desk: Database) -> None:
    desk.write_now(reservations.reserve, [intent("a")])
    desk.write_now(store.record_intents, [intended("a")])
    for find, name in ((store.issued_by_token, "token-a"), (store.issued_by_number, "NUMBER-a")):
        with pytest.raises(NotFound):
            desk.read_now(find, name)


def test_a_number_that_two_centres_used_names_nobody(desk: Database) -> None:
    desk.write_now(store.register_centre, centre("pailin", "PL"))
    issue(desk, "a")
    other = intent("b", class_id="other", centre_slug="pailin", certificate_number="NUMBER-a")
    desk.write_now(reservations.reserve, [other])
    desk.write_now(store.record_intents, [intended("b")])
    assert desk.read_now(store.issued_by_number, "NUMBER-a").intent_id == "intent-a"
    desk.write_now(store.record_issued, [done("b")])
    with pytest.raises(NotFound):
        desk.read_now(store.issued_by_number, "NUMBER-a")


def test_reserving_a_hundred_rows_asks_no_more_often_than_reserving_two(desk: Database) -> None:
    def asked(connection: Connection, class_id: str, rows: int) -> int:
        statements: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        given = {"class_id": class_id, "certificate_number": None}
        reservations.reserve(
            connection, [intent(f"{class_id}{number}", row=number, **given) for number in range(rows)]
        )
        return len(statements)

    two, hundred = desk.write_now(asked, "two", 2), desk.write_now(asked, "hundred", 100)
    assert hundred <= two + 2  # numbers are looked up fifty at a time


def test_what_was_given_out_is_looked_up_by_an_index(desk: Database) -> None:
    if not desk.is_sqlite:
        pytest.skip("PostgreSQL chooses by the size of the table")

    def plans(connection: Connection) -> list[str]:
        standing = "state != 'retired' AND ended IS NULL"
        questions = (
            f"award_key IN ('a') AND {standing}",
            "centre_slug = 'c' AND certificate_number IN ('1') AND coalesce(ended, '') != 'replaced'",
            "certificate_number = '1'",
            "class_id = 'c' AND state = 'reserved' ORDER BY row",
        )
        return [
            str(row.detail)
            for question in questions
            for row in connection.execute(text(f"EXPLAIN QUERY PLAN SELECT 1 FROM issuance WHERE {question}"))
        ]

    assert all("USING" in plan and "INDEX" in plan for plan in desk.read_now(plans))
