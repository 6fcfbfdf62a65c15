"""Multibase (Controlled Identifiers 1.0 section 2.4): base58btc ``z`` and base64url ``u``.

The ``base58`` library defines what base58btc is. Reading a signature of 64 bytes takes it as long as a
quarter of checking that signature; GMP, which knows numbers to the base 58 by other digits, gives the same.
"""

import string
from typing import Final

import base58
import gmpy2

from vc.encoding import base64url
from vc.errors import MalformedValue

# log(256)/log(58), rounded up in thousandths.
_BASE58_CHARS_PER_1000_BYTES = 1366
_GMP_DIGITS: Final = (string.digits + string.ascii_uppercase + string.ascii_lowercase).encode()[:58]
# What is no digit of base58 becomes a sign that is no digit of GMP's either.
_TO_GMP: Final = bytes(
    dict(zip(base58.BITCOIN_ALPHABET, _GMP_DIGITS, strict=True)).get(byte, ord("!")) for byte in range(256)
)
_ZERO: Final = base58.BITCOIN_ALPHABET[:1]


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
    data = decode_base58(digits)
    if len(data) > max_bytes:
        raise MalformedValue("A base58 value is too long.")
    return data


def decode_base58(digits: str) -> bytes:
    """The bytes that ``digits`` of base58btc stand for, of any length; raises MalformedValue."""
    try:
        spelt = digits.encode("ascii")
        significant = spelt.lstrip(_ZERO)
        number = int(gmpy2.mpz(significant.translate(_TO_GMP), 58)) if significant else 0
    except ValueError:
        raise MalformedValue("A value is not base58.") from None
    return bytes(len(spelt) - len(significant)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode_base58_reference(digits: str) -> bytes:
    """As ``decode_base58``, by the ``base58`` library."""
    # The library strips white space at the right end, which would give one value two spellings.
    if not digits.isascii() or digits != digits.strip():
        raise MalformedValue("A value is not base58.")
    try:
        return base58.b58decode(digits)
    except ValueError:
        raise MalformedValue("A value is not base58.") from None
