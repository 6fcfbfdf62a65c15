"""Which photo was printed for whom, by blind indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "photo_seen",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("photo", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("person", "photo"),
    )
    op.create_index("ix_photo_seen_photo", "photo_seen", ["photo"])
