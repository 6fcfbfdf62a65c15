"""The registrar's decisions at the same moment, on both databases: one counts, and all of it or nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, text

from runtime.database import Database
from runtime.entropy import random_token
from tests.stores.race import race
from tests.stores.test_trust_registry_store import CENTRE
from trust_registry import register_store, store
from trust_registry.accreditations import lift_accreditation, suspend_accreditation, withdraw_accreditation
from trust_registry.application_store import Answer, application_or_none
from trust_registry.applications import RECEIPT_BITS, ApplicationKind, refuse, submit, supply, want_more
from trust_registry.licences import end_licence, grant_licence, lift_licence, suspend_licence
from trust_registry.life import Act, LicenceFacts, VerifierClass
from trust_registry.model import GrantedAccreditation
from trust_registry.service import add_accreditation
from vc.errors import ConflictError

SERVICE = "trust_registry"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ACT = Act(actor="registrar", reason="Inspected.", at=NOW)
FACTS = LicenceFacts(
    licence_class=VerifierClass.AGENCY,
    names={"en": "Kumrou Agency (demo)", "km": "ភ្នាក់ងារគំរូ"},
    office="12 Demo Street, Phnom Penh",
    phone="023 000 000",
    countries=("JP",),
    programmes=("jp-ssw",),
    valid_from=NOW,
)
GRANTED = GrantedAccreditation(
    organisation_id="poipet", credential_types=frozenset({"RPLCertificate"}), valid_from=NOW
)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def register(database: Database) -> Database:
    """The register with one centre and one licence."""
    database.write_now(store.insert_organisation, CENTRE)
    database.write_now(grant_licence, "DEMO-1", FACTS, ACT)
    return database


@pytest.fixture
def number(register: Database) -> int:
    """The centre's accreditation."""
    return register.write_now(add_accreditation, GRANTED, ACT)


def audited(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM audit_entry")).scalar_one())


def test_of_several_suspensions_of_a_licence_at_once_one_counts(register: Database) -> None:
    before = register.read_now(audited)
    suspend = partial(suspend_licence, number="DEMO-1", effective_from=LATER, act=ACT)
    done, refused = race(register, [suspend] * 3)
    assert len(done) == 1
    assert [type(error) for error in refused] == [ConflictError] * 2
    assert register.read_now(audited) == before + 1
    lifted, refused = race(register, [partial(lift_licence, number="DEMO-1", act=ACT)] * 2)
    assert (len(lifted), len(refused)) == (1, 1)


def test_one_number_granted_twice_at_once_is_one_licence(register: Database) -> None:
    other = replace(FACTS, office="13 Demo Street, Phnom Penh")
    grants = [partial(grant_licence, number="DEMO-2", facts=facts, act=ACT) for facts in (FACTS, other)]
    done, refused = race(register, grants)
    assert (len(done), [type(error) for error in refused]) == (1, [ConflictError])
    found = register.read_now(register_store.licence_or_none, "DEMO-2")
    assert found is not None
    assert len(found.events) == 1


def test_an_ended_licence_is_not_suspended_at_the_same_moment(register: Database) -> None:
    end = partial(end_licence, number="DEMO-1", effective_from=LATER, act=ACT)
    suspend = partial(suspend_licence, number="DEMO-1", effective_from=LATER, act=ACT)
    race(register, [end, suspend])
    found = register.read_now(register_store.licence_or_none, "DEMO-1")
    assert found is not None
    # Whichever came first, nothing follows an end.
    kinds = [event.decision.value for event in found.events]
    assert kinds[-1] == "ended"
    assert kinds.count("ended") == 1


def test_of_a_suspension_and_a_withdrawal_at_once_nothing_follows_the_withdrawal(
    register: Database, number: int
) -> None:
    both = replace(ACT, approver="second")
    withdraw = partial(
        withdraw_accreditation, number=number, effective_from=LATER, earlier_stand=True, act=both
    )
    suspend = partial(suspend_accreditation, number=number, effective_from=LATER, act=ACT)
    done, refused = race(register, [withdraw, withdraw, suspend, suspend])
    assert {type(error) for error in refused} == {ConflictError}
    found = register.read_now(store.standing_accreditation_or_none, number)
    assert found is not None
    kinds = [event.decision.value for event in found.events]
    assert kinds.count("withdrawn") == 1
    assert kinds[-1] == "withdrawn"
    assert len(kinds) == 1 + len(done)


def test_a_suspension_is_lifted_once(register: Database, number: int) -> None:
    register.write_now(suspend_accreditation, number, effective_from=NOW, act=ACT)
    done, refused = race(register, [partial(lift_accreditation, number=number, act=ACT)] * 3)
    assert (len(done), len(refused)) == (1, 2)


def test_an_application_is_answered_and_supplied_once(register: Database) -> None:
    receipt = random_token(RECEIPT_BITS)
    number = register.write_now(
        submit,
        kind=ApplicationKind.AGENCY,
        language="km",
        facts={"name_en": "Phnom Demo Works", "countries": "JP", "programmes": ""},
        receipt=receipt,
        now=NOW,
    )
    register.write_now(want_more, number, ACT)
    done, refused = race(register, [partial(supply, code=receipt, text="More.", now=NOW)] * 2)
    assert (len(done), len(refused)) == (1, 1)
    done, refused = race(register, [partial(refuse, number=number, act=ACT)] * 3)
    assert (len(done), [type(error) for error in refused]) == (1, [ConflictError] * 2)
    found = register.read_now(application_or_none, number)
    assert found is not None
    assert [event.answer for event in found.events].count(Answer.REFUSED) == 1


@pytest.mark.parametrize("table", ["accreditation_event", "licence_event", "application_event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id + 7", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_decided(
    register: Database, number: int, table: str, change: str
) -> None:
    receipt = random_token(RECEIPT_BITS)
    register.write_now(submit, kind=ApplicationKind.AGENCY, language="en", facts={}, receipt=receipt, now=NOW)
    with pytest.raises(Exception, match="append-only"):
        register.write_now(lambda connection: connection.execute(text(change.format(table))))
