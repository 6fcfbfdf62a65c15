"""Places in status lists that holders agreed to have watched, and where their askers are told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "watched",
        sa.Column("watch_id", sa.String(40), primary_key=True),
        sa.Column("licence_number", sa.String(60), nullable=False),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("list_url", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(20), nullable=False),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
        sa.Column("changed", sa.String(20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.String(20), nullable=True),
    )
    op.create_index("ix_watched_licence_number", "watched", ["licence_number"])
    op.create_index("ix_watched_until", "watched", ["until"])
    op.create_table(
        "watch_hook",
        sa.Column("licence_number", sa.String(60), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
    )
    for name in ("watch", "programme"):
        op.add_column("wallet_request", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
