"""The tables of the audit log, the same in the database of every service that stores anything."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

_own = MetaData()
_COUNT: Final = BigInteger().with_variant(Integer, "sqlite")

audit_entry = Table(
    "audit_entry",
    _own,
    Column("seq", _COUNT, primary_key=True, autoincrement=False),
    Column("at", String(20), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("act", String(80), nullable=False),
    Column("object", String(500), nullable=False),
    Column("reason", Text, nullable=True),
    Column("approver", String(500), nullable=True),
    Column("request_id", String(200), nullable=False),
    Column("rows_root", String(64), nullable=True),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# One row: the chain's length and the hash of its last entry. Whoever writes an entry waits here.
audit_head = Table(
    "audit_head",
    _own,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("service", String(40), nullable=False),
    Column("size", _COUNT, nullable=False),
    Column("hash", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_audit_head"),
)


# Of the trust registry only: what it signed over the heads of all.
audit_checkpoint = Table(
    "audit_checkpoint",
    _own,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    # The tree after this checkpoint (vc.crypto.merkle.Frontier), each peak hexadecimal.
    Column("peaks", Text, nullable=False),
)


def add_checkpoint_table(metadata: MetaData) -> None:
    """Make the table part of ``metadata``; the migration calls ``create_checkpoints_1``."""
    audit_checkpoint.to_metadata(metadata)


def add_audit_tables(metadata: MetaData) -> None:
    """Make the tables part of a service's ``metadata``; its migration calls ``create_audit_1``."""
    for table in (audit_entry, audit_head):
        table.to_metadata(metadata)
