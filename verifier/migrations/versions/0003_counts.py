"""How often certificates are presented, by issuer, kind and day; and how often codes are guessed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the counts."""
    op.create_table(
        "presented",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "issuer", "kind"),
    )
