"""Every act at the registry's desks leaves exactly one entry in the audit log, with who and whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from runtime.approvals import Approver
from runtime.audit_log import entries
from runtime.auth import Principal, Role
from runtime.service import ServiceContext
from tests.unit.trust_registry.deployment import NOW
from tests.unit.trust_registry.test_life import act, facts
from trust_registry import staff
from trust_registry.accreditations import lift_accreditation, suspend_accreditation
from trust_registry.licences import (
    amend_licence,
    end_licence,
    grant_licence,
    lift_licence,
    suspend_licence,
)
from trust_registry.staff import Acceptance, NewStaff
from trust_registry.store import Connection
from trust_registry.waiting import approve_in, cancel, reject
from trust_registry.withdrawals import propose_withdrawal
from vc.errors import ConflictError

MAKER = Approver(subject="registrar", name="One", identity="a" * 64)
OTHER = Approver(subject="second", name="Two", identity="b" * 64)
REGISTRAR = Principal(subject="registrar", name="One", role=Role.REGISTRAR, organisation_id="mlvt")

Written = tuple[str, str, str, str | None, str | None]


def written(context: ServiceContext, after: int) -> list[Written]:
    """(act, object, actor, approver, reason) of each entry beyond number ``after``."""

    def read(connection: Connection) -> list[Written]:
        return [
            (row["act"], row["object"], row["actor"], row["approver"], row["reason"])
            for row in entries(connection, after=after)
        ]

    return context.database.read_now(read)


def entries_of(
    context: ServiceContext, function: Callable[..., Any], *args: Any, **kwargs: Any
) -> list[Written]:
    """What ``function`` wrote."""
    before = len(written(context, 0))
    context.database.write_now(function, *args, **kwargs)
    return written(context, before)


def test_every_decision_on_an_accreditation(context: ServiceContext) -> None:
    suspended = entries_of(context, suspend_accreditation, 1, effective_from=NOW, act=act())
    assert suspended == [("accreditation.suspend", "1", "registrar", None, "Inspected.")]
    lifted = entries_of(context, lift_accreditation, 1, act=act(NOW + timedelta(days=1)))
    assert lifted == [("accreditation.lift", "1", "registrar", None, "Inspected.")]


def test_a_withdrawal_names_both_officers(context: ServiceContext) -> None:
    proposal: dict[str, Any] = {"effective_from": NOW, "earlier_stand": True, "act": act(), "maker": MAKER}
    proposed = entries_of(context, propose_withdrawal, 1, **proposal)
    assert proposed == [("accreditation.withdraw.propose", "1", "registrar", None, "Inspected.")]
    stopped = entries_of(context, cancel, 1, by=OTHER, now=NOW)
    assert stopped == [("accreditation.withdraw.cancel", "1", "second", None, None)]
    context.database.write_now(propose_withdrawal, 1, **proposal)
    refused = entries_of(context, reject, 2, by=OTHER, now=NOW)
    assert refused == [("accreditation.withdraw.reject", "1", "second", None, None)]
    context.database.write_now(propose_withdrawal, 1, **proposal)
    done = entries_of(context, approve_in, 3, approver=OTHER, link_hash="", now=NOW)
    assert done == [("accreditation.withdraw", "1", "registrar", "second", "Inspected.")]


def test_every_decision_on_a_licence(context: ServiceContext) -> None:
    steps: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
        ("grant", grant_licence, {"facts": facts()}),
        ("amend", amend_licence, {"facts": facts(office="14 Demo Street")}),
        ("suspend", suspend_licence, {"effective_from": NOW}),
        ("lift", lift_licence, {}),
        ("end", end_licence, {"effective_from": NOW}),
    ]
    for day, (name, function, arguments) in enumerate(steps):
        found = entries_of(context, function, "T-1", **arguments, act=act(NOW + timedelta(days=day)))
        assert found == [(f"licence.{name}", "T-1", "registrar", None, "Inspected.")]


def test_what_is_refused_leaves_no_entry(context: ServiceContext) -> None:
    before = len(written(context, 0))
    with pytest.raises(ConflictError):
        context.database.write_now(lift_accreditation, 1, act=act())
    assert written(context, before) == []


@pytest.mark.anyio
async def test_acts_on_staff_accounts_name_no_person(context: ServiceContext) -> None:
    before = len(written(context, 0))
    new = NewStaff(username="clerk-9", name="Chan Thea", role=Role.CLERK, organisation_id="mlvt")
    token = await staff.invite(context, REGISTRAR, new)
    assert await staff.accept(context, token, "a long enough password", None) is Acceptance.DONE
    await staff.reset_factors(context, REGISTRAR, "clerk-9")
    await staff.switch_off(context, REGISTRAR, "clerk-9")
    await staff.invite_again(context, REGISTRAR, "clerk-9")
    found = written(context, before)
    assert [(name, actor) for name, _, actor, _, _ in found] == [
        ("account.invite", "registrar"),
        ("account.accept", "clerk-9"),
        ("account.reset-second-step", "registrar"),
        ("account.switch-off", "registrar"),
        ("account.invite", "registrar"),
    ]
    assert {concerned for _, concerned, _, _, _ in found} == {"clerk-9"}
    assert "Chan Thea" not in str(found)
