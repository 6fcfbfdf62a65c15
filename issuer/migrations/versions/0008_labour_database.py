"""Lists that wait for the labour database."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say why a class list waits."""
    with op.batch_alter_table("class_list") as batch:
        batch.add_column(sa.Column("trouble", sa.String(16), nullable=True))
