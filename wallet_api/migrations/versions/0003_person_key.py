"""Data keys per person.

What was sealed under the one key of the service before the first release cannot be opened any more: such
rows, of demos only, are taken out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of data keys."""
    op.execute("DELETE FROM held_credential")
    with op.batch_alter_table("held_credential") as table:
        table.drop_column("key_version")
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
