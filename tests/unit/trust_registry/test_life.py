"""Accreditations and licences through time: boundaries, reasons, and that nothing is overwritten."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import NOW, accreditation
from trust_registry import register_store, store
from trust_registry.accreditations import (
    lift_accreditation,
    suspend_accreditation,
    withdraw_accreditation,
)
from trust_registry.licences import (
    amend_licence,
    check_agency,
    end_licence,
    grant_licence,
    lift_licence,
    suspend_licence,
)
from trust_registry.life import (
    AccreditationState,
    Act,
    LicenceFacts,
    LicenceState,
    StandingAccreditation,
    VerifierClass,
)
from trust_registry.service import accredit, add_accreditation
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, ProtocolError
from vc.trust.licences import parse_licence_number

SECOND = timedelta(seconds=1)
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def act(at: datetime = NOW, **changes: Any) -> Act:
    fields: dict[str, Any] = {"actor": "registrar", "reason": "Inspected.", "at": at}
    return Act(**(fields | changes))


def facts(**changes: Any) -> LicenceFacts:
    fields: dict[str, Any] = {
        "licence_class": VerifierClass.AGENCY,
        "names": {"en": "Kumrou Agency (demo)", "km": "ភ្នាក់ងារគំរូ"},
        "office": "12 Demo Street, Phnom Penh",
        "phone": "023 000 000",
        "countries": ("JP",),
        "programmes": ("jp-ssw",),
        "valid_from": BEGINS,
        "valid_until": ENDS,
    }
    return LicenceFacts(**(fields | changes))


def standing(context: ServiceContext) -> StandingAccreditation:
    found = context.database.read_now(store.standing_accreditation_or_none, 1)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (BEGINS - SECOND, AccreditationState.NOT_YET),
        (BEGINS, AccreditationState.IN_FORCE),
        (NOW - SECOND, AccreditationState.IN_FORCE),
        (NOW, AccreditationState.SUSPENDED),
        (NOW + timedelta(days=2) - SECOND, AccreditationState.SUSPENDED),
        (NOW + timedelta(days=2), AccreditationState.IN_FORCE),
        (NOW + timedelta(days=9) - SECOND, AccreditationState.IN_FORCE),
        (NOW + timedelta(days=9), AccreditationState.WITHDRAWN),
        (ENDS, AccreditationState.WITHDRAWN),
    ],
)
def test_an_accreditation_stands_as_decided_at_every_boundary(
    context: ServiceContext, moment: datetime, state: AccreditationState
) -> None:
    database = context.database
    database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act())
    database.write_now(lift_accreditation, 1, act=act(NOW + timedelta(days=2)))
    database.write_now(
        withdraw_accreditation,
        1,
        effective_from=NOW + timedelta(days=9),
        earlier_stand=True,
        act=act(approver="second"),
    )
    assert standing(context).state_at(moment) is state


def test_an_accreditation_ends_at_its_last_second(context: ServiceContext) -> None:
    assert standing(context).state_at(ENDS - SECOND) is AccreditationState.IN_FORCE
    assert standing(context).state_at(ENDS) is AccreditationState.ENDED


def test_decisions_are_added_and_never_changed(context: ServiceContext) -> None:
    context.database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act(reason="First."))
    before = standing(context).events
    context.database.write_now(lift_accreditation, 1, act=act(NOW + SECOND, reason="Second."))
    after = standing(context).events
    assert after[: len(before)] == before
    assert [event.act.reason for event in after] == ["Set up with the deployment.", "First.", "Second."]


def test_a_suspension_is_reversible_and_may_come_again(context: ServiceContext) -> None:
    for day in (0, 10):
        context.database.write_now(
            suspend_accreditation, 1, effective_from=NOW + timedelta(days=day), act=act()
        )
        context.database.write_now(lift_accreditation, 1, act=act(NOW + timedelta(days=day + 1)))
    assert [item.begins for item in standing(context).suspensions] == [NOW, NOW + timedelta(days=10)]


def test_a_suspension_lifted_before_it_began_never_was(context: ServiceContext) -> None:
    later = NOW + timedelta(days=5)
    context.database.write_now(suspend_accreditation, 1, effective_from=later, act=act())
    context.database.write_now(lift_accreditation, 1, act=act())
    assert standing(context).suspensions == ()
    assert standing(context).state_at(later) is AccreditationState.IN_FORCE


def test_suspending_twice_or_lifting_nothing_is_a_conflict(context: ServiceContext) -> None:
    with pytest.raises(ConflictError):
        context.database.write_now(lift_accreditation, 1, act=act())
    context.database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act())
    with pytest.raises(ConflictError):
        context.database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act())


@pytest.mark.parametrize("approver", [None, "registrar"], ids=["nobody", "the-same-person"])
def test_withdrawing_needs_a_second_officer(context: ServiceContext, approver: str | None) -> None:
    with pytest.raises(NotAuthorized):
        context.database.write_now(
            withdraw_accreditation, 1, effective_from=NOW, earlier_stand=True, act=act(approver=approver)
        )
    assert standing(context).withdrawal is None


def test_a_withdrawal_is_final(context: ServiceContext) -> None:
    withdraw = partial(withdraw_accreditation, effective_from=NOW, act=act(approver="second"))
    context.database.write_now(withdraw, 1, earlier_stand=False)
    for again in (withdraw, partial(withdraw, earlier_stand=True)):
        with pytest.raises(ConflictError):
            context.database.write_now(again, 1, **({} if again is not withdraw else {"earlier_stand": True}))
    with pytest.raises(ConflictError):
        context.database.write_now(suspend_accreditation, 1, effective_from=NOW, act=act())
    withdrawal = standing(context).withdrawal
    assert withdrawal is not None
    assert withdrawal.earlier_stand is False


def test_the_identical_accreditation_does_not_undo_a_withdrawal(context: ServiceContext) -> None:
    context.database.write_now(
        withdraw_accreditation, 1, effective_from=NOW, earlier_stand=True, act=act(approver="second")
    )
    with pytest.raises(ConflictError):
        accredit(context.database, accreditation())


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_every_decision_needs_a_reason(context: ServiceContext, reason: str) -> None:
    database, without = context.database, act(reason=reason, approver="second")
    number = parse_licence_number("OK-1")
    database.write_now(grant_licence, number, facts(), act())
    attempts: list[Any] = [
        partial(add_accreditation, accreditation=accreditation(cqf_levels=None), act=without),
        partial(suspend_accreditation, number=1, effective_from=NOW, act=without),
        partial(lift_accreditation, number=1, act=without),
        partial(withdraw_accreditation, number=1, effective_from=NOW, earlier_stand=True, act=without),
        partial(grant_licence, number="NEW-1", facts=facts(), act=without),
        partial(amend_licence, number=number, facts=facts(phone="012 000 000"), act=without),
        partial(suspend_licence, number=number, effective_from=NOW, act=without),
        partial(lift_licence, number=number, act=without),
        partial(end_licence, number=number, effective_from=NOW, act=without),
    ]
    for attempt in attempts:
        with pytest.raises(MalformedValue):
            database.write_now(attempt)
    assert len(standing(context).events) == 1
    assert [len(item.events) for item in database.read_now(register_store.licences)] == [1]


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (BEGINS - SECOND, LicenceState.NOT_YET),
        (BEGINS, LicenceState.LICENSED),
        (NOW, LicenceState.SUSPENDED),
        (NOW + timedelta(days=1), LicenceState.LICENSED),
        (NOW + timedelta(days=3) - SECOND, LicenceState.LICENSED),
        (NOW + timedelta(days=3), LicenceState.EXPIRED),
        (ENDS, LicenceState.EXPIRED),
    ],
)
def test_a_licence_stands_as_decided_at_every_boundary(
    context: ServiceContext, moment: datetime, state: LicenceState
) -> None:
    database = context.database
    database.write_now(grant_licence, "OK-1", facts(), act())
    database.write_now(suspend_licence, "OK-1", effective_from=NOW, act=act())
    database.write_now(lift_licence, "OK-1", act=act(NOW + timedelta(days=1)))
    database.write_now(end_licence, "OK-1", effective_from=NOW + timedelta(days=3), act=act())
    assert database.read_now(check_agency, "OK-1", now=moment).state is state


def test_an_amended_licence_keeps_what_it_said_before(context: ServiceContext) -> None:
    database = context.database
    database.write_now(grant_licence, "OK-1", facts(), act())
    amended = database.write_now(amend_licence, "OK-1", facts(office="7 New Road"), act())
    assert amended.facts.office == "7 New Road"
    assert [event.facts and event.facts.office for event in amended.events] == [
        "12 Demo Street, Phnom Penh",
        "7 New Road",
    ]


def test_an_ended_licence_is_not_brought_back(context: ServiceContext) -> None:
    database = context.database
    database.write_now(grant_licence, "OK-1", facts(), act())
    database.write_now(end_licence, "OK-1", effective_from=NOW, act=act())
    with pytest.raises(ConflictError):
        database.write_now(amend_licence, "OK-1", facts(valid_until=None), act())
    assert database.read_now(check_agency, "OK-1", now=NOW).state is LicenceState.EXPIRED


def test_a_number_is_one_licence(context: ServiceContext) -> None:
    database = context.database
    first = database.write_now(grant_licence, "OK-1", facts(), act())
    assert database.write_now(grant_licence, "OK-1", facts(), act(reason="Again.")) == first
    with pytest.raises(ConflictError):
        database.write_now(grant_licence, "OK-1", facts(phone="099 000 000"), act())


ABROAD: dict[str, Any] = {"licence_class": VerifierClass.FOREIGN_ORGANISATION, "vouched_by": "OK-1"}


def test_whoever_vouches_must_stand_for_a_foreign_organisation_to_stand(context: ServiceContext) -> None:
    database = context.database
    database.write_now(grant_licence, "OK-1", facts(), act())
    database.write_now(grant_licence, "JP-1", facts(**ABROAD), act())
    assert database.read_now(check_agency, "JP-1", now=NOW).state is LicenceState.LICENSED
    database.write_now(suspend_licence, "OK-1", effective_from=NOW, act=act())
    answer = database.read_now(check_agency, "JP-1", now=NOW)
    assert (answer.state, answer.voucher_lapsed) == (LicenceState.SUSPENDED, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"names": {"en": "Only English"}}, MalformedValue),
        ({"names": {"en": "A", "km": " "}}, MalformedValue),
        ({"names": {"en": "A", "km": "ក", "not a language": "B"}}, MalformedValue),
        ({"office": ""}, MalformedValue),
        ({"phone": "call me"}, MalformedValue),
        ({"countries": ()}, MalformedValue),
        ({"countries": ("Japan",)}, MalformedValue),
        ({"programmes": ("Everything!",)}, MalformedValue),
        ({"licence_class": VerifierClass.EMPLOYER}, MalformedValue),
        ({"licence_class": VerifierClass.FOREIGN_ORGANISATION}, MalformedValue),
        ({"vouched_by": "OK-1"}, MalformedValue),
        ({**ABROAD, "vouched_by": "NOBODY"}, NotFound),
        ({"valid_until": BEGINS}, ProtocolError),
    ],
)
def test_a_licence_with_one_fault_is_not_recorded(
    context: ServiceContext, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        context.database.write_now(grant_licence, "OK-9", facts(**changes), act())
    assert context.database.read_now(register_store.licences) == ()


@pytest.mark.parametrize("typed", ["ab 12/3", " AB-12-3 ", "ab-១២-៣", "Ab_12_3"])
def test_a_licence_number_is_read_as_people_write_it(typed: str) -> None:
    assert parse_licence_number(typed) == "AB-12-3"


@pytest.mark.parametrize("typed", ["", " ", "-", "a<b>", "លេខ", "x" * 81, "x" * 41])
def test_what_is_no_licence_number_is_refused(typed: str) -> None:
    with pytest.raises(MalformedValue):
        parse_licence_number(typed)
