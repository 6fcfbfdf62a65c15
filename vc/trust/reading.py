"""Reading members of signed trust documents: the value as it must be, or the place where it is not.

Every function raises ``MalformedValue`` with the JSON pointer it was given.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import require_time

T = TypeVar("T")


def require_mapping(value: JsonValue, pointer: str) -> Mapping[str, JsonValue]:
    """``value`` as an object."""
    if not isinstance(value, dict):
        raise MalformedValue("An object is expected here.", pointer=pointer)
    return value


def require_sequence(value: JsonValue, pointer: str) -> Sequence[JsonValue]:
    """``value`` as an array."""
    if not isinstance(value, list):
        raise MalformedValue("An array is expected here.", pointer=pointer)
    return value


def require_text(value: JsonValue, pointer: str) -> str:
    """``value`` as a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise MalformedValue("A text is expected here.", pointer=pointer)
    return value


def text_or_none(value: JsonValue, pointer: str) -> str | None:
    """``value`` as a text, or None where the member is absent."""
    return None if value is None else require_text(value, pointer)


def require_texts(value: JsonValue, pointer: str) -> frozenset[str]:
    """``value`` as a set of texts."""
    items = require_sequence(value, pointer)
    return frozenset(require_text(item, f"{pointer}/{n}") for n, item in enumerate(items))


def require_names(value: JsonValue, pointer: str) -> Mapping[str, str]:
    """``value`` as a map from language to name."""
    name = require_mapping(value, pointer)
    return {language: require_text(text, f"{pointer}/{language}") for language, text in name.items()}


def require_whole(value: JsonValue, pointer: str, *, at_least: int, at_most: int | None = None) -> int:
    """``value`` as a whole number within its bounds."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedValue("A whole number is expected here.", pointer=pointer)
    if value < at_least or (at_most is not None and value > at_most):
        raise MalformedValue("The number is out of bounds.", pointer=pointer)
    return value


def require_wholes(value: JsonValue, pointer: str) -> frozenset[int]:
    """``value`` as a set of whole numbers."""
    items = require_sequence(value, pointer)
    if not all(isinstance(item, int) and not isinstance(item, bool) for item in items):
        raise MalformedValue("Whole numbers are expected here.", pointer=pointer)
    return frozenset(item for item in items if isinstance(item, int))


def require_flag(value: JsonValue, pointer: str) -> bool:
    """``value`` as true or false."""
    if not isinstance(value, bool):
        raise MalformedValue("True or false is expected here.", pointer=pointer)
    return value


def time_or_none(value: JsonValue, pointer: str) -> datetime | None:
    """``value`` as an instant, or None where the member is absent."""
    return None if value is None else require_time(value, pointer)


def require_each(
    value: JsonValue, pointer: str, parse: Callable[[Mapping[str, JsonValue], str], T]
) -> tuple[T, ...]:
    """Every object of an array, parsed; an absent member is an empty array."""
    items = require_sequence([] if value is None else value, pointer)
    return tuple(
        parse(require_mapping(item, f"{pointer}/{n}"), f"{pointer}/{n}") for n, item in enumerate(items)
    )
