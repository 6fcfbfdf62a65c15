"""JSON Canonicalization Scheme (RFC 8785).

``canonicalize_reference`` defines the result. ``canonicalize`` gives the same bytes, sooner: it lets
orjson write the document and hands it to the reference wherever orjson could differ.
"""

from typing import NoReturn

import msgspec
import orjson
import rfc8785

from vc.encoding.strict_json import JsonValue
from vc.errors import TransformationError

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
# orjson sorts names by code point, RFC 8785 by UTF-16 unit: they differ only where a character
# beyond U+FFFF occurs, whose UTF-8 begins with none of these bytes.
_WITHIN_16_BITS = bytes(range(0xF0))


class _FloatMetError(ValueError):
    """A number with a fraction or exponent is in the document."""


def _float_met(_text: str) -> NoReturn:
    raise _FloatMetError


_FLOAT_FINDER = msgspec.json.Decoder(float_hook=_float_met)


def canonicalize(value: JsonValue) -> bytes:
    """Return the canonical UTF-8 bytes of ``value``.

    Raises TransformationError for what RFC 8785 cannot spell: NaN and infinities, integers beyond
    2**53 - 1, lone surrogates, values that are not JSON, nesting without end.
    """
    try:
        written = orjson.dumps(value, option=_OPTIONS)
        # "null" may be a NaN, which orjson writes so.
        if b"null" in written or written.translate(None, _WITHIN_16_BITS):
            return canonicalize_reference(value)
        # orjson spells floats its own way; reading back is the cheapest way to know one is there.
        _FLOAT_FINDER.decode(written)
    except (orjson.JSONEncodeError, _FloatMetError, msgspec.MsgspecError, RecursionError):
        return canonicalize_reference(value)
    return written


def canonicalize_reference(value: JsonValue) -> bytes:
    """Return the canonical UTF-8 bytes of ``value`` as the ``rfc8785`` library defines them.

    Raises TransformationError as ``canonicalize`` does.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        raise TransformationError("The document has a value that canonical JSON cannot spell.") from None
