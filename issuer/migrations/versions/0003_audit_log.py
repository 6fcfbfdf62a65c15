"""The audit log: a chain of entries that nobody changes."""

from runtime.shared_migrations import create_audit_1

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the audit log."""
    create_audit_1("issuer")
