"""Certificates that their centre corrected or took back.

What was unique among the intents that are not retired becomes unique among those not ended either.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_UNIQUE = (("award_key",), ("centre_slug", "certificate_number"), ("class_id", "row"))
_STANDING = sa.text("state != 'retired' AND ended IS NULL")


def upgrade() -> None:
    """Add how a certificate ended, and which list corrects which."""
    with op.batch_alter_table("class_list") as batch:
        batch.add_column(sa.Column("corrects", sa.String(60)))
        batch.add_column(sa.Column("take_back", sa.Integer))
    for columns in _UNIQUE:
        op.drop_index(f"one_standing_{columns[-1]}", "issuance")
    for name, length in (("ended", 16), ("replaced_by", 40), ("ended_at", 32), ("settled_at", 32), ("told_at", 32)):
        op.add_column("issuance", sa.Column(name, sa.String(length)))
    op.create_index("ix_issuance_replaced_by", "issuance", ["replaced_by"])
    for columns in _UNIQUE:
        op.create_index(
            f"one_standing_{columns[-1]}",
            "issuance",
            list(columns),
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        )
