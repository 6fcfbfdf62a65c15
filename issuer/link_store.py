"""Class lists between upload and preview: those that wait for the RLD, and those compared anew."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from issuer.store import PREVIEW, UNCOMPARED, get_class
from issuer.tables import class_list, class_row, link_choice
from runtime.audit_log import Entry, record
from vc.errors import ConflictError


def record_trouble(connection: Connection, class_id: str, trouble: str) -> None:
    """Say why a waiting class list still waits."""
    connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.state == UNCOMPARED)
        .values(trouble=trouble)
    )


def put_choices(connection: Connection, class_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Replace a class list's open choices by these (``row``, ``candidates``); what was decided stays."""
    connection.execute(
        delete(link_choice).where(link_choice.c.class_id == class_id, link_choice.c.decided_at.is_(None))
    )
    if rows:
        connection.execute(insert(link_choice), [{**row, "class_id": class_id} for row in rows])


def choices_of(connection: Connection, class_id: str) -> Sequence[Any]:
    """A class list's choices, open and decided, by row."""
    query = select(link_choice).where(link_choice.c.class_id == class_id)
    return connection.execute(query.order_by(link_choice.c.row)).all()


def decide_choice(
    connection: Connection, class_id: str, row: int, chosen: bytes | None, *, actor: str, now: datetime
) -> None:
    """Record who is meant by a row: ``chosen`` is sealed, None is nobody. Raises ``ConflictError``."""
    changed = connection.execute(
        update(link_choice)
        .where(
            link_choice.c.class_id == class_id, link_choice.c.row == row, link_choice.c.decided_at.is_(None)
        )
        .values(chosen=chosen, decided_by=actor, decided_at=now.isoformat())
    )
    if changed.rowcount != 1:
        raise ConflictError("There is nothing to choose for this row.")
    reason = "none of these" if chosen is None else "chosen"
    record(connection, Entry(actor=actor, act="row.link", object=f"{class_id}:{row}", reason=reason), now=now)


def forget_choices(connection: Connection, class_id: str) -> None:
    """Delete what was kept of people who might have been meant."""
    connection.execute(delete(link_choice).where(link_choice.c.class_id == class_id))


def refill(
    connection: Connection,
    class_id: str,
    slug: str,
    values: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Make a waiting list, or a preview, into the preview that it came to now.

    Raises ``ConflictError`` once it was issued or put away, ``NotFound`` for another centre's.
    """
    changed = connection.execute(
        update(class_list)
        .where(
            class_list.c.id == class_id,
            class_list.c.centre_slug == slug,
            class_list.c.state.in_((UNCOMPARED, PREVIEW)),
        )
        .values(**values, state=PREVIEW, trouble=None)
    )
    if changed.rowcount != 1:
        get_class(connection, class_id, slug)
        raise ConflictError("This class list is not in a state that allows this.")
    connection.execute(delete(class_row).where(class_row.c.class_id == class_id))
    if rows:
        connection.execute(insert(class_row), list(rows))
    record(connection, Entry(actor=actor, act="class.compare", object=class_id), now=now)
