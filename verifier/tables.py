"""The tables of the verifier: API keys, how often each was used on a day, and counts of nobody."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()

_JSON = JSON(none_as_null=True)
_INSTANT = String(20)

# ``suspended`` is how the licence stood in the newest list seen, for the pages.
# ``key_hash`` is SHA-256 of the whole key, which has 256 random bits; the key itself is nowhere.
api_key = Table(
    "api_key",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("key_hash", String(64), nullable=False),
    Column("organisation_id", String(40), nullable=False, index=True),
    Column("licence_number", String(60), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("scopes", _JSON, nullable=False),
    Column("networks", _JSON, nullable=True),
    Column("daily_quota", Integer, nullable=True),
    Column("created_by", String(64), nullable=False),
    Column("created", _INSTANT, nullable=False),
    Column("expires", _INSTANT, nullable=False),
    Column("revoked", _INSTANT, nullable=True),
    Column("suspended", _INSTANT, nullable=True),
)

api_key_use = Table(
    "api_key_use",
    metadata,
    Column("key_id", ForeignKey("api_key.key_id"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("uses", Integer, nullable=False),
)

# By issuer, kind and day: never of a certificate, a person, or whoever asked.
presented = Table(
    "presented",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("issuer", String(500), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)
