"""Which verifier's organisation holds which licence, as the registrar wrote it down."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column as both databases take it: SQLite adds no constraint to a table later."""
    op.execute(
        "ALTER TABLE organisation ADD COLUMN licence_number VARCHAR(40) "
        "CONSTRAINT organisation_licence_number_fkey REFERENCES licence (number) "
        "CONSTRAINT organisation_licence CHECK (licence_number IS NULL OR kind = 'verifier')"
    )
    op.create_index("ix_organisation_licence_number", "organisation", ["licence_number"], unique=True)
