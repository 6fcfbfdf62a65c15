"""The bits of a Bitstring Status List 1.0: encoding, bounded decoding, reading one bit.

Index 0 is the left-most (most significant) bit of the first byte; the bytes travel as GZIP in
multibase base64url (section 3.2 and 3.3 of the specification).
"""

import zlib
from collections.abc import Iterable

from vc.encoding import multibase
from vc.errors import MalformedValue, ProblemType, ProtocolError, RangeError

MIN_LENGTH = 131_072
"""Fewest entries a list may have (section 3.3): a smaller herd hides nobody."""

MAX_BYTES = 8 * 1024 * 1024
"""Most bytes this product inflates: the specification names no bound, an attacker does."""

_POINTER = "/credentialSubject/encodedList"
_GZIP_WINDOW = 31
# RFC 1952: no time and no operating system in the header, so that equal bits give equal bytes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


class StatusListLengthError(ProtocolError):
    """The list is shorter than the specification permits, or not as long as was agreed."""

    default_type = ProblemType.STATUS_LIST_LENGTH_ERROR


def encode_list(length: int, set_indexes: Iterable[int]) -> str:
    """Encode a list of ``length`` entries (a multiple of 8) with the given indexes set.

    Returns the ``encodedList`` text. Raises ``StatusListLengthError`` for a length below
    ``MIN_LENGTH`` or not a multiple of 8, ``RangeError`` for an index outside the list.
    """
    if length < MIN_LENGTH or length % 8:
        raise StatusListLengthError("The list length is not permitted.", pointer=_POINTER)
    bits = bytearray(length // 8)
    for index in set_indexes:
        if not 0 <= index < length:
            raise RangeError("The index lies outside the list.", pointer=_POINTER)
        bits[index // 8] |= 0x80 >> (index % 8)
    return multibase.encode_base64url(_gzip(bytes(bits)))


def decode_list(encoded: str, *, expected_length: int | None = None, max_bytes: int = MAX_BYTES) -> bytes:
    """Decode an ``encodedList``; at most ``max_bytes`` bytes are ever inflated.

    Raises ``MalformedValue`` where the text is not one whole GZIP member in multibase base64url
    or is too big, ``StatusListLengthError`` where the list is too short or not
    ``expected_length`` entries long.
    """
    try:
        compressed = multibase.decode(encoded, max_bytes=max_bytes, bases="u")
    except MalformedValue as error:
        raise MalformedValue(str(error), pointer=_POINTER) from error
    bits = _gunzip(compressed, max_bytes)
    length = len(bits) * 8
    if length < MIN_LENGTH or (expected_length is not None and length != expected_length):
        raise StatusListLengthError("The list length is not permitted.", pointer=_POINTER)
    return bits


def bit_at(bits: bytes, index: int) -> bool:
    """Whether the bit at ``index`` is set; ``RangeError`` outside the list."""
    if not 0 <= index < len(bits) * 8:
        raise RangeError("The index lies outside the list.", pointer=_POINTER)
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def set_indexes(bits: bytes) -> frozenset[int]:
    """Every index whose bit is set."""
    return frozenset(
        position * 8 + offset
        for position, byte in enumerate(bits)
        if byte
        for offset in range(8)
        if byte & (0x80 >> offset)
    )


def _gzip(data: bytes) -> bytes:
    deflate = zlib.compressobj(level=9, wbits=-15)
    body = deflate.compress(data) + deflate.flush()
    trailer = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEADER + body + trailer


def _gunzip(data: bytes, max_bytes: int) -> bytes:
    inflate = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        # One byte more than allowed tells "exactly full" from "too big" without inflating the rest.
        bits = inflate.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise MalformedValue("The encoded list is not GZIP.", pointer=_POINTER) from error
    if len(bits) > max_bytes:
        raise MalformedValue("The encoded list is too big.", pointer=_POINTER)
    if not inflate.eof or inflate.unused_data:
        raise MalformedValue("The encoded list is cut short or followed by other bytes.", pointer=_POINTER)
    return bits
