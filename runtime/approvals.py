"""One approval mechanism for every desk: what one person proposes, another lets happen.

Every function takes the connection of one open writing transaction of the service whose act it is;
the proposal, its votes and in the end the act itself lie in that service's database. Who may propose
and who may approve an act is the service's to say (``runtime.auth``); that they are different people
is said here, in the transaction.

``open`` → ``approved`` (enough other people agreed) → ``executed`` (``take``). ``rejected`` and
``cancelled`` are reached from ``open``, ``cancelled`` also from ``approved``. The last three are final.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from runtime.approval_tables import approval_request, approval_vote
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import ConflictError, MalformedValue, NotAuthorized, NotFound, RangeError

MAX_THRESHOLD: Final = 10
MAX_DELAY: Final = timedelta(days=90)
MAX_REASON: Final = 2000


class SamePerson(ConflictError):
    """Whoever proposed or already voted cannot be the other person."""


class NotVerified(NotAuthorized):
    """Of somebody without a verified staff number nobody knows whether they are another person."""


class NotApproved(ConflictError):
    """The proposal lacks approvals, or its delay is not over."""


class AlreadyClosed(ConflictError):
    """The proposal was rejected, cancelled or executed; that is final."""


class State(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXECUTED = "executed"


class VoteKind(StrEnum):
    """What a person did about a proposal."""

    MAKER = "maker"
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True, slots=True)
class Approver:
    """A person signed in.

    ``identity`` is the blind index of the verified staff-identity number: two accounts with the same
    one are one person. None where none was verified; then only the account itself is known.
    """

    subject: str
    name: str
    identity: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """What ``by`` did, and when."""

    by: Approver
    kind: VoteKind
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An act that waits, or waited, for other people.

    ``payload`` holds ids and settings only and never changes: what was approved is what is done.
    ``due_at`` is when it may be taken; None until enough people approved.
    """

    id: int
    act: str
    object_id: str
    payload: JsonObject
    reason: str
    maker: Approver
    threshold: int
    delay: timedelta
    state: State
    proposed_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    votes: tuple[Vote, ...]

    @property
    def approvers(self) -> tuple[Approver, ...]:
        """Who approved, in order of time."""
        return tuple(vote.by for vote in self.votes if vote.kind is VoteKind.APPROVE)

    @property
    def missing(self) -> int:
        """How many approvals are still needed."""
        return max(0, self.threshold - len(self.approvers))

    def may_be_taken(self, now: datetime) -> bool:
        """Whether ``take`` would succeed at ``now``."""
        return self.state is State.APPROVED and self.due_at is not None and self.due_at <= now


def propose(
    connection: Connection,
    *,
    act: str,
    object_id: str,
    payload: JsonObject,
    reason: str,
    maker: Approver,
    threshold: int = 1,
    delay: timedelta = timedelta(0),
    now: datetime,
) -> Proposal:
    """Lay an act before ``threshold`` other people; it may be taken ``delay`` after the last agreed.

    Raises ``MalformedValue`` without a reason and ``RangeError`` for an impossible threshold or delay.
    """
    if not reason.strip() or len(reason) > MAX_REASON:
        raise MalformedValue("A proposal needs a reason, at most 2000 characters.")
    if not 1 <= threshold <= MAX_THRESHOLD or not timedelta(0) <= delay <= MAX_DELAY:
        raise RangeError("A proposal waits for 1 to 10 people and for at most 90 days.")
    values = {
        "act": act,
        "object_id": object_id,
        "payload": payload,
        "reason": reason,
        "threshold": threshold,
        "delay_seconds": int(delay.total_seconds()),
        "state": State.OPEN.value,
        "proposed_at": format_timestamp(now),
    }
    statement = insert(approval_request).values(**values).returning(approval_request.c.id)
    number = int(connection.execute(statement).scalar_one())
    _cast(connection, number, maker, VoteKind.MAKER, now)
    return _require(connection, number)


def require_verified(*people: Approver) -> None:
    """Raises ``NotVerified`` unless the staff number of each of ``people`` was verified.

    For acts by which one person with two accounts could undo the rule; before ``propose`` and ``approve``.
    """
    if any(person.identity is None for person in people):
        raise NotVerified("The staff numbers of both people must be verified first.")


def approve(connection: Connection, proposal_id: int, *, approver: Approver, now: datetime) -> Proposal:
    """Agree. The last approval needed makes the proposal ``approved`` and starts its delay.

    Raises ``SamePerson`` for the maker and for whoever voted already, under whichever account;
    ``AlreadyClosed``, or ``ConflictError`` where enough people agreed before; ``NotFound``.
    """
    proposal = _lock_open(connection, proposal_id)
    _cast(connection, proposal_id, approver, VoteKind.APPROVE, now)
    if len(proposal.approvers) + 1 >= proposal.threshold:
        _move(
            connection,
            proposal_id,
            State.OPEN,
            {"state": State.APPROVED.value, "due_at": format_timestamp(now + proposal.delay)},
        )
    return _require(connection, proposal_id)


def reject(connection: Connection, proposal_id: int, *, approver: Approver, now: datetime) -> Proposal:
    """Refuse for ever; one other person suffices. Raises as ``approve``."""
    _lock_open(connection, proposal_id)
    _cast(connection, proposal_id, approver, VoteKind.REJECT, now)
    _close(connection, proposal_id, State.OPEN, State.REJECTED, by=approver.subject, now=now)
    return _require(connection, proposal_id)


def cancel(connection: Connection, proposal_id: int, *, approver: Approver, now: datetime) -> Proposal:
    """Stop it for ever, also while its delay runs; anyone whom the desk lets, the maker too.

    Raises ``AlreadyClosed`` or ``NotFound``.
    """
    proposal = _lock(connection, proposal_id)
    _close(connection, proposal_id, proposal.state, State.CANCELLED, by=approver.subject, now=now)
    return _require(connection, proposal_id)


def take(connection: Connection, proposal_id: int, *, now: datetime) -> Proposal:
    """Mark it executed, once; the caller does what it says in this very transaction.

    Raises ``NotApproved`` before enough people agreed and the delay is over, ``AlreadyClosed`` when it
    was taken, rejected or cancelled before, ``NotFound``.
    """
    proposal = _lock(connection, proposal_id)
    if not proposal.may_be_taken(now):
        raise NotApproved("Another person must approve this first, or its delay is not over yet.")
    _close(connection, proposal_id, State.APPROVED, State.EXECUTED, by=proposal.maker.subject, now=now)
    return _require(connection, proposal_id)


def open_proposals(connection: Connection) -> tuple[Proposal, ...]:
    """All that are not final, oldest first."""
    query = (
        select(approval_request)
        .where(approval_request.c.state.in_([State.OPEN.value, State.APPROVED.value]))
        .order_by(approval_request.c.id)
    )
    return _proposals(connection, connection.execute(query).mappings().all())


def proposal_or_none(connection: Connection, proposal_id: int) -> Proposal | None:
    """The proposal, whatever became of it."""
    query = select(approval_request).where(approval_request.c.id == proposal_id)
    found = _proposals(connection, connection.execute(query).mappings().all())
    return found[0] if found else None


def _require(connection: Connection, proposal_id: int) -> Proposal:
    proposal = proposal_or_none(connection, proposal_id)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def _lock(connection: Connection, proposal_id: int) -> Proposal:
    """The proposal, this transaction the only one that may move it; never a final one."""
    # On PostgreSQL whoever waited here for another collides and runs again, seeing what it did.
    row = select(approval_request.c.id).where(approval_request.c.id == proposal_id).with_for_update()
    connection.execute(row)
    proposal = _require(connection, proposal_id)
    if proposal.state not in (State.OPEN, State.APPROVED):
        raise AlreadyClosed("This proposal was decided already.")
    return proposal


def _lock_open(connection: Connection, proposal_id: int) -> Proposal:
    proposal = _lock(connection, proposal_id)
    if proposal.state is not State.OPEN:
        raise ConflictError("Enough people approved this already.")
    return proposal


def _cast(
    connection: Connection, proposal_id: int, approver: Approver, kind: VoteKind, now: datetime
) -> None:
    try:
        connection.execute(
            insert(approval_vote).values(
                request_id=proposal_id,
                subject=approver.subject,
                name=approver.name,
                identity=approver.identity,
                kind=kind.value,
                at=format_timestamp(now),
            )
        )
    except IntegrityError:
        # One account, and one identity, votes once per proposal: the table says so.
        raise SamePerson("Another person must do this.") from None


def _close(
    connection: Connection, proposal_id: int, before: State, after: State, *, by: str, now: datetime
) -> None:
    values = {"state": after.value, "closed_at": format_timestamp(now), "closed_by": by}
    _move(connection, proposal_id, before, values)


def _move(connection: Connection, proposal_id: int, before: State, values: dict[str, str]) -> None:
    done = connection.execute(
        update(approval_request)
        .where(approval_request.c.id == proposal_id, approval_request.c.state == before.value)
        .values(**values)
    )
    if done.rowcount != 1:
        raise AlreadyClosed("This proposal was decided already.")


def _proposals(connection: Connection, rows: Sequence[RowMapping]) -> tuple[Proposal, ...]:
    votes: dict[int, list[Vote]] = {row["id"]: [] for row in rows}
    query = (
        select(approval_vote)
        .where(approval_vote.c.request_id.in_(votes))
        .order_by(approval_vote.c.at, approval_vote.c.subject)
    )
    for vote in connection.execute(query).mappings():
        votes[vote["request_id"]].append(_vote(vote))
    return tuple(_proposal(row, votes[row["id"]]) for row in rows)


def _vote(row: RowMapping) -> Vote:
    return Vote(
        by=Approver(subject=row["subject"], name=row["name"], identity=row["identity"]),
        kind=VoteKind(row["kind"]),
        at=parse_timestamp(row["at"]),
    )


def _proposal(row: RowMapping, votes: list[Vote]) -> Proposal:
    return Proposal(
        id=row["id"],
        act=row["act"],
        object_id=row["object_id"],
        payload=row["payload"],
        reason=row["reason"],
        maker=next(vote.by for vote in votes if vote.kind is VoteKind.MAKER),
        threshold=row["threshold"],
        delay=timedelta(seconds=row["delay_seconds"]),
        state=State(row["state"]),
        proposed_at=parse_timestamp(row["proposed_at"]),
        due_at=_parsed_or_none(row["due_at"]),
        closed_at=_parsed_or_none(row["closed_at"]),
        closed_by=row["closed_by"],
        votes=tuple(vote for vote in votes if vote.kind is not VoteKind.MAKER),
    )


def _parsed_or_none(text: str | None) -> datetime | None:
    return None if text is None else parse_timestamp(text)
