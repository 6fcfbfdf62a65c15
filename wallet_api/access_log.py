"""Who looked at what of a holder, for the holder alone: sealed under their data key.

An entry says who (a role, or the name of an organisation of the register), what kind of look it was,
and a few words of detail, never a claim of a certificate.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import orjson

from runtime.entropy import random_token
from runtime.personal_data import PersonalData, Place
from vc.encoding.timestamps import parse_timestamp
from wallet_api import access_store
from wallet_api.store import Connection

SHOWN: Final = 500
_ENTRY_BITS: Final = 80


class AccessKind(StrEnum):
    """What was done."""

    SIGNED_IN = "signed-in"
    """Somebody came in with the holder's phone or card, and the PIN."""
    LOCKED = "locked"
    """The PIN was locked after five wrong tries."""
    PIN_SET = "pin-set"
    PHONE_SET = "phone-set"
    TRIED = "tried"
    """Somebody who is not the holder asked for a certificate, and was refused."""
    FOUND = "found"
    """An officer looked the person up, to help them."""
    RECOVERED = "recovered"
    """Two confirmed who the holder is, and a new PIN was set."""
    PRINTED = "printed"
    EXPORTED = "exported"
    """The holder took a copy of everything along."""
    SHARED = "shared"
    OPENED = "opened"
    """Somebody looked at what the holder shared."""
    PHOTO = "photo"
    """Somebody saw the holder's photo from the labour database, as the holder allowed."""
    REFUSED = "refused"
    """Somebody wanted to look at what the holder shared, and was refused."""
    MENU = "menu"
    """Somebody with the holder's phone was given something by the menu for phones."""
    STOPPED = "stopped"
    """A share was ended."""
    FETCHED = "fetched"
    """An app fetched copies of a certificate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessEntry:
    """One look. ``by`` is a role or an organisation's name; ``detail`` may be empty.

    ``share_id`` is of the share that it is about, ``credential_id`` of the certificate; each is empty where
    it is about none.
    """

    kind: AccessKind
    by: str
    detail: str = ""
    share_id: str = ""
    credential_id: str = ""
    at: datetime


def add(personal: PersonalData, connection: Connection, holder: str, entry: AccessEntry) -> None:
    """Write down a look, in the transaction of what it is about. ``holder`` is the person's blind index."""
    _write(personal, connection, holder, entry, random_token(_ENTRY_BITS))


def add_once(
    personal: PersonalData, connection: Connection, holder: str, entry: AccessEntry, *, entry_id: str
) -> bool:
    """As ``add``, under an id by which it is written once; False where it was."""
    if access_store.has_entry(connection, entry_id):
        return False
    _write(personal, connection, holder, entry, entry_id)
    return True


def _write(
    personal: PersonalData, connection: Connection, holder: str, entry: AccessEntry, entry_id: str
) -> None:
    body = orjson.dumps(
        {
            "kind": entry.kind.value,
            "by": entry.by,
            "detail": entry.detail,
            "share": entry.share_id,
            "credential": entry.credential_id,
        }
    )
    keys = personal.ensure_keys(connection, [holder])
    sealed = keys.seal(holder, body, _place(entry_id))
    access_store.insert_entry(connection, entry_id, holder, sealed, at=entry.at)


def of_holder(personal: PersonalData, connection: Connection, holder: str) -> tuple[AccessEntry, ...]:
    """The last ``SHOWN`` looks at what a holder has, newest first."""
    keys = personal.keys(connection, [holder])
    if holder not in keys:
        return ()
    found = []
    for entry_id, sealed, at in access_store.entries_of_holder(connection, holder, limit=SHOWN):
        body = orjson.loads(keys.unseal(holder, sealed, _place(entry_id)))
        found.append(
            AccessEntry(
                kind=AccessKind(body["kind"]),
                by=body["by"],
                detail=body["detail"],
                # Entries of before these were named in them have none.
                share_id=body.get("share", ""),
                credential_id=body.get("credential", ""),
                at=parse_timestamp(at),
            )
        )
    return tuple(found)


def _place(entry_id: str) -> Place:
    return Place(table="access_entry", row=entry_id, column="sealed")
