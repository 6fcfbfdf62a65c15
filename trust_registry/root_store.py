"""The published root documents. Every function takes the connection of one open transaction."""

from sqlalchemy import Connection, insert, select

from trust_registry.tables import trust_root


def roots(connection: Connection) -> tuple[bytes, ...]:
    """Every root document, oldest first, exactly as it was signed."""
    return tuple(connection.scalars(select(trust_root.c.body).order_by(trust_root.c.version)))


def insert_root(connection: Connection, version: int, body: bytes) -> None:
    """Append a root document; its version must be new."""
    connection.execute(insert(trust_root).values(version=version, body=body))
