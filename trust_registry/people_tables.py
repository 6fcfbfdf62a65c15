"""The tables of people beside their accounts: sessions."""

from sqlalchemy import Column, String, Table

from trust_registry.tables import metadata

_INSTANT = String(20)

# ``token_hash`` is SHA-256 of what the cookie holds. ``stamp`` is a digest of what the account was when
# the session began: an account that has changed since has no session.
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False, index=True),
    Column("stamp", String(64), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("created", _INSTANT, nullable=False),
    Column("last_seen", _INSTANT, nullable=False),
    Column("expires", _INSTANT, nullable=False),
    Column("revoked", _INSTANT, nullable=True),
)
