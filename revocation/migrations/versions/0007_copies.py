"""Which entries are those of copies."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("status_entry", sa.Column("copy_of", sa.String(500)))
    op.create_index("copies_of_a_credential", "status_entry", ["copy_of"])
