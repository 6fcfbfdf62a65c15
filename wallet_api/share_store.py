"""The rows of shares, bound copies and tellings. Every function is part of one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.share_tables import bound_copy, share, shared_name, telling


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedCopy:
    """A bound copy. ``text`` is sealed for its holder, ``holder_key`` under what their PIN opens."""

    copy_id: str
    holder_index: str
    credential_id: str
    text: bytes
    holder_key: bytes
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedShare:
    """A share. ``presentations`` is None once nobody can open it any more."""

    share_id: str
    holder_index: str
    token_index: str
    recipient_index: str | None
    presentations: bytes | None
    receipt: bytes
    made_at: datetime
    expires_at: datetime
    views_left: int
    stopped_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether somebody can still open it."""
        return self.stands(now) and self.views_left > 0

    def stands(self, now: datetime) -> bool:
        """Whether its holder neither stopped it nor its time is over; all views of it may be used up."""
        return self.stopped_at is None and now < self.expires_at


def insert_copies(connection: Connection, copies: Iterable[SealedCopy]) -> None:
    """Keep copies for later."""
    for copy in copies:
        connection.execute(
            insert(bound_copy).values(
                copy_id=copy.copy_id,
                holder_index=copy.holder_index,
                credential_id=copy.credential_id,
                text=copy.text,
                holder_key=copy.holder_key,
                received_at=format_timestamp(copy.received_at),
            )
        )


def copies_of(connection: Connection, holder_index: str, credential_id: str) -> tuple[SealedCopy, ...]:
    """The copies in stock of one certificate, the oldest first."""
    query = select(bound_copy).where(
        bound_copy.c.holder_index == holder_index, bound_copy.c.credential_id == credential_id
    )
    rows = connection.execute(query.order_by(bound_copy.c.received_at, bound_copy.c.copy_id)).mappings()
    return tuple(SealedCopy(**{**row, "received_at": parse_timestamp(row["received_at"])}) for row in rows)


def take_copy(connection: Connection, copy_id: str) -> bool:
    """Take a copy out of the stock, for one use; False where somebody was first."""
    return connection.execute(delete(bound_copy).where(bound_copy.c.copy_id == copy_id)).rowcount == 1


def forget_copies(connection: Connection, holder_index: str) -> None:
    """Drop the stock of one holder."""
    connection.execute(delete(bound_copy).where(bound_copy.c.holder_index == holder_index))


def insert_share(connection: Connection, sealed: SealedShare, name_indexes: Iterable[str]) -> None:
    """Keep a new share."""
    connection.execute(
        insert(share).values(
            share_id=sealed.share_id,
            holder_index=sealed.holder_index,
            token_index=sealed.token_index,
            recipient_index=sealed.recipient_index,
            presentations=sealed.presentations,
            receipt=sealed.receipt,
            made_at=format_timestamp(sealed.made_at),
            expires_at=format_timestamp(sealed.expires_at),
            views_left=sealed.views_left,
            stopped_at=None,
        )
    )
    for index in sorted(set(name_indexes)):
        connection.execute(insert(shared_name).values(share_id=sealed.share_id, name_index=index))


def share_or_none(connection: Connection, share_id: str) -> SealedShare | None:
    """The share with this id."""
    return _one(connection, share.c.share_id == share_id)


def share_behind(connection: Connection, token_index: str) -> SealedShare | None:
    """The share that a link leads to, ended or not."""
    return _one(connection, share.c.token_index == token_index)


def shares_of(connection: Connection, holder_index: str) -> tuple[SealedShare, ...]:
    """The shares of one holder, newest first."""
    query = select(share).where(share.c.holder_index == holder_index)
    rows = connection.execute(query.order_by(share.c.made_at.desc(), share.c.share_id)).mappings()
    return tuple(map(_sealed, rows))


def shares_for(
    connection: Connection, recipient_index: str, name_index: str, now: datetime
) -> tuple[SealedShare, ...]:
    """The shares of one certificate with one licence that can be opened, the one that ends first, first."""
    query = (
        select(share)
        .join(shared_name, shared_name.c.share_id == share.c.share_id)
        .where(
            share.c.recipient_index == recipient_index,
            shared_name.c.name_index == name_index,
            _can_be_opened(now),
        )
        .order_by(share.c.expires_at, share.c.share_id)
    )
    return tuple(map(_sealed, connection.execute(query).mappings()))


def standing(connection: Connection, share_ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Which of these shares stand (``SealedShare.stands``)."""
    query = select(share.c.share_id).where(share.c.share_id.in_(share_ids), _stands(now))
    return frozenset(connection.scalars(query))


def use_view(connection: Connection, share_id: str, now: datetime) -> bool:
    """Count one opening; False where there is none left, it was stopped, or its time is over.

    Of several at the same moment no more see it than there are views left.
    """
    one = and_(share.c.share_id == share_id, _can_be_opened(now))
    return (
        connection.execute(update(share).where(one).values(views_left=share.c.views_left - 1)).rowcount == 1
    )


def drop_used_up(connection: Connection, share_id: str) -> None:
    """Destroy what was shared, where the last view of it was used."""
    used_up = and_(share.c.share_id == share_id, share.c.views_left == 0)
    connection.execute(update(share).where(used_up).values(presentations=None))


def stop_shares(
    connection: Connection, holder_index: str, share_ids: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """End those of these shares of a holder that stand, and destroy what was shared; which they were."""
    mine = and_(share.c.holder_index == holder_index, share.c.share_id.in_(share_ids), _stands(now))
    found = tuple(connection.scalars(select(share.c.share_id).where(mine).order_by(share.c.share_id)))
    values = {"stopped_at": format_timestamp(now), "presentations": None}
    connection.execute(update(share).where(share.c.share_id.in_(found)).values(values))
    return found


def destroy_expired(connection: Connection, now: datetime) -> None:
    """Destroy what was shared and whose time is over."""
    over = and_(share.c.expires_at <= format_timestamp(now), share.c.presentations.is_not(None))
    connection.execute(update(share).where(over).values(presentations=None))


def forget_ended(connection: Connection, before: datetime) -> None:
    """Delete shares and their receipts that ended before then."""
    ended = select(share.c.share_id).where(share.c.expires_at < format_timestamp(before))
    connection.execute(delete(shared_name).where(shared_name.c.share_id.in_(ended)))
    connection.execute(delete(share).where(share.c.expires_at < format_timestamp(before)))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete everything of one holder here."""
    forget_copies(connection, holder_index)
    mine = select(share.c.share_id).where(share.c.holder_index == holder_index)
    connection.execute(delete(shared_name).where(shared_name.c.share_id.in_(mine)))
    connection.execute(delete(share).where(share.c.holder_index == holder_index))
    connection.execute(delete(telling).where(telling.c.holder_index == holder_index))


def tell_soon(connection: Connection, holder_index: str, now: datetime, *, between: timedelta) -> None:
    """Have a holder told that there is news: now, or ``between`` after they were told last."""
    query = select(telling).where(telling.c.holder_index == holder_index)
    row = connection.execute(query).mappings().first()
    if row is None:
        connection.execute(insert(telling).values(holder_index=holder_index, due_at=format_timestamp(now)))
        return
    last = row["told_at"]
    due = now if last is None else max(now, parse_timestamp(last) + between)
    mine = and_(telling.c.holder_index == holder_index, telling.c.due_at.is_(None))
    connection.execute(update(telling).where(mine).values(due_at=format_timestamp(due)))


def to_tell(connection: Connection, now: datetime, *, limit: int) -> tuple[str, ...]:
    """Holders who are to be told now."""
    query = select(telling.c.holder_index).where(telling.c.due_at <= format_timestamp(now))
    return tuple(connection.scalars(query.order_by(telling.c.due_at).limit(limit)))


def told(connection: Connection, holder_index: str, now: datetime) -> None:
    """Note that a holder was told, or cannot be."""
    values = {"due_at": None, "told_at": format_timestamp(now)}
    connection.execute(update(telling).where(telling.c.holder_index == holder_index).values(values))


def put_off(connection: Connection, holder_index: str, until: datetime) -> None:
    """Note that a holder could not be told, and when to try again."""
    mine = and_(telling.c.holder_index == holder_index, telling.c.due_at.is_not(None))
    connection.execute(update(telling).where(mine).values(due_at=format_timestamp(until)))


def _stands(now: datetime) -> ColumnElement[bool]:
    return and_(share.c.stopped_at.is_(None), share.c.expires_at > format_timestamp(now))


def _can_be_opened(now: datetime) -> ColumnElement[bool]:
    return and_(_stands(now), share.c.views_left > 0)


def _one(connection: Connection, which: ColumnElement[bool]) -> SealedShare | None:
    row = connection.execute(select(share).where(which)).mappings().first()
    return None if row is None else _sealed(row)


def _sealed(row: RowMapping) -> SealedShare:
    return SealedShare(
        share_id=row["share_id"],
        holder_index=row["holder_index"],
        token_index=row["token_index"],
        recipient_index=row["recipient_index"],
        presentations=row["presentations"],
        receipt=row["receipt"],
        made_at=parse_timestamp(row["made_at"]),
        expires_at=parse_timestamp(row["expires_at"]),
        views_left=row["views_left"],
        stopped_at=None if row["stopped_at"] is None else parse_timestamp(row["stopped_at"]),
    )
