"""Texts with a language and a base direction (VC Data Model 2.0 section 11.1)."""

import re
from collections.abc import Iterator, Mapping

from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding
from vc.model.shape import each, fault

_LANGUAGE_VALUE_MEMBERS = frozenset({"@value", "@language", "@direction"})
_TYPED_VALUE_MEMBERS = frozenset({"@value", "@type"})
_DIRECTIONS = ("ltr", "rtl")

# RFC 5646 section 2.1; what it calls "well-formed", without the registry.
_LANGUAGE = r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
_SCRIPT = r"(?:-[a-z]{4})?"
_REGION = r"(?:-(?:[a-z]{2}|[0-9]{3}))?"
_VARIANTS = r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
_EXTENSIONS = r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
_PRIVATE_USE = r"x(?:-[a-z0-9]{1,8})+"
# The registered tags that the grammar lists by name, since they fit no rule of it.
_IRREGULAR = (
    r"en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:be-fr|be-nl|ch-de)"
)
_LANGUAGE_TAG = re.compile(
    rf"{_LANGUAGE}{_SCRIPT}{_REGION}{_VARIANTS}{_EXTENSIONS}(?:-{_PRIVATE_USE})?|{_PRIVATE_USE}|{_IRREGULAR}",
    re.ASCII | re.IGNORECASE,
)


def is_language_tag(value: JsonValue) -> bool:
    """Whether this is a well-formed ``Language-Tag`` of BCP 47; registered or not."""
    return isinstance(value, str) and _LANGUAGE_TAG.fullmatch(value) is not None


def text_faults(value: JsonValue, pointer: str) -> Iterator[Finding]:
    """What forbids ``value`` as a name or description: texts or language value objects, one or many.

    The members of a language value object are for ``value_object_faults``.
    """
    items = list(each(value, pointer))
    if not items:
        yield fault("A text, or texts with a language, are expected here.", pointer)
    for item, place in items:
        if isinstance(item, str):
            continue
        if not isinstance(item, dict) or "@type" in item or not isinstance(item.get("@value"), str):
            yield fault("A text, or a text with its language, is expected here.", place)


def value_object_faults(node: Mapping[str, JsonValue], pointer: str) -> Iterator[Finding]:
    """What is wrong with an object that stands for a value, wherever it is; nothing for others."""
    if node.keys().isdisjoint(_LANGUAGE_VALUE_MEMBERS):
        return
    permitted = _TYPED_VALUE_MEMBERS if "@type" in node else _LANGUAGE_VALUE_MEMBERS
    if "@value" not in node or not node.keys() <= permitted:
        yield fault("A text with its language has a value, a language and a direction only.", pointer)
    if not isinstance(node.get("@value"), str) and ("@language" in node or "@direction" in node):
        yield fault("What has a language must be a text.", json_pointer.join(pointer, "@value"))
    if "@language" in node and not is_language_tag(node["@language"]):
        yield fault("A well-formed language tag is expected here.", json_pointer.join(pointer, "@language"))
    if "@direction" in node and node["@direction"] not in _DIRECTIONS:
        yield fault("A direction is ltr or rtl.", json_pointer.join(pointer, "@direction"))
