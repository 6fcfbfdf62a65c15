"""Which certificates an asker with a licence checked in an hour, as digests."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "checked_subject",
        sa.Column("licence_number", sa.String(60), nullable=False),
        sa.Column("hour", sa.String(20), nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("licence_number", "hour", "digest"),
    )
