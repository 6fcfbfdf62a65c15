"""Strict JSON reading: RFC 8259 narrowed to I-JSON (RFC 7493).

A body is refused, with plain words and without repeating it, where two readers could disagree about
what it says: duplicate member names, numbers no IEEE double holds exactly, lone surrogates, U+0000,
any encoding but UTF-8. Size, depth and member count are bounded.

``parse_json_reference`` defines the result. ``parse_json`` gives the same value, sooner, for what is
spelt as orjson spells it: whatever comes out of it again byte for byte was read in the one possible way.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, NoReturn, TypeAlias

import jsonschema_rs
import msgspec
import orjson

from vc.errors import ParseError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_SAFE_INTEGER = 2**53 - 1
# The longest spelling of a safe integer: a sign and 16 digits.
_MAX_INTEGER_CHARS = 17
# From here on canonical JSON (ECMAScript) writes an exponent.
_FIRST_EXPONENT = 1e21
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_FORBIDDEN_CHARACTER = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of one document: bytes of the body, nesting depth, members and elements in all."""

    max_bytes: int = 1_000_000
    max_depth: int = 40
    max_members: int = 50_000


DEFAULT_LIMITS = Limits()


def parse_json(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> JsonValue:
    """Read one JSON value from ``raw``.

    Raises ParseError for everything that is not I-JSON within ``limits``; no other exception leaves.
    """
    value = _parse_plain(raw, limits)
    return parse_json_reference(raw, limits) if isinstance(value, _NotPlain) else value


def parse_json_reference(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> JsonValue:
    """As ``parse_json``, by the standard library and one look at each member."""
    if len(raw) > limits.max_bytes:
        raise ParseError("The document is too large.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseError("The document is not valid UTF-8.") from None
    if text.startswith("\ufeff"):
        raise ParseError("The document starts with a byte order mark.")
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise ParseError("The document is not valid JSON.") from None
    except RecursionError:
        raise ParseError("The document is nested too deeply.") from None
    _require_within(value, raw, limits)
    return value


def parse_json_object(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> JsonObject:
    """Read one JSON object from ``raw``; raises ParseError, also where the value is no object."""
    value = parse_json(raw, limits)
    if not isinstance(value, dict):
        raise ParseError("The document is not a JSON object.")
    return value


class _NotPlain:
    """Said of bytes that only the reference may judge."""


_NOT_PLAIN: Final = _NotPlain()


def _parse_plain(raw: bytes, limits: Limits) -> "JsonValue | _NotPlain":
    """The value of ``raw`` where it is without doubt strict JSON, otherwise ``_NOT_PLAIN``.

    Raises ParseError, as the reference does, where it holds too many members.

    A name given twice, a second spelling of a text or number, white space, a broken encoding: none of them
    comes out again as it went in.
    """
    if len(raw) > limits.max_bytes or _SUSPECT_ESCAPE.search(raw):
        return _NOT_PLAIN
    try:
        value: JsonValue = _WITHOUT_FLOATS.decode(raw)
        if orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) != raw:
            return _NOT_PLAIN
    except (ValueError, msgspec.MsgspecError, orjson.JSONEncodeError, RecursionError):
        return _NOT_PLAIN
    if _may_be_many(raw, limits):
        _walk(value, limits)
    elif raw.count(b"[") + raw.count(b"{") > limits.max_depth and not _within_depth(limits.max_depth)(value):
        return _NOT_PLAIN
    return value


def _may_be_many(raw: bytes, limits: Limits) -> bool:
    """Whether the document may hold more members than permitted; False is sure."""
    # Fewer bytes than members permitted cannot be too many members.
    if len(raw) <= limits.max_members:
        return False
    return raw.count(b",") + raw.count(b"[") + raw.count(b":") > limits.max_members


class _FloatMetError(ValueError):
    """A number with a fraction or exponent is in the document."""


def _float_met(_text: str) -> NoReturn:
    raise _FloatMetError


_WITHOUT_FLOATS = msgspec.json.Decoder(float_hook=_float_met)


@cache
def _within_depth(max_depth: int) -> Callable[[JsonValue], bool]:
    """Whether objects and arrays lie in one another at most ``max_depth`` times, in a schema's words."""
    levels: dict[str, JsonValue] = {"0": {"not": {"type": ["array", "object"]}}}
    for level in range(1, max_depth + 1):
        below: JsonObject = {"$ref": f"#/$defs/{level - 1}"}
        levels[str(level)] = {"additionalProperties": below, "items": below}
    schema = {"$defs": levels, "$ref": f"#/$defs/{max_depth}"}
    return jsonschema_rs.Draft202012Validator(schema).is_valid


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ParseError("An object has two members with the same name.")
    return members


def _integer(text: str) -> int:
    if len(text) <= _MAX_INTEGER_CHARS:
        number = int(text)
        if -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
            return number
    raise ParseError("An integer is outside the range that every reader holds exactly.")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ParseError("A number is too large.")
    # Canonical JSON spells these without fraction or exponent: as integers, which are refused.
    if MAX_SAFE_INTEGER < abs(number) < _FIRST_EXPONENT:
        raise ParseError("A number is outside the range that every reader holds exactly.")
    return number


def _constant(_text: str) -> NoReturn:
    raise ParseError("NaN and Infinity are not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _require_within(value: JsonValue, raw: bytes, limits: Limits) -> None:
    # Each test on the bytes can only overestimate, so the walk is skipped for ordinary documents.
    suspect_text = _SUSPECT_ESCAPE.search(raw) is not None
    deep = raw.count(b"[") + raw.count(b"{") > limits.max_depth
    if suspect_text or deep or _may_be_many(raw, limits):
        _walk(value, limits)


def _walk(root: JsonValue, limits: Limits) -> None:
    members = 0
    pending: list[tuple[JsonValue, int]] = [(root, 1)]
    while pending:
        value, depth = pending.pop()
        if isinstance(value, str):
            _require_characters(value)
        elif isinstance(value, (dict, list)):
            if depth > limits.max_depth:
                raise ParseError("The document is nested too deeply.")
            members += len(value)
            if members > limits.max_members:
                raise ParseError("The document has too many members.")
            if isinstance(value, dict):
                for name in value:
                    _require_characters(name)
            children = value.values() if isinstance(value, dict) else value
            pending.extend((child, depth + 1) for child in children)


def _require_characters(text: str) -> None:
    if _FORBIDDEN_CHARACTER.search(text):
        raise ParseError("A string has a lone surrogate or the character U+0000.")
