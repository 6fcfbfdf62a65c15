"""Status entries of a credential: which bit of which list speaks about it.

Bitstring Status List 1.0 section 3.1, and its forerunner StatusList2021, which says the same in other
types. What this product cannot evaluate is returned as ``UncheckableStatus``, never dropped: an entry
nobody looked at must not read as "not revoked".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import is_url

ENTRY_TYPE = "BitstringStatusListEntry"
ENTRY_TYPE_2021 = "StatusList2021Entry"

# A canonical decimal number: two texts must never name one index.
_INDEX = re.compile(r"(?:0|[1-9][0-9]*)", re.ASCII)
_MAX_INDEX_DIGITS = 15
_BEYOND_EVERY_LIST = 10**_MAX_INDEX_DIGITS
_STATUS_VALUE = re.compile(r"0x[0-9A-Fa-f]+", re.ASCII)
# No array has 2**64 messages; beyond it the power is not worth computing.
_MAX_SIZE_COUNTED = 64
_MAX_ENTRIES = 16
_MAX_URL = 2_048


class StatusPurpose(StrEnum):
    """The purposes that decide whether a credential is in force."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


_PURPOSES = {purpose.value: purpose for purpose in StatusPurpose}


class StatusEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that can be checked. ``pointer`` is its JSON pointer in the credential.

    ``is_2021`` says that its list is a StatusList2021.
    """

    purpose: StatusPurpose
    index: int
    list_url: str
    pointer: str
    id: str | None = None
    is_2021: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UncheckableStatus:
    """An entry of a type, purpose or size this product does not evaluate."""

    pointer: str
    detail: str


def parse_status_entries(credential: Mapping[str, JsonValue]) -> tuple[StatusEntry | UncheckableStatus, ...]:
    """Every status entry in the order of the document; empty where there is none.

    Raises ``MalformedValue`` with the pointer of the first member of the wrong shape.
    """
    if "credentialStatus" not in credential:
        return ()
    status = credential["credentialStatus"]
    if not isinstance(status, list):
        return (_parse_entry(status, "/credentialStatus"),)
    if not 0 < len(status) <= _MAX_ENTRIES:
        raise MalformedValue("The number of status entries is not permitted.", pointer="/credentialStatus")
    return tuple(_parse_entry(entry, f"/credentialStatus/{n}") for n, entry in enumerate(status))


def _parse_entry(entry: JsonValue, pointer: str) -> StatusEntry | UncheckableStatus:
    if not isinstance(entry, dict):
        raise MalformedValue("A status entry must be an object.", pointer=pointer)
    types = _types(entry.get("type"), f"{pointer}/type")
    if {ENTRY_TYPE, ENTRY_TYPE_2021}.isdisjoint(types):
        return UncheckableStatus(pointer=pointer, detail="The status entry is of an unknown type.")
    purpose = _text(entry.get("statusPurpose"), f"{pointer}/statusPurpose")
    index = _index(entry.get("statusListIndex"), f"{pointer}/statusListIndex")
    list_url = _list_url(entry.get("statusListCredential"), f"{pointer}/statusListCredential")
    identifier = _url(entry["id"], f"{pointer}/id") if "id" in entry else None
    if identifier == list_url:
        raise MalformedValue("The entry has the identifier of its list.", pointer=f"{pointer}/id")
    size = _size(entry.get("statusSize", 1), f"{pointer}/statusSize")
    _require_messages(entry, size, f"{pointer}/statusMessage")
    _require_references(entry, f"{pointer}/statusReference")
    known = _PURPOSES.get(purpose)
    if known is None:
        return UncheckableStatus(pointer=pointer, detail="The status purpose is not known.")
    if size != 1:
        return UncheckableStatus(pointer=pointer, detail="Only status entries of one bit can be checked.")
    return StatusEntry(
        purpose=known,
        index=index,
        list_url=list_url,
        pointer=pointer,
        id=identifier,
        is_2021=ENTRY_TYPE not in types,
    )


def _types(value: JsonValue, pointer: str) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [item for item in values if isinstance(item, str) and item]
    if not texts or len(texts) != len(values):
        raise MalformedValue("A status entry must have a type.", pointer=pointer)
    return texts


def _text(value: JsonValue, pointer: str) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedValue("A text is expected here.", pointer=pointer)
    return value


def _index(value: JsonValue, pointer: str) -> int:
    if not isinstance(value, str) or _INDEX.fullmatch(value) is None:
        raise MalformedValue("The index must be a whole number in decimal digits.", pointer=pointer)
    return int(value) if len(value) <= _MAX_INDEX_DIGITS else _BEYOND_EVERY_LIST


def _url(value: JsonValue, pointer: str) -> str:
    url = _text(value, pointer)
    if len(url) > _MAX_URL or not is_url(url):
        raise MalformedValue("A URL is expected here.", pointer=pointer)
    return url


def _list_url(value: JsonValue, pointer: str) -> str:
    # Only the shape is judged here; what may be fetched is the shell's decision.
    url = _url(value, pointer)
    if not url.isascii():
        raise MalformedValue("The status list must be named by a URL in ASCII.", pointer=pointer)
    return url


def _size(value: JsonValue, pointer: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MalformedValue("The status size must be a positive whole number.", pointer=pointer)
    return value


def _require_messages(entry: Mapping[str, JsonValue], size: int, pointer: str) -> None:
    if "statusMessage" not in entry and size == 1:
        return
    messages = entry.get("statusMessage")
    if not isinstance(messages, list) or len(messages) != 1 << min(size, _MAX_SIZE_COUNTED):
        raise MalformedValue("There must be one status message for each value.", pointer=pointer)
    for position, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("message"), str):
            raise MalformedValue("A status message must have a text.", pointer=f"{pointer}/{position}")
        value = message.get("status")
        if not isinstance(value, str) or _STATUS_VALUE.fullmatch(value) is None:
            raise MalformedValue("A status must be hexadecimal.", pointer=f"{pointer}/{position}/status")


def _require_references(entry: Mapping[str, JsonValue], pointer: str) -> None:
    references = entry.get("statusReference", [])
    for reference in references if isinstance(references, list) else [references]:
        _url(reference, pointer)
