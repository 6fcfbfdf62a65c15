"""What stolen keys had signed before: the sets, and the signed parts they are published in."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest_set",
        sa.Column("public_key_multibase", sa.String(200), nullable=False),
        sa.Column("set_id", sa.String(64), nullable=False),
        sa.Column("signed_before", sa.String(20), nullable=False),
        sa.Column("prefix_bits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("public_key_multibase"),
    )
    op.create_table(
        "digest_part",
        sa.Column("set_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("set_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("digest_part")
    op.drop_table("digest_set")
