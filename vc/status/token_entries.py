"""The ``status`` claim of a referenced token (draft-ietf-oauth-status-list section 6.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import is_url
from vc.status.entries import UncheckableStatus

_POINTER = "/status"
_MAX_URL = 2_048
_MAX_INDEX = 10**12


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenStatusEntry:
    """Which value of which Token Status List speaks about a token."""

    index: int
    list_url: str
    pointer: str = f"{_POINTER}/status_list"


def parse_status_claim(claims: Mapping[str, JsonValue]) -> TokenStatusEntry | UncheckableStatus | None:
    """The entry that ``claims`` name; None where they have no ``status``.

    A status by another mechanism than a list is ``UncheckableStatus``. Raises ``MalformedValue`` with the
    pointer of the first member of the wrong shape.
    """
    if "status" not in claims:
        return None
    status = claims["status"]
    if not isinstance(status, dict) or not status:
        raise MalformedValue("The status must be an object.", pointer=_POINTER)
    if status.keys() != {"status_list"}:
        return UncheckableStatus(pointer=_POINTER, detail="The status is kept in a way that is not known.")
    entry = status["status_list"]
    if not isinstance(entry, dict):
        raise MalformedValue("The status list must be named by an object.", pointer=f"{_POINTER}/status_list")
    index, url = entry.get("idx"), entry.get("uri")
    if type(index) is not int or not 0 <= index <= _MAX_INDEX:
        raise MalformedValue(
            "The index must be a whole number, not below zero.", pointer=f"{_POINTER}/status_list/idx"
        )
    if not isinstance(url, str) or len(url) > _MAX_URL or not url.isascii() or not is_url(url):
        raise MalformedValue(
            "The status list must be named by a URL in ASCII.", pointer=f"{_POINTER}/status_list/uri"
        )
    return TokenStatusEntry(index=index, list_url=url)
