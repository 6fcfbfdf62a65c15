"""What officers do with a case; each function is one transaction over case, approvals, journal and log.

One officer may suspend, which ends by itself; to revoke takes two, at any count. What the second agreed to
is what is done: a case's certificates never change.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from revocation import acts, case_store, change_store, store
from revocation.case_store import Case, Member
from revocation.store import Connection
from revocation.values import UNDER_REVIEW, Act, Change, Revocation
from runtime import approvals, audit_log
from runtime.approvals import Approver, Proposal
from runtime.audit_log import Entry
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.journal import Journal
from vc.encoding.strict_json import JsonObject
from vc.errors import ConflictError, NotFound
from vc.status.fold import ChangeKind

REVOKE: Final = "case.revoke"
RENEW: Final = "case.renew"
REINSTATE: Final = "case.reinstate"
CLEARED: Final = "CLEARED"
"""The reason of a reinstatement that officers decided on."""

_RENEWAL: Final = "The suspension ends by itself unless a second officer renews it."
_NOTHING_LEFT: Final = gettext_noop(
    "Nothing is left to do: every certificate of this case is revoked already."
)
_NOT_SUSPENDED: Final = gettext_noop("No certificate of this case is suspended.")
_LAPSED: Final = gettext_noop(
    "Your own suspension of one of these ended, and nobody renewed it. Another officer must suspend it now."
)
_CLOSED: Final = gettext_noop("This case is closed.")
_ASKED_ALREADY: Final = gettext_noop("This waits for a second officer already.")
_NOT_ASKED: Final = gettext_noop("Nothing waits for a second officer here.")
_CHANGED: Final = gettext_noop("The case is not what was agreed to.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Delay:
    """A case of more than ``above`` certificates waits for ``wait`` before it is revoked."""

    above: int
    wait: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A case as the desk shows it: its certificates, which of them are not in force, and what waits."""

    case: Case
    members: tuple[Member, ...]
    standing: Mapping[str, Change]
    waiting: tuple[Proposal, ...]

    def proposal(self, *names: str) -> Proposal | None:
        """What waits under one of these acts."""
        return next((item for item in self.waiting if item.act in names), None)

    def of_kind(self, *kinds: ChangeKind) -> tuple[Change, ...]:
        """What holds for those of them for which one of these holds."""
        return tuple(change for change in self.standing.values() if change.logged.kind in kinds)

    @property
    def suspended(self) -> tuple[Change, ...]:
        """The suspensions that stand."""
        return self.of_kind(ChangeKind.SUSPENDED)

    @property
    def ended(self) -> tuple[Change, ...]:
        """The ends that stand."""
        return self.of_kind(ChangeKind.REVOKED, ChangeKind.SUPERSEDED)


class PassingAct(Protocol):
    """``suspend`` or ``renew``."""

    def __call__(
        self,
        connection: Connection,
        journal: Journal,
        case_id: str,
        *,
        officer: Approver,
        lasts: timedelta,
        now: datetime,
    ) -> int:
        """Do it; returns to how many certificates."""
        ...


def open_case(connection: Connection, case: Case, members: Sequence[Member]) -> None:
    """Keep a case. Raises ``NotFound`` where the registry has no entry for one of its certificates."""
    known = store.entries_by_credential(connection, [member.credential_id for member in members])
    if len(known) < len({member.credential_id for member in members}):
        raise NotFound(gettext_noop("The registry knows no such credential."))
    case_store.add_case(connection, case, members)
    _account(connection, "case.open", case.case_id, case.opened_by, case.opened_at, reason=case.reason.value)


def view(connection: Connection, case_id: str) -> CaseView:
    """The case as it stands. Raises ``NotFound``."""
    case = case_store.case_or_none(connection, case_id)
    if case is None:
        raise NotFound("There is no such case.")
    members = case_store.members(connection, case_id)
    return CaseView(
        case=case,
        members=members,
        standing=case_store.standing_in(connection, members),
        waiting=tuple(p for p in approvals.open_proposals(connection) if p.object_id == case_id),
    )


def suspend(
    connection: Connection,
    journal: Journal,
    case_id: str,
    *,
    officer: Approver,
    lasts: timedelta,
    now: datetime,
) -> int:
    """Suspend what of the case is in force, on one officer's word; returns how many.

    Without a second officer's renewal they are in force again after ``lasts``. Raises ``ConflictError``.
    """
    # First of all, here and below: on PostgreSQL the lock must come before the snapshot that is acted upon.
    store.lock_registry(connection)
    seen = _open_view(connection, case_id)
    wanted = [m.credential_id for m in seen.members if m.credential_id not in seen.standing]
    if not wanted:
        raise ConflictError(gettext_noop("No certificate of this case is in force."))
    act = Act(reason=UNDER_REVIEW, actor=officer.subject, request_id=random_token(80), case_id=case_id)
    lapsed = seen.proposal(RENEW)
    if lapsed is not None:
        # Nobody renewed the last suspension: to suspend again takes another officer, as renewing does.
        _agree(connection, lapsed, officer, now)
        approvals.take(connection, lapsed.id, now=now)
    elif officer.subject in change_store.last_suspended_by(connection, wanted):
        raise ConflictError(_LAPSED)
    acts.suspend(connection, journal, wanted, act, until=now + lasts, now=now)
    _lay(connection, RENEW, seen, officer, reason=_RENEWAL, delay=timedelta(0), now=now)
    return len(wanted)


def renew(
    connection: Connection,
    journal: Journal,
    case_id: str,
    *,
    officer: Approver,
    lasts: timedelta,
    now: datetime,
) -> int:
    """Let suspensions go on for ``lasts`` from now, as another officer than the last; returns how many.

    Raises ``SamePerson`` and ``ConflictError``.
    """
    store.lock_registry(connection)
    seen = _open_view(connection, case_id)
    suspended = [change.credential_id for change in seen.suspended]
    proposal = seen.proposal(RENEW)
    if proposal is None or not suspended:
        raise ConflictError(_NOT_SUSPENDED)
    _agree(connection, proposal, officer, now)
    approvals.take(connection, proposal.id, now=now)
    act = Act(
        reason=UNDER_REVIEW,
        actor=proposal.maker.subject,
        approver=officer.subject,
        request_id=random_token(80),
        case_id=case_id,
    )
    acts.suspend(connection, journal, suspended, act, until=now + lasts, now=now)
    _lay(connection, RENEW, seen, officer, reason=_RENEWAL, delay=timedelta(0), now=now)
    return len(suspended)


def ask_to_revoke(
    connection: Connection, case_id: str, *, officer: Approver, delay: Delay, now: datetime
) -> Proposal:
    """Lay the case before a second officer; nothing changes yet.

    Raises ``NotVerified`` for an officer whose staff number nobody verified, and ``ConflictError``.
    """
    seen = _open_view(connection, case_id)
    if len(seen.ended) == len(seen.members):
        raise ConflictError(_NOTHING_LEFT)
    is_mass = len(seen.members) > delay.above
    wait = delay.wait if is_mass else timedelta(0)
    return _ask(
        connection, REVOKE, seen, officer, reason=seen.case.note or seen.case.reason, delay=wait, now=now
    )


def ask_to_reinstate(
    connection: Connection, journal: Journal, case_id: str, *, officer: Approver, reason: str, now: datetime
) -> bool:
    """End the suspensions of a case: at once where one officer made them, else once a second agrees.

    Returns whether it was done. Raises ``ConflictError`` where nothing is suspended.
    """
    store.lock_registry(connection)
    seen = _open_view(connection, case_id)
    if not seen.suspended:
        raise ConflictError(_NOT_SUSPENDED)
    if any(change.approver is not None for change in seen.suspended):
        _ask(connection, REINSTATE, seen, officer, reason=reason, delay=timedelta(0), now=now)
        return False
    _reinstate(connection, journal, seen, actor=officer.subject, approver=None, now=now)
    return True


def agree(
    connection: Connection, journal: Journal, case_id: str, *, officer: Approver, now: datetime
) -> bool:
    """Agree as a second officer to what waits; returns whether it is done, or waits for its delay.

    Raises ``SamePerson``, ``NotVerified`` and ``ConflictError``.
    """
    store.lock_registry(connection)
    seen = _open_view(connection, case_id)
    proposal = seen.proposal(REVOKE, REINSTATE)
    if proposal is None:
        raise ConflictError(_NOT_ASKED)
    agreed = _agree(connection, proposal, officer, now)
    if not agreed.may_be_taken(now):
        return False
    _execute(connection, journal, seen, agreed, now=now)
    return True


def stop(connection: Connection, case_id: str, *, officer: Approver, now: datetime) -> Proposal:
    """Stop what waits, before or after it was agreed to; any officer may. Raises ``ConflictError``."""
    seen = _open_view(connection, case_id)
    proposal = seen.proposal(REVOKE, REINSTATE)
    if proposal is None:
        raise ConflictError(_NOT_ASKED)
    stopped = approvals.cancel(connection, proposal.id, approver=officer, now=now)
    _account(connection, f"{proposal.act}.stop", case_id, officer.subject, now)
    return stopped


def close(connection: Connection, case_id: str, *, officer: Approver, now: datetime) -> None:
    """Put the case away; what waits is stopped. Raises ``ConflictError`` while something is suspended."""
    seen = _open_view(connection, case_id)
    if seen.suspended:
        raise ConflictError(gettext_noop("Reinstate or revoke what is suspended first."))
    for proposal in seen.waiting:
        approvals.cancel(connection, proposal.id, approver=officer, now=now)
    case_store.close_case(connection, case_id, by=officer.subject, now=now)
    _account(connection, "case.close", case_id, officer.subject, now)


def due(connection: Connection, *, now: datetime) -> tuple[str, ...]:
    """Cases that two officers agreed to and whose delay is over."""
    return tuple(
        proposal.object_id
        for proposal in approvals.open_proposals(connection)
        if proposal.act in (REVOKE, REINSTATE) and proposal.may_be_taken(now)
    )


def execute_due(connection: Connection, journal: Journal, case_id: str, *, now: datetime) -> bool:
    """Do what was agreed to and is due; False where somebody was faster or stopped it."""
    store.lock_registry(connection)
    seen = view(connection, case_id)
    proposal = seen.proposal(REVOKE, REINSTATE)
    if proposal is None or not proposal.may_be_taken(now):
        return False
    _execute(connection, journal, seen, proposal, now=now)
    return True


def _execute(
    connection: Connection, journal: Journal, seen: CaseView, agreed: Proposal, *, now: datetime
) -> None:
    approvals.take(connection, agreed.id, now=now)
    if agreed.payload != _payload(seen):
        raise ConflictError(_CHANGED)
    approver = agreed.approvers[-1].subject
    if agreed.act == REINSTATE:
        _reinstate(connection, journal, seen, actor=agreed.maker.subject, approver=approver, now=now)
        return
    act = Act(
        reason=seen.case.reason.value,
        note=seen.case.note or None,
        actor=agreed.maker.subject,
        approver=approver,
        request_id=random_token(80),
        case_id=seen.case.case_id,
    )
    wishes = [Revocation(credential_id=member.credential_id, act=act) for member in seen.members]
    acts.revoke(connection, journal, wishes, now=now)
    for proposal in seen.waiting:
        if proposal.act == RENEW:
            approvals.cancel(connection, proposal.id, approver=agreed.approvers[-1], now=now)


def _reinstate(
    connection: Connection,
    journal: Journal,
    seen: CaseView,
    *,
    actor: str,
    approver: str | None,
    now: datetime,
) -> None:
    act = Act(
        reason=CLEARED,
        actor=actor,
        approver=approver,
        request_id=random_token(80),
        case_id=seen.case.case_id,
    )
    acts.reinstate(connection, journal, [change.credential_id for change in seen.suspended], act, now=now)
    renewal = seen.proposal(RENEW)
    if renewal is not None:
        approvals.cancel(connection, renewal.id, approver=renewal.maker, now=now)


def _open_view(connection: Connection, case_id: str) -> CaseView:
    seen = view(connection, case_id)
    if seen.case.closed_at is not None:
        raise ConflictError(_CLOSED)
    return seen


def _ask(
    connection: Connection,
    name: str,
    seen: CaseView,
    officer: Approver,
    *,
    reason: str,
    delay: timedelta,
    now: datetime,
) -> Proposal:
    if seen.proposal(REVOKE, REINSTATE) is not None:
        raise ConflictError(_ASKED_ALREADY)
    approvals.require_verified(officer)
    return _lay(connection, name, seen, officer, reason=reason, delay=delay, now=now)


def _lay(
    connection: Connection,
    name: str,
    seen: CaseView,
    officer: Approver,
    *,
    reason: str,
    delay: timedelta,
    now: datetime,
) -> Proposal:
    proposal = approvals.propose(
        connection,
        act=name,
        object_id=seen.case.case_id,
        payload=_payload(seen),
        reason=reason,
        maker=officer,
        delay=delay,
        now=now,
    )
    _account(connection, f"{name}.propose", seen.case.case_id, officer.subject, now)
    return proposal


def _agree(connection: Connection, proposal: Proposal, officer: Approver, now: datetime) -> Proposal:
    approvals.require_verified(officer)
    agreed = approvals.approve(connection, proposal.id, approver=officer, now=now)
    _account(connection, f"{proposal.act}.approve", proposal.object_id, officer.subject, now)
    return agreed


def _payload(seen: CaseView) -> JsonObject:
    """What is agreed to: how many certificates, and a digest of which."""
    ids = "\n".join(member.credential_id for member in seen.members)
    return {"members": len(seen.members), "digest": hashlib.sha256(ids.encode()).hexdigest()}


def _account(
    connection: Connection, act: str, case_id: str, actor: str, now: datetime, *, reason: str | None = None
) -> None:
    entry = Entry(actor=actor, act=act, object=case_id, reason=reason)
    audit_log.record(connection, entry, now=now)
