"""Status entries of a credential: which bit of which list speaks about it.

Bitstring Status List 1.0 section 3.1. What this product cannot evaluate is returned as
``UncheckableStatus``, never dropped: an entry nobody looked at must not read as "not revoked".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue

ENTRY_TYPE = "BitstringStatusListEntry"

# A canonical decimal number of at most 15 digits: two texts must never name one index.
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,14})", re.ASCII)
_MAX_ENTRIES = 16
_MAX_URL = 2_048


class StatusPurpose(StrEnum):
    """The purposes that decide whether a credential is in force."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


_PURPOSES = {purpose.value: purpose for purpose in StatusPurpose}


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusEntry:
    """One entry that can be checked. ``pointer`` is its JSON pointer in the credential."""

    purpose: StatusPurpose
    index: int
    list_url: str
    pointer: str
    id: str | None = None


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
    if ENTRY_TYPE not in types:
        return UncheckableStatus(pointer=pointer, detail="The status entry is of an unknown type.")
    purpose = _text(entry.get("statusPurpose"), f"{pointer}/statusPurpose")
    index = _index(entry.get("statusListIndex"), f"{pointer}/statusListIndex")
    list_url = _url(entry.get("statusListCredential"), f"{pointer}/statusListCredential")
    size = _size(entry.get("statusSize", 1), f"{pointer}/statusSize")
    identifier = None if entry.get("id") is None else _text(entry.get("id"), f"{pointer}/id")
    known = _PURPOSES.get(purpose)
    if known is None:
        return UncheckableStatus(pointer=pointer, detail="The status purpose is not known.")
    if size != 1:
        return UncheckableStatus(pointer=pointer, detail="Only status entries of one bit can be checked.")
    return StatusEntry(purpose=known, index=index, list_url=list_url, pointer=pointer, id=identifier)


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
    return int(value)


def _url(value: JsonValue, pointer: str) -> str:
    # Only the shape is judged here; what may be fetched is the shell's decision.
    url = _text(value, pointer)
    if len(url) > _MAX_URL or ":" not in url or not url.isascii() or any(c.isspace() for c in url):
        raise MalformedValue("The status list must be named by a URL.", pointer=pointer)
    return url


def _size(value: JsonValue, pointer: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise MalformedValue("The status size must be a positive whole number.", pointer=pointer)
    return value
