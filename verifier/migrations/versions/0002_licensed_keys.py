"""Every API key stands under a licence."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write down that a key names a licence; one that named none stands under none, and is refused."""
    op.execute("UPDATE api_key SET licence_number = '' WHERE licence_number IS NULL")
    with op.batch_alter_table("api_key") as table:
        table.alter_column("licence_number", existing_type=sa.String(60), nullable=False)
