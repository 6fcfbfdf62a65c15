"""Whether a key may still be reserved under; asked in the transaction that reserves."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from issuer.tables import centre_key
from vc.errors import ConflictError


class KeyEnded(ConflictError):
    """The key that was chosen has ended meanwhile; the next attempt finds the one that followed."""


def require_open(connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
    """Raises ``KeyEnded`` where the key of an intent has ended.

    Whoever chose the key did so in an earlier transaction, and it may have been rotated since.
    """
    query = select(centre_key.c.key_id).where(
        centre_key.c.key_id.in_({intent["key_id"] for intent in intents}),
        centre_key.c.valid_until.is_not(None),
    )
    if connection.execute(query.limit(1)).first() is not None:
        raise KeyEnded("The centre's key was changed meanwhile; please try again.")
