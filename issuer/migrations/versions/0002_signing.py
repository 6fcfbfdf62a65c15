"""Intents that may have been signed already: marked, abandoned, retired, and followed by another.

What was unique for ever becomes unique among the intents that are not retired.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_UNIQUE = (("award_key",), ("centre_slug", "certificate_number"), ("class_id", "row"))
# The first revision left the naming to the database: PostgreSQL names so, SQLite not at all.
_NAMES = {"uq": "issuance_%(column_0_N_name)s_key"}
_STANDING = sa.text("state != 'retired'")


def upgrade() -> None:
    with op.batch_alter_table("issuance", naming_convention=_NAMES) as table:
        table.add_column(sa.Column("signing_since", sa.String(length=32), nullable=True))
        for columns in _UNIQUE:
            table.drop_constraint(f"issuance_{'_'.join(columns)}_key", type_="unique")
    for columns in _UNIQUE:
        op.create_index(
            f"one_standing_{columns[-1]}",
            "issuance",
            list(columns),
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        )


def downgrade() -> None:
    for columns in _UNIQUE:
        op.drop_index(f"one_standing_{columns[-1]}", "issuance")
    with op.batch_alter_table("issuance", naming_convention=_NAMES) as table:
        table.drop_column("signing_since")
        for columns in _UNIQUE:
            table.create_unique_constraint(f"issuance_{'_'.join(columns)}_key", list(columns))
