"""How a wallet reads what strangers give it: texts, addresses and links, each within bounds."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import MalformedValue

MAX_LINK: Final = 60_000
"""So many characters a link may have: one that holds a whole request is long."""

_MAX_URL: Final = 2_000
_MAX_TEXT: Final = 300
_MAX_PARAMETERS: Final = 40
_MAX_NAMES: Final = 60
# RFC 3986: what a URL is written with.
_URL: Final = re.compile(r"[A-Za-z0-9:/?@!$&'()*+,;=\-._~%\[\]]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")


def parse_link(text: str, schemes: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters of a link that a wallet is opened with, in one of ``schemes`` or https.

    Raises MalformedValue for any other text, and for a parameter that is there twice (RFC 6749 section 3.1).
    """
    text = text.strip()
    start, found, rest = text.partition("://")
    known = (*schemes, "https", "http")
    if not found or start.lower() not in known or len(text) > MAX_LINK:
        raise MalformedValue("This is no link that opens a wallet.", pointer="/link")
    query = rest.partition("#")[0].partition("?")[2]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="strict")
    except ValueError:
        raise MalformedValue("The link cannot be read.", pointer="/link") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise MalformedValue("A parameter of the link is there twice.", pointer="/link")
    return given


def require_url(value: JsonValue, pointer: str) -> str:
    """``value`` if it is the URL of a host, without user information and fragment. MalformedValue.

    Whether that host may be asked at all is decided where it is fetched.
    """
    text = value if isinstance(value, str) else ""
    if len(text) > _MAX_URL or not _URL.fullmatch(text):
        raise MalformedValue("An address is missing or cannot be used.", pointer=pointer)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise MalformedValue("An address is missing or cannot be used.", pointer=pointer) from None
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc:
        raise MalformedValue("An address is missing or cannot be used.", pointer=pointer)
    return text


def url_or_none(value: JsonValue, pointer: str) -> str | None:
    """As ``require_url``; None where there is nothing."""
    return None if value is None else require_url(value, pointer)


def require_text(value: JsonValue, pointer: str, *, most: int = _MAX_TEXT) -> str:
    """``value`` if it is a text that is not empty and not too long. Raises MalformedValue."""
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise MalformedValue("A text is missing here, or is too long.", pointer=pointer)
    return value


def text_or_none(value: JsonValue, pointer: str, *, most: int = _MAX_TEXT) -> str | None:
    """As ``require_text``; None where there is nothing."""
    return None if value is None else require_text(value, pointer, most=most)


def require_object(value: JsonValue, pointer: str) -> JsonObject:
    """``value`` if it is an object. Raises MalformedValue."""
    if not isinstance(value, dict):
        raise MalformedValue("An object is expected here.", pointer=pointer)
    return value


def texts_in(value: JsonValue) -> tuple[str, ...]:
    """The texts in an array; none where it is no array."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def names_in(display: JsonValue) -> Mapping[str, str]:
    """The names of ``display`` by language (OpenID4VCI 1.0 section 12.2.4); what is no name is left out."""
    found: dict[str, str] = {}
    for one in display[:_MAX_NAMES] if isinstance(display, list) else []:
        name = one.get("name") if isinstance(one, dict) else None
        language = one.get("locale", "en") if isinstance(one, dict) else None
        if isinstance(name, str) and isinstance(language, str) and _LANGUAGE.fullmatch(language):
            found.setdefault(language.partition("-")[0].lower(), name[:_MAX_TEXT])
    return found
