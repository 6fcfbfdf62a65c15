"""What rules share: the document, its members one by one, and the form of a finding."""

from collections.abc import Iterator, Mapping

from vc.encoding import json_pointer
from vc.encoding.strict_json import JsonValue
from vc.errors import Finding, ProblemType

Document = Mapping[str, JsonValue]


def finding(detail: str, pointer: str) -> Finding:
    """The document says what may not be signed, at ``pointer``."""
    return Finding(type=ProblemType.SCHEMA_ERROR, detail=detail, pointer=pointer)


def members(value: "Document | JsonValue", pointer: str = "") -> Iterator[tuple[str, str, JsonValue]]:
    """Place, name and value of every member at any depth; the items of an array have no name."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            place = json_pointer.join(pointer, name)
            yield place, name, item
            yield from members(item, place)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            place = json_pointer.join(pointer, position)
            yield place, "", item
            yield from members(item, place)
