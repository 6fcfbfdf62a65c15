"""The status log: an append-only table of changes, and every statement over it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, Subquery, and_, func, insert, or_, select

from revocation.records import StatusChanged
from revocation.tables import published, status_change, status_entry
from revocation.values import LAPSED, URGENT, Change
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind, StatusChange

# SQLite refuses statements with very many bound values.
CHUNK: Final = 500
_ENDS: Final = tuple(kind.value for kind in ChangeKind if kind.is_end)
# What happens to a bound copy is told of its certificate, and counted once.
_IS_OWN: Final = ~(
    select(status_entry.c.credential_id)
    .where(status_entry.c.credential_id == status_change.c.credential_id, status_entry.c.copy_of.is_not(None))
    .exists()
)


def apply_changes(connection: Connection, records: Sequence[StatusChanged]) -> None:
    """``apply_record`` for many changes at once; a second end of a credential is left out."""
    known = _ends_and_requests(connection, records)
    rows = []
    for record in records:
        if _key(record) not in known:
            known.add(_key(record))
            rows.append(_change_values(record))
    if rows:
        connection.execute(insert(status_change), rows)


def _key(record: StatusChanged) -> tuple[str, ...]:
    """What tells a change apart from those that are there: an end is one, whoever asked for it."""
    if record.kind.is_end:
        return (record.credential_id,)
    return (record.credential_id, record.kind.value, record.request_id)


def _ends_and_requests(connection: Connection, records: Sequence[StatusChanged]) -> set[tuple[str, ...]]:
    known: set[tuple[str, ...]] = set()
    for change in _changes_where_credential(connection, [record.credential_id for record in records]):
        if change.logged.kind.is_end:
            known.add((change.credential_id,))
        else:
            known.add((change.credential_id, change.logged.kind.value, change.request_id))
    return known


def _change_values(record: StatusChanged) -> dict[str, object]:
    return {
        "list_id": record.list_id,
        "list_index": record.index,
        "purpose": record.kind.purpose.value,
        "credential_id": record.credential_id,
        "kind": record.kind.value,
        "reason": record.reason,
        "note": record.note,
        "successor": record.successor,
        "actor": record.actor,
        "request_id": record.request_id,
        "at": record.at,
        "until": record.until,
        "approver": record.approver,
        "case_id": record.case_id,
    }


def change_or_none(connection: Connection, credential_id: str) -> Change | None:
    """How a credential ended, or else the suspension it is under; None while it is in force."""
    return standing_changes(connection, [credential_id]).get(credential_id)


def standing_changes(connection: Connection, credential_ids: Sequence[str]) -> Mapping[str, Change]:
    """Credential id → the change that holds for it, for every one that is not in force."""
    suspended: dict[str, Change] = {}
    ended: dict[str, Change] = {}
    for change in _changes_where_credential(connection, credential_ids):
        if change.logged.kind.is_end:
            ended[change.credential_id] = change
        elif change.logged.kind is ChangeKind.SUCCEEDED:
            ended[change.credential_id] = _succeeded(ended[change.credential_id], change)
        elif change.logged.kind is ChangeKind.SUSPENDED:
            suspended[change.credential_id] = change
        else:
            suspended.pop(change.credential_id, None)
    return {**suspended, **ended}


def _succeeded(end: Change, later: Change) -> Change:
    """An end that names a successor since; who made it, when and why stay as they were."""
    logged = replace(end.logged, kind=ChangeKind.SUPERSEDED, successor=later.logged.successor)
    return replace(end, logged=logged)


def history_of(connection: Connection, credential_id: str) -> tuple[Change, ...]:
    """Everything that happened to a credential, oldest first."""
    return tuple(_changes_where_credential(connection, [credential_id]))


def _changes_where_credential(connection: Connection, credential_ids: Sequence[str]) -> Iterable[Change]:
    for start in range(0, len(credential_ids), CHUNK):
        some = credential_ids[start : start + CHUNK]
        query = select(status_change).where(status_change.c.credential_id.in_(some))
        for row in connection.execute(query.order_by(status_change.c.seq)):
            yield _change(row)


def last_suspended_by(connection: Connection, credential_ids: Sequence[str]) -> frozenset[str]:
    """Officers who were the last to suspend or renew one of these, where that ended by itself."""
    last: dict[str, str] = {}
    lapsed: dict[str, str] = {}
    for change in _changes_where_credential(connection, credential_ids):
        if change.logged.kind is ChangeKind.SUSPENDED:
            last[change.credential_id] = change.approver or change.actor
            lapsed.pop(change.credential_id, None)
        elif change.logged.kind is ChangeKind.REINSTATED and change.reason == LAPSED:
            lapsed[change.credential_id] = last[change.credential_id]
    return frozenset(lapsed.values())


def suspensions_due(connection: Connection, *, now: datetime, limit: int) -> tuple[Change, ...]:
    """Suspensions that were not renewed in time and still stand, at most ``limit``; not those of copies.

    Those that ended first come first.
    """
    later = status_change.alias()
    ended_since = select(later.c.seq).where(
        later.c.credential_id == status_change.c.credential_id,
        (later.c.seq > status_change.c.seq) | (later.c.purpose == StatusPurpose.REVOCATION.value),
    )
    query = (
        select(status_change)
        .where(
            status_change.c.kind == ChangeKind.SUSPENDED.value,
            status_change.c.until <= now,
            ~ended_since.exists(),
            _IS_OWN,
        )
        .order_by(status_change.c.until, status_change.c.seq)
        .limit(limit)
    )
    return tuple(_change(row) for row in connection.execute(query))


def ended_after(
    connection: Connection, issuer: str, *, allocated_by: str, after: str, limit: int
) -> Sequence[str]:
    """Ids of an issuer's credentials that have ended, in their order, beginning after one.

    Those alone that ``allocated_by`` had asked entries for.
    """
    same = and_(
        status_change.c.list_id == status_entry.c.list_id,
        status_change.c.list_index == status_entry.c.list_index,
    )
    query = (
        select(status_change.c.credential_id)
        .join(status_entry, same)
        .where(
            status_entry.c.issuer == issuer,
            status_entry.c.allocated_by == allocated_by,
            status_change.c.kind.in_(_ENDS),
            status_change.c.credential_id > after,
            status_entry.c.copy_of.is_(None),
        )
        .order_by(status_change.c.credential_id)
        .limit(limit)
    )
    return connection.execute(query).scalars().all()


def recent_changes(connection: Connection, *, limit: int) -> tuple[Change, ...]:
    """The latest changes, newest first; without those of copies."""
    query = select(status_change).where(_IS_OWN).order_by(status_change.c.seq.desc()).limit(limit)
    return tuple(_change(row) for row in connection.execute(query))


def changes_after(
    connection: Connection, seq: int, *, allocated_by: str | None, limit: int
) -> tuple[tuple[Change, ...], int]:
    """Changes behind ``seq`` of what one service asked entries for, and the number of the newest of all.

    With None those of every service. Those of copies are told of no one.
    """
    query = select(status_change).where(status_change.c.seq > seq, _IS_OWN)
    if allocated_by is not None:
        mine = select(status_entry.c.credential_id).where(status_entry.c.allocated_by == allocated_by)
        query = query.where(status_change.c.credential_id.in_(mine))
    rows = connection.execute(query.order_by(status_change.c.seq).limit(limit)).all()
    newest = connection.scalar(select(func.max(status_change.c.seq))) or 0
    return tuple(_change(row) for row in rows), newest


def changes_of(connection: Connection, list_id: str) -> tuple[Change, ...]:
    """The whole log of one list, oldest first."""
    query = select(status_change).where(status_change.c.list_id == list_id).order_by(status_change.c.seq)
    return tuple(_change(row) for row in connection.execute(query))


def taken_in() -> Subquery:
    """Of each list ``seq``, the last change that all its publications have."""
    return (
        select(published.c.list_id, func.min(published.c.change_seq).label("seq"))
        .group_by(published.c.list_id)
        .subquery()
    )


def lists_to_publish(connection: Connection, *, before: datetime) -> frozenset[str]:
    """Lists with a change that no publication has and that is urgent or older than ``before``."""
    last = taken_in()
    query = (
        select(status_change.c.list_id)
        .join_from(last, status_change, status_change.c.list_id == last.c.list_id)
        .where(
            status_change.c.seq > last.c.seq,
            or_(
                status_change.c.reason.in_(URGENT),
                status_change.c.kind == ChangeKind.SUSPENDED.value,
                status_change.c.at < before,
            ),
        )
        .distinct()
    )
    return frozenset(connection.scalars(query))


def _change(row: Row[tuple[object, ...]]) -> Change:
    return Change(
        list_id=row.list_id,
        credential_id=row.credential_id,
        reason=row.reason,
        note=row.note,
        actor=row.actor,
        request_id=row.request_id,
        approver=row.approver,
        case_id=row.case_id,
        logged=StatusChange(
            seq=row.seq,
            index=row.list_index,
            kind=ChangeKind(row.kind),
            at=row.at,
            successor=row.successor,
            until=row.until,
        ),
    )
