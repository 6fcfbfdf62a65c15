"""The functions over a centre's keys that end one and begin another; each is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from issuer.store import ABANDONED, INTENDED, RESERVED, SIGNING, Connection, current_key
from issuer.tables import centre_key, issuance
from runtime.audit_log import Entry, record
from vc.errors import ConflictError


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """A centre's key ``ends``, and ``values`` (a row of ``centre_key``) follow it.

    ``is_stolen`` where somebody else may sign with the key that ends.
    """

    ends: str
    values: dict[str, Any]
    is_stolen: bool


def rotate(connection: Connection, rotation: Rotation, *, actor: str, now: datetime) -> int:
    """End the centre's open key where the next one begins; how many intents were given up for it.

    What was intended under a key that merely ends is signed with it still: its time was fixed before. Under
    a stolen key nothing more is signed: whatever is not issued is given up, and opened anew under the next.
    Raises ``ConflictError`` where another key was begun meanwhile.
    """
    values = rotation.values
    if current_key(connection, values["centre_slug"]).key_id != rotation.ends:
        raise ConflictError("This key was changed meanwhile.")
    connection.execute(
        update(centre_key)
        .where(centre_key.c.key_id == rotation.ends)
        .values(valid_until=values["valid_from"])
    )
    connection.execute(insert(centre_key).values(**values))
    given_up = _give_up(connection, rotation.ends) if rotation.is_stolen else 0
    act = "key.replace-stolen" if rotation.is_stolen else "key.rotate"
    record(connection, Entry(actor=actor, act=act, object=values["key_id"]), now=now)
    return given_up


def _give_up(connection: Connection, key_id: str) -> int:
    unsigned = (RESERVED, INTENDED, SIGNING)
    changed = connection.execute(
        update(issuance)
        .where(issuance.c.key_id == key_id, issuance.c.state.in_(unsigned))
        .values(state=ABANDONED)
    )
    return changed.rowcount


def require_open(connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
    """Raises ``ConflictError`` where the key of an intent has ended.

    Whoever chose the key did so in an earlier transaction, and it may have been rotated since.
    """
    query = select(centre_key.c.key_id).where(
        centre_key.c.key_id.in_({intent["key_id"] for intent in intents}),
        centre_key.c.valid_until.is_not(None),
    )
    if connection.execute(query.limit(1)).first() is not None:
        raise ConflictError("The centre's key was changed meanwhile; please try again.")
