"""Which certificates a holder chose to be seen with the PIN for when they are forced."""

from collections.abc import Collection
from typing import Final

import orjson

from runtime.personal_data import PersonalData, Place
from wallet_api import pin_store
from wallet_api.store import Connection

MAX_CHOSEN: Final = 16
NOTHING: Final = "nothing"
"""In the place of an id: nothing at all is to be seen."""
_CHOSEN_BYTES: Final = 1_024


def read_chosen(connection: Connection, personal: PersonalData, holder: str) -> frozenset[str]:
    """The ids that this holder chose; empty where they chose nothing."""
    pin = pin_store.pin_or_none(connection, holder)
    keys = personal.keys(connection, [holder])
    if pin is None or holder not in keys:
        return frozenset()
    return frozenset(orjson.loads(keys.unseal(holder, pin.chosen, _place(holder))))


def hide_everything(connection: Connection, personal: PersonalData, holder: str) -> None:
    """Show nothing with that PIN from now on: whoever forced the holder to delete everything sees it gone."""
    pin_store.set_chosen(connection, holder, seal_chosen(connection, personal, holder, [NOTHING]))


def seal_chosen(
    connection: Connection, personal: PersonalData, holder: str, chosen: Collection[str]
) -> bytes:
    """A choice as it is kept: at one length, so that the database does not tell whether there is one."""
    body = orjson.dumps(sorted(chosen)).ljust(_CHOSEN_BYTES)
    return personal.ensure_keys(connection, [holder]).seal(holder, body, _place(holder))


def _place(holder: str) -> Place:
    return Place(table="holder_pin", row=holder, column="chosen")
