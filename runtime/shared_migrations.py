"""Steps that the migrations of several services have in common; one once released never changes.

A later change is another function, called by another revision of each service.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from runtime.migrations import LOCK_MILLISECONDS


def create_approvals_1() -> None:
    """The tables of ``runtime.approval_tables`` as they were first."""
    op.create_table(
        "approval_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("act", sa.String(80), nullable=False),
        sa.Column("object_id", sa.String(500), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("delay_seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("proposed_at", sa.String(20), nullable=False),
        sa.Column("due_at", sa.String(20), nullable=True),
        sa.Column("closed_at", sa.String(20), nullable=True),
        sa.Column("closed_by", sa.String(200), nullable=True),
        sa.CheckConstraint("threshold >= 1 AND delay_seconds >= 0", name="approval_request_bounds"),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'cancelled', 'executed')",
            name="approval_request_state",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_approval_request_state", "approval_request", ["state"])
    op.create_table(
        "approval_vote",
        sa.Column("request_id", sa.Integer(), sa.ForeignKey("approval_request.id"), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identity", sa.String(200), nullable=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "subject"),
        sa.UniqueConstraint("request_id", "identity", name="approval_vote_one_person"),
        sa.CheckConstraint("kind IN ('maker', 'approve', 'reject')", name="approval_vote_kind"),
    )


def create_audit_1(service: str) -> None:
    """The tables of ``runtime.audit_tables`` with the head of an empty chain, and their triggers."""
    count = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_entry",
        sa.Column("seq", count, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("act", sa.String(80), nullable=False),
        sa.Column("object", sa.String(500), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("approver", sa.String(500), nullable=True),
        sa.Column("request_id", sa.String(200), nullable=False),
        sa.Column("rows_root", sa.String(64), nullable=True),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("size", count, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="one_audit_head"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(sa.insert(head).values(id=1, service=service, size=0, hash="0" * 64))
    forbid_changes_1("audit_entry")
    _let_the_head_only_grow()


def create_checkpoints_1() -> None:
    """The table of checkpoints, append-only."""
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    forbid_changes_1("audit_checkpoint")


def forbid_changes_1(table: str) -> None:
    """Triggers that refuse every UPDATE and DELETE, and on PostgreSQL TRUNCATE, of ``table``."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _let_the_head_only_grow() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_head_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_head_refuse()"
        )
        op.execute(
            "CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW "
            "WHEN (NEW.size <> OLD.size + 1) EXECUTE FUNCTION audit_head_refuse()"
        )
        return
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
    op.execute(f"CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head {refuse}")
    op.execute(
        f"CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head WHEN NEW.size <> OLD.size + 1 {refuse}"
    )


def create_index_online_1(name: str, table: str, columns: list[str], **options: Any) -> None:
    """An index on a table that is in use: on PostgreSQL others go on writing while it is built.

    What the migration did before is committed by it, so let it stand first or alone.
    """
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, **options)
        return
    with op.get_context().autocommit_block():
        # It waits for others without making them wait.
        op.execute("SET lock_timeout = 0")
        # What a try before left half made is used by nobody and would stay for ever.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)
        op.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
