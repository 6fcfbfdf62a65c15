"""Data keys per person; names and RLD numbers of accounts are sealed.

Accounts from before the first release, of demos only, hold them plain: they are taken out with what hangs
on them, and written anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of data keys; two columns of accounts give way to a sealed one."""
    for table in ("session", "account"):
        op.execute(f"DELETE FROM {table}")
    with op.batch_alter_table("account") as table:
        table.drop_column("name")
        table.drop_column("rld_number")
        table.add_column(sa.Column("owner", sa.String(64), nullable=False))
        table.add_column(sa.Column("details", sa.LargeBinary(), nullable=False))
    op.create_index("ix_account_owner", "account", ["owner"])
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
