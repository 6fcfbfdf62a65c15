"""Credentials from other issuers, and requests of verifiers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "intake",
        sa.Column("intake_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("intake_id"),
    )
    op.create_index("ix_intake_holder_index", "intake", ["holder_index"])
    op.create_index("ix_intake_expires_at", "intake", ["expires_at"])
    op.create_table(
        "received_document",
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("description", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_index("ix_received_document_holder_index", "received_document", ["holder_index"])
    op.create_table(
        "received_copy",
        sa.Column("copy_id", sa.String(64), nullable=False),
        sa.Column(
            "document_id", sa.String(64), sa.ForeignKey("received_document.document_id"), nullable=False
        ),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("holder_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("copy_id"),
    )
    op.create_index("ix_received_copy_document_id", "received_copy", ["document_id"])
    op.create_index("ix_received_copy_holder_index", "received_copy", ["holder_index"])
    op.create_table(
        "awaited",
        sa.Column("awaited_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("awaited_id"),
    )
    op.create_index("ix_awaited_holder_index", "awaited", ["holder_index"])
    op.create_index("ix_awaited_due_at", "awaited", ["due_at"])
    op.create_table(
        "asked_request",
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("request_index", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("receipt", sa.LargeBinary()),
        sa.Column("expires_at", sa.String(20), nullable=False),
        sa.Column("answered_at", sa.String(20)),
        sa.PrimaryKeyConstraint("request_id"),
        sa.UniqueConstraint("holder_index", "request_index"),
    )
    op.create_index("ix_asked_request_expires_at", "asked_request", ["expires_at"])
    op.create_index("asked_requests_answered", "asked_request", ["holder_index", "answered_at"])
