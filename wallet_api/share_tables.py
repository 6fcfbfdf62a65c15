"""The tables of shares, of the copies they are made of, and of who is to be told."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from wallet_api.tables import metadata

_INSTANT = String(20)

# A certificate bound to a one-time key. It is deleted when it is taken, so that it is used once.
bound_copy = Table(
    "bound_copy",
    metadata,
    Column("copy_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False),
    Column("credential_id", String(300), nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("holder_key", LargeBinary, nullable=False),
    Column("received_at", _INSTANT, nullable=False),
    Index("bound_copies_of_holder", "holder_index", "credential_id"),
)

# ``token_index`` is a hash of what stands in the link, ``recipient_index`` a keyed one of a licence number,
# none for whoever has the link. ``presentations`` opens with the link and the holder's data key together,
# and is gone once nobody can open it any more; ``receipt`` is the holder's own.
share = Table(
    "share",
    metadata,
    Column("share_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("token_index", String(64), nullable=False, unique=True),
    Column("recipient_index", String(64), index=True),
    Column("presentations", LargeBinary),
    Column("receipt", LargeBinary, nullable=False),
    Column("made_at", _INSTANT, nullable=False),
    Column("expires_at", _INSTANT, nullable=False, index=True),
    Column("views_left", Integer, nullable=False),
    Column("stopped_at", _INSTANT),
)

# ``name_index`` is a keyed hash: an agency's batch has the link or typed code of a certificate.
shared_name = Table(
    "shared_name",
    metadata,
    Column("share_id", ForeignKey("share.share_id"), primary_key=True),
    Column("name_index", String(64), primary_key=True, index=True),
)

# Who is to be told that there is news, and when they were last: at most once an hour.
telling = Table(
    "telling",
    metadata,
    Column("holder_index", String(64), primary_key=True),
    Column("due_at", _INSTANT, index=True),
    Column("told_at", _INSTANT),
)
