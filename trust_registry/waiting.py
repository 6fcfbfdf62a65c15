"""What waits for a second officer: the table of acts that may wait, and the decisions about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runtime import approvals
from runtime.approvals import Approver, Proposal
from runtime.entropy import random_token
from runtime.service import ServiceContext
from trust_registry import compromise, officer_accounts, store, withdrawals
from trust_registry.accounting import account_for
from trust_registry.life import Act
from trust_registry.publication import Publication
from trust_registry.sessions import token_hash
from trust_registry.staff import INVITATION_TOKEN_BITS
from trust_registry.store import Connection
from trust_registry.two_officers import Agreed, TwoOfficerAct
from vc.errors import NotAuthorized, NotFound

ACTS: Final[Mapping[str, TwoOfficerAct]] = {
    **withdrawals.ACTS,
    **compromise.ACTS,
    **officer_accounts.ACTS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What was agreed to. ``token`` is of the link the approver is shown once, where somebody is invited."""

    proposal: Proposal
    token: str | None
    version: int | None


async def approve(
    context: ServiceContext, publication: Publication, number: int, *, approver: Approver
) -> Done:
    """Agree as another person: it happens in the same transaction, and is published where it shows.

    Raises ``SamePerson``, ``NotAuthorized``, ``AlreadyClosed``, ``NotFound``, and what the act itself raises.
    """
    token = random_token(INVITATION_TOKEN_BITS)
    now = context.clock.now().replace(microsecond=0)
    taken = await context.database.write(
        approve_in, number, approver=approver, link_hash=token_hash(token), now=now
    )
    how = ACTS[taken.act]
    version = await publication.publish() if how.publishes else None
    if taken.act == compromise.COMPROMISE:
        # Where the issuer is silent now, it is asked again until it answers.
        await compromise.collect_missing(context, publication)
    return Done(proposal=taken, token=token if how.invites else None, version=version)


def approve_in(
    connection: Connection, number: int, *, approver: Approver, link_hash: str, now: datetime
) -> Proposal:
    """The transaction of ``approve``."""
    proposal = _require_waiting(connection, number)
    approvals.require_verified(proposal.maker, approver)
    maker = store.account_or_none(connection, proposal.maker.subject)
    if maker is not None and not maker.active:
        raise NotAuthorized("Whoever proposed this was switched off.")
    approvals.approve(connection, number, approver=approver, now=now)
    taken = approvals.take(connection, number, now=now)
    act = Act(actor=taken.maker.subject, reason=taken.reason, at=now, approver=approver.subject)
    ACTS[taken.act].do(connection, Agreed(proposal=taken, act=act, link_hash=link_hash))
    return taken


def cancel(connection: Connection, number: int, *, by: Approver, now: datetime) -> None:
    """Take a proposal back; any officer may, the maker too. Raises ``AlreadyClosed`` or ``NotFound``."""
    proposal = _require_waiting(connection, number)
    approvals.cancel(connection, number, approver=by, now=now)
    _drop(connection, proposal, "cancel", by=by, now=now)


def reject(connection: Connection, number: int, *, by: Approver, now: datetime) -> None:
    """Refuse as another person. Raises ``SamePerson``, ``AlreadyClosed`` or ``NotFound``."""
    proposal = _require_waiting(connection, number)
    approvals.reject(connection, number, approver=by, now=now)
    _drop(connection, proposal, "reject", by=by, now=now)


def waiting(connection: Connection) -> tuple[Proposal, ...]:
    """Everything that waits for a second officer, oldest first."""
    return tuple(item for item in approvals.open_proposals(connection) if item.act in ACTS)


def _drop(connection: Connection, proposal: Proposal, decision: str, *, by: Approver, now: datetime) -> None:
    ACTS[proposal.act].drop(connection, proposal)
    act = Act(actor=by.subject, reason="", at=now)
    account_for(connection, f"{proposal.act}.{decision}", proposal.object_id, act)


def _require_waiting(connection: Connection, number: int) -> Proposal:
    found = approvals.proposal_or_none(connection, number)
    if found is None or found.act not in ACTS:
        raise NotFound("There is no such proposal.")
    return found
