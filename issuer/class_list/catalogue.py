"""What a centre may certify: qualifications with their units, and training courses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A unit of competency."""

    code: str
    title_en: str
    title_km: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Qualification:
    """A qualification awarded by recognition of prior learning.

    ``isco08`` is a four-digit ISCO-08 unit group, ``iscedf`` a four-digit ISCED-F 2013 field,
    ``cqf_level`` 1 to 8, or None where the award states no level.
    """

    code: str
    title_en: str
    title_km: str
    km_reviewed: bool
    isco08: str
    isco08_title: str
    esco_uri: str | None
    iscedf: str
    cqf_level: int | None
    sector: str
    units: tuple[Unit, ...]

    @property
    def unit_codes(self) -> tuple[str, ...]:
        """The codes of all units, in the order of the qualification."""
        return tuple(unit.code for unit in self.units)


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """A training course; its length in weeks and its ISCO-08 group are None where not stated."""

    code: str
    title_en: str
    title_km: str
    km_reviewed: bool
    weeks_min: int | None
    weeks_max: int | None
    sector: str
    isco08: str | None
    isco08_title: str | None


def parse_qualifications(document: object) -> Mapping[str, Qualification]:
    """Qualifications by code, from the parsed ``schemas/data/qualifications.json``.

    The file is this product's own: a missing or surplus member is a TypeError or KeyError.
    """
    entries = [dict(entry) for entry in _entries(document, "qualifications")]
    for entry in entries:
        entry["units"] = tuple(Unit(**unit) for unit in entry["units"])
    return {entry["code"]: Qualification(**entry) for entry in entries}


def parse_courses(document: object) -> Mapping[str, Course]:
    """Courses by code, from the parsed ``schemas/data/courses.json``."""
    return {entry["code"]: Course(**entry) for entry in _entries(document, "courses")}


def _entries(document: object, name: str) -> list[dict[str, Any]]:
    return cast(dict[str, list[dict[str, Any]]], document)[name]
