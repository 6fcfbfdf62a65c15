"""A class list waits for a second person before it is issued: the approvals, and what became of each list."""

import sqlalchemy as sa
from alembic import op

from runtime.shared_migrations import create_approvals_1

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the approvals and the columns that point to them."""
    create_approvals_1()
    with op.batch_alter_table("class_list") as batch:
        batch.add_column(sa.Column("proposal", sa.Integer()))
        batch.add_column(sa.Column("sent_back", sa.LargeBinary()))
        batch.add_column(sa.Column("approved_on", sa.String(10)))
        batch.add_column(sa.Column("issue_at", sa.String(32)))
    op.create_index("ix_class_list_approved_on", "class_list", ["centre_slug", "approved_on"])
