"""Cases that the RLD's events open, and of whom nothing goes out meanwhile.

A case names a centre, a kind and the blind index of a person; nothing else about anybody is kept here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from issuer.feed_store import RLD, set_position
from issuer.rld.port import EventKind
from issuer.tables import class_list, class_row, issuance, rld_case, rld_hold, rld_notice
from runtime.audit_log import Entry, record, rows_root
from vc.errors import ConflictError, NotFound

GO_ON: Final = "go-on"
"""The decision that lets things go out again."""

_SERVICE: Final = "issuer"
_HOLDING: Final = frozenset({EventKind.MERGED, EventKind.DIED, EventKind.PROTECTED})
_SHOWN: Final = 100
_STATES: Final = ("preview", "issuing")


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """An event of the RLD as it is kept: ``person`` is the blind index of the number it names."""

    event_id: str
    kind: EventKind
    person: str
    happened_at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """Who decided a case, how, and when."""

    decision: str
    actor: str
    now: datetime


def take_events(
    connection: Connection, happenings: Sequence[Happening], cursor: str, *, now: datetime
) -> None:
    """Open a case at each centre that an event touches, once, and note how far the feed was read."""
    opened: list[str] = []
    for event in happenings:
        if event.kind in _HOLDING:
            _hold(connection, event.person, now)
        for slug in sorted(_centres_of(connection, event.person)):
            case_id = f"{event.event_id}:{slug}"
            if connection.scalar(select(rld_case.c.case_id).where(rld_case.c.case_id == case_id)):
                continue
            values = {
                "case_id": case_id,
                "kind": event.kind.value,
                "centre_slug": slug,
                "person": event.person,
                "happened_at": event.happened_at,
                "opened_at": now.isoformat(),
            }
            connection.execute(insert(rld_case).values(**values))
            opened.append(case_id)
    set_position(connection, RLD, cursor)
    if opened:
        entry = Entry(actor=_SERVICE, act="case.open", object="rld", rows_root=rows_root(opened))
        record(connection, entry, now=now)


def open_cases(
    connection: Connection, kinds: Iterable[EventKind], slug: str | None = None
) -> Sequence[Mapping[str, Any]]:
    """Cases nobody has decided, oldest first, each with the ``certificates`` it touches.

    Of one centre, or of all where none is named.
    """
    query = select(rld_case).where(
        rld_case.c.decided_at.is_(None), rld_case.c.kind.in_([kind.value for kind in kinds])
    )
    if slug is not None:
        query = query.where(rld_case.c.centre_slug == slug)
    rows = connection.execute(query.order_by(rld_case.c.opened_at, rld_case.c.case_id).limit(_SHOWN)).all()
    return [
        {**row._mapping, "certificates": _certificates_of(connection, row.person, row.centre_slug)}
        for row in rows
    ]


def decide_case(
    connection: Connection, case_id: str, kinds: Iterable[EventKind], slug: str | None, decided: Decided
) -> None:
    """Close a case of these kinds (of one centre). Raises ``NotFound``, and ``ConflictError`` if closed.

    Things of the person go out again once every case about them was decided so: ``GO_ON``.
    """
    case = connection.execute(select(rld_case).where(rld_case.c.case_id == case_id)).one_or_none()
    if case is None or EventKind(case.kind) not in set(kinds) or slug not in (None, case.centre_slug):
        raise NotFound("There is no such case.")
    if case.decided_at is not None:
        raise ConflictError("This case has been decided already.")
    values = {
        "decision": decided.decision,
        "decided_by": decided.actor,
        "decided_at": decided.now.isoformat(),
    }
    connection.execute(update(rld_case).where(rld_case.c.case_id == case_id).values(**values))
    others = select(rld_case.c.case_id).where(
        rld_case.c.person == case.person,
        rld_case.c.kind.in_([kind.value for kind in _HOLDING]),
        or_(rld_case.c.decision.is_(None), rld_case.c.decision != GO_ON),
    )
    if decided.decision == GO_ON and connection.execute(others).first() is None:
        connection.execute(delete(rld_hold).where(rld_hold.c.person == case.person))
    entry = Entry(actor=decided.actor, act="case.decide", object=case_id, reason=decided.decision)
    record(connection, entry, now=decided.now)


def held(connection: Connection, people: Iterable[str]) -> frozenset[str]:
    """Of which of these people nothing goes out."""
    wanted = frozenset(people)
    # All of them, since few are held at any time and a class list may have thousands.
    return wanted & frozenset(connection.scalars(select(rld_hold.c.person)))


def _hold(connection: Connection, person: str, now: datetime) -> None:
    if not held(connection, [person]):
        connection.execute(insert(rld_hold).values(person=person, since=now.isoformat()))


def _centres_of(connection: Connection, person: str) -> set[str]:
    """Centres that certified this person, or are about to."""
    issued = select(issuance.c.centre_slug).where(issuance.c.person == person)
    listed = (
        select(class_list.c.centre_slug)
        .join(class_row, class_row.c.class_id == class_list.c.id)
        .where(class_row.c.person == person, class_list.c.state.in_(_STATES))
    )
    return {*connection.scalars(issued), *connection.scalars(listed)}


def _certificates_of(connection: Connection, person: str, slug: str) -> list[dict[str, Any]]:
    """Number, title and standing of what the centre issued to this person."""
    query = (
        select(issuance.c.intent_id, issuance.c.certificate_number, class_row.c.title)
        .join(class_row, and_(class_row.c.class_id == issuance.c.class_id, class_row.c.row == issuance.c.row))
        .where(issuance.c.person == person, issuance.c.centre_slug == slug, issuance.c.issued_at.is_not(None))
    )
    rows = connection.execute(query.order_by(issuance.c.issued_at)).all()
    ended = select(rld_notice.c.intent_id, rld_notice.c.status).where(
        rld_notice.c.intent_id.in_([row.intent_id for row in rows]), rld_notice.c.status != "issued"
    )
    states = {row.intent_id: row.status for row in connection.execute(ended)}
    return [{**row._mapping, "status": states.get(row.intent_id, "issued")} for row in rows]
