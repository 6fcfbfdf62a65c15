"""``verifier.store`` on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from runtime.database import Database
from runtime.migrations import schema_differences
from runtime.retention import ACCESS, before
from runtime.settings import Settings
from tests.stores.race import race
from verifier import harvest_store, store
from verifier.store import ApiKey
from verifier.tables import api_key, api_key_use, metadata

SERVICE = "verifier"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def key(key_id: str = "0123456789", licence_number: str = "L-9") -> ApiKey:
    return ApiKey(
        key_id=key_id,
        key_hash="ab" * 32,
        organisation_id="agency-a",
        licence_number=licence_number,
        name="Desk",
        scopes=frozenset({"verify:credentials"}),
        networks=("192.0.2.0/24",),
        daily_quota=7,
        created_by="admin",
        created=NOW,
        expires=NOW + timedelta(days=1),
    )


def test_the_migrated_tables_are_the_tables_in_the_code(database: Database) -> None:
    assert database.read_now(schema_differences, metadata) == ()


def test_a_key_comes_back_as_it_was(database: Database) -> None:
    database.write_now(store.insert_key, key())
    assert database.read_now(store.key_or_none, "0123456789") == key()
    assert database.read_now(store.keys_of, "agency-a") == (key(),)
    assert database.read_now(store.keys_of, "agency-b") == ()


def test_the_first_revocation_stands(database: Database) -> None:
    database.write_now(store.insert_key, key())
    assert not database.write_now(store.revoke_key, "0123456789", "agency-b", NOW)
    assert database.write_now(store.revoke_key, "0123456789", "agency-a", NOW)
    assert database.write_now(store.revoke_key, "0123456789", "agency-a", NOW + timedelta(hours=1))
    found = database.read_now(store.key_or_none, "0123456789")
    assert found is not None
    assert found.revoked == NOW


def test_a_licence_suspends_and_resumes_its_own_keys(database: Database) -> None:
    for key_id, licence in (("0000000001", "L-1"), ("0000000002", "L-2"), ("0000000003", "L-3")):
        database.write_now(store.insert_key, key(key_id, licence))
    assert database.read_now(store.licence_numbers) == {"L-1", "L-2", "L-3"}
    assert database.write_now(store.suspend_keys, "L-1", NOW) == 1
    assert database.write_now(store.suspend_keys, "L-1", NOW) == 0
    assert database.write_now(store.resume_keys, "L-1") == 1


def test_uses_at_the_same_moment_are_all_counted(database: Database) -> None:
    database.write_now(store.insert_key, key())
    counted, refused = race(
        database, [partial(_use, key_id="0123456789", day="2026-11-22") for _ in range(4)]
    )
    assert (sorted(counted), refused) == ([1, 2, 3, 4], [])
    assert database.write_now(store.count_use, "0123456789", "2026-11-23") == 1


def _use(connection: store.Connection, *, key_id: str, day: str) -> int:
    return store.count_use(connection, key_id, day)


def test_what_is_over_its_limit_goes_and_what_is_in_use_stays(database: Database) -> None:
    ended, revoked, standing = key("0000000001"), key("0000000002"), key("0000000003")
    standing = replace(standing, expires=NOW + timedelta(days=400))
    for entry in (ended, replace(revoked, expires=NOW + timedelta(days=400)), standing):
        database.write_now(store.insert_key, entry)
        database.write_now(store.count_use, entry.key_id, "2026-11-22")
    database.write_now(store.revoke_key, "0000000002", "agency-a", NOW)
    limit = Settings(mode="demo").retention_access_days
    at_limit = before(Settings(mode="demo"), ACCESS, NOW + timedelta(days=limit))
    database.write_now(store.forget_access, at_limit)
    assert database.read_now(everything) == (3, 3)
    database.write_now(store.forget_access, at_limit + timedelta(seconds=1))
    assert database.read_now(everything) == (2, 2)
    database.write_now(store.forget_access, at_limit + timedelta(days=1, seconds=1))
    assert database.read_now(everything) == (1, 0)
    assert database.read_now(store.key_or_none, "0000000003") == standing


def everything(connection: store.Connection) -> tuple[int, int]:
    return (
        len(connection.execute(select(api_key)).all()),
        len(connection.execute(select(api_key_use)).all()),
    )


def test_what_two_programs_check_at_the_same_moment_counts_once(database: Database) -> None:
    def note(first: int, last: int) -> int:
        digests = frozenset(bytes([number]) * 16 for number in range(first, last))
        return database.write_now(harvest_store.note_checked, "L-9", NOW, digests)

    assert (note(0, 3), note(0, 3), note(2, 5), note(0, 0)) == (3, 3, 5, 5)
    overlapping = [frozenset(bytes([number]) * 16 for number in range(n, n + 100)) for n in (0, 50)]
    counts, refused = race(
        database,
        [
            partial(harvest_store.note_checked, licence_number="L-9", hour=NOW, digests=digests)
            for digests in overlapping
        ],
    )
    assert not refused
    assert max(counts) == note(0, 0) == 150
