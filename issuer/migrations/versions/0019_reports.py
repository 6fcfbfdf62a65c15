"""What holders report about their certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "report",
        sa.Column("report_id", sa.String(40), primary_key=True),
        sa.Column("intent_id", sa.String(60), nullable=False),
        sa.Column("centre_slug", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("wrong", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("reported_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.String(32)),
    )
    op.create_index("ix_report_centre_slug", "report", ["centre_slug"])
    op.create_index("ix_report_person", "report", ["person"])
    op.create_index(
        "one_open_report",
        "report",
        ["intent_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
