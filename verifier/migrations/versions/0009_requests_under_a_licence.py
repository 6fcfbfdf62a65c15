"""Under which licence a signed-in member of an organisation asks a wallet."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("wallet_request", sa.Column("licence_number", sa.String(60), nullable=True))
