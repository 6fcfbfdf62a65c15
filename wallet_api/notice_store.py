"""What there is to tell holders, and where they are told; each function is part of one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from runtime.entropy import random_token
from vc.encoding.timestamps import format_timestamp
from wallet_api.tables import contact, feed_position, held_credential, notice

_FEED: Final = "registry"
_AT_ONCE: Final = 100


class NoticeState(StrEnum):
    """Where it stands: *due* to be sent or *sent*; to *print* and hand over, or *handed* over; *read*."""

    DUE = "due"
    SENT = "sent"
    PRINT = "print"
    HANDED = "handed"
    READ = "read"


_UNREAD: Final = tuple(state.value for state in NoticeState if state is not NoticeState.READ)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """That something happened to a certificate of somebody; ``happened_at`` is an instant as text."""

    notice_id: str
    holder_index: str
    credential_id: str
    status: str
    happened_at: str
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedContact:
    """Where a holder is told. ``address`` and ``code`` are sealed; it is used once it was confirmed."""

    holder_index: str
    channel: str
    address: bytes
    code: bytes | None
    code_sent_at: str
    code_tries: int
    confirmed_at: str | None


def position(connection: Connection) -> int:
    """How far the registry's changes were read."""
    return connection.scalar(select(feed_position.c.position).where(feed_position.c.feed == _FEED)) or 0


def set_position(connection: Connection, seen: int) -> None:
    """Note how far the registry's changes were read, in the transaction of what was taken from them."""
    changed = connection.execute(
        update(feed_position).where(feed_position.c.feed == _FEED).values(position=seen)
    )
    if changed.rowcount == 0:
        connection.execute(insert(feed_position).values(feed=_FEED, position=seen))


def take_changes(
    connection: Connection,
    changes: Sequence[Mapping[str, str]],
    seen: int,
    *,
    since: str,
    now: datetime,
) -> int:
    """Have holders told of what the registry changed; how many notices that makes.

    ``changes``: ``credential_id``, ``status``, ``at``. What nobody here holds is nobody's news, and what
    happened before ``since`` (an instant as ``at``) is none any more.
    """
    changes = [change for change in changes if change["at"] >= since]
    ids = {change["credential_id"] for change in changes}
    query = select(held_credential.c.id, held_credential.c.holder_index).where(held_credential.c.id.in_(ids))
    holders = {row.id: row.holder_index for row in connection.execute(query)}
    known = select(notice.c.credential_id, notice.c.status, notice.c.happened_at).where(
        notice.c.credential_id.in_(ids)
    )
    told = {tuple(row) for row in connection.execute(known)}
    rows = [
        {
            "notice_id": random_token(80),
            "holder_index": holders[change["credential_id"]],
            "credential_id": change["credential_id"],
            "status": change["status"],
            "happened_at": change["at"],
            "state": NoticeState.DUE.value,
            "attempts": 0,
            "due_at": format_timestamp(now),
        }
        for change in changes
        if change["credential_id"] in holders
        and (change["credential_id"], change["status"], change["at"]) not in told
    ]
    if rows:
        connection.execute(insert(notice), rows)
    set_position(connection, seen)
    return len(rows)


def due(connection: Connection, *, now: datetime) -> tuple[Notice, ...]:
    """What is to be sent now, oldest first."""
    query = select(notice).where(
        notice.c.state == NoticeState.DUE.value, notice.c.due_at <= format_timestamp(now)
    )
    return _notices(connection, query.order_by(notice.c.happened_at).limit(_AT_ONCE))


def to_print(connection: Connection, *, after: str, limit: int) -> tuple[Notice, ...]:
    """What is to be handed over on paper, in the order of its ids, beginning after one."""
    query = select(notice).where(notice.c.state == NoticeState.PRINT.value, notice.c.notice_id > after)
    return _notices(connection, query.order_by(notice.c.notice_id).limit(limit))


def of_holder(connection: Connection, holder_index: str) -> tuple[Notice, ...]:
    """What a holder has not read yet, newest first."""
    query = select(notice).where(notice.c.holder_index == holder_index, notice.c.state.in_(_UNREAD))
    return _notices(connection, query.order_by(notice.c.happened_at.desc()))


def settle(connection: Connection, notice_ids: Sequence[str], state: NoticeState, *, now: datetime) -> int:
    """Note that these were sent, go on paper, or were handed over; how many of them were not read yet."""
    changed = connection.execute(
        update(notice)
        .where(notice.c.notice_id.in_(notice_ids), notice.c.state != NoticeState.READ.value)
        .values(state=state.value, settled_at=format_timestamp(now))
    )
    return changed.rowcount


def put_off(connection: Connection, notice_id: str, *, until: datetime) -> None:
    """Note that it could not be sent, and when to try again."""
    values = {"attempts": notice.c.attempts + 1, "due_at": format_timestamp(until)}
    connection.execute(update(notice).where(notice.c.notice_id == notice_id).values(values))


def read(connection: Connection, credential_id: str, holder_index: str, *, now: datetime) -> None:
    """Note that its holder has seen what became of a certificate."""
    unread = and_(
        notice.c.credential_id == credential_id,
        notice.c.holder_index == holder_index,
        notice.c.state.in_(_UNREAD),
    )
    values = {"state": NoticeState.READ.value, "settled_at": format_timestamp(now)}
    connection.execute(update(notice).where(unread).values(values))


def forget_settled(connection: Connection, *, before: datetime) -> None:
    """Delete what was read, handed over or sent before then."""
    states = (NoticeState.READ.value, NoticeState.HANDED.value, NoticeState.SENT.value)
    old = and_(notice.c.state.in_(states), notice.c.settled_at < format_timestamp(before))
    connection.execute(delete(notice).where(old))


def contact_or_none(connection: Connection, holder_index: str) -> SealedContact | None:
    """Where a holder is told, confirmed or not."""
    row = connection.execute(select(contact).where(contact.c.holder_index == holder_index)).mappings().first()
    return None if row is None else SealedContact(**row)


def put_contact(connection: Connection, sealed: SealedContact, *, not_since: str) -> bool:
    """Keep an address to be confirmed; False where the last code went out after ``not_since``."""
    values = {
        "channel": sealed.channel,
        "address": sealed.address,
        "code": sealed.code,
        "code_sent_at": sealed.code_sent_at,
        "code_tries": 0,
        "confirmed_at": None,
    }
    mine = contact.c.holder_index == sealed.holder_index
    old_enough = or_(contact.c.code_sent_at <= not_since, contact.c.code.is_(None))
    if connection.execute(update(contact).where(mine, old_enough).values(values)).rowcount == 1:
        return True
    if contact_or_none(connection, sealed.holder_index) is not None:
        return False
    connection.execute(insert(contact).values(holder_index=sealed.holder_index, **values))
    return True


def count_try(connection: Connection, holder_index: str) -> None:
    """Count one wrong code."""
    connection.execute(
        update(contact)
        .where(contact.c.holder_index == holder_index)
        .values(code_tries=contact.c.code_tries + 1)
    )


def confirm(connection: Connection, holder_index: str, *, now: datetime) -> None:
    """Use the address from now on."""
    connection.execute(
        update(contact)
        .where(contact.c.holder_index == holder_index)
        .values(code=None, confirmed_at=format_timestamp(now))
    )


def forget_contact(connection: Connection, holder_index: str) -> None:
    """Tell this holder nowhere any more."""
    connection.execute(delete(contact).where(contact.c.holder_index == holder_index))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete what is to be told to this holder, and where."""
    forget_contact(connection, holder_index)
    connection.execute(delete(notice).where(notice.c.holder_index == holder_index))


def _notices(connection: Connection, query: Select[Any]) -> tuple[Notice, ...]:
    names = Notice.__dataclass_fields__
    rows = connection.execute(query).mappings()
    return tuple(Notice(**{name: row[name] for name in names}) for row in rows)
