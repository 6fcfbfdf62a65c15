"""Withdrawing an accreditation: one officer proposes, another lets it happen."""

from datetime import datetime
from typing import Final

from runtime import approvals
from runtime.approvals import Approver, Proposal
from trust_registry.accounting import account_for
from trust_registry.accreditations import require_standing, withdraw_accreditation
from trust_registry.life import Act, StandingAccreditation, require_reason
from trust_registry.store import Connection
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import NotFound

WITHDRAW: Final = "accreditation.withdraw"


def propose_withdrawal(
    connection: Connection,
    number: int,
    *,
    effective_from: datetime,
    earlier_stand: bool,
    act: Act,
    maker: Approver,
) -> Proposal:
    """Lay a withdrawal before a second officer; nothing changes yet.

    Raises ``NotFound``, ``MalformedValue`` without a reason, ``ConflictError`` once withdrawn.
    """
    require_reason(act)
    require_standing(connection, number)
    proposal = approvals.propose(
        connection,
        act=WITHDRAW,
        object_id=str(number),
        payload={"from": format_timestamp(effective_from), "earlierStand": earlier_stand},
        reason=act.reason,
        maker=maker,
        now=act.at,
    )
    account_for(connection, "withdrawal.propose", str(number), act)
    return proposal


def approve_withdrawal(
    connection: Connection, proposal_id: int, *, approver: Approver, now: datetime
) -> StandingAccreditation:
    """Agree, and withdraw in the same transaction. Raises ``SamePerson``, ``AlreadyClosed``, ``NotFound``."""
    _require_withdrawal(connection, proposal_id)
    approvals.approve(connection, proposal_id, approver=approver, now=now)
    taken = approvals.take(connection, proposal_id, now=now)
    return withdraw_accreditation(
        connection,
        int(taken.object_id),
        effective_from=parse_timestamp(str(taken.payload["from"])),
        earlier_stand=taken.payload["earlierStand"] is True,
        act=Act(actor=taken.maker.subject, reason=taken.reason, at=now, approver=approver.subject),
    )


def cancel_withdrawal(connection: Connection, proposal_id: int, *, by: Approver, now: datetime) -> None:
    """Stop a proposal; the maker may, too. Raises ``AlreadyClosed`` or ``NotFound``."""
    _require_withdrawal(connection, proposal_id)
    stopped = approvals.cancel(connection, proposal_id, approver=by, now=now)
    account_for(connection, "withdrawal.cancel", stopped.object_id, Act(actor=by.subject, reason="", at=now))


def waiting_withdrawals(connection: Connection) -> tuple[Proposal, ...]:
    """Withdrawals that wait for a second officer, oldest first."""
    return tuple(item for item in approvals.open_proposals(connection) if item.act == WITHDRAW)


def _require_withdrawal(connection: Connection, proposal_id: int) -> None:
    found = approvals.proposal_or_none(connection, proposal_id)
    if found is None or found.act != WITHDRAW:
        raise NotFound("There is no such proposal.")
