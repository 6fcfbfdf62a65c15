"""Two people for every class list: one submits it, another of the same centre lets it be issued.

What is approved is what is issued: the proposal holds a mark of each row, and a row with another mark is
neither approved nor issued. Marks are keyed, so they say nothing of anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from issuer import store, submission_store
from issuer.data_classes import may_approve
from issuer.service import endings
from issuer.service.classes import corrected_by, readable_class, slug_of
from issuer.service.desk import Desk, require_signing_key
from issuer.service.entitlement import require_accredited
from issuer.service.flags import is_assessor, is_back_dated
from issuer.store import Connection
from issuer.unsealed import ClassRow, ClassSheet
from runtime import approvals
from runtime.approvals import Approver, Proposal, State
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, MalformedValue, NotAuthorized, RangeError

ACT: Final = "class.issue"
MAX_REASON: Final = 1000
MAX_AHEAD: Final = timedelta(days=90)
_SUBMITTED: Final = "The class list was checked."


class OverQuota(ConflictError):
    """A centre may issue no more today."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a second person decided about which proposal; ``reason`` may be empty when approving.

    ``issue_at`` is an aware moment before which nothing is signed; None for at once.
    """

    proposal: int
    reason: str = ""
    issue_at: datetime | None = None


def person_of(principal: Principal) -> Approver:
    """Whoever is signed in, as one of two people."""
    return Approver(subject=principal.subject, name=principal.name, identity=principal.identity)


async def submit(desk: Desk, principal: Principal, class_id: str, *, reason: str = _SUBMITTED) -> None:
    """Lay a checked class list before a second person; nothing is signed.

    Raises ``ConflictError`` unless it is a preview with rows to issue, and ``NotVerified`` in production
    for somebody whose staff number nobody verified.
    """
    sheet = await readable_class(desk, principal, class_id)
    await desk.context.database.write(_submit, desk, principal, sheet, reason)


async def approve(desk: Desk, principal: Principal, class_id: str, decision: Decision) -> None:
    """Agree as another person: from here on, or from a later moment on, the list is being issued.

    Raises ``SamePerson`` for whoever submitted it, under whichever account; ``NotVerified``;
    ``RangeError`` for a moment that is past or too far off;
    ``ConflictError`` where the list or its proposal is no longer what was shown, where the approver
    assessed somebody of it, over the quota, or where what it corrects has ended; ``MalformedValue`` where a
    reason is missing.
    """
    sheet = await _decidable(desk, principal, class_id)
    await require_signing_key(desk, slug_of(principal))
    rows = await desk.context.database.read(desk.sealed.rows_of, class_id)
    await require_accredited(desk, slug_of(principal), [row.details for row in rows])
    if (corrected := await corrected_by(desk, sheet)) is not None:
        await endings.require_replaceable(desk, corrected)
    await desk.context.database.write(_approve, desk, principal, sheet, decision)


async def send_back(desk: Desk, principal: Principal, class_id: str, decision: Decision) -> None:
    """Return it to the clerk with a reason, as another person. Raises as ``approve``."""
    sheet = await _decidable(desk, principal, class_id)
    await desk.context.database.write(_send_back, desk, principal, sheet, decision)


async def unschedule(desk: Desk, principal: Principal, class_id: str) -> None:
    """Stop what is to be issued later; one person is enough, and the list is a preview again.

    Raises ``ConflictError`` once issuing has begun.
    """
    await readable_class(desk, principal, class_id)
    await desk.context.database.write(
        submission_store.unschedule,
        class_id,
        slug_of(principal),
        actor=principal.subject,
        now=desk.context.clock.now(),
    )


def approved_page(
    connection: Connection, desk: Desk, class_id: str, slug: str, *, after: int, limit: int
) -> tuple[tuple[ClassRow, ...], int | None]:
    """``limit`` rows behind row ``after`` of a list that two people agreed to, and the last of them.

    Who was erased since is left out. Raises ``ConflictError`` where nobody agreed, or a row is not what
    they agreed to.
    """
    sheet = desk.sealed.get_class(connection, class_id, slug)
    proposal = _proposal_or_none(connection, sheet)
    if proposal is None or proposal.state is not State.EXECUTED or sheet.state == store.SCHEDULED:
        raise ConflictError("Nobody has let this class list be issued, or not yet.")
    rows, last = desk.sealed.row_page(connection, class_id, after, limit)
    if not set(_marks(desk, rows)) <= set(_approved_marks(proposal)):
        raise ConflictError("A row of this class list is not what was approved.")
    return rows, last


async def proposal_of(desk: Desk, sheet: ClassSheet) -> Proposal | None:
    """The last proposal about a class list; None before it was submitted."""
    return await desk.context.database.read(_proposal_or_none, sheet)


async def left_today(desk: Desk, slug: str) -> int | None:
    """How many more certificates the centre may issue today; None without a quota."""
    quota = desk.context.settings.issue_quota_per_day
    if not quota:
        return None
    today = desk.context.clock.now().date()
    return max(0, quota - await desk.context.database.read(submission_store.approved_rows_on, slug, today))


def _submit(connection: Connection, desk: Desk, principal: Principal, sheet: ClassSheet, reason: str) -> None:
    now, maker = desk.context.clock.now(), person_of(principal)
    if not desk.context.settings.is_demo:
        approvals.require_verified(maker)
    rows = desk.sealed.rows_of(connection, sheet.id)
    if not rows:
        raise ConflictError(gettext_noop("No row can be issued."))
    proposal = approvals.propose(
        connection,
        act=ACT,
        object_id=sheet.id,
        payload={"rows": list(_marks(desk, rows))},
        reason=reason,
        maker=maker,
        now=now,
    )
    slug = slug_of(principal)
    submission_store.submit(connection, sheet.id, slug, proposal.id, actor=maker.subject, now=now)


def _approve(
    connection: Connection, desk: Desk, principal: Principal, sheet: ClassSheet, decision: Decision
) -> None:
    now, approver, slug = desk.context.clock.now(), person_of(principal), slug_of(principal)
    proposal = _require_current(connection, desk, sheet, slug, decision)
    _require_two_verified(desk, proposal, approver)
    approvals.approve(connection, proposal.id, approver=approver, now=now)
    rows = desk.sealed.rows_of(connection, sheet.id)
    if _marks(desk, rows) != _approved_marks(proposal):
        raise ConflictError(gettext_noop("The list has changed since it was submitted. Send it back."))
    if any(is_assessor(approver.name, row) for row in rows):
        raise NotAuthorized(gettext_noop("Who assessed somebody of this list cannot approve it."))
    _require_not_ended(rows, _start_of(decision, now))
    _require_reason(desk, rows, decision, now)
    _require_quota(connection, desk, slug, len(rows), now)
    taken = approvals.take(connection, proposal.id, now=now)
    submission_store.let_issue(
        connection,
        sheet.id,
        slug,
        actor=taken.maker.subject,
        approver=approver.subject,
        reason=decision.reason.strip() or None,
        issue_at=decision.issue_at,
        now=now,
    )


def _send_back(
    connection: Connection, desk: Desk, principal: Principal, sheet: ClassSheet, decision: Decision
) -> None:
    now, approver, slug = desk.context.clock.now(), person_of(principal), slug_of(principal)
    if not decision.reason.strip() or len(decision.reason) > MAX_REASON:
        raise MalformedValue(gettext_noop("Write what the clerk is to change."), pointer="/reason")
    proposal = _require_current(connection, desk, sheet, slug, decision)
    approvals.reject(connection, proposal.id, approver=approver, now=now)
    reason = desk.sealed.seal_sent_back(connection, sheet, decision.reason.strip())
    submission_store.send_back(connection, sheet.id, slug, reason, actor=approver.subject, now=now)


async def _decidable(desk: Desk, principal: Principal, class_id: str) -> ClassSheet:
    """A class list of the own centre about which this role may decide."""
    sheet = await readable_class(desk, principal, class_id)
    if not may_approve(principal, sheet.data_class):
        raise NotAuthorized("Your role may not approve this.")
    return sheet


def _require_current(
    connection: Connection, desk: Desk, sheet: ClassSheet, slug: str, decision: Decision
) -> Proposal:
    """The proposal before the second person, if it is still the one that person was shown."""
    current = store.get_class(connection, sheet.id, slug)
    proposal = approvals.proposal_or_none(connection, decision.proposal)
    waits = current.state == store.WAITING and current.proposal == decision.proposal
    if not waits or proposal is None or proposal.act != ACT or proposal.object_id != sheet.id:
        raise ConflictError(gettext_noop("This was decided already, or has changed since. Look at it again."))
    return proposal


def _require_two_verified(desk: Desk, proposal: Proposal, approver: Approver) -> None:
    """Whoever approves is known in every mode; a program submits in the demo only."""
    approvals.require_verified(approver)
    if not desk.context.settings.is_demo:
        approvals.require_verified(proposal.maker)


def _start_of(decision: Decision, now: datetime) -> datetime:
    """When issuing begins. Raises ``RangeError``."""
    start = decision.issue_at
    if start is None:
        return now
    if not now < start <= now + MAX_AHEAD:
        raise RangeError(gettext_noop("Choose a time within the next 90 days."), pointer="/issue_at")
    return start


def _require_not_ended(rows: Sequence[ClassRow], start: datetime) -> None:
    """A row was good when it was read and may be past its end when it is issued."""
    ends = (row.details.valid_until for row in rows)
    if any(end is not None and parse_timestamp(end) < start for end in ends):
        raise ConflictError(gettext_noop("A row of this list is too old by now. Upload the list again."))


def _require_reason(desk: Desk, rows: Sequence[ClassRow], decision: Decision, now: datetime) -> None:
    if len(decision.reason) > MAX_REASON:
        raise MalformedValue("The reason is too long.", pointer="/reason")
    days, today = desk.context.settings.backdating_days, now.date()
    if not decision.reason.strip() and any(is_back_dated(row, days, today) for row in rows):
        raise MalformedValue(
            gettext_noop("An award is dated long ago: write why it is issued now."), pointer="/reason"
        )


def _require_quota(connection: Connection, desk: Desk, slug: str, wanted: int, now: datetime) -> None:
    quota = desk.context.settings.issue_quota_per_day
    if quota and submission_store.approved_rows_on(connection, slug, now.date()) + wanted > quota:
        raise OverQuota(gettext_noop("This is more than your centre may issue in one day."))


def _proposal_or_none(connection: Connection, sheet: ClassSheet) -> Proposal | None:
    if sheet.proposal is None:
        return None
    found = approvals.proposal_or_none(connection, sheet.proposal)
    return found if found is not None and found.object_id == sheet.id else None


def _marks(desk: Desk, rows: Sequence[ClassRow]) -> tuple[str, ...]:
    return tuple(desk.sealed.row_mark(row) for row in rows)


def _approved_marks(proposal: Proposal) -> tuple[str, ...]:
    marks = proposal.payload["rows"]
    return tuple(str(mark) for mark in marks) if isinstance(marks, list) else ()
