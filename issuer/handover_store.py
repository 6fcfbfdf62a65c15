"""Lists of people to whom something is handed over on paper; each function is part of one transaction.

A person *waits* on one list at a time. What was *handed* over, or could not be as the person was *not found*,
may be put back to wait.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from issuer.assisted_tables import handover, handover_list
from issuer.store import ISSUED, Connection, Record
from issuer.tables import issuance, rld_hold
from runtime.audit_log import Entry, record
from runtime.entropy import random_token
from runtime.personal_data_table import GENERAL
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, NotFound

GATHERING, READY = "gathering", "ready"
_ID_BITS: Final = 80
_SHOWN: Final = 50


class Scope(StrEnum):
    """What a list is of: people from a province, or those of a class list."""

    PROVINCE = "province"
    CLASS = "class"


class HandoverState(StrEnum):
    """Where it stands with one person's papers."""

    WAITING = "waiting"
    HANDED = "handed"
    NOT_FOUND = "not-found"


def add_list(connection: Connection, values: Mapping[str, Any], *, now: datetime) -> None:
    """Begin a list that is still to be gathered."""
    at = format_timestamp(now)
    connection.execute(
        insert(handover_list).values(**values, made_at=at, state=GATHERING, position="", seen=0)
    )
    entry = Entry(actor=values["made_by"], act="handover.list", object=values["list_id"])
    record(connection, entry, now=now)


def get_list(connection: Connection, list_id: str) -> Record:
    """One list. Raises ``NotFound``."""
    found = connection.execute(select(handover_list).where(handover_list.c.list_id == list_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such list.")
    return found


def newest_lists(connection: Connection) -> Sequence[Record]:
    """The newest lists, each with how many wait on it."""
    waiting = (
        select(func.count())
        .where(handover.c.list_id == handover_list.c.list_id, handover.c.state == HandoverState.WAITING.value)
        .scalar_subquery()
        .label("waiting")
    )
    query = select(*handover_list.c, waiting)
    return list(connection.execute(query.order_by(handover_list.c.made_at.desc()).limit(_SHOWN)))


def gathering(connection: Connection) -> Sequence[str]:
    """Lists that are not gathered yet, the oldest first."""
    query = select(handover_list.c.list_id).where(handover_list.c.state == GATHERING)
    return connection.scalars(query.order_by(handover_list.c.made_at)).all()


def certificates_after(connection: Connection, of: Record, *, limit: int) -> Sequence[Record]:
    """The next certificates that a list is gathered from, without what was signed, in order of intent."""
    columns = [column for column in issuance.c if column.name not in ("document", "secured", "proof_config")]
    query = select(*columns).where(
        issuance.c.intent_id > of.position,
        issuance.c.state == ISSUED,
        issuance.c.data_class == GENERAL,
        issuance.c.ended.is_(None),
        issuance.c.revoked_at.is_(None),
        issuance.c.person.not_in(select(rld_hold.c.person)),
    )
    if of.scope == Scope.CLASS.value:
        query = query.where(issuance.c.class_id == of.place)
    return connection.execute(query.order_by(issuance.c.intent_id).limit(limit)).all()


def count_on(connection: Connection, list_id: str) -> int:
    """How many people stand on a list."""
    query = select(func.count()).where(handover.c.list_id == list_id)
    return connection.scalar(query) or 0


def add_people(
    connection: Connection,
    of: Record,
    people: Mapping[str, str],
    *,
    position: str | None,
    seen: int,
    most: int,
    now: datetime,
) -> bool:
    """Put people on a list, and note how far it was gathered: to ``position``, or to the end with None.

    ``people``: blind index → when their newest certificate among those looked at was issued. Who waits on a
    list, or was handed something since then, is passed over; at most ``most`` stand on one list. False where
    somebody else has gathered on meanwhile.
    """
    room = most - count_on(connection, of.list_id)
    new = [person for person in people if not _has_papers(connection, person, people[person])]
    is_full = len(new) > room
    done = position is None or is_full
    moved = connection.execute(
        update(handover_list)
        .where(
            handover_list.c.list_id == of.list_id,
            handover_list.c.state == GATHERING,
            handover_list.c.position == of.position,
        )
        .values(
            position=of.position if position is None else position,
            seen=handover_list.c.seen + seen,
            state=READY if done else GATHERING,
            is_full=is_full,
        )
    )
    if moved.rowcount != 1:
        return False
    rows = [
        {
            "handover_id": random_token(_ID_BITS),
            "list_id": of.list_id,
            "person": person,
            "state": HandoverState.WAITING.value,
            "changed_by": of.made_by,
            "changed_at": format_timestamp(now),
        }
        for person in new[:room]
    ]
    if rows:
        connection.execute(insert(handover), rows)
    return True


def on_list(connection: Connection, list_id: str) -> Sequence[Record]:
    """Everybody on a list, whatever became of it."""
    query = select(handover).where(handover.c.list_id == list_id)
    return connection.execute(query.order_by(handover.c.handover_id)).all()


def change(
    connection: Connection,
    list_id: str,
    handover_id: str,
    state: HandoverState,
    *,
    officer: str,
    now: datetime,
) -> None:
    """Note what became of one person's papers.

    Raises ``NotFound``, ``ConflictError`` where that is known already, or they wait on another list.
    """
    here = (handover.c.handover_id == handover_id, handover.c.list_id == list_id)
    found = connection.execute(select(handover).where(*here)).one_or_none()
    if found is None:
        raise NotFound("There is nobody of this number on this list.")
    if state is HandoverState.WAITING and _waits(connection, found.person):
        raise ConflictError("This person waits on a list already.")
    # Marked only from where it was seen: of two officers at once one learns that the other was first.
    before = (
        handover.c.state != state.value
        if state is HandoverState.WAITING
        else handover.c.state == HandoverState.WAITING.value
    )
    values = {"state": state.value, "changed_by": officer, "changed_at": format_timestamp(now)}
    if connection.execute(update(handover).where(*here, before).values(**values)).rowcount != 1:
        raise ConflictError("Somebody has noted already what became of this.")
    entry = Entry(actor=officer, act=f"handover.{state.value}", object=handover_id)
    record(connection, entry, now=now)


def account_for_print(
    connection: Connection, list_id: str, officer: str, what: str, *, now: datetime
) -> None:
    """Account for that a list, or the passports of those on it, are printed."""
    entry = Entry(actor=officer, act="handover.print", object=list_id, reason=what)
    record(connection, entry, now=now)


def of_person(connection: Connection, person: str) -> Sequence[Record]:
    """What was to be handed over to somebody, and what became of it, the oldest first."""
    query = select(handover).where(handover.c.person == person).order_by(handover.c.changed_at)
    return connection.execute(query).all()


def forget_person(connection: Connection, person: str) -> None:
    """Take somebody off every list."""
    connection.execute(delete(handover).where(handover.c.person == person))


def forget_older(connection: Connection, before: datetime) -> None:
    """Forget lists made before then."""
    old = select(handover_list.c.list_id).where(handover_list.c.made_at < format_timestamp(before))
    connection.execute(delete(handover).where(handover.c.list_id.in_(old)))
    connection.execute(delete(handover_list).where(handover_list.c.made_at < format_timestamp(before)))


def _waits(connection: Connection, person: str) -> bool:
    query = select(handover.c.handover_id).where(
        handover.c.person == person, handover.c.state == HandoverState.WAITING.value
    )
    return connection.execute(query).first() is not None


def _has_papers(connection: Connection, person: str, since: str) -> bool:
    handed = select(handover.c.handover_id).where(
        handover.c.person == person,
        handover.c.state == HandoverState.HANDED.value,
        handover.c.changed_at >= since,
    )
    return _waits(connection, person) or connection.execute(handed).first() is not None
