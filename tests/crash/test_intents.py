"""An intent whose key does not repeat its signatures is one caller's to sign, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from issuer import store
from runtime.database import Database
from runtime.settings import Settings

SLUG = "centre-a"
NOW, EARLIER = "2026-11-22T03:00:00+00:00", "2026-11-22T02:59:00+00:00"
SECURED = {
    "intent_id": "intent-1",
    "secured": b"the bytes",
    "digest": b"digest",
    "sha256": "00",
    "issued_at": NOW,
}


def intent(number: int, state: str, **changes: Any) -> dict[str, Any]:
    return {
        "intent_id": f"intent-{number}",
        "class_id": "class",
        "row": 2,
        "centre_slug": SLUG,
        "credential_id": f"urn:uuid:{number}",
        "award_key": "award",
        "certificate_number": "A-1",
        "token": f"token-{number}",
        "code": f"code-{number}",
        "person": "person",
        "dataset": b"sealed",
        "cryptosuite": "ecdsa-jcs-2019",
        "key_id": "centre-a-1",
        "created": EARLIER,
        "state": state,
    } | changes


def put(connection: Connection, *intents: dict[str, Any]) -> None:
    for values in intents:
        connection.execute(insert(store.issuance).values(**values))


def states(connection: Connection) -> dict[str, str]:
    columns = select(store.issuance.c.intent_id, store.issuance.c.state)
    return {row.intent_id: row.state for row in connection.execute(columns)}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(Settings(data_dir=tmp_path), "issuer")
    opened.upgrade()
    yield opened
    opened.close()


def test_only_one_caller_is_given_an_intent_to_sign(database: Database) -> None:
    database.write_now(put, intent(1, store.INTENDED))
    assert database.write_now(store.begin_signing, ["intent-1"], NOW) == {"intent-1"}
    assert database.write_now(store.begin_signing, ["intent-1"], NOW) == frozenset()


@pytest.mark.parametrize("state", [store.RESERVED, store.ISSUED, store.ABANDONED, store.RETIRED])
def test_an_intent_in_another_state_is_not_given_out(database: Database, state: str) -> None:
    database.write_now(put, intent(1, state))
    assert database.write_now(store.begin_signing, ["intent-1"], NOW) == frozenset()


def test_bytes_for_an_abandoned_intent_are_not_kept(database: Database) -> None:
    database.write_now(put, intent(1, store.SIGNING, signing_since=EARLIER))
    database.write_now(store.abandon, ["intent-1"])
    database.write_now(store.record_issued, [SECURED])
    assert database.read_now(states) == {"intent-1": store.ABANDONED}
    assert database.read_now(store.undelivered) == []


def test_an_issued_intent_is_not_abandoned(database: Database) -> None:
    database.write_now(put, intent(1, store.SIGNING, signing_since=EARLIER))
    database.write_now(store.record_issued, [SECURED])
    database.write_now(store.abandon, ["intent-1"])
    assert database.read_now(states) == {"intent-1": store.ISSUED}


@pytest.mark.parametrize(("since", "left"), [(EARLIER, ["intent-1"]), (NOW, [])])
def test_what_another_run_has_just_begun_to_sign_is_left_to_it(
    database: Database, since: str, left: list[str]
) -> None:
    database.write_now(put, intent(1, store.SIGNING, signing_since=since))
    assert database.read_now(store.left_signing, "class", EARLIER) == left


def test_an_intent_has_one_successor_however_often_it_is_retired(database: Database) -> None:
    database.write_now(put, intent(1, store.ABANDONED))
    for successor in (intent(2, store.RESERVED), intent(3, store.RESERVED)):
        database.write_now(store.retire, {"intent-1": successor})
    assert database.read_now(states) == {"intent-1": store.RETIRED, "intent-2": store.RESERVED}


@pytest.mark.parametrize("state", [store.SIGNING, store.ABANDONED, store.RESERVED, store.INTENDED])
def test_a_class_list_with_an_open_intent_is_not_finished(database: Database, state: str) -> None:
    database.write_now(put, intent(1, store.RETIRED), intent(2, state))
    assert not database.write_now(store.finish, "class")


def test_a_retired_intent_keeps_no_class_list_from_being_finished(database: Database) -> None:
    database.write_now(put, intent(1, store.RETIRED), intent(2, store.ISSUED))
    assert database.write_now(store.finish, "class")


@pytest.mark.parametrize("standing", [store.RESERVED, store.SIGNING, store.ABANDONED, store.ISSUED])
@pytest.mark.parametrize(
    "changes",
    [
        {"row": 3, "certificate_number": "A-2"},
        {"row": 3, "award_key": "other"},
        {"award_key": "other", "certificate_number": "A-2"},
    ],
    ids=["award", "number", "row"],
)
def test_the_database_itself_refuses_a_second_standing_intent(
    database: Database, standing: str, changes: dict[str, Any]
) -> None:
    database.write_now(put, intent(1, standing))
    with pytest.raises(Exception, match="UNIQUE"):
        database.write_now(put, intent(2, store.RESERVED, **changes))
