"""The functions over a centre's keys that end one and begin another; each is one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from issuer.key_use import KeyUse
from issuer.store import ABANDONED, INTENDED, RESERVED, SIGNING, Connection, current_key
from issuer.tables import bound_copy, card, centre_key, issuance
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
    """End the centre's open key of one use where the next one begins; how many intents were given up for it.

    What was intended under a key that merely ends is signed with it still: its time was fixed before. Under
    a stolen key nothing more is signed: whatever is not issued is given up, and opened anew under the next.
    Raises ``ConflictError`` where another key was begun meanwhile.
    """
    values = rotation.values
    if current_key(connection, values["centre_slug"], KeyUse(values["use"])).key_id != rotation.ends:
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
    given_up = 0
    # Cards go through the same states under the same names.
    for table in (issuance, card):
        changed = connection.execute(
            update(table).where(table.c.key_id == key_id, table.c.state.in_(unsigned)).values(state=ABANDONED)
        )
        given_up += changed.rowcount
    # A copy is asked for anew by its holder, so it is not counted among what is opened anew.
    connection.execute(
        update(bound_copy)
        .where(bound_copy.c.key_id == key_id, bound_copy.c.state.in_(unsigned))
        .values(state=ABANDONED, payload=None)
    )
    return given_up
