"""The tables of the verifier: API keys, their uses, counts of nobody, and what wallets are asked for now."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

from runtime.personal_data_table import person_key_table

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

# For two days; ``digest`` is over licence, hour and the certificate's random identifier.
checked_subject = Table(
    "checked_subject",
    metadata,
    Column("licence_number", String(60), primary_key=True),
    Column("hour", _INSTANT, primary_key=True),
    Column("digest", LargeBinary(16), primary_key=True),
)

# A place in a status list that its holder agreed to have watched until then; nobody's name.
watched = Table(
    "watched",
    metadata,
    Column("watch_id", String(40), primary_key=True),
    Column("licence_number", String(60), nullable=False, index=True),
    Column("reference", String(60), nullable=False),
    Column("list_url", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("until", _INSTANT, nullable=False, index=True),
    Column("created", _INSTANT, nullable=False),
    Column("state", String(10), nullable=False),
    Column("told", String(10), nullable=False),
    Column("changed", _INSTANT, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("next_try", _INSTANT, nullable=True),
    Column("share_id", String(64), nullable=True, index=True),
)

watch_hook = Table(
    "watch_hook",
    metadata,
    Column("licence_number", String(60), primary_key=True),
    Column("url", Text, nullable=False),
)

# A share whose holder lets an organisation compare them with the labour database's photo: never the photo.
# ``sealed`` is what was shared, under a data key of its own, for the minutes in which somebody looks. Who
# said what of the photo stays until the share ends.
photo_comparison = Table(
    "photo_comparison",
    metadata,
    Column("token_index", String(64), primary_key=True),
    Column("licence_number", String(60), nullable=False),
    Column("photo_at", _INSTANT, nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    Column("open_until", _INSTANT, nullable=False, index=True),
    Column("ends", _INSTANT, nullable=False, index=True),
    Column("answer", String(16), nullable=True),
    Column("organisation", Text, nullable=True),
    Column("compared_by", String(64), nullable=True),
    Column("compared_photo_at", _INSTANT, nullable=True),
    Column("compared_at", _INSTANT, nullable=True),
)

person_key = person_key_table(metadata)

# One request to a wallet, for ten minutes. ``session`` and ``response_code`` are SHA-256 of what a browser
# has; ``owner`` is the id of the API key that asked, ``licence_number`` that of whoever asked signed in. What
# is said of people is sealed under a data key of the request's own, as is the key that responses are
# encrypted to.
wallet_request = Table(
    "wallet_request",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("session", String(64), nullable=True),
    Column("owner", String(64), nullable=True),
    Column("licence_number", String(60), nullable=True),
    Column("flow", String(12), nullable=False),
    Column("status", String(10), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("response_mode", String(20), nullable=False),
    Column("nonce", String(40), nullable=False),
    Column("state", String(40), nullable=False),
    Column("query", _JSON, nullable=False),
    Column("purpose", LargeBinary, nullable=False),
    Column("response_key", LargeBinary, nullable=True),
    Column("response_code", String(64), nullable=True),
    Column("result", LargeBinary, nullable=True),
    Column("created", _INSTANT, nullable=False),
    Column("expires", _INSTANT, nullable=False, index=True),
    Column("watch", _JSON, nullable=True),
    Column("programme", _JSON, nullable=True),
)
