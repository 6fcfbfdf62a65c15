"""Tables of what assisted-service officers do: visits at a kiosk, and lists of what is to be handed over.

Every ``person`` is a blind index.
"""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, false, text

from issuer.tables import metadata

# That an officer found somebody, and may print for them for a while.
visit = Table(
    "assisted_visit",
    metadata,
    Column("visit_id", String(40), primary_key=True),
    Column("officer", String(64), nullable=False),
    Column("person", String(64), nullable=False, index=True),
    Column("reason", String(16), nullable=False),
    Column("opened_at", String(32), nullable=False, index=True),
)

# People of one place or class list who have no phone, gathered step by step.
handover_list = Table(
    "handover_list",
    metadata,
    Column("list_id", String(40), primary_key=True),
    # "province" with its code, or "class" with the id of a class list.
    Column("scope", String(16), nullable=False),
    Column("place", String(40), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", String(32), nullable=False),
    # "gathering" or "ready"; the last intent looked at, how many were, and whether somebody found no room.
    Column("state", String(16), nullable=False, index=True),
    Column("position", String(60), nullable=False),
    Column("seen", Integer, nullable=False),
    Column("is_full", Boolean, nullable=False, server_default=false()),
)

handover = Table(
    "handover",
    metadata,
    Column("handover_id", String(40), primary_key=True),
    Column("list_id", String(40), nullable=False, index=True),
    Column("person", String(64), nullable=False, index=True),
    # "waiting", "handed" or "not-found"
    Column("state", String(16), nullable=False),
    Column("changed_by", String(64), nullable=False),
    Column("changed_at", String(32), nullable=False),
)

_WAITING = text("state = 'waiting'")
Index(
    "one_waiting_handover",
    handover.c.person,
    unique=True,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
