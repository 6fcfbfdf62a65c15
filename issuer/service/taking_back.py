"""Taking back what was issued in error: by the centre itself, two people, within a day of the issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from issuer import ending_store, store
from issuer.data_classes import may_approve
from issuer.service import endings
from issuer.service.approving import MAX_REASON, person_of
from issuer.service.classes import readable_class
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import ClassSheet
from runtime import approvals
from runtime.approvals import Approver, Proposal, State
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, MalformedValue, NotAuthorized

ACT: Final = "credential.take-back"
WITHIN: Final = timedelta(hours=24)
_TOO_LATE: Final = gettext_noop(
    "Only what was issued within the last 24 hours can be taken back here. "
    "Ask the ministry's fraud desk to revoke it."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What somebody asks to take back, and why; ``rows`` is None for all that stand."""

    class_id: str
    rows: Sequence[int] | None
    reason: str


async def propose(
    desk: Desk, principal: Principal, class_id: str, rows: Sequence[int] | None, reason: str
) -> None:
    """Ask a second person to take back these rows of a list, or all that stand (None).

    Raises ``ConflictError`` where something is over a day old or ended, or a question is open already;
    ``MalformedValue`` without a reason; ``NotVerified``; ``NotFound``.
    """
    sheet = await readable_class(desk, principal, class_id)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise MalformedValue(gettext_noop("Write what was wrong."), pointer="/reason")
    wanted = _Wanted(class_id=sheet.id, rows=rows, reason=reason.strip())
    await desk.context.database.write(_propose, desk, person_of(principal), wanted)


async def approve(desk: Desk, principal: Principal, class_id: str, proposal: int) -> None:
    """Agree as another person: they are ended for ever, the registry and the holders are told.

    Raises ``SamePerson``, ``NotVerified``, and ``ConflictError`` where it was decided or is too late.
    """
    sheet = await _decidable(desk, principal, class_id)
    await desk.context.database.write(_approve, desk, person_of(principal), sheet, proposal)
    await endings.settle_soon(desk)


async def refuse(desk: Desk, principal: Principal, class_id: str, proposal: int) -> None:
    """Let everything stand, as another person. Raises as ``approve``."""
    sheet = await _decidable(desk, principal, class_id)
    await desk.context.database.write(_refuse, desk, person_of(principal), sheet, proposal)


async def open_proposal(desk: Desk, sheet: ClassSheet) -> Proposal | None:
    """What waits for a second person about a class list, if anything does."""
    return await desk.context.database.read(_open_proposal, sheet.id)


async def is_fresh(desk: Desk, class_id: str) -> bool:
    """Whether something of this list stands and may still be taken back."""
    since = (desk.context.clock.now() - WITHIN).isoformat()
    return await desk.context.database.read(ending_store.count_standing, class_id, since) > 0


async def _decidable(desk: Desk, principal: Principal, class_id: str) -> ClassSheet:
    sheet = await readable_class(desk, principal, class_id)
    if not may_approve(principal, sheet.data_class):
        raise NotAuthorized("Your role may not approve this.")
    return sheet


def _open_proposal(connection: Connection, class_id: str) -> Proposal | None:
    number = ending_store.take_back_of(connection, class_id)
    found = None if number is None else approvals.proposal_or_none(connection, number)
    return found if found is not None and found.state is State.OPEN else None


def _propose(connection: Connection, desk: Desk, maker: Approver, wanted: _Wanted) -> None:
    now, rows, class_id = desk.context.clock.now(), wanted.rows, wanted.class_id
    if not desk.context.settings.is_demo:
        approvals.require_verified(maker)
    if _open_proposal(connection, class_id) is not None:
        raise ConflictError(gettext_noop("This waits for a second person already."))
    standing = [one for one in store.issued_in_class(connection, class_id) if one.ended is None]
    chosen = [one.intent_id for one in standing if rows is None or one.row in rows]
    if not chosen or (rows is not None and len(chosen) != len(set(rows))):
        raise ConflictError(gettext_noop("There is nothing of that to take back."))
    _require_in_time(connection, desk, chosen)
    proposal = approvals.propose(
        connection,
        act=ACT,
        object_id=class_id,
        payload={"intents": list(chosen)},
        reason=wanted.reason,
        maker=maker,
        now=now,
    )
    ending_store.ask_to_take_back(connection, class_id, proposal.id, actor=maker.subject, now=now)


def _approve(connection: Connection, desk: Desk, approver: Approver, sheet: ClassSheet, number: int) -> None:
    now = desk.context.clock.now()
    proposal = _require_open(connection, sheet, number)
    approvals.require_verified(approver)
    if not desk.context.settings.is_demo:
        approvals.require_verified(proposal.maker)
    approvals.approve(connection, proposal.id, approver=approver, now=now)
    taken = approvals.take(connection, proposal.id, now=now)
    chosen = intents_of(taken)
    _require_in_time(connection, desk, chosen)
    ending_store.take_back(
        connection, sheet.id, chosen, actor=taken.maker.subject, approver=approver.subject, now=now
    )


def _refuse(connection: Connection, desk: Desk, approver: Approver, sheet: ClassSheet, number: int) -> None:
    proposal = _require_open(connection, sheet, number)
    approvals.reject(connection, proposal.id, approver=approver, now=desk.context.clock.now())


def _require_open(connection: Connection, sheet: ClassSheet, number: int) -> Proposal:
    proposal = _open_proposal(connection, sheet.id)
    if proposal is None or proposal.id != number or proposal.act != ACT:
        raise ConflictError(gettext_noop("This was decided already, or has changed since. Look at it again."))
    return proposal


def _require_in_time(connection: Connection, desk: Desk, intent_ids: Sequence[str]) -> None:
    since = desk.context.clock.now() - WITHIN
    if ending_store.issued_since(connection, intent_ids, since) != len(intent_ids):
        raise ConflictError(_TOO_LATE)


def intents_of(proposal: Proposal) -> list[str]:
    """The intents of the certificates that a proposal is to take back."""
    found = proposal.payload["intents"]
    return [str(one) for one in found] if isinstance(found, list) else []
