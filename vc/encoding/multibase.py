"""Multibase (Controlled Identifiers 1.0 section 2.4): base58btc ``z`` and base64url ``u``."""

import base58

from vc.encoding import base64url
from vc.errors import MalformedValue

# log(256)/log(58), rounded up in thousandths.
_BASE58_CHARS_PER_1000_BYTES = 1366


def encode_base58btc(data: bytes) -> str:
    """Spell ``data`` in base58btc with its multibase prefix ``z``."""
    return "z" + base58.b58encode(data).decode("ascii")


def encode_base64url(data: bytes) -> str:
    """Spell ``data`` in base64url without padding with its multibase prefix ``u``."""
    return "u" + base64url.encode(data)


def decode(text: str, *, max_bytes: int, bases: str = "zu") -> bytes:
    """Read a multibase value of at most ``max_bytes`` bytes in one of the ``bases`` (prefix letters).

    Raises MalformedValue. The length is bounded before decoding because base58 takes time in the
    square of it.
    """
    prefix, digits = text[:1], text[1:]
    if not prefix or prefix not in bases:
        raise MalformedValue("A multibase value has a prefix that is not accepted here.")
    if prefix == "u":
        return base64url.decode(digits, max_bytes=max_bytes)
    if prefix == "z":
        return _decode_base58(digits, max_bytes)
    raise MalformedValue("A multibase value has a prefix that is not accepted here.")


def _decode_base58(digits: str, max_bytes: int) -> bytes:
    if len(digits) > max_bytes * _BASE58_CHARS_PER_1000_BYTES // 1000 + 1:
        raise MalformedValue("A base58 value is too long.")
    # The library strips white space at the right end, which would give one value two spellings.
    if not digits.isascii() or digits != digits.strip():
        raise MalformedValue("A value is not base58.")
    try:
        data = base58.b58decode(digits)
    except ValueError:
        raise MalformedValue("A value is not base58.") from None
    if len(data) > max_bytes:
        raise MalformedValue("A base58 value is too long.")
    return data
