"""``wallet_api.store`` and what the wallet makes of it, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from runtime.database import Database
from runtime.migrations import schema_differences
from tests.stores.race import race
from vc.errors import MalformedValue
from wallet_api import store
from wallet_api.store import SealedCredential
from wallet_api.tables import metadata

SERVICE = "wallet_api"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
EVERY_BYTE = bytes(range(256))


def sealed(name: str = "a", holder: str = "h1", *, at: datetime = NOW) -> SealedCredential:
    return SealedCredential(
        id=f"urn:uuid:{name}",
        holder_index=holder,
        credential=EVERY_BYTE,
        delivery=EVERY_BYTE[::-1],
        received_at=at,
    )


def test_the_migrated_tables_are_the_tables_in_the_code(database: Database) -> None:
    assert database.read_now(schema_differences, metadata) == ()


def test_a_credential_comes_back_byte_for_byte(database: Database) -> None:
    large = replace(sealed(), credential=EVERY_BYTE * 20_000)
    database.write_now(store.insert_credential, large)
    assert database.read_now(store.credential_or_none, large.id) == large


def test_a_time_comes_back_aware_in_utc_and_to_the_second(database: Database) -> None:
    phnom_penh = timezone(timedelta(hours=7))
    database.write_now(
        store.insert_credential, sealed(at=datetime(2026, 11, 22, 10, 0, 0, 999_999, phnom_penh))
    )
    found = database.read_now(store.credential_or_none, "urn:uuid:a")
    assert found is not None
    assert found.received_at == NOW
    assert found.received_at.utcoffset() == timedelta(0)


def test_an_id_is_taken_once(database: Database) -> None:
    database.write_now(store.insert_credential, sealed())
    with pytest.raises(IntegrityError):
        database.write_now(store.insert_credential, sealed(holder="h2"))
    found = database.read_now(store.credential_or_none, "urn:uuid:a")
    assert found is not None
    assert found.holder_index == "h1"


def test_a_holder_has_only_what_is_theirs(database: Database) -> None:
    database.write_now(store.insert_credential, sealed())
    assert database.read_now(store.credential_of_holder_or_none, "urn:uuid:a", "h1") == sealed()
    assert database.read_now(store.credential_of_holder_or_none, "urn:uuid:a", "h2") is None
    assert database.read_now(store.credentials_of_holder, "h2") == ()
    assert database.read_now(store.credential_or_none, "urn:uuid:unknown") is None


def test_a_holder_sees_the_newest_first_and_equals_by_id(database: Database) -> None:
    for name, minutes in (("b", 0), ("a-2", 0), ("a1", 0), ("old", -1), ("new", 1)):
        database.write_now(store.insert_credential, sealed(name, at=NOW + timedelta(minutes=minutes)))
    found = database.read_now(store.credentials_of_holder, "h1")
    assert [item.id.removeprefix("urn:uuid:") for item in found] == ["new", "a-2", "a1", "b", "old"]


@pytest.mark.parametrize("text", ["urn:uuid:\x00", "urn:uuid:\ud800"], ids=["u+0000", "lone-surrogate"])
def test_an_id_that_cannot_be_stored_is_refused(database: Database, text: str) -> None:
    with pytest.raises(MalformedValue):
        database.write_now(store.insert_credential, replace(sealed(), id=text))


def _keep(connection: Connection, offered: SealedCredential) -> bool:
    """As the wallet does: look first, then insert."""
    standing = store.credential_or_none(connection, offered.id)
    if standing is None:
        store.insert_credential(connection, offered)
    return standing is None


def test_of_several_deliveries_at_once_one_is_kept(database: Database) -> None:
    offers = [partial(_keep, offered=sealed(holder=f"h{number}")) for number in range(4)]
    kept, refused = race(database, offers)
    assert sorted(kept) == [False, False, False, True]
    assert refused == []
    assert sum(len(database.read_now(store.credentials_of_holder, f"h{number}")) for number in range(4)) == 1
