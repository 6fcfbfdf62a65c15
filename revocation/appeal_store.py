"""Appeals as they are kept; each function is part of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Row, func, insert, select, update

from revocation.tables import appeal, status_change, status_entry
from vc.status.fold import ChangeKind

_AT_ONCE: Final = 500


class AppealState(StrEnum):
    """What became of an appeal. *Granted* and *refused* are final."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class Grounds(StrEnum):
    """What a holder says. There are no words of their own: those are for the hotline."""

    EARNED = "earned"
    NOT_MY_FAULT = "not-my-fault"
    WRONG_PERSON = "wrong-person"
    NOT_TOLD = "not-told"
    OTHER = "other"


class Refusal(StrEnum):
    """Why an appeal is refused."""

    EVIDENCE_STANDS = "evidence-stands"
    NOT_ENTITLED = "not-entitled"
    NOT_CHECKABLE = "not-checkable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """A holder's appeal against one change of one certificate. ``answer`` is a ``Refusal``."""

    appeal_id: str
    credential_id: str
    change_seq: int
    grounds: Grounds
    made_at: datetime
    state: AppealState = AppealState.OPEN
    answer: Refusal | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What was decided, and by whom; ``approver`` is the second officer of what was granted."""

    state: AppealState
    decided_by: str
    approver: str | None = None
    answer: Refusal | None = None


def add_appeal(connection: Connection, made: Appeal) -> None:
    """Keep a new appeal."""
    connection.execute(
        insert(appeal).values(
            appeal_id=made.appeal_id,
            credential_id=made.credential_id,
            change_seq=made.change_seq,
            grounds=made.grounds.value,
            made_at=made.made_at,
            state=made.state.value,
        )
    )


def appeal_or_none(connection: Connection, appeal_id: str) -> Appeal | None:
    """The appeal of this id."""
    row = connection.execute(select(appeal).where(appeal.c.appeal_id == appeal_id)).first()
    return None if row is None else _appeal(row)


def appeal_against(connection: Connection, change_seq: int) -> Appeal | None:
    """The appeal against this change."""
    row = connection.execute(select(appeal).where(appeal.c.change_seq == change_seq)).first()
    return None if row is None else _appeal(row)


def last_appeal(connection: Connection, credential_id: str) -> Appeal | None:
    """The last appeal about a certificate."""
    query = select(appeal).where(appeal.c.credential_id == credential_id).order_by(appeal.c.change_seq.desc())
    row = connection.execute(query.limit(1)).first()
    return None if row is None else _appeal(row)


def is_granted(connection: Connection, change_seq: int) -> bool:
    """Whether the appeal against this change was granted."""
    query = select(appeal.c.appeal_id).where(
        appeal.c.change_seq == change_seq, appeal.c.state == AppealState.GRANTED.value
    )
    return connection.execute(query).first() is not None


def open_appeals(connection: Connection, *, limit: int) -> tuple[Appeal, ...]:
    """What waits for an officer, oldest first."""
    query = select(appeal).where(appeal.c.state == AppealState.OPEN.value)
    return tuple(_appeal(row) for row in connection.execute(query.order_by(appeal.c.made_at).limit(limit)))


def count_open(connection: Connection) -> int:
    """How many wait."""
    query = select(func.count()).select_from(appeal).where(appeal.c.state == AppealState.OPEN.value)
    return connection.scalar(query) or 0


def to_be_replaced(connection: Connection, *, allocated_by: str) -> Sequence[str]:
    """Revoked certificates of one service whose appeal was granted, and which name no successor yet."""
    later = status_change.alias()
    succeeded = select(later.c.seq).where(
        later.c.credential_id == appeal.c.credential_id, later.c.kind == ChangeKind.SUCCEEDED.value
    )
    query = (
        select(appeal.c.credential_id)
        .join(status_change, status_change.c.seq == appeal.c.change_seq)
        .join(status_entry, status_entry.c.credential_id == appeal.c.credential_id)
        .where(
            appeal.c.state == AppealState.GRANTED.value,
            status_change.c.kind == ChangeKind.REVOKED.value,
            status_entry.c.allocated_by == allocated_by,
            ~succeeded.exists(),
        )
        .order_by(appeal.c.decided_at)
        .limit(_AT_ONCE)
    )
    return connection.scalars(query).all()


def decide(connection: Connection, appeal_id: str, decision: Decision, *, now: datetime) -> bool:
    """Note what was decided; False where it was decided before."""
    done = connection.execute(
        update(appeal)
        .where(appeal.c.appeal_id == appeal_id, appeal.c.state == AppealState.OPEN.value)
        .values(
            state=decision.state.value,
            answer=None if decision.answer is None else decision.answer.value,
            decided_by=decision.decided_by,
            approver=decision.approver,
            decided_at=now,
        )
    )
    return done.rowcount == 1


def _appeal(row: Row[tuple[object, ...]]) -> Appeal:
    return Appeal(
        appeal_id=row.appeal_id,
        credential_id=row.credential_id,
        change_seq=row.change_seq,
        grounds=Grounds(row.grounds),
        made_at=row.made_at,
        state=AppealState(row.state),
        answer=None if row.answer is None else Refusal(row.answer),
        decided_at=row.decided_at,
    )
