"""The first tables of the trust registry."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of this revision."""
    _create_organisations()
    _create_people()
    op.create_table(
        "trust_list_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("valid_from", sa.String(20), nullable=False),
        sa.Column("valid_until", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )


def _create_organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("did", sa.String(300), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_km", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('authority', 'centre', 'status_registry', 'verifier')", name="organisation_kind"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("did"),
    )
    op.create_table(
        "issuer_key",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("public_key_multibase", sa.String(200), nullable=False),
        sa.Column("valid_from", sa.String(20), nullable=False),
        sa.Column("valid_until", sa.String(20), nullable=True),
        sa.Column("compromised_since", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_key_multibase"),
    )
    op.create_index("ix_issuer_key_organisation_id", "issuer_key", ["organisation_id"])
    op.create_table(
        "accreditation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("credential_types", sa.JSON(), nullable=False),
        sa.Column("qualification_codes", sa.JSON(), nullable=True),
        sa.Column("cqf_levels", sa.JSON(), nullable=True),
        sa.Column("valid_from", sa.String(20), nullable=False),
        sa.Column("valid_until", sa.String(20), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_accreditation_organisation_id", "accreditation", ["organisation_id"])


def _create_people() -> None:
    op.create_table(
        "account",
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisation.id"), nullable=True),
        sa.Column("rld_number", sa.String(40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("username"),
    )
    op.create_table(
        "api_client",
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisation.id"), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("bucket", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("bucket"),
    )
