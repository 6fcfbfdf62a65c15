"""The labour database: lists that wait for it, what it is to be told, what was read from it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say why a class list waits; make the tables of notices and feeds."""
    with op.batch_alter_table("class_list") as batch:
        batch.add_column(sa.Column("trouble", sa.String(16), nullable=True))
    op.create_table(
        "rld_notice",
        sa.Column("notice_id", sa.String(80), nullable=False),
        sa.Column("intent_id", sa.String(60), nullable=False),
        sa.Column("centre_slug", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("happened_at", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(32), nullable=False),
        sa.Column("trouble", sa.String(16), nullable=True),
        sa.Column("told_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    for column in ("intent_id", "centre_slug", "due_at"):
        op.create_index(f"ix_rld_notice_{column}", "rld_notice", [column])
    op.create_table(
        "link_choice",
        sa.Column("class_id", sa.String(40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.LargeBinary(), nullable=False),
        sa.Column("chosen", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("class_id", "row"),
    )
    op.create_table(
        "rld_case",
        sa.Column("case_id", sa.String(160), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("centre_slug", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("happened_at", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16), nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("case_id"),
    )
    for column in ("centre_slug", "person"):
        op.create_index(f"ix_rld_case_{column}", "rld_case", [column])
    op.create_table(
        "rld_hold",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "register_person",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("born", sa.String(64), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("ix_register_person_born", "register_person", ["born"])
    op.create_table(
        "register_event",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("ix_register_event_person", "register_event", ["person"])
    op.create_table(
        "feed_position",
        sa.Column("feed", sa.String(16), nullable=False),
        sa.Column("position", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("feed"),
    )
