"""Indexes for what was given out; terms by which people are found; the class of data of each row.

The terms of people kept already are not written: a migration has no keyring, and what is kept was made
by demos only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes, the table of terms and the columns."""
    op.create_index("ix_issuance_award_key", "issuance", ["award_key"])
    op.create_index("ix_issuance_certificate_number", "issuance", ["certificate_number", "centre_slug"])
    op.create_table(
        "person_term",
        sa.Column("term", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("term", "person"),
    )
    op.create_index("ix_person_term_person", "person_term", ["person"])
    for table in ("class_list", "class_row", "issuance"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(
                sa.Column("data_class", sa.String(16), nullable=False, server_default="general")
            )
