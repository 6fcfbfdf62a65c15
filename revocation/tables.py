"""The registry's tables. Two of them are append-only: see the triggers of the first migration."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.types import TypeDecorator

from runtime.approval_tables import add_approval_tables
from runtime.audit_tables import add_audit_tables

metadata = MetaData()
add_audit_tables(metadata)
add_approval_tables(metadata)

_SEQUENCE: Final = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime kept as microseconds since 1970: exact and ordered on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> int | None:
        """Aware datetime → microseconds."""
        if value is None:
            return None
        delta = value.astimezone(UTC) - _EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: int | None, dialect: object) -> datetime | None:
        """Microseconds → aware datetime."""
        if value is None:
            return None
        seconds, microseconds = divmod(value, 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

status_list = Table(
    "status_list",
    metadata,
    Column("number", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("list_id", String(64), nullable=False, unique=True),
    Column("pool", String(32), nullable=False, server_default="general"),
    Column("suspends", Boolean, nullable=False, server_default=false()),
    Column("length", Integer, nullable=False),
    # Not sealed: whoever reads this database reads the mapping itself in status_entry.
    Column("permutation_key", LargeBinary, nullable=False),
    Column("next_counter", Integer, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("version", BigInteger, nullable=False),
)

status_entry = Table(
    "status_entry",
    metadata,
    Column("list_id", String(64), primary_key=True),
    Column("list_index", Integer, primary_key=True),
    Column("intent_id", String(200), nullable=False, unique=True),
    Column("credential_id", String(500), nullable=False, unique=True),
    Column("issuer", String(500), nullable=False),
    Column("cryptosuite", String(64), nullable=False),
    Column("allocated_by", String(200), nullable=False),
    Column("allocated_at", Moment, nullable=False),
    # The certificate that this is a bound copy of, and ends with; null for everything else.
    Column("copy_of", String(500)),
    ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
    Index("copies_of_a_credential", "copy_of"),
)

status_change = Table(
    "status_change",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("list_id", String(64), nullable=False),
    Column("list_index", Integer, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("credential_id", String(500), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("note", Text),
    Column("successor", String(500)),
    Column("actor", String(200), nullable=False),
    Column("request_id", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    Column("approver", String(200)),
    Column("case_id", String(64)),
    ForeignKeyConstraint(["list_id", "list_index"], ["status_entry.list_id", "status_entry.list_index"]),
)

# A credential ends once; suspended and reinstated it may be as often as need be.
Index(
    "one_end_of_a_credential",
    status_change.c.credential_id,
    unique=True,
    sqlite_where=status_change.c.kind.in_(("revoked", "superseded")),
    postgresql_where=status_change.c.kind.in_(("revoked", "superseded")),
)
Index("changes_of_a_list", status_change.c.list_id, status_change.c.list_index)
Index("new_changes_of_a_list", status_change.c.list_id, status_change.c.seq)
Index("changes_of_a_credential", status_change.c.credential_id)
Index(
    "suspensions_by_end",
    status_change.c.until,
    status_change.c.seq,
    sqlite_where=status_change.c.until.is_not(None),
    postgresql_where=status_change.c.until.is_not(None),
)

published = Table(
    "published",
    metadata,
    Column("list_id", String(64), primary_key=True),
    Column("representation", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("etag", String(80), nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("set_count", Integer, nullable=False),
    Column("change_seq", BigInteger, nullable=False),
    ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
)

journal_position = Table(
    "journal_position",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("journal", String(64), nullable=False),
    Column("position", BigInteger, nullable=False),
)

fraud_case = Table(
    "fraud_case",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", String(64)),
    # What was asked of the issuer, as JSON; null where certificates were named one by one.
    Column("criteria", JSON),
    Column("opened_by", String(200), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_by", String(200)),
    Column("closed_at", Moment),
    Index("cases_by_opening", "opened_at"),
)

case_member = Table(
    "case_member",
    metadata,
    Column("case_id", String(64), primary_key=True),
    Column("credential_id", String(500), primary_key=True),
    Column("centre", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("issued_on", String(10), nullable=False),
    ForeignKeyConstraint(["case_id"], ["fraud_case.case_id"]),
    Index("cases_of_a_credential", "credential_id"),
)

appeal = Table(
    "appeal",
    metadata,
    Column("appeal_id", String(64), primary_key=True),
    Column("credential_id", String(500), nullable=False),
    # The change that is appealed against: there is one appeal against each.
    Column("change_seq", BigInteger, nullable=False, unique=True),
    Column("grounds", String(32), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("answer", String(32)),
    Column("decided_by", String(200)),
    Column("approver", String(200)),
    Column("decided_at", Moment),
    Index("appeals_by_state", "state", "made_at"),
    Index("appeals_of_a_credential", "credential_id"),
)

# What others suspect; it changes no status. No words of theirs and no name is kept.
suspicion = Table(
    "suspicion",
    metadata,
    Column("report_id", String(64), primary_key=True),
    Column("about", String(16), nullable=False),
    Column("what", String(32), nullable=False),
    Column("credential_id", String(500)),
    Column("agency_number", String(64)),
    Column("made_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", Moment),
    Index("suspicions_by_state", "state", "made_at"),
)

incident = Table(
    "incident",
    metadata,
    Column("incident_id", String(64), primary_key=True),
    Column("case_id", String(64), nullable=False, unique=True),
    Column("reason", String(32), nullable=False),
    Column("certificates", Integer, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("revoked_on", String(10), nullable=False),
    Column("published_by", String(200), nullable=False),
    Column("published_at", Moment, nullable=False),
    ForeignKeyConstraint(["case_id"], ["fraud_case.case_id"]),
)

watcher = Table(
    "watcher",
    metadata,
    Column("watcher_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("url", String(500), nullable=False, unique=True),
    Column("added_by", String(200), nullable=False),
    Column("added_at", Moment, nullable=False),
)

# What a watcher knows of a list, and when to try again to tell the rest.
watcher_delivery = Table(
    "watcher_delivery",
    metadata,
    Column("watcher_id", String(64), primary_key=True),
    Column("list_id", String(64), primary_key=True),
    Column("told_change", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    ForeignKeyConstraint(["watcher_id"], ["watcher.watcher_id"]),
    ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
)
