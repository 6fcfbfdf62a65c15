"""An approved class list may wait for its day: the moment before which nothing of it is signed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment to the class lists."""
    with op.batch_alter_table("class_list") as batch:
        batch.add_column(sa.Column("issue_at", sa.String(32)))
