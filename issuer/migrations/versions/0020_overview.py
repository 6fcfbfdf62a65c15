"""When the registry revoked a certificate, and an index by which a centre's certificates are listed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment, filled from what is known of it, and the index."""
    op.add_column("issuance", sa.Column("revoked_at", sa.String(32)))
    op.execute(
        "UPDATE issuance SET revoked_at = (SELECT happened_at FROM rld_notice"
        " WHERE rld_notice.intent_id = issuance.intent_id AND rld_notice.status = 'revoked')"
    )
    op.create_index("ix_issuance_centre_issued", "issuance", ["centre_slug", "issued_at", "intent_id"])
