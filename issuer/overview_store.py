"""What a centre issued, looked through by kind, state and day; each function is part of one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select, tuple_

from issuer.store import ISSUED, REPLACED, TAKEN_BACK, Connection, Record
from issuer.tables import class_list, class_row, issuance

STANDING, REVOKED = "standing", "revoked"
STATES: Final = (STANDING, REPLACED, TAKEN_BACK, REVOKED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which certificates of a centre; what is None or empty is not asked about.

    ``since`` and ``until`` are instants as ``issued_at`` is kept, the second one not included. ``number``
    is the beginning of a certificate number.
    """

    slug: str
    data_classes: Collection[str]
    kind: str | None = None
    state: str | None = None
    since: str | None = None
    until: str | None = None
    number: str = ""


def state_of(record: Record) -> str:
    """One of ``STATES``."""
    if record.ended is not None:
        return str(record.ended)
    return STANDING if record.revoked_at is None else REVOKED


def count(connection: Connection, wanted: Wanted) -> int:
    """How many there are."""
    found = _narrowed(select(func.count()).select_from(_joined()), wanted)
    return connection.scalar(found) or 0


def page(connection: Connection, wanted: Wanted, *, skip: int, limit: int) -> Sequence[Record]:
    """``limit`` of them behind the first ``skip``, newest first."""
    return connection.execute(_ordered(wanted).offset(skip).limit(limit)).all()


def behind(connection: Connection, wanted: Wanted, last: Record | None, *, limit: int) -> Sequence[Record]:
    """The next ``limit`` behind the one that came last, newest first."""
    query = _ordered(wanted)
    if last is not None:
        here = tuple_(issuance.c.issued_at, issuance.c.intent_id)
        query = query.where(here < tuple_(last.issued_at, last.intent_id))
    return connection.execute(query.limit(limit)).all()


def _ordered(wanted: Wanted) -> Select[Any]:
    heavy = ("document", "proof_config", "secured")
    columns = [column for column in issuance.c if column.name not in heavy]
    query = select(*columns, class_list.c.kind, class_row.c.title).select_from(_joined())
    return _narrowed(query, wanted).order_by(issuance.c.issued_at.desc(), issuance.c.intent_id.desc())


def _joined() -> Any:
    return issuance.join(class_list, class_list.c.id == issuance.c.class_id).join(
        class_row, (class_row.c.class_id == issuance.c.class_id) & (class_row.c.row == issuance.c.row)
    )


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(
        issuance.c.centre_slug == wanted.slug,
        issuance.c.state == ISSUED,
        issuance.c.data_class.in_(list(wanted.data_classes)),
    )
    if wanted.kind is not None:
        query = query.where(class_list.c.kind == wanted.kind)
    if wanted.since is not None:
        query = query.where(issuance.c.issued_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(issuance.c.issued_at < wanted.until)
    if wanted.number:
        query = query.where(issuance.c.certificate_number.startswith(wanted.number, autoescape=True))
    return _in_state(query, wanted.state)


def _in_state(query: Select[Any], state: str | None) -> Select[Any]:
    if state in (REPLACED, TAKEN_BACK):
        return query.where(issuance.c.ended == state)
    if state == REVOKED:
        return query.where(issuance.c.ended.is_(None), issuance.c.revoked_at.is_not(None))
    if state == STANDING:
        return query.where(issuance.c.ended.is_(None), issuance.c.revoked_at.is_(None))
    return query
