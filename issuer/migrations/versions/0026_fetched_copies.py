"""What wallets fetched, until the wallet service has written it into its holder's own log."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "openid_fetched",
        sa.Column("fetch_id", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(60), nullable=False),
        sa.Column("client_id", sa.Text),
        sa.Column("fetched_at", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
    )
    for column in ("person", "due_at"):
        op.create_index(f"ix_openid_fetched_{column}", "openid_fetched", [column])
