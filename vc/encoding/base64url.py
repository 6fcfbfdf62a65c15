"""Base64url without padding (RFC 4648 section 5), canonical spellings only."""

import base64
import re

from vc.errors import MalformedValue

# fullmatch: "$" would let a trailing line feed pass.
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def encode(data: bytes) -> str:
    """Spell ``data`` in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str, *, max_bytes: int) -> bytes:
    """Read base64url without padding into at most ``max_bytes`` bytes.

    Raises MalformedValue for a character outside the alphabet, padding, an impossible length, and
    for set bits after the last byte: each byte string has exactly one accepted spelling.
    """
    if len(text) > (max_bytes * 4 + 2) // 3:
        raise MalformedValue("A base64url value is too long.")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise MalformedValue("A value is not base64url without padding.") from None
    # The library skips what is not of its alphabet, so that what it skipped is missing here.
    if encode(data) != text:
        if _ALPHABET.fullmatch(text) and len(text) % 4 != 1:
            raise MalformedValue("A base64url value is not in its canonical spelling.")
        raise MalformedValue("A value is not base64url without padding.")
    return data
