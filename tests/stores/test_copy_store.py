"""``issuer.copy_store`` on both databases: a copy is signed for once, and what is given up goes nowhere."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from issuer import copy_store, key_store, store
from issuer.key_store import Rotation
from issuer.key_use import KeyUse
from issuer.open_key import KeyEnded
from issuer.sealed import Sealed
from issuer.sealed_copies import RecordedCopy, SealedCopies
from issuer.tables import bound_copy, issuance
from runtime import keyring as keyring_module
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import DataErased, PersonalData
from runtime.settings import Settings
from tests.stores.issuer_rows import CREATED, NOW, centre, intent, key
from tests.stores.race import race
from vc.errors import ConflictError

SERVICE = "issuer"
PAYLOAD = "អ្វីៗដែលនឹងចុះហត្ថលេខា".encode()
LATER = "2026-11-22T03:05:00+00:00"


@pytest.fixture
def sealed(settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealed:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    kept = settings.model_copy(update={"data_dir": tmp_path / "data"})
    database.write_now(store.register_centre, centre())
    database.write_now(store.register_centre_key, key("key") | {"use": KeyUse.TOKENS})
    database.write_now(store.register_centre_key, key("documents"))
    values = intent("one") | {"state": store.ISSUED, "cryptosuite": "eddsa-jcs-2022", "key_id": "documents"}
    database.write_now(lambda connection: connection.execute(insert(issuance).values(**values)))
    return Sealed(PersonalData.open(kept, Keyring.open(kept, SERVICE)))


def copy(name: str, **changes: Any) -> dict[str, Any]:
    values = {
        "copy_id": f"urn:uuid:{name}",
        "intent_id": "intent-one",
        "centre_slug": "poipet",
        "person": "person-1",
        "data_class": "general",
        "format": "dc+sd-jwt",
        "securing": "dc+sd-jwt",
        "holder_key": f"blind-{name}",
        "key_id": "key",
        "created": CREATED,
        "begun_at": CREATED,
    }
    return values | changes


def record_intent(
    connection: Connection, sealed: Sealed, name: str, person: str = "person-1"
) -> frozenset[str]:
    recorded = [RecordedCopy(copy_id=f"urn:uuid:{name}", payload=PAYLOAD)]
    return SealedCopies(sealed.personal).record_intents(connection, person, "general", recorded)


def begin(database: Database, sealed: Sealed, *names: str) -> None:
    """These are *signing*."""
    database.write_now(lambda connection: sealed.personal.ensure_keys(connection, ["person-1"]))
    database.write_now(copy_store.reserve, [copy(name) for name in names])
    for name in names:
        assert database.write_now(record_intent, sealed, name) == {f"urn:uuid:{name}"}


def signed(name: str) -> dict[str, Any]:
    return {
        "copy_id": f"urn:uuid:{name}",
        "digest": b"digest of " + name.encode(),
        "sha256": "00",
        "issued_at": NOW.isoformat(),
    }


def states(database: Database) -> dict[str, str]:
    rows = database.read_now(copy_store.copies_of_person, "person-1")
    return {row.copy_id.removeprefix("urn:uuid:"): row.state for row in rows}


def test_what_is_signed_is_recorded_sealed_and_not_kept_afterwards(
    database: Database, sealed: Sealed
) -> None:
    begin(database, sealed, "a")
    (row,) = database.read_now(copy_store.copies_of_person, "person-1")
    assert row.payload not in (None, PAYLOAD)
    assert PAYLOAD not in row.payload
    database.write_now(copy_store.record_issued, "intent-one", [signed("a")])
    (row,) = database.read_now(copy_store.copies_of_person, "person-1")
    assert (row.state, row.payload, row.digest) == (store.ISSUED, None, b"digest of a")


def test_an_intent_is_recorded_once(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a")
    assert database.write_now(record_intent, sealed, "a") == frozenset()


def test_of_several_who_record_one_intent_at_once_one_signs(database: Database, sealed: Sealed) -> None:
    database.write_now(lambda connection: sealed.personal.ensure_keys(connection, ["person-1"]))
    database.write_now(copy_store.reserve, [copy("a")])
    won, refused = race(database, [partial(record_intent, sealed=sealed, name="a")] * 4)
    assert refused == []
    assert sorted(map(len, won)) == [0, 0, 0, 1]


def test_nothing_is_handed_out_where_one_of_a_batch_was_given_up(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a", "b")
    database.write_now(copy_store.give_up, ["urn:uuid:b"])
    with pytest.raises(ConflictError):
        database.write_now(copy_store.record_issued, "intent-one", [signed("a"), signed("b")])
    assert states(database) == {"a": store.SIGNING, "b": store.ABANDONED}


def test_a_copy_is_either_issued_or_given_up(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a")

    def issue(connection: Connection) -> str:
        copy_store.record_issued(connection, "intent-one", [signed("a")])
        return store.ISSUED

    def give_up(connection: Connection) -> str:
        copy_store.give_up(connection, ["urn:uuid:a"])
        return store.ABANDONED

    won, refused = race(database, [issue, give_up])
    (state,) = states(database).values()
    handed_out = store.ISSUED in won
    assert handed_out == (state == store.ISSUED)
    assert len(won) + len(refused) == 2


def test_what_is_issued_is_not_given_up(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a")
    database.write_now(copy_store.record_issued, "intent-one", [signed("a")])
    database.write_now(copy_store.give_up, ["urn:uuid:a"])
    database.write_now(copy_store.give_up_left, LATER)
    assert states(database) == {"a": store.ISSUED}


def test_what_is_left_is_found_and_closed(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a")
    database.write_now(copy_store.reserve, [copy("b"), copy("c", begun_at=LATER)])
    database.write_now(copy_store.give_up_left, CREATED)
    assert states(database) == {"a": store.ABANDONED, "b": store.ABANDONED, "c": store.RESERVED}
    left = database.read_now(copy_store.abandoned)
    assert {row.credential_id for row in left} == {"urn:uuid:one"}
    assert all(row.payload is None for row in left)
    for row in left:
        database.write_now(copy_store.retire, row.copy_id)
    assert database.read_now(copy_store.abandoned) == []


def test_nothing_is_reserved_under_a_key_that_has_ended(database: Database, sealed: Sealed) -> None:
    values = key("next", "2026-11-22T03:00:01Z") | {"use": KeyUse.TOKENS}
    rotation = Rotation(ends="key", values=values, is_stolen=False)
    database.write_now(key_store.rotate, rotation, actor="operator", now=NOW)
    with pytest.raises(KeyEnded):
        database.write_now(copy_store.reserve, [copy("a")])


def test_a_key_of_one_use_ends_none_of_another(database: Database, sealed: Sealed) -> None:
    values = key("next", "2026-11-22T03:00:01Z") | {"use": KeyUse.TOKENS}
    database.write_now(
        key_store.rotate, Rotation(ends="key", values=values, is_stolen=False), actor="operator", now=NOW
    )
    assert database.read_now(store.current_key, "poipet").key_id == "documents"
    assert database.read_now(store.current_key, "poipet", KeyUse.TOKENS).key_id == "next"


def test_under_a_stolen_key_nothing_more_is_signed(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a", "b")
    database.write_now(copy_store.record_issued, "intent-one", [signed("a")])
    values = key("next", "2026-11-22T03:00:01Z") | {"use": KeyUse.TOKENS}
    rotation = Rotation(ends="key", values=values, is_stolen=True)
    database.write_now(key_store.rotate, rotation, actor="operator", now=NOW)
    assert states(database) == {"a": store.ISSUED, "b": store.ABANDONED}
    held = database.read_now(store.issued_with_key, "z6Mkkey", after="", limit=10)
    assert [row.digest for row in held] == [b"digest of a"]


def test_an_erased_person_gets_no_copy_and_keeps_none(database: Database, sealed: Sealed) -> None:
    begin(database, sealed, "a", "b")
    database.write_now(copy_store.record_issued, "intent-one", [signed("a")])
    database.write_now(sealed.forget, "person-1")
    assert states(database) == {"a": store.ISSUED, "b": store.ABANDONED}
    payloads = select(func.count()).where(bound_copy.c.payload.is_not(None))
    assert database.read_now(lambda connection: connection.scalar(payloads)) == 0
    with pytest.raises(DataErased):
        database.write_now(record_intent, sealed, "b", "person-2")
