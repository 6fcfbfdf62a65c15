"""Copies of a certificate that are bound to its holder's keys, and keys of centres that sign tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and say what the keys there are sign."""
    op.add_column(
        "centre_key", sa.Column("use", sa.String(16), nullable=False, server_default="documents")
    )
    op.create_table(
        "bound_copy",
        sa.Column("copy_id", sa.String(60), nullable=False),
        sa.Column("intent_id", sa.String(60), nullable=False),
        sa.Column("centre_slug", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("securing", sa.String(40), nullable=False),
        sa.Column("holder_key", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(80), nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("issued_at", sa.String(32)),
        sa.PrimaryKeyConstraint("copy_id"),
    )
    op.create_index("ix_bound_copy_person", "bound_copy", ["person"])
    op.create_index("ix_bound_copy_state", "bound_copy", ["state"])
    op.create_index("ix_bound_copy_key_id", "bound_copy", ["key_id"])
