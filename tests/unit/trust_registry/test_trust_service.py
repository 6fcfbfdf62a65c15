"""Registering, accrediting, taking keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runtime.migrations import schema_differences
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import CENTRE_DID, NOW, accreditation
from trust_registry import store
from trust_registry.model import OrganisationKind
from trust_registry.root import ensure_list_key
from trust_registry.service import (
    AUTHORITY_ID,
    accredit,
    announce_issuer_key,
    register_issuer_key,
    register_organisation,
    root_did,
)
from trust_registry.tables import metadata
from vc.crypto.keys import InMemorySigner
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, ProtocolError


def key(seed: int) -> str:
    return InMemorySigner(bytes([seed]) * 32, "").public_key.multikey


def register(context: ServiceContext, seed: int, valid_from: datetime, *, now: datetime = NOW) -> bool:
    return register_issuer_key(
        context.database, did=CENTRE_DID, public_key_multibase=key(seed), valid_from=valid_from, now=now
    )


def test_migrations_give_the_tables_of_the_code(context: ServiceContext) -> None:
    assert context.database.read_now(schema_differences, metadata) == ()


def test_registering_the_same_organisation_again_changes_nothing(context: ServiceContext) -> None:
    before = context.database.read_now(store.organisations)
    register_organisation(
        context.database,
        context.settings,
        organisation_id="poipet",
        kind=OrganisationKind.CENTRE,
        name_en="Poipet Training Centre",
        name_km="មជ្ឈមណ្ឌលប៉ោយប៉ែត",
    )
    assert context.database.read_now(store.organisations) == before


@pytest.mark.parametrize(
    ("organisation_id", "kind"),
    [("poipet", OrganisationKind.VERIFIER), ("another-root", OrganisationKind.AUTHORITY)],
    ids=["id taken", "did taken"],
)
def test_what_is_taken_is_not_given_again(
    context: ServiceContext, organisation_id: str, kind: OrganisationKind
) -> None:
    with pytest.raises(ConflictError):
        register_organisation(
            context.database,
            context.settings,
            organisation_id=organisation_id,
            kind=kind,
            name_en="Another",
            name_km="ផ្សេង",
        )


@pytest.mark.parametrize("slug", ["", "../trust", "Poipet", "a b", "x" * 41, "-a", "a:b"])
def test_unusable_slugs_are_refused(context: ServiceContext, slug: str) -> None:
    with pytest.raises(MalformedValue):
        register_organisation(
            context.database,
            context.settings,
            organisation_id=slug,
            kind=OrganisationKind.CENTRE,
            name_en="Another",
            name_km="ផ្សេង",
        )


def test_the_identical_accreditation_is_recorded_once(context: ServiceContext) -> None:
    first = accredit(context.database, accreditation(cqf_levels=None))
    assert accredit(context.database, accreditation(cqf_levels=None)) == first
    assert accredit(context.database, accreditation(cqf_levels=None, qualification_codes=None)) != first


def test_any_survives_the_store_apart_from_none_listed(context: ServiceContext) -> None:
    granted = accreditation(organisation_id="battambang", qualification_codes=None, cqf_levels=None)
    accredit(context.database, granted)
    ((_, standing),) = context.database.read_now(store.accreditations_of, "battambang")
    assert standing == granted


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_types": frozenset()},
        {"credential_types": frozenset({"rpl certificate"})},
        {"qualification_codes": frozenset()},
        {"qualification_codes": frozenset({"'; --"})},
        {"cqf_levels": frozenset()},
        {"cqf_levels": frozenset({0})},
        {"cqf_levels": frozenset({9})},
        {"valid_until": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=[
        "no type",
        "type spelt wrong",
        "no code",
        "code with quotes",
        "no level",
        "level 0",
        "level 9",
        "ends at start",
    ],
)
def test_impossible_accreditations_are_refused(context: ServiceContext, changes: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        accredit(context.database, accreditation(**changes))


def test_only_a_centre_is_accredited(context: ServiceContext) -> None:
    with pytest.raises(ConflictError):
        accredit(context.database, accreditation(organisation_id="eps"))
    with pytest.raises(NotFound):
        accredit(context.database, accreditation(organisation_id="nowhere"))


def test_rotation_closes_the_old_window_and_keeps_the_key(context: ServiceContext) -> None:
    assert register(context, 1, NOW - timedelta(days=30))
    assert register(context, 2, NOW + timedelta(hours=1))
    old, new = context.database.read_now(store.keys_of, "poipet")
    assert (old.public_key_multibase, old.valid_until) == (key(1), NOW + timedelta(hours=1))
    assert (new.public_key_multibase, new.valid_until) == (key(2), None)


def test_a_back_dated_key_takes_nothing_from_what_was_signed_until_now(context: ServiceContext) -> None:
    register(context, 1, NOW - timedelta(days=30))
    register(context, 2, NOW - timedelta(days=10))
    old, _ = context.database.read_now(store.keys_of, "poipet")
    assert old.valid_until == NOW


def test_a_closed_window_never_moves(context: ServiceContext) -> None:
    register(context, 1, NOW - timedelta(days=30))
    register(context, 2, NOW)
    register(context, 3, NOW + timedelta(days=1), now=NOW + timedelta(days=1))
    windows = [k.valid_until for k in context.database.read_now(store.keys_of, "poipet")]
    assert windows == [NOW, NOW + timedelta(days=1), None]


def test_a_key_ends_only_what_it_is_said_to_replace(context: ServiceContext) -> None:
    for seed, replaces in ((1, []), (2, []), (3, [key(1)])):
        register_issuer_key(
            context.database,
            did=CENTRE_DID,
            public_key_multibase=key(seed),
            valid_from=NOW + timedelta(hours=seed),
            now=NOW,
            replaces=replaces,
        )
    windows = [k.valid_until for k in context.database.read_now(store.keys_of, "poipet")]
    assert windows == [NOW + timedelta(hours=3), None, None]


@pytest.mark.parametrize("later", [timedelta(), timedelta(microseconds=999), timedelta(days=9)])
def test_a_key_told_again_is_registered_once(context: ServiceContext, later: timedelta) -> None:
    assert register(context, 1, NOW)
    assert not register(context, 1, NOW + later, now=NOW + later)
    (standing,) = context.database.read_now(store.keys_of, "poipet")
    assert (standing.valid_from, standing.valid_until) == (NOW, None)


def test_a_registered_key_is_not_extended_backwards(context: ServiceContext) -> None:
    register(context, 1, NOW)
    with pytest.raises(ConflictError):
        register(context, 1, NOW - timedelta(days=1))


def test_a_retired_key_does_not_come_back(context: ServiceContext) -> None:
    register(context, 1, NOW - timedelta(days=1))
    register(context, 2, NOW)
    with pytest.raises(ConflictError):
        register(context, 1, NOW + timedelta(days=1), now=NOW + timedelta(days=1))


def test_a_key_serves_one_organisation_only(context: ServiceContext) -> None:
    register(context, 1, NOW)
    with pytest.raises(ConflictError):
        register_issuer_key(
            context.database,
            did=CENTRE_DID.replace("poipet", "battambang"),
            public_key_multibase=key(1),
            valid_from=NOW,
            now=NOW,
        )


def test_a_key_of_nobody_and_no_key_at_all_are_refused(context: ServiceContext) -> None:
    with pytest.raises(NotFound):
        register_issuer_key(
            context.database, did="did:web:evil.example", public_key_multibase=key(1), valid_from=NOW, now=NOW
        )
    with pytest.raises(ProtocolError):
        register_issuer_key(
            context.database, did=CENTRE_DID, public_key_multibase="z6Mk" + "1" * 44, valid_from=NOW, now=NOW
        )


def test_no_peer_service_changes_the_root_key(context: ServiceContext) -> None:
    with pytest.raises(NotAuthorized):
        context.database.write_now(
            announce_issuer_key,
            did=root_did(context.settings),
            public_key_multibase=key(1),
            valid_from=NOW,
            now=NOW,
        )


def test_the_list_key_is_made_once(context: ServiceContext) -> None:
    first = ensure_list_key(context.database, context.settings, context.keyring, NOW)
    assert ensure_list_key(context.database, context.settings, context.keyring, NOW) == first
    assert len(context.database.read_now(store.keys_of, AUTHORITY_ID)) == 1


def test_a_keyring_that_does_not_belong_to_the_register_is_refused(context: ServiceContext) -> None:
    register_issuer_key(
        context.database,
        did=root_did(context.settings),
        public_key_multibase=key(9),
        valid_from=NOW,
        now=NOW,
    )
    with pytest.raises(ConflictError):
        ensure_list_key(context.database, context.settings, context.keyring, NOW)


def test_accreditation_instants_are_kept_to_the_second(context: ServiceContext) -> None:
    granted = accreditation(organisation_id="battambang", valid_from=NOW.replace(microsecond=7))
    accredit(context.database, granted)
    ((_, standing),) = context.database.read_now(store.accreditations_of, "battambang")
    assert standing == replace(granted, valid_from=NOW)
