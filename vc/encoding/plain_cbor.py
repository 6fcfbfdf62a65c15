"""CBOR (RFC 8949) of plain values: no tags, no fractions, in the shortest spelling of definite length.

What is read is written again and must come out the same, so no map can have a label twice, and a
value has one spelling.
"""

import cbor2

from vc.errors import MalformedValue

_BYTES, _TEXT, _TAG, _SIMPLE = 2, 3, 6, 7
# Additional information (RFC 8949 section 3): an argument in the head itself, or in 1, 2, 4 or 8 bytes.
_FIRST_LONG, _LAST_LONG, _FRACTIONS = 24, 27, (25, 26, 27)
_INTEGER_BOUND = 2**64


def read_plain(raw: bytes, *, max_depth: int) -> object:
    """The value that ``raw`` spells in the shortest way; maps in any order.

    Raises MalformedValue for anything else: trailing bytes, a tag or fraction, a label twice, a
    label that is neither integer nor text, and more than ``max_depth`` maps and arrays in one another.
    """
    _require_plain_heads(raw)
    value = load(raw)
    if not _is_plain(value, max_depth):
        raise MalformedValue("The CBOR holds something else than plain values.")
    if cbor2.dumps(value) != raw:
        raise not_shortest()
    return value


def read_deterministic(raw: bytes, *, max_depth: int) -> object:
    """As ``read_plain``, with the labels of every map in the order of ``write_deterministic``.

    Raises MalformedValue.
    """
    value = read_plain(raw, max_depth=max_depth)
    if write_deterministic(value) != raw:
        raise MalformedValue("The labels of a map are not in their order.")
    return value


def write_deterministic(value: object) -> bytes:
    """The one spelling of plain values: shortest, labels in order of length, then of bytes."""
    return cbor2.dumps(value, canonical=True)


def load(raw: bytes) -> object:
    """Whatever CBOR there is at the beginning of ``raw``. Raises MalformedValue where there is none."""
    try:
        return cbor2.loads(raw)
    except (cbor2.CBORError, ArithmeticError, RuntimeError, TypeError, ValueError):
        # The reader knows many tags, none of which is accepted here, and not all fail in one way.
        raise MalformedValue("The message is not CBOR as it is read here.") from None


def not_shortest() -> MalformedValue:
    """What is said of another spelling."""
    return MalformedValue("The message is not the shortest CBOR with definite lengths.")


def _require_plain_heads(raw: bytes) -> None:
    """Refuse tags, fractions and indefinite lengths before the reader sees them.

    Tags for shared values make a few bytes stand for a structure without end.
    """
    position = 0
    while position < len(raw):
        major, info = raw[position] >> 5, raw[position] & 31
        if major == _TAG or (major == _SIMPLE and info in _FRACTIONS):
            raise MalformedValue("The CBOR has a tag or a fraction.")
        if info > _LAST_LONG:
            raise not_shortest()
        more = 0 if info < _FIRST_LONG else 1 << (info - _FIRST_LONG)
        argument = int.from_bytes(raw[position + 1 : position + 1 + more]) if more else info
        position += 1 + more + (argument if major in (_BYTES, _TEXT) else 0)


def _is_plain(value: object, depth: int) -> bool:
    """Whether a value is free of tags and fractions, and of labels that are neither integers nor texts."""
    if isinstance(value, dict):
        labels_fit = all(type(label) in (int, str) for label in value)
        return depth > 0 and labels_fit and all(_is_plain(item, depth - 1) for item in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    if type(value) is int:
        # Beyond that, CBOR has integers only as a tag.
        return -_INTEGER_BOUND <= value < _INTEGER_BOUND
    return value is None or type(value) in (bool, str, bytes)
