"""The fraud desk: cases, and what lies before a second officer."""

import sqlalchemy as sa
from alembic import op

from runtime.shared_migrations import create_approvals_1

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the desk."""
    create_approvals_1()
    op.create_table(
        "fraud_case",
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(64)),
        sa.Column("criteria", sa.JSON()),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by", sa.String(200)),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("cases_by_opening", "fraud_case", ["opened_at"])
    op.create_table(
        "case_member",
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(500), nullable=False),
        sa.Column("centre", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "credential_id"),
        sa.ForeignKeyConstraint(["case_id"], ["fraud_case.case_id"]),
    )
    op.create_index("cases_of_a_credential", "case_member", ["credential_id"])
