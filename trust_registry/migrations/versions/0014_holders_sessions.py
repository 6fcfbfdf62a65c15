"""Sessions of holders who signed in at the wallet."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a session shows, sealed."""
    op.add_column("session", sa.Column("view", sa.LargeBinary(), nullable=True))
