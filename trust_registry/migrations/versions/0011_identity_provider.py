"""Signing in through an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the browsers sent to the provider, and the accounts linked with it."""
    op.create_table(
        "provider_attempt",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=True),
        sa.Column("session_hash", sa.String(64), nullable=True),
        sa.Column("wanted", sa.String(1000), nullable=False),
        sa.Column("expires", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "provider_link",
        sa.Column("subject_index", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("created", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("subject_index"),
        sa.UniqueConstraint("username"),
    )
