"""Visits of people at a kiosk, as an officer opened them; each function is part of one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from issuer.assisted_tables import visit
from issuer.store import ISSUED, Connection, Record
from issuer.tables import issuance, rld_hold
from runtime.audit_log import Entry, record
from runtime.personal_data_table import GENERAL
from vc.encoding.timestamps import format_timestamp
from vc.errors import NotFound


def standing_of(connection: Connection, people: Sequence[str], slug: str | None = None) -> Sequence[Record]:
    """General certificates of these people that are not ended, the newest first; of one centre with ``slug``.

    Nothing of somebody about whom a person decides first.
    """
    query = select(issuance).where(
        issuance.c.person.in_(people),
        issuance.c.state == ISSUED,
        issuance.c.data_class == GENERAL,
        issuance.c.ended.is_(None),
        issuance.c.revoked_at.is_(None),
        issuance.c.person.not_in(select(rld_hold.c.person)),
    )
    if slug is not None:
        query = query.where(issuance.c.centre_slug == slug)
    return connection.execute(query.order_by(issuance.c.created.desc(), issuance.c.intent_id)).all()


def open_visit(connection: Connection, values: Mapping[str, Any], *, now: datetime) -> None:
    """Let an officer print for somebody, and account for that they were found."""
    connection.execute(insert(visit).values(**values, opened_at=format_timestamp(now)))
    account(connection, values["officer"], "find", values["person"], reason=values["reason"], now=now)


def get_visit(connection: Connection, visit_id: str, officer: str, *, since: datetime) -> Record:
    """A visit that this officer opened since then. Raises ``NotFound``."""
    query = select(visit).where(
        visit.c.visit_id == visit_id,
        visit.c.officer == officer,
        visit.c.opened_at >= format_timestamp(since),
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound("This visit is over. Find the person again.")
    return found


def account(
    connection: Connection, officer: str, act: str, person: str, *, reason: str, now: datetime
) -> None:
    """Account for what an officer does for somebody: *find*, *miss* (nobody was found) or *print*.

    ``person`` is a blind index; of a miss, that of what was asked for.
    """
    record(connection, Entry(actor=officer, act=f"assisted.{act}", object=person, reason=reason), now=now)


def of_person(connection: Connection, person: str) -> Sequence[Record]:
    """The visits of somebody, the oldest first."""
    query = select(visit).where(visit.c.person == person).order_by(visit.c.opened_at)
    return connection.execute(query).all()


def forget_person(connection: Connection, person: str) -> None:
    """Forget the visits of somebody."""
    connection.execute(delete(visit).where(visit.c.person == person))


def forget_older(connection: Connection, before: datetime) -> None:
    """Forget visits opened before then."""
    connection.execute(delete(visit).where(visit.c.opened_at < format_timestamp(before)))
