"""How many certificates a centre gave; each function is one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, true

from issuer.store import ISSUED
from issuer.tables import class_list, class_row, issuance

# SQLite refuses statements with very many bound values.
_CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedCount:
    """Certificates of one ``kind`` of class list and one ``title``: ever, and since an instant.

    ``in_force`` are those that were not revoked and not superseded.
    """

    kind: str
    title: str
    issued: int
    issued_since: int
    in_force: int
    in_force_since: int


def count_issued(
    connection: Connection, slug: str, since: str, ended: Sequence[str]
) -> Sequence[IssuedCount]:
    """Certificates of a centre, by kind and title. ``ended`` are ids of those that are not in force.

    ``since`` is an instant as ``created`` is kept.
    """
    found = {(count.kind, count.title): count for count in _counts(connection, slug, since, true())}
    for start in range(0, len(ended), _CHUNK):
        chunk = ended[start : start + _CHUNK]
        for gone in _counts(connection, slug, since, issuance.c.credential_id.in_(chunk)):
            count = found[gone.kind, gone.title]
            found[gone.kind, gone.title] = replace(
                count,
                in_force=count.in_force - gone.issued,
                in_force_since=count.in_force_since - gone.issued_since,
            )
    return tuple(found.values())


def _counts(
    connection: Connection, slug: str, since: str, which: ColumnElement[bool]
) -> Iterator[IssuedCount]:
    later = case((issuance.c.created >= since, 1), else_=0)
    query = (
        select(
            class_list.c.kind,
            class_row.c.title,
            func.count().label("issued"),
            func.sum(later).label("issued_since"),
        )
        .join(class_list, class_list.c.id == issuance.c.class_id)
        .join(class_row, and_(class_row.c.class_id == issuance.c.class_id, class_row.c.row == issuance.c.row))
        .where(issuance.c.centre_slug == slug, issuance.c.state == ISSUED, which)
        .group_by(class_list.c.kind, class_row.c.title)
        .order_by(class_list.c.kind, class_row.c.title)
    )
    for row in connection.execute(query):
        yield IssuedCount(
            kind=row.kind,
            title=row.title,
            issued=row.issued,
            issued_since=row.issued_since,
            in_force=row.issued,
            in_force_since=row.issued_since,
        )
