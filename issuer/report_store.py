"""What holders report about their certificates; each function is part of one transaction.

``note`` and ``answer`` are sealed (``issuer.service.reports``) and stand in no log.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update

from issuer.store import ISSUED, Connection, Record
from issuer.tables import issuance, report
from runtime.audit_log import Entry, record
from runtime.i18n import gettext_noop
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, NotFound

OPEN, MENDED, ANSWERED = "open", "mended", "answered"
_SHOWN: Final = 100
_HOLDER: Final = "holder"


def add(connection: Connection, values: dict[str, Any], now: datetime) -> None:
    """Keep a new report. Raises ``ConflictError`` while one about the same certificate is open."""
    of_it = (report.c.intent_id == values["intent_id"], report.c.state == OPEN)
    if connection.scalar(select(report.c.report_id).where(*of_it)) is not None:
        raise ConflictError(gettext_noop("This was reported already. Your centre looks into it."))
    at = format_timestamp(now)
    connection.execute(insert(report).values(**values, state=OPEN, reported_at=at))
    record(connection, Entry(actor=_HOLDER, act="credential.report", object=values["intent_id"]), now=now)


def answer(
    connection: Connection, report_id: str, slug: str, sealed_answer: bytes, *, actor: str, now: datetime
) -> None:
    """Close a report of this centre with an answer. Raises ``ConflictError``, ``NotFound``."""
    found = get(connection, report_id, slug)
    changed = connection.execute(
        update(report)
        .where(report.c.report_id == report_id, report.c.state == OPEN)
        .values(state=ANSWERED, answer=sealed_answer, decided_by=actor, decided_at=format_timestamp(now))
    )
    if changed.rowcount != 1:
        raise ConflictError(gettext_noop("This report was answered already."))
    record(connection, Entry(actor=actor, act="report.answer", object=found.intent_id), now=now)


def get(connection: Connection, report_id: str, slug: str) -> Record:
    """One report of this centre. Raises ``NotFound``."""
    query = select(report).where(report.c.report_id == report_id, report.c.centre_slug == slug)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def open_reports(connection: Connection, slug: str, data_classes: Collection[str]) -> Sequence[Record]:
    """The open reports of a centre about these classes of data, oldest first, with certificates' numbers."""
    query = (
        select(report, issuance.c.certificate_number)
        .join(issuance, issuance.c.intent_id == report.c.intent_id)
        .where(
            report.c.centre_slug == slug,
            report.c.state == OPEN,
            report.c.data_class.in_(list(data_classes)),
        )
        .order_by(report.c.reported_at)
    )
    return connection.execute(query.limit(_SHOWN)).all()


def last_of(connection: Connection, credential_id: str) -> Record | None:
    """The last report about an issued certificate, if there was one."""
    query = (
        select(report)
        .join(issuance, issuance.c.intent_id == report.c.intent_id)
        .where(issuance.c.credential_id == credential_id, issuance.c.state == ISSUED)
        .order_by(report.c.reported_at.desc())
    )
    return connection.execute(query.limit(1)).one_or_none()


def of_person(connection: Connection, person: str) -> Sequence[Record]:
    """Everything this person reported, oldest first."""
    query = select(report).where(report.c.person == person)
    return connection.execute(query.order_by(report.c.reported_at)).all()
