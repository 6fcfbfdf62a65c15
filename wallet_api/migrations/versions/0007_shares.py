"""Shares, the copies they are made of, and who is to be told of their being opened."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "bound_copy",
        sa.Column("copy_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(300), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("holder_key", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("copy_id"),
    )
    op.create_index("bound_copies_of_holder", "bound_copy", ["holder_index", "credential_id"])
    op.create_table(
        "share",
        sa.Column("share_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("token_index", sa.String(64), nullable=False),
        sa.Column("recipient_index", sa.String(64)),
        sa.Column("presentations", sa.LargeBinary()),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(20), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
        sa.Column("views_left", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.String(20)),
        sa.PrimaryKeyConstraint("share_id"),
        sa.UniqueConstraint("token_index"),
    )
    op.create_index("ix_share_holder_index", "share", ["holder_index"])
    op.create_index("ix_share_recipient_index", "share", ["recipient_index"])
    op.create_index("ix_share_expires_at", "share", ["expires_at"])
    op.create_table(
        "shared_name",
        sa.Column("share_id", sa.String(64), sa.ForeignKey("share.share_id"), nullable=False),
        sa.Column("name_index", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("share_id", "name_index"),
    )
    op.create_index("ix_shared_name_name_index", "shared_name", ["name_index"])
    op.create_table(
        "telling",
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("due_at", sa.String(20)),
        sa.Column("told_at", sa.String(20)),
        sa.PrimaryKeyConstraint("holder_index"),
    )
    op.create_index("ix_telling_due_at", "telling", ["due_at"])
