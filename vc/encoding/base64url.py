"""Base64url without padding (RFC 4648 section 5), canonical spellings only."""

import binascii
import re
from typing import Final

from vc.errors import MalformedValue

# fullmatch: "$" would let a trailing line feed pass.
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_TO_BASE64: Final = bytes.maketrans(b"-_", b"+/")
_FROM_BASE64: Final = bytes.maketrans(b"+/", b"-_")


def encode(data: bytes) -> str:
    """Spell ``data`` in base64url without padding."""
    return _spell(data).decode("ascii")


def decode(text: str, *, max_bytes: int) -> bytes:
    """Read base64url without padding into at most ``max_bytes`` bytes.

    Raises MalformedValue for a character outside the alphabet, padding, an impossible length, and
    for set bits after the last byte: each byte string has exactly one accepted spelling.
    """
    if len(text) > (max_bytes * 4 + 2) // 3:
        raise MalformedValue("A base64url value is too long.")
    try:
        spelt = text.encode("ascii")
        data = binascii.a2b_base64(spelt.translate(_TO_BASE64) + b"=" * (-len(spelt) % 4))
    except ValueError:
        raise MalformedValue("A value is not base64url without padding.") from None
    # The library skips what is not of its alphabet, so that what it skipped is missing here.
    if _spell(data) != spelt:
        if _ALPHABET.fullmatch(text) and len(text) % 4 != 1:
            raise MalformedValue("A base64url value is not in its canonical spelling.")
        raise MalformedValue("A value is not base64url without padding.")
    return data


def _spell(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_FROM_BASE64)
