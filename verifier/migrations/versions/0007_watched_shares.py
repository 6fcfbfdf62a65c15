"""By which share a holder agreed to have something watched."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("watched", sa.Column("share_id", sa.String(64), nullable=True))
    op.create_index("ix_watched_share_id", "watched", ["share_id"])
