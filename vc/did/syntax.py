"""How DIDs, DID URLs and other URIs are spelled (DID Core 1.0 sections 3.1 and 3.2, RFC 3986)."""

import re
from dataclasses import dataclass

from vc.errors import MalformedValue

_MAX_CHARS = 1_000
_ESCAPED = r"%[0-9A-Fa-f]{2}"
# Possessive: no part can end where a character of it follows, so nothing is ever tried twice.
_DID = rf"did:[a-z0-9]++:(?:[A-Za-z0-9._:-]++|{_ESCAPED})++(?<!:)"
_PATH = rf"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]++|{_ESCAPED})*+)*+"
_QUERY = rf"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]++|{_ESCAPED})*+"
_DID_PATTERN = re.compile(_DID)
_DID_URL_PATTERN = re.compile(
    rf"(?P<did>{_DID})(?P<path>{_PATH})(?:\?(?P<query>{_QUERY}))?(?:#(?P<fragment>{_QUERY}))?"
)
# Only what tells a URI from a relative reference or from text; its scheme may ask for more.
_URI_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class DidUrl:
    """The parts of a DID URL; ``path`` keeps its slash, an absent ``query`` or ``fragment`` is None."""

    did: str
    path: str
    query: str | None
    fragment: str | None


def is_did(text: str) -> bool:
    """Say whether ``text`` is a DID of a length that is read here, of whatever method."""
    return len(text) <= _MAX_CHARS and _DID_PATTERN.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """Say whether ``text`` is an absolute URI: a scheme, and no white space or letters beyond ASCII."""
    return _URI_PATTERN.fullmatch(text) is not None


def absolute(identifier: str, reference: str) -> str:
    """Return ``reference`` with the DID it is relative to in front (DID Core 1.0 section 3.2.2)."""
    return identifier + reference if reference.startswith(("#", "/", "?")) else reference


def parse_did_url(text: str) -> DidUrl:
    """Split a DID URL into its parts; raises MalformedValue where it is none, or too long."""
    match = _DID_URL_PATTERN.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if match is None:
        raise MalformedValue("A value is not a DID URL.")
    return DidUrl(did=match["did"], path=match["path"], query=match["query"], fragment=match["fragment"])
