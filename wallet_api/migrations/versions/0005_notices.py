"""How holders are told: what there is to tell, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "contact",
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary()),
        sa.Column("code_sent_at", sa.String(20), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.String(20)),
        sa.PrimaryKeyConstraint("holder_index"),
    )
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(300), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("happened_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(20), nullable=False),
        sa.Column("settled_at", sa.String(20)),
        sa.PrimaryKeyConstraint("notice_id"),
        sa.UniqueConstraint("credential_id", "status", "happened_at"),
    )
    op.create_index("ix_notice_holder_index", "notice", ["holder_index"])
    op.create_index("ix_notice_credential_id", "notice", ["credential_id"])
    op.create_index("notices_by_state", "notice", ["state", "happened_at"])
    op.create_table(
        "feed_position",
        sa.Column("feed", sa.String(16), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
    )
