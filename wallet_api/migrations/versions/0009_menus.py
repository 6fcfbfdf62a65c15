"""Menus for phones without a browser: how far somebody is, what was answered, whose chat it is."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "menu_talk",
        sa.Column("address_index", sa.String(64), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("number_hash", sa.String(64)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("address_index"),
    )
    op.create_index("ix_menu_talk_said_at", "menu_talk", ["said_at"])
    op.create_table(
        "menu_message",
        sa.Column("message_index", sa.String(64), nullable=False),
        sa.Column("came_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("message_index"),
    )
    op.create_index("ix_menu_message_came_at", "menu_message", ["came_at"])
    op.create_table(
        "menu_chat",
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("chat_index", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("good_from", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("holder_index"),
    )
    op.create_index("ix_menu_chat_chat_index", "menu_chat", ["chat_index"])
