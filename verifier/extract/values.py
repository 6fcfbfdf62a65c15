"""What can come out of an uploaded file. Nothing here is trusted yet."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_MAX_LINK = 512
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
# Crockford base32: what people read or type for the symbols it leaves out.
_MISREAD = str.maketrans("ILO", "110", " -\u2010\u2011\u2012\u2013")


class Source(StrEnum):
    """Where in the file the answer was found."""

    JSON = "json"
    TEXT = "text"
    PDF_ATTACHMENT = "pdf attachment"
    PDF_PAGE = "pdf page"
    PICTURE = "picture"


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialFound:
    """The bytes of what claims to be a credential: unparsed, unverified, exactly as received."""

    raw: bytes
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkFound:
    """An http(s) URL, or a typed code as ``XXXX-XXXX-XXXX``.

    The text is whatever the maker of the picture wrote. The caller compares the URL's whole
    origin with its own before following it.
    """

    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFound:
    """A short plain text: a token, a card, a link or a code, not told apart yet."""

    text: str
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFound:
    """The text of what claims to be a passport card, unverified and exactly as it was read."""

    text: str
    source: Source


Extracted = CredentialFound | LinkFound | CardFound | TextFound


def link_or_none(text: str) -> str | None:
    """``text`` as a link or typed code in its one spelling, or None when it is neither.

    A URL must be http or https with a host, in plain ASCII, without user name or password, and
    at most 512 characters. A code is twelve Crockford base32 symbols, with or without hyphens.
    """
    text = text.strip()
    if len(text) > _MAX_LINK or not text.isascii() or not text.isprintable():
        return _code_or_none(text)
    if _is_web_url(text):
        return text
    return _code_or_none(text)


def _code_or_none(text: str) -> str | None:
    if len(text) > _MAX_LINK:
        return None
    symbols = text.upper().translate(_MISREAD)
    if not _CODE.fullmatch(symbols):
        return None
    return "-".join(symbols[start : start + 4] for start in range(0, 12, 4))


def _is_web_url(text: str) -> bool:
    # A space or backslash is read one way by browsers and another by URL libraries.
    if any(character in ' \\"<>^`{|}' for character in text):
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc
