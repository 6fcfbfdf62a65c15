"""Which changes a list has not published yet, without reading all that it ever had."""

from runtime.shared_migrations import create_index_online_1

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    create_index_online_1("new_changes_of_a_list", "status_change", ["list_id", "seq"])
