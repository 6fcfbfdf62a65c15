"""How a centre ends what it issued; each function is part of one transaction.

*replaced*: a list of one row corrects it. The award and the number pass to that list when two people agree;
the certificate stays in force until its successor is signed, and both come back if that list is given up.
*taken-back*: it was issued in error. The registry is told later, and then the holder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import aliased

from issuer.store import ISSUED, REPLACED, RETIRED, TAKEN_BACK, Connection
from issuer.tables import class_list, issuance, report
from runtime.audit_log import Entry, record, rows_root
from runtime.i18n import gettext_noop
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError

_AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What is still to be told of an ended certificate; ``successor`` is the id of what replaces it."""

    intent_id: str
    credential_id: str
    ended: str
    successor: str | None


def make_way(connection: Connection, class_id: str, now: datetime) -> None:
    """Let the list of one row take the place of the certificate it corrects; nothing for any other list.

    Raises ``ConflictError`` where that certificate was ended meanwhile.
    """
    corrected = connection.scalar(select(class_list.c.corrects).where(class_list.c.id == class_id))
    if corrected is None:
        return
    values = {"ended": REPLACED, "replaced_by": class_id, "ended_at": format_timestamp(now)}
    if _end(connection, [corrected], values) != 1:
        raise ConflictError(gettext_noop("This certificate was corrected or taken back already."))


def give_back(connection: Connection, class_id: str) -> None:
    """Let stand what a list was to replace, where nothing of that list is signed or can be any more."""
    standing = aliased(issuance)
    open_or_issued = select(standing.c.intent_id).where(
        standing.c.class_id == class_id, standing.c.state != RETIRED
    )
    connection.execute(
        update(issuance)
        .where(issuance.c.replaced_by == class_id, issuance.c.settled_at.is_(None), ~open_or_issued.exists())
        .values(ended=None, replaced_by=None, ended_at=None)
    )


def issued_since(connection: Connection, intent_ids: Sequence[str], since: datetime) -> int:
    """How many of these certificates stand, and were issued at ``since`` or later."""
    query = select(func.count()).where(
        issuance.c.intent_id.in_(intent_ids),
        issuance.c.state == ISSUED,
        issuance.c.ended.is_(None),
        issuance.c.issued_at >= since.isoformat(),
    )
    return connection.scalar(query) or 0


def count_standing(connection: Connection, class_id: str, since: str = "") -> int:
    """How many certificates of a class list stand, of those issued at ``since`` or later."""
    query = select(func.count()).where(
        issuance.c.class_id == class_id,
        issuance.c.state == ISSUED,
        issuance.c.ended.is_(None),
        issuance.c.issued_at >= since,
    )
    return connection.scalar(query) or 0


def take_back_of(connection: Connection, class_id: str) -> int | None:
    """The last proposal to take back some of a class list."""
    number: int | None = connection.scalar(select(class_list.c.take_back).where(class_list.c.id == class_id))
    return number


def ask_to_take_back(
    connection: Connection, class_id: str, proposal: int, *, actor: str, now: datetime
) -> None:
    """Note which proposal asks a second person to take back some of a class list."""
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(take_back=proposal))
    record(connection, Entry(actor=actor, act="class.ask-take-back", object=class_id), now=now)


def take_back(
    connection: Connection,
    class_id: str,
    intent_ids: Sequence[str],
    *,
    actor: str,
    approver: str,
    now: datetime,
) -> None:
    """End these certificates of a class list for two people. Raises ``ConflictError`` where one is ended."""
    values = {"ended": TAKEN_BACK, "ended_at": format_timestamp(now)}
    if _end(connection, intent_ids, values) != len(intent_ids):
        raise ConflictError(gettext_noop("This certificate was corrected or taken back already."))
    root = rows_root([{"intent": intent_id} for intent_id in sorted(intent_ids)])
    entry = Entry(actor=actor, act="credential.take-back", object=class_id, approver=approver, rows_root=root)
    record(connection, entry, now=now)


def _end(connection: Connection, intent_ids: Sequence[str], values: dict[str, str]) -> int:
    standing = and_(
        issuance.c.intent_id.in_(intent_ids), issuance.c.state == ISSUED, issuance.c.ended.is_(None)
    )
    return connection.execute(update(issuance).where(standing).values(**values)).rowcount


def unsettled(connection: Connection, class_id: str | None = None) -> Sequence[Ending]:
    """What the registry has not acknowledged: everything taken back, and what has a signed successor.

    With ``class_id`` only what that list replaces.
    """
    successor = aliased(issuance)
    query = (
        select(issuance.c.intent_id, issuance.c.credential_id, issuance.c.ended, successor.c.credential_id)
        .outerjoin(
            successor,
            and_(successor.c.class_id == issuance.c.replaced_by, successor.c.state == ISSUED),
        )
        .where(
            issuance.c.settled_at.is_(None),
            or_(issuance.c.ended == TAKEN_BACK, successor.c.credential_id.is_not(None)),
        )
        .limit(_AT_ONCE)
    )
    if class_id is not None:
        query = query.where(issuance.c.replaced_by == class_id)
    return [
        Ending(intent_id=intent_id, credential_id=credential_id, ended=ended, successor=successor_id)
        for intent_id, credential_id, ended, successor_id in connection.execute(query)
    ]


def settle(connection: Connection, intent_ids: Iterable[str], now: datetime) -> None:
    """Note that the registry has acknowledged these endings; what holders reported about them is mended."""
    ended = list(intent_ids)
    _note(connection, ended, "settled_at", now)
    about = (report.c.intent_id.in_(ended), report.c.state == "open")
    connection.execute(update(report).where(*about).values(state="mended", decided_at=format_timestamp(now)))


def untold(connection: Connection) -> Sequence[str]:
    """Intents that were taken back after the wallet had them, and of which it has not been told."""
    query = select(issuance.c.intent_id).where(
        issuance.c.ended == TAKEN_BACK,
        issuance.c.settled_at.is_not(None),
        issuance.c.delivered_at.is_not(None),
        issuance.c.told_at.is_(None),
        issuance.c.secured.is_not(None),
    )
    return connection.scalars(query.limit(_AT_ONCE)).all()


def record_told(connection: Connection, intent_ids: Iterable[str], now: datetime) -> None:
    """Note that the wallet has acknowledged to know of these."""
    _note(connection, intent_ids, "told_at", now)


def _note(connection: Connection, intent_ids: Iterable[str], column: str, now: datetime) -> None:
    connection.execute(
        update(issuance)
        .where(issuance.c.intent_id.in_(list(intent_ids)))
        .values({column: format_timestamp(now)})
    )
