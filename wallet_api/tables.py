"""The tables of the wallet. Nothing in it says who holds what to a reader without the keys."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from runtime.audit_tables import add_audit_tables
from runtime.personal_data_table import person_key_table

metadata = MetaData()
add_audit_tables(metadata)
person_key = person_key_table(metadata)

held_credential = Table(
    "held_credential",
    metadata,
    Column("id", String(300), primary_key=True),
    # Keyed hash of the RLD number: found by those who know the number and hold the key.
    Column("holder_index", String(64), nullable=False, index=True),
    Column("credential", LargeBinary, nullable=False),
    Column("delivery", LargeBinary, nullable=False),
    Column("received_at", String(20), nullable=False),
    Column("taken_back_at", String(20)),
)

# How somebody is told that there is news; the address is sealed, and so is a code on its way.
contact = Table(
    "contact",
    metadata,
    Column("holder_index", String(64), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("code", LargeBinary),
    Column("code_sent_at", String(20), nullable=False),
    Column("code_tries", Integer, nullable=False),
    Column("confirmed_at", String(20)),
)

notice = Table(
    "notice",
    metadata,
    Column("notice_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("credential_id", String(300), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("happened_at", String(32), nullable=False),
    # due, sent, print, handed or read
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(20), nullable=False),
    Column("settled_at", String(20)),
    UniqueConstraint("credential_id", "status", "happened_at"),
    Index("notices_by_state", "state", "happened_at"),
)

feed_position = Table(
    "feed_position",
    metadata,
    Column("feed", String(16), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
