"""The tables of the menus. None of them says whose phone it is to a reader without the keys."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from wallet_api.tables import metadata

_INSTANT = String(20)

# How far somebody is, by a keyed hash of the number or chat. ``number_hash`` is keyed, of the number that
# was sent to be sent back, and gone once it was used.
menu_talk = Table(
    "menu_talk",
    metadata,
    Column("address_index", String(64), primary_key=True),
    Column("language", String(8), nullable=False),
    Column("step", String(16), nullable=False),
    Column("number_hash", String(64)),
    Column("tries", Integer, nullable=False),
    Column("said_at", _INSTANT, nullable=False, index=True),
)

# Keyed hashes of the ids of messages that were answered: a gateway may bring one twice.
menu_message = Table(
    "menu_message",
    metadata,
    Column("message_index", String(64), primary_key=True),
    Column("came_at", _INSTANT, nullable=False, index=True),
)

# Telegram chats that were confirmed as the contact of a holder; several of a family may have one chat.
# It counts only while the contact says the same.
menu_chat = Table(
    "menu_chat",
    metadata,
    Column("holder_index", String(64), primary_key=True),
    Column("chat_index", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("good_from", _INSTANT, nullable=False),
)
