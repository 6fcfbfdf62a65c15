"""Telegram chats that open passports together with the PIN, found by a keyed hash of the chat's number.

As with a phone, a chat that was set without a kiosk opens nothing for a day. It stands for the contact that
was confirmed, and only as long as that stands.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from runtime.personal_data import DataKeys, PersonalData, Place
from vc.encoding.timestamps import format_timestamp
from wallet_api import notice_store
from wallet_api.menus import chat_store
from wallet_api.menus.chat_store import SealedChat
from wallet_api.store import Connection

TELEGRAM: Final = "telegram"
MAX_PEOPLE: Final = 8


def keep_chat(
    connection: Connection, personal: PersonalData, *, rld_number: str, chat: str, good_from: datetime
) -> None:
    """Let this chat open the passport from then on. What was confirmed for too many opens none more."""
    holder, index = personal.person(rld_number), personal.blind_index("chat", chat)
    keys = personal.ensure_keys(connection, [holder])
    body = orjson.dumps({"chat": chat, "rld_number": rld_number})
    chat_store.put_chat(
        connection,
        SealedChat(
            holder_index=holder,
            chat_index=index,
            sealed=keys.seal(holder, body, _place(holder)),
            good_from=format_timestamp(good_from),
        ),
    )


def people_in(
    connection: Connection, personal: PersonalData, chat: str, *, good_at: datetime
) -> Sequence[str]:
    """The RLD numbers of those whose confirmed contact this chat is."""
    found = chat_store.chats_with(connection, personal.blind_index("chat", chat), good_at=good_at)
    keys = personal.keys(connection, [one.holder_index for one in found])
    return [
        str(orjson.loads(keys.unseal(one.holder_index, one.sealed, _place(one.holder_index)))["rld_number"])
        for one in found[:MAX_PEOPLE]
        if one.holder_index in keys and _is_contact(connection, keys, one.holder_index, chat)
    ]


def _is_contact(connection: Connection, keys: DataKeys, holder: str, chat: str) -> bool:
    contact = notice_store.contact_or_none(connection, holder)
    if contact is None or contact.confirmed_at is None or contact.channel != TELEGRAM:
        return False
    place = Place(table="contact", row=holder, column="address")
    return keys.unseal(holder, contact.address, place).decode() == chat


def _place(holder: str) -> Place:
    return Place(table="menu_chat", row=holder, column="sealed")
