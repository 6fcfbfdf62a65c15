"""Comparing a row with the RLD record of its number. Pure; changes nothing on either side."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from issuer.class_list import ClassList, ClassRow, Headings, RowProblem, Sex
from issuer.class_list.khmer import match_key_khmer, match_key_province
from issuer.class_list.rules import row_problem

__all__ = [
    "RldRecord",
    "check_identities",
    "compare",
    "match_key_khmer",
    "match_key_latin",
    "match_key_province",
]

_NOT_COMPARED = re.compile(r"[\s\-'.\u2019]")


@dataclass(frozen=True, kw_only=True, slots=True)
class RldRecord:
    """Who the RLD says a number belongs to; identity facts are signed from here.

    ``name_km`` and ``name_latin`` have the family name first; ``province_code`` is the two-digit
    gazetteer code of the province of origin. ``passport_name_latin`` is the name as the passport has it,
    None where no passport was seen. ``contact_reference`` stands for the person's telephone or address: the
    same for all who have the same, and nothing can be read from it.
    """

    rld_number: str
    name_km: str
    name_latin: str
    birth_date: date
    sex: Sex
    province_code: str
    passport_name_latin: str | None = None
    contact_reference: str | None = None


def match_key_latin(text: str) -> str:
    """The form in which Latin names are compared: no case, spaces, hyphens or apostrophes."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFC", text).casefold())


def compare(row: ClassRow, record: RldRecord | None, headings: Headings) -> tuple[RowProblem, ...]:
    """What differs between the row and the record of its RLD number; an error for each column.

    ``record`` is None where the RLD answered that it has no such number. What the record holds is
    not told: the clerk learns which column to look at.
    """

    def differs(rule: str, key: str) -> RowProblem:
        return row_problem(rule, row.row, key, headings.get(key))

    if record is None or record.rld_number != row.rld_number:
        return (differs("rld-unknown-number", "rld_number"),)
    found: list[RowProblem] = []
    if match_key_khmer(row.name_km) != match_key_khmer(record.name_km):
        found.append(differs("rld-other-name-km", "name_km"))
    if match_key_latin(row.name_latin) != match_key_latin(record.name_latin):
        found.append(differs("rld-other-name-latin", "name_latin"))
    if row.birth_date != record.birth_date:
        found.append(differs("rld-other-birth-date", "birth_date"))
    if row.sex is not None and row.sex is not record.sex:
        found.append(differs("rld-other-sex", "sex"))
    return tuple(found)


def check_identities(class_list: ClassList, records: Mapping[str, RldRecord | None]) -> ClassList:
    """The list with every row compared to the record of its number.

    ``records`` must hold an entry for each row: a KeyError says that somebody was not asked about.
    """
    rows = (*class_list.rows, *class_list.not_passed)
    problems = [
        problem for row in rows for problem in compare(row, records[row.rld_number], class_list.headings)
    ]
    return class_list.with_problems([*problems, *_same_person_twice(rows, class_list.headings)])


def _same_person_twice(rows: Iterable[ClassRow], headings: Headings) -> list[RowProblem]:
    """Two numbers for what may be one person: a human decides, so neither row is issued."""
    alike: dict[tuple[str, date], list[ClassRow]] = {}
    for row in rows:
        alike.setdefault((match_key_khmer(row.name_km), row.birth_date), []).append(row)
    return [
        row_problem(
            "rld-same-person-twice", row.row, "rld_number", headings.get("rld_number"), other=str(other.row)
        )
        for group in alike.values()
        if len(group) > 1
        for row, other in zip(group, [*group[1:], group[0]], strict=True)
    ]
