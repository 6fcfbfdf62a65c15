"""Claim paths: members of a credential's subject joined by ``/``, such as ``achievement/humanCode``.

A path stands for the member and for all below it.
"""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from schemas import read_part_schemas, read_schema
from vc.encoding.strict_json import JsonValue
from vc.model.credential import as_list
from vc.programmes.windows import parse_day

_Choice = TypeVar("_Choice", bound=StrEnum)

_HOLDER = "https://skills-passport.example/schemas/holder.json"
_ACHIEVEMENT = "https://skills-passport.example/schemas/achievement.json"
# The subject's identifier joins what was kept apart, and the rest is no claim about anybody.
_NEVER_ASKED = frozenset({"id", "type", "localized"})


def claim_of(document: Mapping[str, JsonValue], path: str) -> JsonValue:
    """The claim of a *verified* ``document``; None where it is absent, or several subjects or values are."""
    value: JsonValue = document.get("credentialSubject")
    for name in path.split("/"):
        several = as_list(value)
        only = several[0] if len(several) == 1 else None
        value = only.get(name) if isinstance(only, dict) else None
    return value


def text_of(document: Mapping[str, JsonValue], path: str) -> str | None:
    """As ``claim_of``, where it is a text that is not empty."""
    value = claim_of(document, path)
    return value if isinstance(value, str) and value else None


def whole_of(document: Mapping[str, JsonValue], path: str) -> int | None:
    """As ``claim_of``, where it is a whole number of nothing or more."""
    value = claim_of(document, path)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def day_of(document: Mapping[str, JsonValue], path: str) -> date | None:
    """As ``claim_of``, where it is a day."""
    return parse_day(claim_of(document, path))


def choice_of(document: Mapping[str, JsonValue], path: str, choices: type[_Choice]) -> _Choice | None:
    """As ``claim_of``, where it is one of ``choices``."""
    value = claim_of(document, path)
    return next((choice for choice in choices if choice.value == value), None)


def is_claim_of(credential_type: str, path: str) -> bool:
    """Whether credentials of this type have such a claim, by their schema. Raises as ``read_schema``."""
    name, _, rest = path.partition("/")
    parts = read_part_schemas()
    own, holder = read_schema(credential_type)["properties"], parts[_HOLDER]["properties"]
    if name in _NEVER_ASKED or (name not in own and name not in holder):
        return False
    return not rest or (name == "achievement" and rest in parts[_ACHIEVEMENT]["properties"])


def is_covered(path: str, allowed: Collection[str]) -> bool:
    """Whether the path, or one above it, is among those allowed."""
    return any(path == one or path.startswith(f"{one}/") for one in allowed)
