"""Counts of certificates without names, and which certificates are in them; part of one transaction each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update

from issuer.store import ISSUED, Connection, Record
from issuer.tables import class_list, issuance, tally
from vc.errors import ConflictError

CHUNK: Final = 500
_IN, _GONE = "issued", "gone"


class StaleTally(ConflictError):
    """Another process counted the same certificates a moment before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What certificates have in common that are counted together; what is not known is empty.

    ``kind`` is a class list's, ``programme`` a code of ``report_targets.json``, ``until_month`` the month
    (YYYY-MM) they end in by themselves.
    """

    kind: str
    province_code: str = ""
    sex: str = ""
    programme: str = ""
    until_month: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many were issued, and how many of them an officer revoked or their centre ended since."""

    issued: int
    revoked: int
    ended: int


def untallied(connection: Connection) -> Sequence[Record]:
    """Issued certificates that are in no count yet."""
    return _records(connection, and_(issuance.c.state == ISSUED, issuance.c.tallied.is_(None)))


def gone(connection: Connection) -> Sequence[Record]:
    """Counted certificates that are not in force any more, and are not counted as that yet."""
    has_ended = or_(issuance.c.ended.is_not(None), issuance.c.revoked_at.is_not(None))
    return _records(connection, and_(issuance.c.tallied == _IN, has_ended))


def add_issued(connection: Connection, cells: Mapping[str, Cell]) -> None:
    """Count certificates, by intent."""
    _mark(connection, list(cells), None, _IN)
    for cell, number in Counter(cells.values()).items():
        _add(connection, cell, Count(issued=number, revoked=0, ended=0))


def add_gone(connection: Connection, cells: Mapping[str, Cell], revoked: frozenset[str]) -> None:
    """Count what is not in force any more, by intent; ``revoked`` are those an officer revoked."""
    _mark(connection, list(cells), _IN, _GONE)
    officers = Counter(cell for intent, cell in cells.items() if intent in revoked)
    centres = Counter(cell for intent, cell in cells.items() if intent not in revoked)
    for cell in {*officers, *centres}:
        _add(connection, cell, Count(issued=0, revoked=officers[cell], ended=centres[cell]))


def counts(connection: Connection) -> Mapping[Cell, Count]:
    """Every count."""
    names = Cell.__dataclass_fields__
    return {
        Cell(**{name: row[name] for name in names}): Count(
            issued=row["issued"], revoked=row["revoked"], ended=row["ended"]
        )
        for row in connection.execute(select(tally)).mappings()
    }


def count_people(connection: Connection) -> int:
    """How many people have at least one certificate that was not ended."""
    query = select(func.count(issuance.c.person.distinct())).where(
        issuance.c.state == ISSUED, issuance.c.ended.is_(None), issuance.c.revoked_at.is_(None)
    )
    return connection.scalar(query) or 0


def _records(connection: Connection, where: ColumnElement[bool]) -> Sequence[Record]:
    heavy = ("document", "proof_config", "secured")
    columns = [column for column in issuance.c if column.name not in heavy]
    query: Select[Any] = (
        select(*columns, class_list.c.kind)
        .join(class_list, class_list.c.id == issuance.c.class_id)
        .where(where)
        .order_by(issuance.c.intent_id)
        .limit(CHUNK)
    )
    return connection.execute(query).all()


def _mark(connection: Connection, intents: Sequence[str], before: str | None, after: str) -> None:
    mine = (issuance.c.intent_id.in_(intents), issuance.c.tallied.is_not_distinct_from(before))
    changed = connection.execute(update(issuance).where(*mine).values(tallied=after))
    if changed.rowcount != len(intents):
        raise StaleTally("Another process counted these.")


def _add(connection: Connection, cell: Cell, more: Count) -> None:
    key = [tally.c[name] == value for name, value in asdict(cell).items()]
    values = {name: tally.c[name] + number for name, number in asdict(more).items()}
    if connection.execute(update(tally).where(*key).values(values)).rowcount == 0:
        connection.execute(insert(tally).values(**asdict(cell), **asdict(more)))
