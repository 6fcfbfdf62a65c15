"""A holder's appeal, and how officers decide it; each function is one transaction.

Nobody decides about an act of their own. An officer who had no part in it may refuse; to grant takes that
officer and a second one. What is granted ends a suspension; a revocation stays, and the issuer may give a
new certificate in its place, which the old one then names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from revocation import acts, appeal_store, change_store, store
from revocation.appeal_store import Appeal, AppealState, Decision, Grounds, Refusal
from revocation.store import Connection
from revocation.values import RECOVERED, UPHELD, Act, Change, Reason
from runtime import approvals, audit_log
from runtime.approvals import Approver, Proposal
from runtime.audit_log import Entry
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.journal import Journal
from vc.errors import ConflictError, NotAuthorized, NotFound
from vc.status.fold import ChangeKind

GRANT: Final = "appeal.grant"
_APPEALABLE: Final = frozenset(
    {
        RECOVERED,
        Reason.FRAUD.value,
        Reason.ISSUED_IN_ERROR.value,
        Reason.CENTRE_VOIDED.value,
        Reason.KEY_COMPROMISE.value,
        Reason.IDENTITY_MERGED.value,
    }
)
"""Of revocations these; the holder's own wish, a death and what was never handed out are not appealed."""

_NOTHING: Final = gettext_noop("There is nothing here to appeal against.")
_TOO_LATE: Final = gettext_noop("The time to appeal is over. Call the hotline.")
_APPEALED: Final = gettext_noop("You appealed already. What becomes of it stands here.")
_DECIDED: Final = gettext_noop("This appeal was decided already.")
_OWN_ACT: Final = gettext_noop("An officer who had a part in it does not decide the appeal.")
_ASKED: Final = gettext_noop("This waits for a second officer already.")
_NOT_ASKED: Final = gettext_noop("Nothing waits for a second officer here.")
_CHANGED: Final = gettext_noop("The certificate is not what was appealed about: look at it again.")


@dataclass(frozen=True, kw_only=True, slots=True)
class HolderView:
    """What its holder is told of a certificate: what holds for it, and what of an appeal.

    ``appeal_until`` is the last moment to appeal; None where nothing can be appealed, or it was.
    """

    change: Change | None
    appeal: Appeal | None
    appeal_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealView:
    """An appeal as the desk shows it: the change it is about, and what waits for a second officer.

    ``involved`` are the officers who made that change, or another of the certificate since.
    """

    appeal: Appeal
    change: Change
    waiting: Proposal | None
    involved: frozenset[str]


def holder_view(
    connection: Connection, credential_id: str, *, within: timedelta, now: datetime
) -> HolderView:
    """What the holder of a certificate is told. Raises ``NotFound`` for one the registry does not know."""
    if not store.entries_by_credential(connection, [credential_id]):
        raise NotFound(gettext_noop("The registry knows no such credential."))
    change = change_store.change_or_none(connection, credential_id)
    until = None if change is None else _until(change, within)
    standing = None if change is None else appeal_store.appeal_against(connection, change.logged.seq)
    last = appeal_store.last_appeal(connection, credential_id)
    is_open = last is not None and last.state is AppealState.OPEN
    may = until is not None and standing is None and not is_open and now < until
    return HolderView(
        change=change,
        appeal=standing or last,
        appeal_until=until if may else None,
    )


def make(
    connection: Connection, credential_id: str, grounds: Grounds, *, within: timedelta, now: datetime
) -> Appeal:
    """Take a holder's appeal against what holds for their certificate now.

    Raises ``NotFound``, and ``ConflictError`` where nothing can be appealed, it is late, or was done.
    """
    store.lock_registry(connection)
    seen = holder_view(connection, credential_id, within=within, now=now)
    until = None if seen.change is None else _until(seen.change, within)
    if seen.change is None or until is None:
        raise ConflictError(_NOTHING)
    is_open = seen.appeal is not None and seen.appeal.state is AppealState.OPEN
    if is_open or appeal_store.appeal_against(connection, seen.change.logged.seq) is not None:
        raise ConflictError(_APPEALED)
    if now >= until:
        raise ConflictError(_TOO_LATE)
    made = Appeal(
        appeal_id=random_token(60).lower(),
        credential_id=credential_id,
        change_seq=seen.change.logged.seq,
        grounds=grounds,
        made_at=now,
    )
    appeal_store.add_appeal(connection, made)
    _account(connection, "appeal.make", made, "holder", now, reason=grounds.value)
    return made


def view(connection: Connection, appeal_id: str) -> AppealView:
    """The appeal as it stands. Raises ``NotFound``."""
    found = appeal_store.appeal_or_none(connection, appeal_id)
    if found is None:
        raise NotFound("There is no such appeal.")
    history = change_store.history_of(connection, found.credential_id)
    waiting = (p for p in approvals.open_proposals(connection) if (p.act, p.object_id) == (GRANT, appeal_id))
    return AppealView(
        appeal=found,
        change=next(change for change in history if change.logged.seq == found.change_seq),
        waiting=next(waiting, None),
        involved=frozenset(
            person
            for change in history
            if change.logged.seq >= found.change_seq
            for person in (change.actor, change.approver)
            if person is not None
        ),
    )


def queue(connection: Connection, *, limit: int) -> tuple[AppealView, ...]:
    """What waits for an officer, oldest first."""
    return tuple(
        view(connection, item.appeal_id) for item in appeal_store.open_appeals(connection, limit=limit)
    )


def may_decide(seen: AppealView, officer: Approver) -> bool:
    """Whether this officer had no part in what is appealed against."""
    return officer.subject not in seen.involved


def refuse(
    connection: Connection, appeal_id: str, answer: Refusal, *, officer: Approver, now: datetime
) -> None:
    """Refuse for ever, as an officer who had no part in it. Raises ``NotAuthorized``, ``ConflictError``."""
    seen = _open_view(connection, appeal_id)
    _require_stranger(seen, officer)
    if seen.waiting is not None:
        raise ConflictError(_ASKED)
    _decide(
        connection,
        seen.appeal,
        Decision(state=AppealState.REFUSED, decided_by=officer.subject, answer=answer),
        now=now,
    )


def ask_to_grant(connection: Connection, appeal_id: str, *, officer: Approver, now: datetime) -> None:
    """Lay before a second officer that it be granted. Raises ``NotAuthorized``, ``ConflictError``."""
    seen = _open_view(connection, appeal_id)
    _require_stranger(seen, officer)
    approvals.require_verified(officer)
    if seen.waiting is not None:
        raise ConflictError(_ASKED)
    approvals.propose(
        connection,
        act=GRANT,
        object_id=appeal_id,
        payload={"credential": seen.appeal.credential_id, "change": seen.appeal.change_seq},
        reason=seen.appeal.grounds.value,
        maker=officer,
        now=now,
    )
    _account(connection, f"{GRANT}.propose", seen.appeal, officer.subject, now)


def agree_to_grant(
    connection: Connection, journal: Journal, appeal_id: str, *, officer: Approver, now: datetime
) -> bool:
    """Grant it as the second officer; returns whether a suspension ended with it.

    Raises ``SamePerson``, ``NotVerified``, and ``ConflictError`` where nothing waits or the certificate's
    state changed meanwhile.
    """
    store.lock_registry(connection)
    seen = _open_view(connection, appeal_id)
    if seen.waiting is None:
        raise ConflictError(_NOT_ASKED)
    approvals.require_verified(officer)
    approvals.approve(connection, seen.waiting.id, approver=officer, now=now)
    taken = approvals.take(connection, seen.waiting.id, now=now)
    maker = taken.maker.subject
    _decide(
        connection,
        seen.appeal,
        Decision(state=AppealState.GRANTED, decided_by=maker, approver=officer.subject),
        now=now,
    )
    standing = change_store.change_or_none(connection, seen.appeal.credential_id)
    if seen.change.logged.kind is not ChangeKind.SUSPENDED:
        return False
    if standing is None:
        # It lapsed while the appeal waited: there is nothing left to end.
        return False
    if standing.logged.kind is not ChangeKind.SUSPENDED:
        raise ConflictError(_CHANGED)
    act = Act(reason=UPHELD, actor=maker, approver=officer.subject, request_id=random_token(80))
    acts.reinstate(connection, journal, [seen.appeal.credential_id], act, now=now)
    return True


def stop(connection: Connection, appeal_id: str, *, officer: Approver, now: datetime) -> None:
    """Take back what waits for a second officer; the appeal stays open. Raises ``ConflictError``."""
    seen = _open_view(connection, appeal_id)
    if seen.waiting is None:
        raise ConflictError(_NOT_ASKED)
    approvals.cancel(connection, seen.waiting.id, approver=officer, now=now)
    _account(connection, f"{GRANT}.stop", seen.appeal, officer.subject, now)


def _until(change: Change, within: timedelta) -> datetime | None:
    """The last moment to appeal against it; None where that cannot be."""
    if change.logged.kind is ChangeKind.SUSPENDED:
        return change.logged.until or datetime.max.replace(tzinfo=change.logged.at.tzinfo)
    is_final = change.logged.kind is ChangeKind.REVOKED and change.reason in _APPEALABLE
    return change.logged.at + within if is_final else None


def _open_view(connection: Connection, appeal_id: str) -> AppealView:
    seen = view(connection, appeal_id)
    if seen.appeal.state is not AppealState.OPEN:
        raise ConflictError(_DECIDED)
    return seen


def _require_stranger(seen: AppealView, officer: Approver) -> None:
    if not may_decide(seen, officer):
        raise NotAuthorized(_OWN_ACT)


def _decide(connection: Connection, found: Appeal, decision: Decision, *, now: datetime) -> None:
    if not appeal_store.decide(connection, found.appeal_id, decision, now=now):
        raise ConflictError(_DECIDED)
    act = "appeal.grant" if decision.state is AppealState.GRANTED else "appeal.refuse"
    reason = None if decision.answer is None else decision.answer.value
    _account(connection, act, found, decision.decided_by, now, reason=reason, approver=decision.approver)


def _account(
    connection: Connection,
    act: str,
    found: Appeal,
    actor: str,
    now: datetime,
    *,
    reason: str | None = None,
    approver: str | None = None,
) -> None:
    entry = Entry(actor=actor, act=act, object=found.credential_id, reason=reason, approver=approver)
    audit_log.record(connection, entry, now=now)
