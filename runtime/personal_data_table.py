"""The table of data keys, one in the database of each service that keeps personal data."""

from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

GENERAL: Final = "general"
HEALTH: Final = "health"
DATA_CLASSES: Final = (GENERAL, HEALTH)


def person_key_table(metadata: MetaData) -> Table:
    """The table ``person_key`` in ``metadata``.

    ``owner`` is a blind index. ``version`` counts the owner's data keys of one class; ``wrapped`` is
    the present one under version ``kek_version`` of the class's key-encryption key, and null once it
    was destroyed.
    """
    return Table(
        "person_key",
        metadata,
        Column("owner", String(64), primary_key=True),
        Column("data_class", String(16), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("kek_version", Integer, nullable=False, index=True),
        Column("wrapped", LargeBinary),
    )
