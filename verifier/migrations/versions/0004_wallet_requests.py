"""What wallets are asked for, for ten minutes, and the data keys that seal it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "person_key",
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kek_version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "data_class"),
    )
    op.create_index("ix_person_key_kek_version", "person_key", ["kek_version"])
    op.create_table(
        "wallet_request",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("session", sa.String(64), nullable=True),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("flow", sa.String(12), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("response_mode", sa.String(20), nullable=False),
        sa.Column("nonce", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("response_key", sa.LargeBinary(), nullable=True),
        sa.Column("response_code", sa.String(64), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("expires", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_wallet_request_expires", "wallet_request", ["expires"])
