"""Data keys per person; what says anything of a person is sealed.

What was kept before the first release, of demos only, lies there plain: such rows are taken out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of data keys; columns become sealed bytes."""
    for table in ("issuance", "class_row", "class_list"):
        op.execute(f"DELETE FROM {table}")
    op.drop_index("ix_issuance_rld_number", "issuance")
    for table, gone, sealed in (
        ("class_list", (), ("filename", "problems")),
        ("class_row", ("rld_number", "holder_name_km", "holder_name_latin"), ("dataset",)),
        ("issuance", ("rld_number",), ("dataset",)),
    ):
        with op.batch_alter_table(table) as batch:
            for name in (*gone, *sealed):
                batch.drop_column(name)
            for name in sealed:
                batch.add_column(sa.Column(name, sa.LargeBinary(), nullable=False))
            if gone:
                batch.add_column(sa.Column("person", sa.String(64), nullable=False))
            if table == "issuance":
                batch.add_column(sa.Column("digest", sa.LargeBinary(), nullable=True))
    for table in ("class_row", "issuance"):
        op.create_index(f"ix_{table}_person", table, ["person"])
    op.create_table(
        "person_key",
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("data_class", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kek_version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("owner", "data_class"),
    )
    op.create_index("ix_person_key_kek_version", "person_key", ["kek_version"])
