"""Withdrawing an accreditation: one officer proposes, another lets it happen."""

from datetime import datetime
from typing import Final

from runtime.approvals import Approver, Proposal
from trust_registry.accreditations import require_standing, withdraw_accreditation
from trust_registry.life import Act
from trust_registry.store import Connection
from trust_registry.two_officers import Agreed, TwoOfficerAct, lay_down
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_timestamp, parse_timestamp

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
