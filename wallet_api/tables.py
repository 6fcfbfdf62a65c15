"""The tables of the wallet. Nothing in it says who holds what to a reader without the keys."""

from sqlalchemy import Column, LargeBinary, MetaData, String, Table

from runtime.audit_tables import add_audit_tables
from runtime.personal_data_table import person_key_table

metadata = MetaData()
add_audit_tables(metadata)
person_key = person_key_table(metadata)

held_credential = Table(
    "held_credential",
    metadata,
    Column("id", String(300), primary_key=True),
    # Keyed hash of the RLD number: found by those who know the number and hold the key.
    Column("holder_index", String(64), nullable=False, index=True),
    Column("credential", LargeBinary, nullable=False),
    Column("delivery", LargeBinary, nullable=False),
    Column("received_at", String(20), nullable=False),
    Column("taken_back_at", String(20)),
)
