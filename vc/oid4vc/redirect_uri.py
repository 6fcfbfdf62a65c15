"""Where a wallet may have a person's browser sent back to (RFC 8252 section 7, RFC 9700 section 2.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlencode, urlsplit

from vc.errors import MalformedValue

_MAX_CHARS = 1_000
_CHARACTERS = re.compile(r"[!#$&'()*+,./0-9:;=?@A-Z\[\]_a-z~%-]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
# Section 7.1: a domain name of the app's maker in reverse order, so never one of a browser's own schemes.
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RedirectUri:
    """A redirect URI. ``text`` is compared letter by letter; ``place`` is what a person is shown of it.

    ``source`` is how a content security policy names it (CSP Level 3 section 2.3.1).
    """

    text: str
    place: str
    source: str

    def answered(self, parameters: Sequence[tuple[str, str]]) -> "RedirectUri":
        """The same with ``parameters`` behind those it has (RFC 6749 section 4.1.2)."""
        mark = "&" if "?" in self.text else "?"
        return replace(self, text=f"{self.text}{mark}{urlencode(parameters)}")


def parse_redirect_uri(text: str) -> RedirectUri:
    """Read a redirect URI: https, http of the same device, or a private-use scheme.

    Raises MalformedValue for any other, and for one with a fragment, user information or a character that
    no URI has.
    """
    if len(text) > _MAX_CHARS or not _CHARACTERS.fullmatch(text) or "#" in text:
        raise _refused()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused() from None
    if parts.scheme in ("http", "https"):
        return _of_host(text, parts, port)
    if not _PRIVATE_SCHEME.fullmatch(parts.scheme):
        raise _refused()
    return RedirectUri(text=text, place=parts.scheme, source=f"{parts.scheme}:")


def _of_host(text: str, parts: SplitResult, port: int | None) -> RedirectUri:
    host = parts.hostname or ""
    if "@" in parts.netloc or not _HOST.fullmatch(host):
        raise _refused()
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise _refused()
    place = host if port is None else f"{host}:{port}"
    return RedirectUri(text=text, place=place, source=f"{parts.scheme}://{place}")


def _refused() -> MalformedValue:
    return MalformedValue("The redirect URI is none that is accepted here.", pointer="/redirect_uri")
