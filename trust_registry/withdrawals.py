"""Withdrawing an accreditation: one officer proposes, another lets it happen."""

from datetime import datetime
from typing import Final

from runtime.approvals import Approver, Proposal, open_proposals
from trust_registry.accreditations import require_standing, withdraw_accreditation
from trust_registry.life import Act
from trust_registry.store import Connection, organisation_by_did_or_none, standing_accreditations
from trust_registry.two_officers import Agreed, TwoOfficerAct, lay_down
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError, NotFound

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

    Raises ``NotFound``, ``ConflictError`` once withdrawn, and as ``lay_down``.
    """
    require_standing(connection, number)
    payload: JsonObject = {"from": format_timestamp(effective_from), "earlierStand": earlier_stand}
    return lay_down(connection, WITHDRAW, str(number), payload, act=act, maker=maker)


def propose_withdrawals_of(
    connection: Connection,
    did: str,
    *,
    effective_from: datetime,
    earlier_stand: bool,
    act: Act,
    maker: Approver,
) -> int:
    """As ``propose_withdrawal``, for everything of a centre that stands and is not proposed yet; how many.

    Raises ``NotFound`` for an unknown centre, ``ConflictError`` where nothing is left.
    """
    organisation = organisation_by_did_or_none(connection, did)
    if organisation is None:
        raise NotFound("There is no such centre.")
    waiting = {item.object_id for item in open_proposals(connection) if item.act == WITHDRAW}
    numbers = [
        standing.id
        for standing in standing_accreditations(connection)
        if standing.organisation_id == organisation.id
        and standing.withdrawal is None
        and str(standing.id) not in waiting
    ]
    if not numbers:
        raise ConflictError("Every accreditation of this centre is withdrawn, or waits for that.")
    for number in numbers:
        propose_withdrawal(
            connection,
            number,
            effective_from=effective_from,
            earlier_stand=earlier_stand,
            act=act,
            maker=maker,
        )
    return len(numbers)


def _withdraw(connection: Connection, agreed: Agreed) -> None:
    payload = agreed.proposal.payload
    withdraw_accreditation(
        connection,
        int(agreed.proposal.object_id),
        effective_from=parse_timestamp(str(payload["from"])),
        earlier_stand=payload["earlierStand"] is True,
        act=agreed.act,
    )


ACTS: Final = {WITHDRAW: TwoOfficerAct(do=_withdraw, publishes=True)}
