"""Deleting what is over its limit, or about somebody erased; each function is part of one transaction."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from issuer.store import (
    DISCARDED,
    DONE,
    INTENDED,
    PREVIEW,
    RESERVED,
    RETIRED,
    UNCOMPARED,
    WAITING,
    Connection,
)
from issuer.tables import class_list, class_row, issuance, report

_AT_ONCE = 50


def forget_person(connection: Connection, person: str) -> frozenset[str]:
    """Empty every row of this person, and close what was not signed; the class lists they stood in.

    What is *signing* stays so: it is abandoned in its time, and its index revoked.
    """
    of_person = class_row.c.person == person
    classes = frozenset(connection.scalars(select(class_row.c.class_id).where(of_person)))
    connection.execute(update(class_row).where(of_person).values(dataset=b""))
    connection.execute(delete(report).where(report.c.person == person))
    mine = issuance.c.person == person
    connection.execute(update(issuance).where(mine).values(dataset=b"", document=None, secured=None))
    unsigned = issuance.c.state.in_((RESERVED, INTENDED))
    connection.execute(update(issuance).where(mine, unsigned).values(state=RETIRED))
    return classes


def forget_sheet(connection: Connection, class_id: str) -> None:
    """Empty what was uploaded as this class list."""
    empty = {"filename": b"", "original": b"", "problems": b"", "sent_back": None}
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(**empty))


def overdue_previews(connection: Connection, before: str) -> Sequence[str]:
    """Class lists uploaded before then and not issued, of which something is kept still."""
    return _overdue(connection, before, (UNCOMPARED, PREVIEW, WAITING, DISCARDED))


def overdue_sheets(connection: Connection, before: str) -> Sequence[str]:
    """Issued class lists uploaded before then, of which the file is kept still."""
    return _overdue(connection, before, (DONE,))


def _overdue(connection: Connection, before: str, states: tuple[str, ...]) -> Sequence[str]:
    query = select(class_list.c.id).where(
        class_list.c.state.in_(states), class_list.c.uploaded_at < before, class_list.c.original != b""
    )
    return connection.scalars(query.order_by(class_list.c.uploaded_at).limit(_AT_ONCE)).all()


def drop_rows(connection: Connection, class_id: str) -> frozenset[str]:
    """Delete the rows of a class list that will not be issued; people of whom nothing is left."""
    here = class_row.c.class_id == class_id
    people = frozenset(connection.scalars(select(class_row.c.person).where(here)))
    connection.execute(delete(class_row).where(here))
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(state=DISCARDED))
    return people - frozenset(
        person
        for table in (class_row, issuance)
        for person in connection.scalars(select(table.c.person).where(table.c.person.in_(people)))
    )
