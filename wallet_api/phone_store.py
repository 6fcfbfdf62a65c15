"""Phones that open passports, and codes on their way to them; each function is part of one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp
from wallet_api.pin_tables import holder_phone, phone_code

TRIES: Final = 5
CODE_LASTS: Final = timedelta(minutes=10)
PASS_LASTS: Final = timedelta(minutes=10)
"""How long after the code was right the PIN may be typed."""
LOCK_LASTS: Final = timedelta(minutes=15)
BETWEEN_CODES: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedPhone:
    """A phone of a holder; ``good_from`` is when it opens the passport, as text."""

    holder_index: str
    phone_index: str
    sealed: bytes
    good_from: str


def phone_or_none(connection: Connection, holder_index: str) -> SealedPhone | None:
    """The phone of a holder, good already or not."""
    query = select(holder_phone).where(holder_phone.c.holder_index == holder_index)
    row = connection.execute(query).mappings().first()
    return None if row is None else SealedPhone(**row)


def phones_with(
    connection: Connection, phone_index: str, *, good_at: datetime | None = None
) -> tuple[SealedPhone, ...]:
    """Everybody's with this number; with ``good_at`` only those that open a passport by then."""
    query = select(holder_phone).where(holder_phone.c.phone_index == phone_index)
    if good_at is not None:
        query = query.where(holder_phone.c.good_from <= format_timestamp(good_at))
    rows = connection.execute(query.order_by(holder_phone.c.holder_index)).mappings()
    return tuple(SealedPhone(**row) for row in rows)


def put_phone(connection: Connection, phone: SealedPhone) -> None:
    """Keep a holder's phone in the place of the one before."""
    forget_phone(connection, phone.holder_index)
    values = {name: getattr(phone, name) for name in SealedPhone.__dataclass_fields__}
    connection.execute(insert(holder_phone).values(**values))


def forget_phone(connection: Connection, holder_index: str) -> None:
    """No phone opens this passport any more."""
    connection.execute(delete(holder_phone).where(holder_phone.c.holder_index == holder_index))


def put_code(connection: Connection, phone_index: str, code_hash: str, *, now: datetime) -> bool:
    """Await a code from a phone; False within a minute of the last, or while wrong ones lock the number.

    Wrong codes are counted over all codes of a quarter of an hour.
    """
    mine = phone_code.c.phone_index == phone_index
    values = {"code_hash": code_hash, "sent_at": format_timestamp(now), "pass_hash": None}
    fresh = phone_code.c.sent_at <= format_timestamp(now - LOCK_LASTS)
    if connection.execute(update(phone_code).where(mine, fresh).values(tries=0, **values)).rowcount:
        return True
    soon = and_(phone_code.c.sent_at <= format_timestamp(now - BETWEEN_CODES), phone_code.c.tries < TRIES)
    if connection.execute(update(phone_code).where(mine, soon).values(**values)).rowcount:
        return True
    if connection.scalar(select(phone_code.c.tries).where(mine)) is not None:
        return False
    connection.execute(insert(phone_code).values(phone_index=phone_index, tries=0, **values))
    return True


def count_code_try(connection: Connection, phone_index: str, *, now: datetime) -> str | None:
    """Count a try before the code is looked at; the hash it must have, None where none may be tried."""
    mine = phone_code.c.phone_index == phone_index
    live = and_(
        mine,
        phone_code.c.code_hash.is_not(None),
        phone_code.c.tries < TRIES,
        phone_code.c.sent_at > format_timestamp(now - CODE_LASTS),
    )
    if connection.execute(update(phone_code).where(live).values(tries=phone_code.c.tries + 1)).rowcount == 0:
        return None
    return str(connection.scalar(select(phone_code.c.code_hash).where(mine)))


def take_code(
    connection: Connection, phone_index: str, code_hash: str, pass_hash: str, *, now: datetime
) -> bool:
    """Use a right code up, once, and let whoever holds the pass go on to the PIN."""
    values = {"code_hash": None, "tries": 0, "sent_at": format_timestamp(now), "pass_hash": pass_hash}
    taken = connection.execute(
        update(phone_code)
        .where(phone_code.c.phone_index == phone_index, phone_code.c.code_hash == code_hash)
        .values(**values)
    )
    return taken.rowcount == 1


def phone_with_pass(connection: Connection, pass_hash: str, *, now: datetime) -> str | None:
    """The index of the phone whose code was right, for as long as the PIN may be typed."""
    query = select(phone_code.c.phone_index).where(
        phone_code.c.pass_hash == pass_hash, phone_code.c.sent_at > format_timestamp(now - PASS_LASTS)
    )
    return connection.execute(query).scalar_one_or_none()


def end_pass(connection: Connection, pass_hash: str) -> bool:
    """Use the pass up; False where that was done."""
    ended = connection.execute(
        update(phone_code).where(phone_code.c.pass_hash == pass_hash).values(pass_hash=None)
    )
    return ended.rowcount == 1


def forget_codes(connection: Connection, before: datetime) -> None:
    """Delete what was awaited and let in before then."""
    connection.execute(delete(phone_code).where(phone_code.c.sent_at < format_timestamp(before)))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete a holder's phone, and a code on its way to it unless others have that phone, too."""
    phone = phone_or_none(connection, holder_index)
    forget_phone(connection, holder_index)
    if phone is not None and not phones_with(connection, phone.phone_index):
        connection.execute(delete(phone_code).where(phone_code.c.phone_index == phone.phone_index))
