"""Claims path pointers into JSON credentials (OpenID4VP 1.0 section 7.1)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue

ClaimsPath: TypeAlias = tuple[str | int | None, ...]
"""Names of members, indexes of elements, and None for every element."""

_MAX_COMPONENTS = 20


class _WrongKind(Exception):
    """What is selected is neither object nor array as the path demands."""


def parse_claims_path(value: JsonValue) -> ClaimsPath:
    """Read a claims path pointer. Raises MalformedValue for anything that section 7 does not know."""
    if not isinstance(value, list) or not 0 < len(value) <= _MAX_COMPONENTS:
        raise MalformedValue("A claims path must be an array that is not empty.", pointer="/path")
    return tuple(_component(item) for item in value)


def select(document: Mapping[str, JsonValue], path: ClaimsPath) -> tuple[JsonValue, ...]:
    """What ``path`` selects in a credential: empty where the specification aborts with an error."""
    selected: list[JsonValue] = [dict(document)]
    try:
        for component in path:
            selected = list(_step(selected, component))
    except _WrongKind:
        return ()
    return tuple(selected)


def _component(item: JsonValue) -> str | int | None:
    if item is None or isinstance(item, str):
        return item
    if isinstance(item, int) and not isinstance(item, bool) and item >= 0:
        return item
    raise MalformedValue("A claims path has a component of the wrong kind.", pointer="/path")


def _step(selected: Sequence[JsonValue], component: str | int | None) -> Iterator[JsonValue]:
    for element in selected:
        if isinstance(component, str):
            if not isinstance(element, dict):
                raise _WrongKind
            if component in element:
                yield element[component]
            continue
        if not isinstance(element, list):
            raise _WrongKind
        if component is None:
            yield from element
        elif component < len(element):
            yield element[component]
