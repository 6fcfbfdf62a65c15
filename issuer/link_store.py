"""Class lists between upload and preview: those that wait for the RLD, and those compared anew."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from issuer.store import PREVIEW, WAITING, get_class
from issuer.tables import class_list, class_row
from runtime.audit_log import Entry, record
from vc.errors import ConflictError


def record_trouble(connection: Connection, class_id: str, trouble: str) -> None:
    """Say why a waiting class list still waits."""
    connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.state == WAITING)
        .values(trouble=trouble)
    )


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
            class_list.c.state.in_((WAITING, PREVIEW)),
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
