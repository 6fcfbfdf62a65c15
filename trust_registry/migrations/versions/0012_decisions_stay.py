"""What was decided about accreditations, licences and applications is never changed nor deleted.

The databases refuse it, as they do for the audit log.
"""


from runtime.shared_migrations import forbid_changes_1

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("accreditation_event", "licence_event", "application_event"):
        forbid_changes_1(table)
