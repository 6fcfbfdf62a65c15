"""Suspensions and pools: a credential may be suspended and reinstated as often as need be.

Lists of before are closed, since credentials with an index in them name no list of suspensions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = (
    "seq, list_id, list_index, purpose, credential_id, kind, reason, note, successor, actor, request_id, at"
)


def upgrade() -> None:
    """Widen the log of changes, and tell lists apart by pool."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("status_change_purpose_credential_id_key", "status_change")
        op.drop_constraint("status_change_list_id_list_index_key", "status_change")
        for column in _new_columns():
            op.add_column("status_change", column)
    else:
        _rebuild_changes()
    is_end = sa.text("purpose = 'revocation'")
    op.create_index(
        "one_end_of_a_credential",
        "status_change",
        ["credential_id"],
        unique=True,
        sqlite_where=is_end,
        postgresql_where=is_end,
    )
    op.create_index("changes_of_a_list", "status_change", ["list_id", "list_index"])
    op.create_index("changes_of_a_credential", "status_change", ["credential_id"])
    _tell_lists_apart()


def _new_columns() -> tuple["sa.Column[object]", ...]:
    return (
        sa.Column("until", sa.BigInteger()),
        sa.Column("approver", sa.String(200)),
        sa.Column("case_id", sa.String(64)),
    )


def _rebuild_changes() -> None:
    """SQLite drops no constraint: the table is made anew, and its triggers with it."""
    for act in ("update", "delete"):
        op.execute(f"DROP TRIGGER status_change_no_{act}")
    op.rename_table("status_change", "status_change_before")
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
        *_new_columns(),
        sa.PrimaryKeyConstraint("seq"),
        sa.ForeignKeyConstraint(
            ["list_id", "list_index"], ["status_entry.list_id", "status_entry.list_index"]
        ),
    )
    op.execute(f"INSERT INTO status_change ({_COLUMNS}) SELECT {_COLUMNS} FROM status_change_before")
    op.drop_table("status_change_before")
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER status_change_no_{act.lower()} BEFORE {act} ON status_change "
            "BEGIN SELECT RAISE(ABORT, 'status_change is append-only'); END"
        )


def _tell_lists_apart() -> None:
    op.add_column(
        "status_list", sa.Column("pool", sa.String(32), nullable=False, server_default="general")
    )
    op.add_column(
        "status_list", sa.Column("suspends", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(sa.text("UPDATE status_list SET closed = :closed").bindparams(closed=True))
    op.drop_column("status_list", "purpose")
