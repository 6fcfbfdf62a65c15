"""Phones that open a passport together with its PIN: found by a keyed hash of the number.

A phone set without a kiosk opens nothing for a day, so that its holder, who is told at the old number, has
time to say that it was not they.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson

from runtime.i18n import gettext_noop
from runtime.personal_data import PersonalData, Place
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError
from wallet_api import phone_store
from wallet_api.phone_store import SealedPhone
from wallet_api.store import Connection

GOOD_AFTER: Final = timedelta(hours=24)
MAX_PEOPLE: Final = 8


def phone_index(personal: PersonalData, number: str) -> str:
    """By what a number is found, as ``wallet_api.contacts.normal_address`` writes it."""
    return personal.blind_index("phone", number)


def keep_phone(
    connection: Connection,
    personal: PersonalData,
    *,
    rld_number: str,
    number: str,
    good_from: datetime,
) -> None:
    """Let this phone open the passport from then on; the same phone again is good as early as it was.

    Raises ``ConflictError`` where too many people have it.
    """
    holder, index = personal.person(rld_number), phone_index(personal, number)
    since = format_timestamp(good_from)
    before = phone_store.phone_or_none(connection, holder)
    if before is not None and before.phone_index == index:
        since = min(since, before.good_from)
    elif len(phone_store.phones_with(connection, index)) >= MAX_PEOPLE:
        raise ConflictError(gettext_noop("Too many people have this phone. Use another one."))
    body = orjson.dumps({"number": number, "rld_number": rld_number})
    keys = personal.ensure_keys(connection, [holder])
    phone_store.put_phone(
        connection,
        SealedPhone(
            holder_index=holder,
            phone_index=index,
            sealed=keys.seal(holder, body, _place(holder)),
            good_from=since,
        ),
    )


def phone_number_or_none(connection: Connection, personal: PersonalData, holder: str) -> str | None:
    """The number of this holder's phone."""
    found = phone_store.phone_or_none(connection, holder)
    if found is None:
        return None
    keys = personal.keys(connection, [holder])
    return str(orjson.loads(keys.unseal(holder, found.sealed, _place(holder)))["number"])


def people_with(
    connection: Connection, personal: PersonalData, index: str, *, good_at: datetime
) -> Sequence[str]:
    """The RLD numbers of those whose passport this phone opens."""
    found = phone_store.phones_with(connection, index, good_at=good_at)
    keys = personal.keys(connection, [one.holder_index for one in found])
    return [
        str(orjson.loads(keys.unseal(one.holder_index, one.sealed, _place(one.holder_index)))["rld_number"])
        for one in found
        if one.holder_index in keys
    ]


def _place(holder: str) -> Place:
    return Place(table="holder_phone", row=holder, column="sealed")
