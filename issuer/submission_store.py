"""A class list on its way past a second person; each function is part of one transaction."""

from datetime import date, datetime

from sqlalchemy import func, select, update

from issuer.ending_store import give_back, make_way
from issuer.store import (
    ISSUING,
    PREVIEW,
    SCHEDULED,
    WAITING,
    Connection,
    change_state,
    class_row,
)
from issuer.tables import class_list
from runtime.audit_log import Entry, record
from vc.encoding.timestamps import format_timestamp


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
    issue_at: datetime | None,
    now: datetime,
) -> None:
    """Have what waits issued, at once or from ``issue_at`` on, for two people. Raises ``ConflictError``."""
    change_state(connection, class_id, slug, WAITING, ISSUING if issue_at is None else SCHEDULED)
    due = None if issue_at is None else format_timestamp(issue_at)
    values = {"approved_on": now.date().isoformat(), "issue_at": due}
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(**values))
    make_way(connection, class_id, now)
    act = "class.issue" if issue_at is None else "class.schedule"
    entry = Entry(actor=actor, act=act, object=class_id, approver=approver, reason=reason)
    record(connection, entry, now=now)


def unschedule(connection: Connection, class_id: str, slug: str, *, actor: str, now: datetime) -> None:
    """Make a preview again of what was to be issued later: no approval stands. ``ConflictError``."""
    change_state(connection, class_id, slug, SCHEDULED, PREVIEW)
    values = {"proposal": None, "approved_on": None, "issue_at": None}
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(**values))
    give_back(connection, class_id)
    record(connection, Entry(actor=actor, act="class.unschedule", object=class_id), now=now)


def release_due(connection: Connection, now: datetime) -> None:
    """Have every scheduled class list issued whose time has come."""
    due = (class_list.c.state == SCHEDULED) & (class_list.c.issue_at <= format_timestamp(now))
    connection.execute(update(class_list).where(due).values(state=ISSUING))


def approved_rows_on(connection: Connection, slug: str, day: date) -> int:
    """How many certificates of this centre two people agreed to on ``day``."""
    query = (
        select(func.count())
        .select_from(class_row.join(class_list, class_row.c.class_id == class_list.c.id))
        .where(class_list.c.centre_slug == slug, class_list.c.approved_on == day.isoformat())
    )
    return connection.scalar(query) or 0
