"""Fraud cases as they are kept; each function is part of one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from revocation.change_store import standing_changes
from revocation.tables import case_member, fraud_case
from revocation.values import Change, Reason
from vc.encoding.strict_json import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """Certificates that are looked at together. ``evidence`` is a SHA-256 (hex) of what was found.

    ``criteria`` is what was asked of the issuer, None where certificates were named one by one.
    """

    case_id: str
    reason: Reason
    note: str
    evidence: str | None
    criteria: JsonObject | None
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One certificate of a case; ``centre`` and ``kind`` may be empty where only the registry knows it."""

    credential_id: str
    centre: str
    kind: str
    issued_on: str


def add_case(connection: Connection, case: Case, members: Sequence[Member]) -> None:
    """Keep a new case and what it is about, which never changes."""
    connection.execute(
        insert(fraud_case).values(
            case_id=case.case_id,
            reason=case.reason.value,
            note=case.note,
            evidence=case.evidence,
            criteria=case.criteria,
            opened_by=case.opened_by,
            opened_at=case.opened_at,
        )
    )
    connection.execute(
        insert(case_member),
        [
            {
                "case_id": case.case_id,
                "credential_id": member.credential_id,
                "centre": member.centre,
                "kind": member.kind,
                "issued_on": member.issued_on,
            }
            for member in members
        ],
    )


def case_or_none(connection: Connection, case_id: str) -> Case | None:
    """The case of this id, open or closed."""
    row = connection.execute(select(fraud_case).where(fraud_case.c.case_id == case_id)).first()
    return None if row is None else _case(row)


def cases(connection: Connection, *, limit: int) -> tuple[tuple[Case, int], ...]:
    """The latest cases with how many certificates each is about, newest first."""
    sizes = (
        select(case_member.c.case_id, func.count().label("size")).group_by(case_member.c.case_id).subquery()
    )
    query = (
        select(fraud_case, sizes.c.size)
        .join(sizes, sizes.c.case_id == fraud_case.c.case_id)
        .order_by(fraud_case.c.opened_at.desc(), fraud_case.c.case_id)
        .limit(limit)
    )
    return tuple((_case(row), row.size) for row in connection.execute(query))


def close_case(connection: Connection, case_id: str, *, by: str, now: datetime) -> bool:
    """Close it; False where it is closed already."""
    standing = and_(fraud_case.c.case_id == case_id, fraud_case.c.closed_at.is_(None))
    done = connection.execute(update(fraud_case).where(standing).values(closed_by=by, closed_at=now))
    return done.rowcount == 1


def members(connection: Connection, case_id: str) -> tuple[Member, ...]:
    """What a case is about, by id."""
    query = select(case_member).where(case_member.c.case_id == case_id)
    return tuple(
        Member(credential_id=row.credential_id, centre=row.centre, kind=row.kind, issued_on=row.issued_on)
        for row in connection.execute(query.order_by(case_member.c.credential_id))
    )


def standing_in(connection: Connection, case_members: Sequence[Member]) -> Mapping[str, Change]:
    """Credential id → the change that holds for it, for every member that is not in force."""
    return standing_changes(connection, [member.credential_id for member in case_members])


def _case(row: Row[tuple[object, ...]]) -> Case:
    return Case(
        case_id=row.case_id,
        reason=Reason(row.reason),
        note=row.note,
        evidence=row.evidence,
        criteria=row.criteria,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
