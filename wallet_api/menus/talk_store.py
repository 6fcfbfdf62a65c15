"""How far talks are, and which messages were answered; each function is part of one transaction."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vc.encoding.timestamps import format_timestamp
from wallet_api.menus.tables import menu_message, menu_talk
from wallet_api.menus.talk import Step

TRIES: Final = 3
STEP_LASTS: Final = timedelta(minutes=10)
"""How long somebody may think at a step, and a number that was sent is good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """How far somebody is, and what they speak."""

    language: str
    step: Step


def take_message(connection: Connection, message_index: str, *, now: datetime) -> bool:
    """Note a message, to be answered; False where it was before."""
    with suppress(IntegrityError), connection.begin_nested():
        values = {"message_index": message_index, "came_at": format_timestamp(now)}
        connection.execute(insert(menu_message).values(**values))
        return True
    return False


def talk_or_none(connection: Connection, address_index: str, *, now: datetime) -> Talk | None:
    """How far somebody is; after ten minutes of silence at the top again."""
    query = select(menu_talk).where(menu_talk.c.address_index == address_index)
    row = connection.execute(query).first()
    if row is None:
        return None
    is_late = row.said_at <= format_timestamp(now - STEP_LASTS)
    return Talk(language=row.language, step=Step.TOP if is_late else Step(row.step))


def put_talk(
    connection: Connection,
    address_index: str,
    talk: Talk,
    *,
    now: datetime,
    number_hash: str | None = None,
) -> None:
    """Write how far somebody is; ``number_hash`` is of a number just sent, and ends the one before."""
    values = {
        "language": talk.language,
        "step": talk.step.value,
        "number_hash": number_hash,
        "tries": 0,
        "said_at": format_timestamp(now),
    }
    written = update(menu_talk).where(menu_talk.c.address_index == address_index).values(**values)
    if connection.execute(written).rowcount == 1:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(menu_talk).values(address_index=address_index, **values))
    except IntegrityError:
        # Somebody's first two messages at the same moment.
        connection.execute(written)


def use_number(connection: Connection, address_index: str, number_hash: str, *, now: datetime) -> bool:
    """Use up the number that was sent, where it is this one: once, within ten minutes and three tries."""
    mine = menu_talk.c.address_index == address_index
    since = format_timestamp(now - STEP_LASTS)
    counted = connection.execute(
        update(menu_talk)
        .where(mine, menu_talk.c.tries < TRIES, menu_talk.c.said_at > since)
        .values(tries=menu_talk.c.tries + 1)
    )
    if counted.rowcount == 0:
        return False
    used = connection.execute(
        update(menu_talk)
        .where(mine, menu_talk.c.number_hash == number_hash)
        .values(number_hash=None, step=Step.TOP.value)
    )
    return used.rowcount == 1


def forget_older(connection: Connection, before: datetime) -> None:
    """Delete talks that fell silent, and notes of messages that came, before then."""
    limit = format_timestamp(before)
    connection.execute(delete(menu_talk).where(menu_talk.c.said_at < limit))
    connection.execute(delete(menu_message).where(menu_message.c.came_at < limit))
