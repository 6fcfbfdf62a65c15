"""Invitations of officers need a code beside the link."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the code's hash and the wrong tries; links that one person alone gave are good no more."""
    op.execute("DELETE FROM invitation")
    with op.batch_alter_table("invitation") as table:
        table.add_column(sa.Column("code_hash", sa.String(64), nullable=True))
        table.add_column(sa.Column("tries", sa.Integer(), nullable=False))
