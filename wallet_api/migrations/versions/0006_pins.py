"""Phones, codes and PINs of holders, recoveries of them, and who looked."""

import sqlalchemy as sa
from alembic import op

from runtime.shared_migrations import create_approvals_1

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_approvals_1()
    _create_pins_and_phones()
    op.create_table(
        "protection_event",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("seen_at", sa.String(20)),
        sa.Column("seen_by", sa.String(200)),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "access_entry",
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_access_entry_at", "access_entry", ["at"])
    op.create_index("access_entries_of_holder", "access_entry", ["holder_index", "at"])
    _create_recoveries()


def _create_pins_and_phones() -> None:
    op.create_table(
        "holder_pin",
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("slot_a", sa.LargeBinary(), nullable=False),
        sa.Column("slot_b", sa.LargeBinary(), nullable=False),
        sa.Column("chosen", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locks", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(20)),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("changes_since", sa.String(20), nullable=False),
        sa.Column("set_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("holder_index"),
    )
    op.create_table(
        "holder_phone",
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("good_from", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("holder_index"),
    )
    op.create_index("ix_holder_phone_phone_index", "holder_phone", ["phone_index"])
    op.create_table(
        "phone_code",
        sa.Column("phone_index", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.String(20), nullable=False),
        sa.Column("pass_hash", sa.String(64)),
        sa.PrimaryKeyConstraint("phone_index"),
    )


def _create_recoveries() -> None:
    op.create_table(
        "recovery",
        sa.Column("recovery_id", sa.String(64), nullable=False),
        sa.Column("holder_index", sa.String(64), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("officer", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("compared", sa.String(16)),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("code_right_at", sa.String(20)),
        sa.Column("proposal_id", sa.Integer()),
        sa.Column("begun_at", sa.String(20), nullable=False),
        sa.Column("expires", sa.String(20), nullable=False),
        sa.Column("done_at", sa.String(20)),
        sa.Column("sessions_ended", sa.Boolean(), nullable=False),
        sa.Column("shares_ended", sa.Boolean(), nullable=False),
        sa.Column("cards_ended", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(20)),
        sa.PrimaryKeyConstraint("recovery_id"),
        sa.UniqueConstraint("proposal_id"),
    )
    op.create_index("ix_recovery_holder_index", "recovery", ["holder_index"])
    op.create_index("ix_recovery_due_at", "recovery", ["due_at"])
