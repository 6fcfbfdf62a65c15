"""Digests of resources, as ``digestSRI`` and ``digestMultibase`` spell them.

The first is the ``hash-expression`` of Subresource Integrity, one or several in a text. The second is a
multihash in multibase (Data Integrity 1.0 section 2.6, Controlled Identifiers 1.0 section 2.5). A bare
SHA-256 digest in multibase is read too: the W3C's own test suite spells it so.
"""

import base64
import re
from dataclasses import dataclass

from vc.encoding import multibase
from vc.errors import MalformedValue

_SRI_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}
# Content Security Policy 3 writes a digest in either alphabet, padded or not.
_HASH_EXPRESSION = re.compile(
    r"(?P<algorithm>sha256|sha384|sha512)-(?P<digits>[A-Za-z0-9+/_-]{1,86})={0,2}", re.ASCII | re.IGNORECASE
)
_TO_URL_ALPHABET = str.maketrans("+/", "-_")
# Headers of multihash, with the name and the length in bytes of what follows.
_MULTIHASHES = {
    0x12: ("sha256", 32),
    0x13: ("sha512", 64),
    0x15: ("sha3-384", 48),
    0x16: ("sha3-256", 32),
    0x20: ("sha384", 48),
}
_MAX_MULTIBASE_BYTES = 140
_MAX_VARINT_BYTES = 9
_BARE_SHA256_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """A digest. ``algorithm`` is ``sha256``, ``sha384``, ``sha512``, ``sha3-…``, or "" for any other."""

    algorithm: str
    value: bytes


def read_sri(text: str) -> tuple[Digest, ...]:
    """Read the hash expressions of ``text``, at least one, between white space. Raises MalformedValue."""
    expressions = text.split()
    if not expressions:
        raise MalformedValue("There is no digest.")
    return tuple(_read_hash_expression(expression) for expression in expressions)


def read_multibase(text: str) -> Digest:
    """Read one multihash (or bare SHA-256 digest) in multibase ``z`` or ``u``. Raises MalformedValue."""
    data = multibase.decode(text, max_bytes=_MAX_MULTIBASE_BYTES)
    if len(data) == _BARE_SHA256_BYTES:
        return Digest(algorithm="sha256", value=data)
    code, rest = _read_varint(data)
    length, value = _read_varint(rest)
    name, wanted = _MULTIHASHES.get(code, ("", length))
    if not value or not len(value) == length == wanted:
        raise MalformedValue("A multihash has another length than it says.")
    return Digest(algorithm=name, value=value)


def _read_hash_expression(text: str) -> Digest:
    match = _HASH_EXPRESSION.fullmatch(text)
    if match is None:
        raise MalformedValue("A digest is not a hash expression.")
    algorithm = match["algorithm"].lower()
    digits = match["digits"].translate(_TO_URL_ALPHABET)
    length = _SRI_BYTES[algorithm]
    if len(digits) != (length * 4 + 2) // 3:
        raise MalformedValue("A digest has the wrong length.")
    return Digest(algorithm=algorithm, value=base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4)))


def _read_varint(data: bytes) -> tuple[int, bytes]:
    value = 0
    for position, byte in enumerate(data[:_MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value, data[position + 1 :]
    raise MalformedValue("A multihash is cut off.")
