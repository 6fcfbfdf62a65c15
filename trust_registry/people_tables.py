"""The tables of people beside their accounts: sessions, second factors, staff numbers, invitations."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table

from trust_registry.tables import metadata

_INSTANT = String(20)

# ``token_hash`` is SHA-256 of what the cookie holds. ``stamp`` is a digest of what the account was when
# the session began: an account that has changed since has no session. ``view`` is what a session of a holder
# shows, sealed and of one length; null in every other.
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False, index=True),
    Column("stamp", String(64), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("challenge", String(100), nullable=True),
    Column("created", _INSTANT, nullable=False),
    Column("last_seen", _INSTANT, nullable=False),
    Column("expires", _INSTANT, nullable=False),
    Column("revoked", _INSTANT, nullable=True),
    Column("view", LargeBinary, nullable=True),
)

# ``sealed`` is the shared secret under AES-GCM; ``last_step`` the newest time step a code was taken for.
totp = Table(
    "totp",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", Integer, nullable=True),
)

passkey = Table(
    "passkey",
    metadata,
    Column("credential_id", String(1400), primary_key=True),
    Column("username", String(64), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("created", _INSTANT, nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False, index=True),
)

# A keyed hash of the verified staff-identity number; two accounts of one person have the same.
staff_identity = Table(
    "staff_identity",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("identity_index", String(64), nullable=False, index=True),
)

# ``code_hash`` is the keyed hash of what another officer tells the invited person; null where one person
# alone may invite. ``tries`` counts wrong codes.
invitation = Table(
    "invitation",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", String(64), nullable=False, index=True),
    Column("expires", _INSTANT, nullable=False),
    Column("code_hash", String(64), nullable=True),
    Column("tries", Integer, nullable=False),
)
