"""Passport cards: each of one credential, or of two, with an id and a status index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None

_STANDING = sa.text("state IN ('reserved', 'intended', 'signing', 'abandoned', 'issued', 'refused')")


def upgrade() -> None:
    """Make the table of cards."""
    op.create_table(
        "card",
        sa.Column("card_id", sa.String(60), nullable=False),
        sa.Column("intent_id", sa.String(60), nullable=False),
        sa.Column("second_intent_id", sa.String(60), nullable=True),
        sa.Column("class_id", sa.String(40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("centre_slug", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(80), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("replaces", sa.String(60), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("signing_since", sa.String(32), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("card_id"),
    )
    for column in ("class_id", "person", "state"):
        op.create_index(f"ix_card_{column}", "card", [column])
    op.create_index(
        "one_standing_card",
        "card",
        ["intent_id", "kind"],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )
