"""What others suspect, and what the public is told; each function is part of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from revocation.tables import incident, suspicion


class SuspicionState(StrEnum):
    """What became of a report: a case was opened, it went to the registrar, or nothing comes of it."""

    OPEN = "open"
    CASE = "case"
    PASSED_ON = "passed-on"
    PUT_AWAY = "put-away"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """A report about a *certificate* or an *agency*; ``credential_id`` is None for what is not known here."""

    report_id: str
    about: str
    what: str
    credential_id: str | None
    agency_number: str | None
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """What the public is told of a case: how many certificates of which kinds, why, since when."""

    incident_id: str
    case_id: str
    reason: str
    certificates: int
    kinds: tuple[str, ...]
    revoked_on: str
    published_by: str
    published_at: datetime


def add_suspicion(connection: Connection, made: Suspicion) -> None:
    """Keep a report."""
    connection.execute(
        insert(suspicion).values(
            report_id=made.report_id,
            about=made.about,
            what=made.what,
            credential_id=made.credential_id,
            agency_number=made.agency_number,
            made_at=made.made_at,
            state=SuspicionState.OPEN.value,
        )
    )


def open_suspicions(connection: Connection, *, limit: int) -> tuple[Suspicion, ...]:
    """What waits for an officer, oldest first."""
    query = select(suspicion).where(suspicion.c.state == SuspicionState.OPEN.value)
    names = Suspicion.__dataclass_fields__
    rows = connection.execute(query.order_by(suspicion.c.made_at).limit(limit)).mappings()
    return tuple(Suspicion(**{name: row[name] for name in names}) for row in rows)


def count_open(connection: Connection) -> int:
    """How many wait."""
    query = select(func.count()).select_from(suspicion).where(suspicion.c.state == SuspicionState.OPEN.value)
    return connection.scalar(query) or 0


def decide_suspicion(
    connection: Connection, report_id: str, state: SuspicionState, *, by: str, now: datetime
) -> bool:
    """Note what became of a report; False where it was decided before, or there is none."""
    changed = connection.execute(
        update(suspicion)
        .where(suspicion.c.report_id == report_id, suspicion.c.state == SuspicionState.OPEN.value)
        .values(state=state.value, decided_by=by, decided_at=now)
    )
    return changed.rowcount == 1


def forget_decided(connection: Connection, *, before: datetime) -> None:
    """Delete reports that were dealt with before then."""
    connection.execute(delete(suspicion).where(suspicion.c.decided_at < before))


def add_incident(connection: Connection, made: Incident) -> bool:
    """Keep a notice; False where its case has one."""
    if incident_of(connection, made.case_id) is not None:
        return False
    connection.execute(
        insert(incident).values(
            incident_id=made.incident_id,
            case_id=made.case_id,
            reason=made.reason,
            certificates=made.certificates,
            kinds=list(made.kinds),
            revoked_on=made.revoked_on,
            published_by=made.published_by,
            published_at=made.published_at,
        )
    )
    return True


def incident_of(connection: Connection, case_id: str) -> Incident | None:
    """The notice about a case."""
    row = connection.execute(select(incident).where(incident.c.case_id == case_id)).mappings().first()
    return None if row is None else _incident(row)


def incidents(connection: Connection, *, limit: int) -> Sequence[Incident]:
    """The latest notices, newest first."""
    query = select(incident).order_by(incident.c.published_at.desc()).limit(limit)
    return [_incident(row) for row in connection.execute(query).mappings()]


def _incident(row: RowMapping) -> Incident:
    values = {name: row[name] for name in Incident.__dataclass_fields__}
    return Incident(**{**values, "kinds": tuple(row["kinds"])})
