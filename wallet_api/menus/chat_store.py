"""Whose Telegram chat it is; each function is part of one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from vc.encoding.timestamps import format_timestamp
from wallet_api.menus.tables import menu_chat


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedChat:
    """A Telegram chat of a holder; ``good_from`` is when it opens the passport, as text."""

    holder_index: str
    chat_index: str
    sealed: bytes
    good_from: str


def put_chat(connection: Connection, chat: SealedChat) -> None:
    """Keep a holder's chat in the place of the one before."""
    forget_holder(connection, chat.holder_index)
    values = {name: getattr(chat, name) for name in SealedChat.__dataclass_fields__}
    connection.execute(insert(menu_chat).values(**values))


def chats_with(connection: Connection, chat_index: str, *, good_at: datetime) -> tuple[SealedChat, ...]:
    """Everybody's with this chat that opens a passport by then."""
    query = select(menu_chat).where(
        menu_chat.c.chat_index == chat_index, menu_chat.c.good_from <= format_timestamp(good_at)
    )
    rows = connection.execute(query.order_by(menu_chat.c.holder_index)).mappings()
    return tuple(SealedChat(**row) for row in rows)


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete a holder's chat."""
    connection.execute(delete(menu_chat).where(menu_chat.c.holder_index == holder_index))
