"""The rows of holders' PINs and the counting of tries; each function is part of one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.pin_tables import holder_pin

TRIES: Final = 5
LOCKS: Final[tuple[timedelta, ...]] = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24))
"""How long the first, the second and every further lock lasts, since the PIN was last right."""

CHANGES: Final = 5
CHANGES_WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedPin:
    """One row without its counts. See ``wallet_api.pin_slots``."""

    holder_index: str
    salt: bytes
    slot_a: bytes
    slot_b: bytes
    chosen: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """A try that was counted and may be looked at; ``locks``: if it is wrong, no other follows for now."""

    pin: SealedPin
    locks: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Locked:
    """Nothing is looked at before then."""

    until: datetime


def pin_or_none(connection: Connection, holder_index: str) -> SealedPin | None:
    """The PIN of a holder, if they have one."""
    columns = (holder_pin.c[name] for name in SealedPin.__dataclass_fields__)
    query = select(*columns).where(holder_pin.c.holder_index == holder_index)
    row = connection.execute(query).mappings().first()
    return None if row is None else SealedPin(**row)


def insert_pin(connection: Connection, pin: SealedPin, *, now: datetime) -> bool:
    """Keep a first PIN; False where the holder has one."""
    if pin_or_none(connection, pin.holder_index) is not None:
        return False
    at = format_timestamp(now)
    counts = {**_unlocked(), "changes": 0, "changes_since": at, "set_at": at}
    connection.execute(insert(holder_pin).values(**_values(pin), **counts))
    return True


def replace_pin(connection: Connection, pin: SealedPin, before: SealedPin, *, now: datetime) -> bool:
    """Write ``pin`` in the place of ``before``; False where another was written meanwhile."""
    changed = connection.execute(
        update(holder_pin)
        .where(holder_pin.c.holder_index == before.holder_index, holder_pin.c.slot_a == before.slot_a)
        .values(**_values(pin), **_unlocked(), set_at=format_timestamp(now))
    )
    return changed.rowcount == 1


def set_chosen(connection: Connection, holder_index: str, chosen: bytes) -> None:
    """Keep another sealed choice of what the second PIN shows."""
    connection.execute(
        update(holder_pin).where(holder_pin.c.holder_index == holder_index).values(chosen=chosen)
    )


def count_try(connection: Connection, holder_index: str, *, now: datetime) -> Try | Locked | None:
    """Count a try before the PIN is looked at; None where the holder has no PIN.

    The fifth in a row locks at once, so that of many at the same time five are looked at.
    """
    mine = holder_pin.c.holder_index == holder_index
    at = format_timestamp(now)
    connection.execute(
        update(holder_pin).where(mine, holder_pin.c.locked_until <= at).values(tries=0, locked_until=None)
    )
    counted = connection.execute(
        update(holder_pin)
        .where(mine, holder_pin.c.locked_until.is_(None))
        .values(tries=holder_pin.c.tries + 1)
    )
    row = connection.execute(
        select(holder_pin.c.tries, holder_pin.c.locks, holder_pin.c.locked_until).where(mine)
    ).first()
    if row is None:
        return None
    if counted.rowcount == 0:
        return Locked(until=parse_timestamp(row.locked_until))
    locks = row.tries >= TRIES
    if locks:
        until = format_timestamp(now + LOCKS[min(row.locks, len(LOCKS) - 1)])
        connection.execute(
            update(holder_pin).where(mine).values(locks=holder_pin.c.locks + 1, locked_until=until)
        )
    pin = pin_or_none(connection, holder_index)
    return None if pin is None else Try(pin=pin, locks=locks)


def uncount_try(connection: Connection, holder_index: str, *, locked: bool) -> None:
    """Take back one try that turned out to be about somebody else with the same phone.

    ``locked``: whether that try locked; then the lock goes too.
    """
    values: dict[str, Any] = {"tries": holder_pin.c.tries - 1}
    if locked:
        values |= {"locks": holder_pin.c.locks - 1, "locked_until": None}
    connection.execute(
        update(holder_pin)
        .where(holder_pin.c.holder_index == holder_index, holder_pin.c.tries > 0)
        .values(**values)
    )


def count_change(connection: Connection, holder_index: str, *, now: datetime) -> bool:
    """Count a change of the PIN before it is made; False for the sixth within a day."""
    mine, at = holder_pin.c.holder_index == holder_index, format_timestamp(now)
    over = holder_pin.c.changes_since <= format_timestamp(now - CHANGES_WINDOW)
    begun = update(holder_pin).where(mine, over).values(changes=1, changes_since=at)
    if connection.execute(begun).rowcount == 1:
        return True
    counted = connection.execute(
        update(holder_pin)
        .where(mine, holder_pin.c.changes < CHANGES)
        .values(changes=holder_pin.c.changes + 1)
    )
    return counted.rowcount == 1


def forget_tries(connection: Connection, holder_index: str) -> None:
    """The PIN was right: nothing is held against its holder."""
    connection.execute(
        update(holder_pin).where(holder_pin.c.holder_index == holder_index).values(**_unlocked())
    )


def locked_until(connection: Connection, holder_index: str, *, now: datetime) -> datetime | None:
    """Until when a holder's PIN is locked; None where it is not."""
    query = select(holder_pin.c.locked_until).where(
        holder_pin.c.holder_index == holder_index, holder_pin.c.locked_until > format_timestamp(now)
    )
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else parse_timestamp(found)


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete a holder's PIN, and with it the only way to their secret."""
    connection.execute(delete(holder_pin).where(holder_pin.c.holder_index == holder_index))


def _values(pin: SealedPin) -> dict[str, object]:
    return {name: getattr(pin, name) for name in SealedPin.__dataclass_fields__}


def _unlocked() -> Mapping[str, object]:
    return {"tries": 0, "locks": 0, "locked_until": None}
