"""What an organisation says of a holder it compared with the photo of the labour database."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "photo_comparison",
        sa.Column("token_index", sa.String(64), nullable=False),
        sa.Column("licence_number", sa.String(60), nullable=False),
        sa.Column("photo_at", sa.String(20), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("open_until", sa.String(20), nullable=False),
        sa.Column("ends", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(16)),
        sa.Column("organisation", sa.Text()),
        sa.Column("compared_by", sa.String(64)),
        sa.Column("compared_photo_at", sa.String(20)),
        sa.Column("compared_at", sa.String(20)),
        sa.PrimaryKeyConstraint("token_index"),
    )
    op.create_index("ix_photo_comparison_open_until", "photo_comparison", ["open_until"])
    op.create_index("ix_photo_comparison_ends", "photo_comparison", ["ends"])
