"""API clients that show themselves by signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the keys of API clients, and what they signed and used."""
    with op.batch_alter_table("api_client") as table:
        table.alter_column("secret_hash", existing_type=sa.String(64), nullable=True)
        table.add_column(sa.Column("keys", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("api_client") as table:
        table.alter_column("keys", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "client_assertion",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_client_assertion_expires", "client_assertion", ["expires"])
