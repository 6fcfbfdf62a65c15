"""Steps that the migrations of several services have in common; one once released never changes.

A later change is another function, called by another revision of each service.
"""

import sqlalchemy as sa
from alembic import op


def create_approvals_1() -> None:
    """The tables of ``runtime.approval_tables`` as they were first."""
    op.create_table(
        "approval_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("act", sa.String(80), nullable=False),
        sa.Column("object_id", sa.String(500), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("delay_seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("proposed_at", sa.String(20), nullable=False),
        sa.Column("due_at", sa.String(20), nullable=True),
        sa.Column("closed_at", sa.String(20), nullable=True),
        sa.Column("closed_by", sa.String(200), nullable=True),
        sa.CheckConstraint("threshold >= 1 AND delay_seconds >= 0", name="approval_request_bounds"),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'cancelled', 'executed')",
            name="approval_request_state",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_approval_request_state", "approval_request", ["state"])
    op.create_table(
        "approval_vote",
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("approval_request.id"), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.String(200), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "subject"),
        sa.UniqueConstraint("request_id", "identity", name="approval_vote_one_person"),
        sa.CheckConstraint("kind IN ('maker', 'approve', 'reject')", name="approval_vote_kind"),
    )
