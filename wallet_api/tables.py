"""The one table of the wallet. Nothing in it says who holds what to a reader without the keys."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from runtime.audit_tables import add_audit_tables

metadata = MetaData()
add_audit_tables(metadata)

held_credential = Table(
    "held_credential",
    metadata,
    Column("id", String(300), primary_key=True),
    # Keyed hash of the RLD number: found by those who know the number and hold the key.
    Column("holder_index", String(64), nullable=False, index=True),
    Column("key_version", Integer, nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("delivery", LargeBinary, nullable=False),
    Column("received_at", String(20), nullable=False),
)
