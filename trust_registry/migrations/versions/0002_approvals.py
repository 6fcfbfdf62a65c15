"""Acts that wait for a second officer."""

from runtime.shared_migrations import create_approvals_1

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the approval mechanism."""
    create_approvals_1()
