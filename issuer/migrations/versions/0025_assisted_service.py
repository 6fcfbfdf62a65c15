"""Visits at a kiosk, and lists of what is to be handed over to people without a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "assisted_visit",
        sa.Column("visit_id", sa.String(40), primary_key=True),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_assisted_visit_person", "assisted_visit", ["person"])
    op.create_index("ix_assisted_visit_opened_at", "assisted_visit", ["opened_at"])
    op.create_table(
        "handover_list",
        sa.Column("list_id", sa.String(40), primary_key=True),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("position", sa.String(60), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("is_full", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_handover_list_state", "handover_list", ["state"])
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.String(40), primary_key=True),
        sa.Column("list_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    op.create_index("ix_handover_list_id", "handover", ["list_id"])
    op.create_index("ix_handover_person", "handover", ["person"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "one_waiting_handover",
        "handover",
        ["person"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
