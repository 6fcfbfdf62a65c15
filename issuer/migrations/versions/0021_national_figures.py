"""Counts of certificates without anybody's name, and which certificates are in them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the counts, and find fast what is not in them yet."""
    op.add_column("issuance", sa.Column("tallied", sa.String(8)))
    op.create_table(
        "tally",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("province_code", sa.String(8), nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("programme", sa.String(16), nullable=False),
        sa.Column("until_month", sa.String(7), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "province_code", "sex", "programme", "until_month"),
    )
    untallied = sa.text("state = 'issued' AND tallied IS NULL")
    gone = sa.text("tallied = 'issued' AND (ended IS NOT NULL OR revoked_at IS NOT NULL)")
    for name, where in (("ix_issuance_untallied", untallied), ("ix_issuance_gone", gone)):
        op.create_index(name, "issuance", ["intent_id"], sqlite_where=where, postgresql_where=where)
