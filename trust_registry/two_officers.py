"""Acts of the registry that take two officers: laid down by one, done when another agrees.

What may wait, and how each is done once agreed, stands in one table (``trust_registry.waiting``).
"""

from collections.abc import Callable
from dataclasses import dataclass

from runtime import approvals
from runtime.approvals import Approver, Proposal
from runtime.auth import Principal
from trust_registry.accounting import account_for
from trust_registry.life import Act, require_reason
from trust_registry.store import Connection
from vc.encoding.strict_json import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreed:
    """A proposal that two people stand behind; ``act`` names both.

    ``link_hash`` is of a fresh link, for acts that invite somebody.
    """

    proposal: Proposal
    act: Act
    link_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoOfficerAct:
    """How an act is done, in the transaction in which it is agreed to, and what is undone if it never is."""

    do: Callable[[Connection, Agreed], None]
    drop: Callable[[Connection, Proposal], None] = lambda _connection, _proposal: None
    invites: bool = False
    publishes: bool = False


def person_of(principal: Principal) -> Approver:
    """Whoever is signed in, as one of two people."""
    return Approver(subject=principal.subject, name=principal.name, identity=principal.identity)


def lay_down(
    connection: Connection, name: str, object_id: str, payload: JsonObject, *, act: Act, maker: Approver
) -> Proposal:
    """Lay ``name`` ("noun.verb") before a second officer; nothing changes yet. Last in its transaction.

    Raises ``MalformedValue`` without a reason, ``NotVerified`` for a maker nobody has verified.
    """
    require_reason(act)
    approvals.require_verified(maker)
    proposal = approvals.propose(
        connection,
        act=name,
        object_id=object_id,
        payload=payload,
        reason=act.reason,
        maker=maker,
        now=act.at,
    )
    account_for(connection, f"{name}.propose", object_id, act)
    return proposal
