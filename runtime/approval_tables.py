"""The tables of the approval mechanism, the same in the database of every service that uses it."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

_own = MetaData()
_INSTANT = String(20)

approval_request = Table(
    "approval_request",
    _own,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("act", String(80), nullable=False),
    Column("object_id", String(500), nullable=False),
    Column("payload", JSON(none_as_null=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("delay_seconds", Integer, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("proposed_at", _INSTANT, nullable=False),
    Column("due_at", _INSTANT, nullable=True),
    Column("closed_at", _INSTANT, nullable=True),
    Column("closed_by", String(200), nullable=True),
    CheckConstraint("threshold >= 1 AND delay_seconds >= 0", name="approval_request_bounds"),
    CheckConstraint(
        "state IN ('open', 'approved', 'rejected', 'cancelled', 'executed')", name="approval_request_state"
    ),
)

# The maker's own row stands first, so that the two unique constraints refuse the maker's approval as
# they refuse anybody's second one, whatever the program forgot to ask.
approval_vote = Table(
    "approval_vote",
    _own,
    Column("request_id", ForeignKey("approval_request.id"), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("name", Text, nullable=False),
    Column("identity", String(200), nullable=True),
    Column("kind", String(10), nullable=False),
    Column("at", _INSTANT, nullable=False),
    UniqueConstraint("request_id", "identity", name="approval_vote_one_person"),
    CheckConstraint("kind IN ('maker', 'approve', 'reject')", name="approval_vote_kind"),
)


def add_approval_tables(metadata: MetaData) -> None:
    """Make the tables part of a service's ``metadata``; its migration calls ``create_approvals_1``."""
    for table in (approval_request, approval_vote):
        table.to_metadata(metadata)
