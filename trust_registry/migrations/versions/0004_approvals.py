"""Acts that wait for a second officer."""

from runtime.shared_migrations import create_approvals_1

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the approval mechanism."""
    create_approvals_1()
