"""Appeals, and credentials replaced after they were revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a revoked credential be given a successor, and keep appeals."""
    op.drop_index("one_end_of_a_credential", "status_change")
    is_end = sa.text("kind IN ('revoked', 'superseded')")
    op.create_index(
        "one_end_of_a_credential",
        "status_change",
        ["credential_id"],
        unique=True,
        sqlite_where=is_end,
        postgresql_where=is_end,
    )
    op.create_table(
        "appeal",
        sa.Column("appeal_id", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(500), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.Column("grounds", sa.String(32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(32)),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("approver", sa.String(200)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("appeal_id"),
        sa.UniqueConstraint("change_seq"),
    )
    op.create_index("appeals_by_state", "appeal", ["state", "made_at"])
    op.create_index("appeals_of_a_credential", "appeal", ["credential_id"])
