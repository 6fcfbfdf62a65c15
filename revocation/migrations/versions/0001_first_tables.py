"""The first tables of the status registry, and the triggers that make its log append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_APPEND_ONLY = ("status_entry", "status_change")


def upgrade() -> None:
    """Create every table of this revision."""
    _create_lists()
    _create_changes()
    _create_published()
    if op.get_bind().dialect.name == "postgresql":
        _forbid_on_postgresql()
    else:
        _forbid_on_sqlite()


def _create_lists() -> None:
    op.create_table(
        "status_list",
        sa.Column("number", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("permutation_key", sa.LargeBinary(), nullable=False),
        sa.Column("next_counter", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("list_id"),
    )
    op.create_table(
        "status_entry",
        sa.Column("list_id", sa.String(64), nullable=False),
        sa.Column("list_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("intent_id", sa.String(200), nullable=False),
        sa.Column("credential_id", sa.String(500), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("cryptosuite", sa.String(64), nullable=False),
        sa.Column("allocated_by", sa.String(200), nullable=False),
        sa.Column("allocated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "list_index"),
        sa.UniqueConstraint("intent_id"),
        sa.UniqueConstraint("credential_id"),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
    )


def _create_changes() -> None:
    op.create_table(
        "status_change",
        sa.Column("seq", _SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("list_id", sa.String(64), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("credential_id", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("successor", sa.String(500)),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("request_id", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("purpose", "credential_id"),
        sa.UniqueConstraint("list_id", "list_index"),
        sa.ForeignKeyConstraint(
            ["list_id", "list_index"], ["status_entry.list_id", "status_entry.list_index"]
        ),
    )


def _create_published() -> None:
    op.create_table(
        "published",
        sa.Column("list_id", sa.String(64), nullable=False),
        sa.Column("representation", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("etag", sa.String(80), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "representation"),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
    )
    op.create_table(
        "journal_position",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("journal", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("id = 1", name="one_position"),
    )


def _forbid_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _forbid_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
