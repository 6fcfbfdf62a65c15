"""The values of a Token Status List (draft-ietf-oauth-status-list section 4): encoding, bounded decoding.

Index 0 is the least significant bits of the first byte, the other way round than in a Bitstring Status
List; the bytes travel as ZLIB, without a prefix.
"""

import zlib
from collections.abc import Mapping
from enum import IntEnum

from vc.errors import MalformedValue, RangeError

BITS = (1, 2, 4, 8)
"""How many bits one value may take (section 4.1)."""

MAX_BYTES = 8 * 1024 * 1024
"""Most bytes this product inflates: the specification names no bound, an attacker does."""

_POINTER = "/status_list/lst"
_LEVEL = 9


class StatusType(IntEnum):
    """The values with a registered meaning (section 7.1)."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


def compress_values(length: int, values: Mapping[int, int], *, bits: int) -> bytes:
    """The compressed byte array of ``length`` values, of which those not named are 0.

    Raises ``MalformedValue`` for another number of bits than ``BITS`` has, or where the values do not
    fill whole bytes; ``RangeError`` for an index outside the list or a value that takes more bits.
    """
    require_bits(bits)
    if length <= 0 or length * bits % 8:
        raise MalformedValue("The values must fill whole bytes.", pointer=_POINTER)
    packed = bytearray(length * bits // 8)
    for index, value in values.items():
        if not 0 <= index < length or not 0 <= value < 1 << bits:
            raise RangeError("The index or the value lies outside the list.", pointer=_POINTER)
        place = index * bits
        packed[place // 8] |= value << place % 8
    return zlib.compress(bytes(packed), _LEVEL)


def inflate_values(compressed: bytes, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The byte array; at most ``max_bytes`` bytes are ever inflated.

    Raises ``MalformedValue`` where it is not one whole ZLIB stream, or too big.
    """
    inflate = zlib.decompressobj()
    try:
        # One byte more than allowed tells "exactly full" from "too big" without inflating the rest.
        packed = inflate.decompress(compressed, max_bytes + 1)
    except zlib.error as error:
        raise MalformedValue("The status list is not ZLIB.", pointer=_POINTER) from error
    if len(packed) > max_bytes:
        raise MalformedValue("The status list is too big.", pointer=_POINTER)
    if not inflate.eof or inflate.unused_data:
        raise MalformedValue("The status list is cut short or followed by other bytes.", pointer=_POINTER)
    return packed


def value_at(packed: bytes, index: int, *, bits: int) -> int:
    """The value at ``index``; ``RangeError`` outside the list."""
    if not 0 <= index < len(packed) * 8 // bits:
        raise RangeError("The index lies outside the list.", pointer=_POINTER)
    place = index * bits
    return packed[place // 8] >> place % 8 & (1 << bits) - 1


def values_set(packed: bytes, *, bits: int) -> Mapping[int, int]:
    """Index → value of every index whose value is not 0."""
    in_a_byte = 8 // bits
    return {
        position * in_a_byte + offset: value
        for position, byte in enumerate(packed)
        if byte
        for offset in range(in_a_byte)
        if (value := byte >> offset * bits & (1 << bits) - 1)
    }


def require_bits(bits: object) -> int:
    """``bits`` if a list may have it. Raises ``MalformedValue``."""
    if type(bits) is not int or bits not in BITS:
        raise MalformedValue("A value has one, two, four or eight bits.", pointer="/status_list/bits")
    return bits
