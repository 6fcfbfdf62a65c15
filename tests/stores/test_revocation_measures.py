"""``revocation.measure_store``: changes that no published list has, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from revocation import measure_store
from revocation.tables import published, status_change, status_entry, status_list
from runtime.database import Database

SERVICE = "revocation"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def a_list(connection: Connection, name: str) -> None:
    values: dict[str, Any] = {"list_id": name, "length": 8, "permutation_key": b"k", "next_counter": 1}
    connection.execute(insert(status_list).values(**values, closed=False, opened_at=NOW, version=1))


def a_change(connection: Connection, name: str, index: int, at: datetime) -> None:
    credential = f"urn:uuid:{name}-{index}"
    common: dict[str, Any] = {"list_id": name, "list_index": index, "credential_id": credential}
    entry = {"intent_id": credential, "issuer": "did:web:x", "cryptosuite": "c", "allocated_by": "issuer"}
    connection.execute(insert(status_entry).values(**common, **entry, allocated_at=at))
    change = {"purpose": "revocation", "kind": "revoked", "reason": "FRAUD", "actor": "a"}
    connection.execute(insert(status_change).values(**common, **change, request_id=credential, at=at))


def a_publication(connection: Connection, name: str, representation: str, change_seq: int) -> None:
    values: dict[str, Any] = {"list_id": name, "representation": representation, "change_seq": change_seq}
    document = {"version": 1, "body": b"x", "digest": "d", "etag": "e", "set_count": 0}
    connection.execute(
        insert(published).values(**values, **document, valid_from=NOW, valid_until=NOW + timedelta(days=1))
    )


def seqs_of(connection: Connection, name: str) -> list[int]:
    query = select(status_change.c.seq).where(status_change.c.list_id == name)
    return list(connection.scalars(query.order_by(status_change.c.seq)))


def test_a_change_waits_until_every_document_of_its_list_has_it(database: Database) -> None:
    assert database.read_now(measure_store.unpublished) == measure_store.Unpublished(count=0, oldest=None)
    for name in ("one", "other"):
        database.write_now(a_list, name)
    for number in range(3):
        database.write_now(a_change, "one", number, NOW + timedelta(seconds=number))
    found = database.read_now(measure_store.unpublished)
    assert (found.count, found.oldest) == (3, NOW)
    first, *_, last = database.read_now(seqs_of, "one")
    database.write_now(a_publication, "one", "eddsa-jcs-2022", last)
    database.write_now(a_publication, "one", "notes", first)
    found = database.read_now(measure_store.unpublished)
    assert (found.count, found.oldest) == (2, NOW + timedelta(seconds=1))
    database.write_now(a_change, "other", 0, NOW + timedelta(seconds=9))
    assert database.read_now(measure_store.unpublished).count == 3
