"""``trust_registry.store``, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from runtime.database import Database
from runtime.migrations import schema_differences
from tests.stores.race import race
from trust_registry import store
from trust_registry.model import (
    Account,
    ApiClient,
    GrantedAccreditation,
    Organisation,
    OrganisationKind,
    RegisteredKey,
)
from trust_registry.tables import metadata
from vc.errors import MalformedValue

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
# With a zero-width space, a vowel before its letter, letters that normalization would join, and an emoji.
KHMER = "មជ្ឈមណ្ឌល\u200bបណ្ដុះបណ្ដាល ស្ត្រី េក e\u0301 🌾"
CENTRE = Organisation(
    id="poipet",
    kind=OrganisationKind.CENTRE,
    name_en="Poipet Training Centre",
    name_km=KHMER,
    place="Poipet",
    did="did:web:skills-passport.example:centres:poipet",
)
KEY = RegisteredKey(organisation_id="poipet", public_key_multibase="z6MkOne", valid_from=NOW)
CLERK = Account(
    username="clerk",
    password_hash="$argon2id$",
    role="clerk",
    organisation_id="poipet",
    owner="0" * 64,
    details=bytes(range(256)),
    active=True,
)
PROGRAM = ApiClient(
    client_id="program",
    secret_hash="0" * 64,
    role="clerk",
    organisation_id="poipet",
    scopes=frozenset({"b", "a"}),
)


@pytest.fixture
def registry(database: Database) -> Database:
    """The store with one centre."""
    database.write_now(store.insert_organisation, CENTRE)
    return database


def test_the_migrated_tables_are_the_tables_in_the_code(database: Database) -> None:
    assert database.read_now(schema_differences, metadata) == ()


def test_an_organisation_comes_back_letter_for_letter(registry: Database) -> None:
    assert CENTRE.did is not None
    assert registry.read_now(store.organisation_or_none, "poipet") == CENTRE
    assert registry.read_now(store.organisation_by_did_or_none, CENTRE.did) == CENTRE
    assert registry.read_now(store.organisation_or_none, "pailin") is None
    assert registry.read_now(store.organisation_by_did_or_none, "did:web:pailin") is None


@pytest.mark.parametrize("taken", [{"id": "pailin"}, {"did": "did:web:other"}], ids=["same-did", "same-id"])
def test_an_id_and_a_did_are_taken_once(registry: Database, taken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        registry.write_now(store.insert_organisation, replace(CENTRE, **taken))
    assert registry.read_now(store.organisations) == (CENTRE,)


def test_any_number_of_organisations_sign_nothing(registry: Database) -> None:
    for name in ("zeta", "a1", "a-2", "alpha"):
        registry.write_now(store.insert_organisation, replace(CENTRE, id=name, did=None))
    found = registry.read_now(store.organisations)
    assert [entry.id for entry in found] == ["a-2", "a1", "alpha", "poipet", "zeta"]


@pytest.mark.parametrize("name", ["a\x00b", "a\ud800b"], ids=["u+0000", "lone-surrogate"])
def test_a_name_that_cannot_be_stored_is_refused(database: Database, name: str) -> None:
    with pytest.raises(MalformedValue):
        database.write_now(store.insert_organisation, replace(CENTRE, name_km=name))
    assert database.read_now(store.organisations) == ()


def test_keys_come_back_with_their_windows_in_the_order_of_registration(registry: Database) -> None:
    later = replace(KEY, public_key_multibase="z6MkAnother", valid_from=NOW - timedelta(days=9))
    ended = replace(
        KEY,
        public_key_multibase="z6MkEnded",
        valid_until=NOW + timedelta(days=1),
        compromised_since=NOW + timedelta(hours=1),
    )
    for key in (KEY, later, ended):
        registry.write_now(store.insert_key, key)
    assert registry.read_now(store.keys_of, "poipet") == (KEY, later, ended)
    assert registry.read_now(store.key_or_none, "z6MkEnded") == ended
    assert registry.read_now(store.key_or_none, "z6MkNobody") is None
    assert registry.read_now(store.keys_of, "pailin") == ()


def test_a_key_is_registered_once_and_for_somebody(registry: Database) -> None:
    registry.write_now(store.insert_key, KEY)
    registry.write_now(store.insert_organisation, replace(CENTRE, id="pailin", did=None))
    with pytest.raises(IntegrityError):
        registry.write_now(store.insert_key, replace(KEY, organisation_id="pailin"))
    with pytest.raises(IntegrityError):
        registry.write_now(
            store.insert_key, replace(KEY, organisation_id="nobody", public_key_multibase="z6MkTwo")
        )
    assert registry.read_now(store.read_register).keys == (KEY,)


def test_a_window_once_closed_never_moves(registry: Database) -> None:
    registry.write_now(store.insert_key, KEY)
    for hours in (1, 2):
        registry.write_now(store.close_key, KEY.public_key_multibase, NOW + timedelta(hours=hours))
    (found,) = registry.read_now(store.keys_of, "poipet")
    assert found == replace(KEY, valid_until=NOW + timedelta(hours=1))


def test_any_is_not_none_of_them(registry: Database) -> None:
    anything = GrantedAccreditation(
        organisation_id="poipet", credential_types=frozenset({"RPLCertificate"}), valid_from=NOW
    )
    nothing = replace(anything, qualification_codes=frozenset(), cqf_levels=frozenset())
    some = replace(
        anything,
        credential_types=frozenset({"b", "a"}),
        qualification_codes=frozenset({"ក", "A"}),
        cqf_levels=frozenset({1, 8}),
        valid_until=NOW + timedelta(days=365),
    )
    numbers = [
        registry.write_now(store.insert_accreditation, granted) for granted in (anything, nothing, some)
    ]
    assert numbers == sorted(set(numbers))
    found = registry.read_now(store.accreditations_of, "poipet")
    assert found == tuple(zip(numbers, (anything, nothing, some), strict=True))
    standing = registry.read_now(store.read_register).accreditations
    assert tuple(entry.granted for entry in standing) == (anything, nothing, some)


def test_an_accreditation_is_somebodys(database: Database) -> None:
    granted = GrantedAccreditation(
        organisation_id="nobody", credential_types=frozenset({"RPLCertificate"}), valid_from=NOW
    )
    with pytest.raises(IntegrityError):
        database.write_now(store.insert_accreditation, granted)


def record(connection: Connection, version: int, document: bytes = b"intent") -> None:
    store.record_version(
        connection, version, document, valid_from=NOW, valid_until=NOW + timedelta(hours=version)
    )


def test_a_version_is_begun_once_and_served_once_signed(database: Database) -> None:
    body = bytes(range(256)) * 10_000
    assert database.read_now(store.latest_version) is None
    assert database.read_now(store.signed_version_or_none) is None
    for version in (1, 2, 10):
        database.write_now(record, version)
    with pytest.raises(IntegrityError):
        database.write_now(record, 10)
    database.write_now(store.complete_version, 2, body, "0" * 64)
    signed = database.read_now(store.signed_version_or_none)
    assert database.read_now(store.latest_version) == (10, NOW)
    assert signed is not None
    assert (signed.version, signed.body) == (2, body)
    assert (signed.valid_from, signed.valid_until) == (NOW, NOW + timedelta(hours=2))


def test_an_account_is_replaced_by_its_username(registry: Database) -> None:
    registry.write_now(store.put_account, CLERK)
    assert registry.read_now(store.account_or_none, "clerk") == CLERK
    changed = replace(CLERK, active=False, role="returnee", organisation_id=None, details=b"other")
    registry.write_now(store.put_account, changed)
    assert registry.read_now(store.account_or_none, "clerk") == changed
    assert registry.read_now(store.account_or_none, "nobody") is None


def test_active_accounts_are_listed_by_role_and_name(registry: Database) -> None:
    names = (("officer", "b"), ("clerk", "z"), ("clerk", "a.b"), ("clerk", "a1"), ("clerk", "a-b"))
    for role, username in names:
        registry.write_now(store.put_account, replace(CLERK, username=username, role=role))
    registry.write_now(store.put_account, replace(CLERK, username="gone", active=False))
    listed = [account.username for account in registry.read_now(store.accounts)]
    assert listed == ["a-b", "a.b", "a1", "z", "b"]


def test_an_api_client_is_replaced_by_its_id(registry: Database) -> None:
    registry.write_now(store.put_api_client, PROGRAM)
    assert registry.read_now(store.api_client_or_none, "program") == PROGRAM
    registry.write_now(store.put_api_client, replace(PROGRAM, scopes=frozenset()))
    assert registry.read_now(store.api_client_or_none, "program") == replace(PROGRAM, scopes=frozenset())
    assert registry.read_now(store.api_client_or_none, "nobody") is None


def count(connection: Connection, bucket: str = "b", *, minutes: int = 0) -> tuple[int, datetime]:
    now = NOW + timedelta(minutes=minutes)
    return store.count_attempt(connection, bucket, now=now, window_ends=now + timedelta(minutes=15))


def test_tries_are_counted_until_their_window_ends(database: Database) -> None:
    assert database.write_now(count) == (1, NOW + timedelta(minutes=15))
    assert database.write_now(count, minutes=14) == (2, NOW + timedelta(minutes=15))
    assert database.write_now(count, minutes=15) == (1, NOW + timedelta(minutes=30))
    assert database.write_now(count, "another") == (1, NOW + timedelta(minutes=15))


def test_forgetting_takes_the_named_and_the_ended(database: Database) -> None:
    for bucket, minutes in (("named", 0), ("ended", -15), ("kept", 0)):
        database.write_now(count, bucket, minutes=minutes)
    database.write_now(store.forget_attempts, ["named"], now=NOW)
    tries = {bucket: database.write_now(count, bucket)[0] for bucket in ("named", "ended", "kept")}
    assert tries == {"named": 1, "ended": 1, "kept": 2}
    database.write_now(store.forget_attempts, [], now=NOW)
    assert database.write_now(count, "kept")[0] == 3


def test_tries_at_once_count_one_by_one(database: Database) -> None:
    counted, refused = race(database, [count] * 4)
    assert sorted(tries for tries, _ in counted) == [1, 2, 3, 4]
    assert refused == []


def begin_next(connection: Connection) -> int:
    latest = store.latest_version(connection)
    version = 1 if latest is None else latest[0] + 1
    record(connection, version)
    return version


def test_versions_begun_at_once_have_numbers_of_their_own(database: Database) -> None:
    begun, refused = race(database, [begin_next] * 4)
    assert sorted(begun) == [1, 2, 3, 4]
    assert refused == []


def register(connection: Connection, key: RegisteredKey) -> bool:
    """As the service does: look first, then insert."""
    known = store.key_or_none(connection, key.public_key_multibase)
    if known is None:
        store.insert_key(connection, key)
    return known is None


def test_a_key_announced_at_once_is_one_organisations(registry: Database) -> None:
    others = [replace(CENTRE, id=f"centre-{number}", did=None) for number in range(3)]
    for entry in others:
        registry.write_now(store.insert_organisation, entry)
    claims = [replace(KEY, organisation_id=entry.id) for entry in (CENTRE, *others)]
    outcome, refused = race(registry, [partial(register, key=claim) for claim in claims])
    assert sorted(outcome) == [False, False, False, True]
    assert refused == []
    assert len(registry.read_now(store.read_register).keys) == 1


def test_an_account_written_twice_at_once_is_one(registry: Database) -> None:
    written = [
        partial(store.put_account, entry=replace(CLERK, details=f"name {n}".encode())) for n in range(4)
    ]
    _, refused = race(registry, written)
    assert refused == []
    assert len(registry.read_now(store.accounts)) == 1
