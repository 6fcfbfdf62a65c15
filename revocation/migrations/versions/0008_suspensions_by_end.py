"""Which suspensions end next, without reading every change."""

import sqlalchemy as sa

from runtime.shared_migrations import create_index_online_1

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    ends = sa.text("until IS NOT NULL")
    create_index_online_1(
        "suspensions_by_end", "status_change", ["until", "seq"], sqlite_where=ends, postgresql_where=ends
    )
