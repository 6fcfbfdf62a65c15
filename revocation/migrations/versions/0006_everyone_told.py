"""What others suspect, what the public is told, and who is told when a list changes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "suspicion",
        sa.Column("report_id", sa.String(64), nullable=False),
        sa.Column("about", sa.String(16), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("credential_id", sa.String(500)),
        sa.Column("agency_number", sa.String(64)),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("report_id"),
    )
    op.create_index("suspicions_by_state", "suspicion", ["state", "made_at"])
    op.create_table(
        "incident",
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("certificates", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("revoked_on", sa.String(10), nullable=False),
        sa.Column("published_by", sa.String(200), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id"),
        sa.UniqueConstraint("case_id"),
        sa.ForeignKeyConstraint(["case_id"], ["fraud_case.case_id"]),
    )
    op.create_table(
        "watcher",
        sa.Column("watcher_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("watcher_id"),
        sa.UniqueConstraint("url"),
    )
    op.create_table(
        "watcher_delivery",
        sa.Column("watcher_id", sa.String(64), nullable=False),
        sa.Column("list_id", sa.String(64), nullable=False),
        sa.Column("told_change", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("watcher_id", "list_id"),
        sa.ForeignKeyConstraint(["watcher_id"], ["watcher.watcher_id"]),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
    )
