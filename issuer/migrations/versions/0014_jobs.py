"""Work on class lists in worker processes: which run it is, whether it failed, who is at work."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of workers."""
    with op.batch_alter_table("class_list") as changed:
        changed.add_column(sa.Column("run", sa.Integer(), nullable=False, server_default="1"))
        changed.add_column(sa.Column("has_failed", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What stands is what is asked for now, and that has an index.
    op.drop_index("ix_issuance_award_key", "issuance")
    op.drop_index("ix_issuance_class_id", "issuance")
    op.create_index("ix_issuance_class_state", "issuance", ["class_id", "state", "row"])
    op.create_table(
        "worker",
        sa.Column("executor_id", sa.String(120), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("executor_id"),
    )
