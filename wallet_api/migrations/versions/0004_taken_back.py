"""When a centre took a credential back, so that its holder reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment."""
    op.add_column("held_credential", sa.Column("taken_back_at", sa.String(20)))
