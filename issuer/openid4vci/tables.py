"""What is kept while wallets fetch certificates: rights, and what stands for a secret somebody has.

Every ``…_digest`` is of a random value that only its bearer knows. Nothing is kept longer than a day but
what the holder's own log has not been told yet.
"""

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text

from issuer.tables import metadata

_JSON = JSON(none_as_null=True)

# What a wallet may fetch, and for whom: ``person`` is a blind index. ``ended`` says since when it may not.
openid_grant = Table(
    "openid_grant",
    metadata,
    Column("grant_id", String(40), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("certificates", _JSON, nullable=False),
    Column("client_id", Text),
    Column("copies", Integer, nullable=False),
    Column("created", String(32), nullable=False, index=True),
    Column("ended", String(32)),
)

# A Credential Offer. ``tries`` counts Transaction Codes that were tried, before they are looked at.
openid_offer = Table(
    "openid_offer",
    metadata,
    Column("offer_digest", String(64), primary_key=True),
    Column("code_digest", String(64), nullable=False, unique=True),
    Column("tx_code_digest", String(64)),
    Column("tries", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("grant_id", String(40), nullable=False, index=True),
    Column("expires", String(32), nullable=False),
)

# A pushed authorization request, until its person answers.
openid_request = Table(
    "openid_request",
    metadata,
    Column("request_digest", String(64), primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("state", Text),
    Column("code_challenge", String(43), nullable=False),
    Column("wanted", _JSON, nullable=False),
    Column("by_details", Boolean, nullable=False),
    Column("thumbprint", String(43)),
    Column("answered", Boolean, nullable=False),
    Column("expires", String(32), nullable=False, index=True),
)

# An authorization code that was given for such a request.
openid_code = Table(
    "openid_code",
    metadata,
    Column("code_digest", String(64), primary_key=True),
    Column("grant_id", String(40), nullable=False, index=True),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", String(43), nullable=False),
    Column("by_details", Boolean, nullable=False),
    Column("thumbprint", String(43)),
    Column("used", Boolean, nullable=False),
    Column("expires", String(32), nullable=False),
)

# An access token; ``thumbprint`` is of the key it is bound to, ``configurations`` what it was narrowed to.
openid_token = Table(
    "openid_token",
    metadata,
    Column("token_digest", String(64), primary_key=True),
    Column("grant_id", String(40), nullable=False, index=True),
    Column("thumbprint", String(43)),
    Column("configurations", _JSON),
    Column("expires", String(32), nullable=False),
)

# Values that are good once: a nonce is there until it is spent, a DPoP proof once it was used.
openid_nonce = Table(
    "openid_nonce",
    metadata,
    Column("nonce_digest", String(64), primary_key=True),
    Column("expires", String(32), nullable=False, index=True),
)

openid_proof = Table(
    "openid_proof",
    metadata,
    Column("proof_digest", String(64), primary_key=True),
    Column("expires", String(32), nullable=False, index=True),
)

# Copies that could not be made at once; ``keys`` are what they are to be bound to.
openid_deferred = Table(
    "openid_deferred",
    metadata,
    Column("transaction_digest", String(64), primary_key=True),
    Column("grant_id", String(40), nullable=False, index=True),
    Column("credential_id", String(60), nullable=False),
    Column("format", String(16), nullable=False),
    Column("keys", _JSON, nullable=False),
    Column("claimed_at", String(32)),
)

# What a wallet said became of copies it was given.
openid_notification = Table(
    "openid_notification",
    metadata,
    Column("notification_digest", String(64), primary_key=True),
    Column("grant_id", String(40), nullable=False, index=True),
    Column("credential_id", String(60), nullable=False),
    Column("event", String(32)),
)

# What a wallet fetched and its holder's log does not say yet; ``client_id`` is what the wallet called itself.
openid_fetched = Table(
    "openid_fetched",
    metadata,
    Column("fetch_id", String(40), primary_key=True),
    Column("person", String(64), nullable=False, index=True),
    Column("credential_id", String(60), nullable=False),
    Column("client_id", Text),
    Column("fetched_at", String(32), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", String(32), nullable=False, index=True),
)
