"""The code lists that cells are looked up in: qualifications, courses, and whatever a type names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas import read_json


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit of competency."""

    code: str
    title_en: str
    title_km: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeEntry:
    """One entry of a code list.

    ``isco08`` is a four-digit ISCO-08 unit group, ``cqf_level`` 1 to 8, each None where the entry states
    none; ``validity_rule`` a code of ``schemas/data/validity_rules.json``. A Khmer title that nobody
    reviewed is never signed without the English one.
    """

    code: str
    title_en: str
    title_km: str
    km_reviewed: bool
    isco08: str | None = None
    isco08_title: str | None = None
    esco_uri: str | None = None
    cqf_level: int | None = None
    weeks_min: int | None = None
    weeks_max: int | None = None
    validity_rule: str | None = None
    units: tuple[Unit, ...] = field(default=())

    @property
    def unit_codes(self) -> tuple[str, ...]:
        """The codes of all units, in the order of the qualification."""
        return tuple(unit.code for unit in self.units)


CodeList = Mapping[str, CodeEntry]
"""The entries of a code list by code."""

_MEMBERS = frozenset(CodeEntry.__dataclass_fields__)


@cache
def code_list(name: str) -> CodeList:
    """The code list ``schemas/data/<name>.json``; the file is this product's own."""
    return MappingProxyType({entry["code"]: _entry(entry) for entry in read_json(f"data/{name}.json")[name]})


def _entry(entry: Mapping[str, Any]) -> CodeEntry:
    known = {key: value for key, value in entry.items() if key in _MEMBERS}
    known["units"] = tuple(Unit(**unit) for unit in entry.get("units", ()))
    return CodeEntry(**known)
