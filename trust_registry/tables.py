"""The tables of the trust registry: who exists, what each may do, and what was published.

Instants are stored as ``YYYY-MM-DDTHH:MM:SSZ`` texts: they sort as they read, and mean the same on
SQLite and PostgreSQL.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from runtime.approval_tables import add_approval_tables
from runtime.audit_tables import add_audit_tables, add_checkpoint_table
from runtime.personal_data_table import person_key_table

metadata = MetaData()
add_audit_tables(metadata)
person_key = person_key_table(metadata)
add_checkpoint_table(metadata)
add_approval_tables(metadata)

# JSON null and SQL NULL must not both stand for "any".
_JSON = JSON(none_as_null=True)
_INSTANT = String(20)

organisation = Table(
    "organisation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("did", String(300), unique=True, nullable=True),
    Column("name_en", Text, nullable=False),
    Column("name_km", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("place", Text, nullable=False),
    Column("licence_number", ForeignKey("licence.number"), nullable=True, unique=True, index=True),
    CheckConstraint(
        "kind IN ('authority', 'centre', 'status_registry', 'verifier')", name="organisation_kind"
    ),
    CheckConstraint("licence_number IS NULL OR kind = 'verifier'", name="organisation_licence"),
)

issuer_key = Table(
    "issuer_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    Column("public_key_multibase", String(200), nullable=False, unique=True),
    Column("valid_from", _INSTANT, nullable=False),
    Column("valid_until", _INSTANT, nullable=True),
    Column("compromised_since", _INSTANT, nullable=True),
)

accreditation = Table(
    "accreditation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    Column("credential_types", _JSON, nullable=False),
    Column("qualification_codes", _JSON, nullable=True),
    Column("cqf_levels", _JSON, nullable=True),
    Column("valid_from", _INSTANT, nullable=False),
    Column("valid_until", _INSTANT, nullable=True),
)

account = Table(
    "account",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=True),
    # Whose data key seals ``details``, a blind index; see ``trust_registry.account_details``.
    Column("owner", String(64), nullable=False, index=True),
    Column("details", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
)

api_client = Table(
    "api_client",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("secret_hash", String(64), nullable=True),
    Column("role", String(20), nullable=False),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=True),
    Column("scopes", _JSON, nullable=False),
    Column("keys", _JSON, nullable=False),
)

# A signed statement of an API client that was used; ``digest`` is SHA-256 of client and ``jti``.
client_assertion = Table(
    "client_assertion",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires", _INSTANT, nullable=False, index=True),
)

# One row per bucket that tries are counted in; the names are keyed hashes, never an address.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("bucket", String(64), primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("window_ends", _INSTANT, nullable=False),
)

# ``document`` is the intent, committed before it is signed; ``body`` is null until it was.
trust_list_version = Table(
    "trust_list_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("digest", String(64), nullable=True),
    Column("valid_from", _INSTANT, nullable=False),
    Column("valid_until", _INSTANT, nullable=False),
)

# Root documents as they were signed offline: never changed, never taken back.
trust_root = Table(
    "trust_root",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

# The set in force for a stolen key; an older one's parts stay, for lists that still name them.
digest_set = Table(
    "digest_set",
    metadata,
    Column("public_key_multibase", String(200), primary_key=True),
    Column("set_id", String(64), nullable=False),
    Column("signed_before", _INSTANT, nullable=False),
    Column("prefix_bits", Integer, nullable=False),
)

digest_part = Table(
    "digest_part",
    metadata,
    Column("set_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(60), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# What was decided, never changed afterwards; how an accreditation or licence stands is their fold.
accreditation_event = Table(
    "accreditation_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("accreditation_id", ForeignKey("accreditation.id"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("effective_from", _INSTANT, nullable=False),
    Column("earlier_stand", Boolean, nullable=True),
    Column("actor", String(64), nullable=False),
    Column("approver", String(64), nullable=True),
    Column("reason", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
)

licence = Table(
    "licence",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("recorded_at", _INSTANT, nullable=False),
)

licence_event = Table(
    "licence_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", ForeignKey("licence.number"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("effective_from", _INSTANT, nullable=False),
    Column("facts", _JSON, nullable=True),
    Column("actor", String(64), nullable=False),
    Column("approver", String(64), nullable=True),
    Column("reason", Text, nullable=False),
    Column("recorded_at", _INSTANT, nullable=False),
)

# What an organisation asks for. No person is named; the receipt code is kept as its digest only.
application = Table(
    "application",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(24), nullable=False),
    Column("language", String(8), nullable=False),
    Column("facts", _JSON, nullable=False),
    Column("receipt_digest", String(64), nullable=False, unique=True),
    Column("recorded_at", _INSTANT, nullable=False),
)

application_event = Table(
    "application_event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("application_id", ForeignKey("application.id"), nullable=False, index=True),
    Column("answer", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("actor", String(64), nullable=True),
    Column("recorded_at", _INSTANT, nullable=False),
)
