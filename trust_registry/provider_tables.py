"""The tables of signing in through an identity provider. No name and no number of anybody stands here."""

from sqlalchemy import Column, String, Table

from trust_registry.tables import metadata

_INSTANT = String(20)

# ``token_hash`` is SHA-256 of what the browser holds. With ``username`` the attempt is to link that account,
# for the session of ``session_hash``; without, to sign in.
provider_attempt = Table(
    "provider_attempt",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=True),
    Column("session_hash", String(64), nullable=True),
    Column("wanted", String(1000), nullable=False),
    Column("expires", _INSTANT, nullable=False),
)

# A keyed hash of the provider's issuer and its name for the person: one account for each, and one of each.
provider_link = Table(
    "provider_link",
    metadata,
    Column("subject_index", String(64), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("created", _INSTANT, nullable=False),
)
