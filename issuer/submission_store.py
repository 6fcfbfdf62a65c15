"""A class list on its way past a second person; each function is part of one transaction."""

from datetime import date, datetime

from sqlalchemy import func, select, update

from issuer.store import (
    ISSUING,
    PREVIEW,
    WAITING,
    Connection,
    change_state,
    class_row,
)
from issuer.tables import class_list
from runtime.audit_log import Entry, record


def submit(
    connection: Connection, class_id: str, slug: str, proposal: int, *, actor: str, now: datetime
) -> None:
    """Say that a preview waits for a second person. Raises ``ConflictError``."""
    change_state(connection, class_id, slug, PREVIEW, WAITING)
    values = {"proposal": proposal, "sent_back": None}
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(**values))
    record(connection, Entry(actor=actor, act="class.submit", object=class_id), now=now)


def send_back(
    connection: Connection, class_id: str, slug: str, sealed_reason: bytes, *, actor: str, now: datetime
) -> None:
    """Make a preview again of what waits; the reason is in the list and in no log. ``ConflictError``."""
    change_state(connection, class_id, slug, WAITING, PREVIEW)
    values = {"sent_back": sealed_reason}
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(**values))
    record(connection, Entry(actor=actor, act="class.send-back", object=class_id), now=now)


def let_issue(
    connection: Connection,
    class_id: str,
    slug: str,
    *,
    actor: str,
    approver: str,
    reason: str | None,
    now: datetime,
) -> None:
    """Have what waits issued, for two people. Raises ``ConflictError``."""
    change_state(connection, class_id, slug, WAITING, ISSUING)
    today = now.date().isoformat()
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(approved_on=today))
    entry = Entry(actor=actor, act="class.issue", object=class_id, approver=approver, reason=reason)
    record(connection, entry, now=now)


def approved_rows_on(connection: Connection, slug: str, day: date) -> int:
    """How many certificates of this centre two people agreed to on ``day``."""
    query = (
        select(func.count())
        .select_from(class_row.join(class_list, class_row.c.class_id == class_list.c.id))
        .where(class_list.c.centre_slug == slug, class_list.c.approved_on == day.isoformat())
    )
    return connection.scalar(query) or 0
