"""Decisions about accreditations, licences of verifiers, applications."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of this revision."""
    op.create_table(
        "accreditation_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("accreditation_id", sa.Integer(), sa.ForeignKey("accreditation.id"), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("effective_from", sa.String(20), nullable=False),
        sa.Column("earlier_stand", sa.Boolean(), nullable=True),
        *_who_why_when(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_accreditation_event_accreditation_id", "accreditation_event", ["accreditation_id"])
    _create_licences()
    _create_applications()


def _create_licences() -> None:
    op.create_table(
        "licence",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("recorded_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "licence_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(40), sa.ForeignKey("licence.number"), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("effective_from", sa.String(20), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        *_who_why_when(),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_licence_event_number", "licence_event", ["number"])


def _create_applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("receipt_digest", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt_digest"),
    )
    op.create_table(
        "application_event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("application_id", sa.Integer(), sa.ForeignKey("application.id"), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=True),
        sa.Column("recorded_at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_application_event_application_id", "application_event", ["application_id"])


def _who_why_when() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("approver", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.String(20), nullable=False),
    )
