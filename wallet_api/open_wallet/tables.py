"""The tables of credentials from elsewhere, of how they come, and of what verifiers asked for."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from wallet_api.tables import metadata

_INSTANT = String(20)

# An offer that a holder is looking at, with what its issuer says of itself, until it is taken.
intake = Table(
    "intake",
    metadata,
    Column("intake_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    # open, away (its holder signs in at the issuer) or taking
    Column("state", String(8), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", _INSTANT, nullable=False, index=True),
)

# A credential from elsewhere. Its text is in the copies, each bound to a key of its own.
received_document = Table(
    "received_document",
    metadata,
    Column("document_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("description", LargeBinary, nullable=False),
    Column("received_at", _INSTANT, nullable=False),
)

received_copy = Table(
    "received_copy",
    metadata,
    Column("copy_id", String(64), primary_key=True),
    Column("document_id", ForeignKey("received_document.document_id"), nullable=False, index=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("text", LargeBinary, nullable=False),
    Column("holder_key", LargeBinary, nullable=False),
    Column("uses", Integer, nullable=False),
)

# Credentials that their issuer makes later, and notes of those that do not come; ``due_at`` is when to ask
# again, or to forget the note.
awaited = Table(
    "awaited",
    metadata,
    Column("awaited_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("due_at", _INSTANT, nullable=False, index=True),
    Column("expires_at", _INSTANT, nullable=False),
)

# What a verifier asked a holder for. ``request_index`` is a keyed hash of who asks and of their nonce, so
# that a request is answered once. ``sealed`` goes with the answer, whose receipt stays.
asked_request = Table(
    "asked_request",
    metadata,
    Column("request_id", String(64), primary_key=True),
    Column("holder_index", String(64), nullable=False),
    Column("request_index", String(64), nullable=False),
    # open, answered or declined
    Column("state", String(8), nullable=False),
    Column("sealed", LargeBinary),
    Column("receipt", LargeBinary),
    Column("expires_at", _INSTANT, nullable=False, index=True),
    Column("answered_at", _INSTANT),
    UniqueConstraint("holder_index", "request_index"),
    Index("asked_requests_answered", "holder_index", "answered_at"),
)
