"""Suspending, lifting and withdrawing accreditations; the functions run in one transaction each."""

from datetime import datetime
from typing import Final

from trust_registry import store
from trust_registry.accounting import account_for
from trust_registry.life import (
    AccreditationDecision,
    AccreditationEvent,
    Act,
    StandingAccreditation,
    require_reason,
    require_second_officer,
)
from trust_registry.register_store import append_accreditation_event
from trust_registry.store import Connection
from vc.errors import ConflictError, NotFound

_ACTS: Final = {
    AccreditationDecision.SUSPENDED: "suspend",
    AccreditationDecision.LIFTED: "lift",
    AccreditationDecision.WITHDRAWN: "withdraw",
}


def require_standing(connection: Connection, number: int) -> StandingAccreditation:
    """The accreditation as it stands. Raises ``NotFound``, ``ConflictError`` once it is withdrawn."""
    standing = store.standing_accreditation_or_none(connection, number)
    if standing is None:
        raise NotFound("There is no such accreditation.")
    if standing.withdrawal is not None:
        raise ConflictError("This accreditation was withdrawn.")
    return standing


def suspend_accreditation(
    connection: Connection, number: int, *, effective_from: datetime, act: Act
) -> StandingAccreditation:
    """What is issued from ``effective_from`` on does not hold, until the suspension is lifted.

    Raises ``NotFound``, ``MalformedValue`` without a reason, ``ConflictError`` where it is
    suspended already or withdrawn.
    """
    require_reason(act)
    standing = require_standing(connection, number)
    if any(item.until is None for item in standing.suspensions):
        raise ConflictError("This accreditation is suspended already.")
    return _record(connection, number, AccreditationDecision.SUSPENDED, effective_from, act)


def lift_accreditation(connection: Connection, number: int, *, act: Act) -> StandingAccreditation:
    """End the suspension at the time of the act. What was issued in it stays as it is: it does not hold.

    Raises as ``suspend_accreditation``, and ``ConflictError`` where it is not suspended.
    """
    require_reason(act)
    standing = require_standing(connection, number)
    if all(item.until is not None for item in standing.suspensions):
        raise ConflictError("This accreditation is not suspended.")
    return _record(connection, number, AccreditationDecision.LIFTED, act.at, act)


def withdraw_accreditation(
    connection: Connection, number: int, *, effective_from: datetime, earlier_stand: bool, act: Act
) -> StandingAccreditation:
    """Void from ``effective_from``, for good; ``earlier_stand`` says whether what came before holds.

    Raises ``NotAuthorized`` without a second officer, else as ``suspend_accreditation``.
    """
    require_reason(act)
    require_second_officer(act)
    require_standing(connection, number)
    return _record(
        connection, number, AccreditationDecision.WITHDRAWN, effective_from, act, earlier_stand=earlier_stand
    )


def _record(
    connection: Connection,
    number: int,
    decision: AccreditationDecision,
    effective_from: datetime,
    act: Act,
    *,
    earlier_stand: bool | None = None,
) -> StandingAccreditation:
    event = AccreditationEvent(
        accreditation_id=number,
        decision=decision,
        effective_from=effective_from.replace(microsecond=0),
        act=act,
        earlier_stand=earlier_stand,
    )
    append_accreditation_event(connection, event)
    account_for(connection, f"accreditation.{_ACTS[decision]}", str(number), act)
    standing = store.standing_accreditation_or_none(connection, number)
    if standing is None:
        raise NotFound("There is no such accreditation.")
    return standing
