"""A licence is one organisation's, also of several written down at once, on both databases."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from runtime.database import Database
from tests.stores.race import race
from tests.stores.test_trust_registry_decisions import ACT, FACTS
from tests.stores.test_trust_registry_store import CENTRE
from trust_registry import store
from trust_registry.licence_holders import give_licence, register_holder
from trust_registry.licences import grant_licence
from trust_registry.model import Organisation, OrganisationKind
from vc.errors import ConflictError

SERVICE = "trust_registry"
AGENCY = Organisation(
    id="phnom-works",
    kind=OrganisationKind.VERIFIER,
    name_en="Phnom Demo Works",
    name_km="ភ្នំ ការងារគំរូ",
    place="",
    did=None,
)


@pytest.fixture
def register(database: Database) -> Database:
    """Two licences that nobody holds."""
    for number in ("DEMO-1", "DEMO-2"):
        database.write_now(grant_licence, number, FACTS, ACT)
    return database


def test_of_several_organisations_at_once_one_holds_the_licence(register: Database) -> None:
    register.write_now(store.insert_organisation, replace(AGENCY, id="known"))
    attempts: list[Any] = [
        *(
            partial(register_holder, number="DEMO-1", entry=replace(AGENCY, id=name), act=ACT)
            for name in ("one", "two")
        ),
        partial(give_licence, number="DEMO-1", organisation_id="known", act=ACT),
    ]
    done, refused = race(register, attempts)
    assert (len(done), [type(error) for error in refused]) == (1, [ConflictError] * 2)
    holders = [entry for entry in register.read_now(store.organisations) if entry.licence_number]
    assert len(holders) == 1


def test_one_organisation_gets_one_of_two_licences_at_once(register: Database) -> None:
    register.write_now(store.insert_organisation, AGENCY)
    gives = [
        partial(give_licence, number=number, organisation_id=AGENCY.id, act=ACT)
        for number in ("DEMO-1", "DEMO-2")
    ]
    done, refused = race(register, gives)
    assert (len(done), [type(error) for error in refused]) == (1, [ConflictError])


@pytest.mark.parametrize(
    "entry",
    [
        replace(CENTRE, licence_number="DEMO-1"),
        replace(AGENCY, licence_number="DEMO-9"),
        replace(AGENCY, licence_number="DEMO-2"),
    ],
    ids=["a centre's", "nobody granted", "taken"],
)
def test_the_database_refuses_a_licence_that_cannot_be(register: Database, entry: Organisation) -> None:
    register.write_now(register_holder, "DEMO-2", replace(AGENCY, id="holder"), ACT)
    with pytest.raises(IntegrityError):
        register.write_now(store.insert_organisation, entry)
