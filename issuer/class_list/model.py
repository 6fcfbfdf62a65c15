"""The types of a class list: rows that may be certified, and what is wrong with the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from issuer.class_list.catalogue import CodeEntry
from issuer.class_list.messages import Message
from issuer.class_list.sheet import Sheet
from issuer.class_list.type_rules import Value
from vc.errors import MalformedValue, Severity


class Sex(StrEnum):
    """Sex as the identity document states it."""

    MALE = "M"
    FEMALE = "F"


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading as it stands in the file, and the letter of its column."""

    text: str
    letter: str


Headings = Mapping[str, Heading]
"""Column key to the heading under which that column was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    """One thing wrong with one cell, row or file.

    ``row`` is the number a spreadsheet program shows, None where the whole file is meant;
    ``column`` is the heading as written in the file and ``key`` ours, None where the whole row is
    meant. ``rule`` is a stable id.
    """

    row: int | None
    column: str | None
    column_letter: str | None
    key: str | None
    rule: str
    message: Message
    fix: Message
    severity: Severity

    @property
    def is_error(self) -> bool:
        """Whether the row cannot be issued as it is."""
        return self.severity is Severity.ERROR


class UnreadableClassList(MalformedValue):
    """The uploaded bytes are no class list at all; ``problem`` tells the clerk why."""

    def __init__(self, problem: RowProblem) -> None:
        super().__init__(problem.message.render())
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """A row without errors.

    Names, birth date and sex are what the clerk wrote: they serve to be compared with the RLD
    record and are never signed. ``rld_number`` is empty where the row brings none. ``values`` are the
    type's own cells by the key of their column, without those left empty.
    """

    row: int
    rld_number: str
    name_km: str
    name_latin: str
    birth_date: date
    sex: Sex | None
    certificate_number: str | None
    values: Mapping[str, Value]

    def code(self, key: str) -> CodeEntry:
        """The entry of a code list under ``key``. Raises LookupError where it is no code."""
        entry = self.values[key]
        if not isinstance(entry, CodeEntry):
            raise LookupError(key)
        return entry

    def day(self, key: str) -> date:
        """The day under ``key``. Raises LookupError where it is none."""
        value = self.values[key]
        if not isinstance(value, date):
            raise LookupError(key)
        return value


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassList:
    """A class list as read.

    ``kind`` is the slug of its credential type. ``rows`` are those to be issued; ``not_passed`` are
    rows without errors for which there is nothing to issue; ``row_count`` counts all rows somebody
    wrote under the headings.
    """

    kind: str
    rows: tuple[ClassRow, ...]
    not_passed: tuple[ClassRow, ...]
    problems: tuple[RowProblem, ...]
    headings: Headings
    heading_row: int
    row_count: int
    sheet: Sheet

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """The problems that keep a row, or the list, from being issued."""
        return tuple(problem for problem in self.problems if problem.is_error)

    @property
    def warnings(self) -> tuple[RowProblem, ...]:
        """The problems that are only said."""
        return tuple(problem for problem in self.problems if not problem.is_error)

    def with_problems(self, more: Iterable[RowProblem]) -> "ClassList":
        """The same list with problems found later; rows that gained an error are not issued."""
        found = tuple(more)
        wrong = {problem.row for problem in found if problem.is_error}
        return replace(
            self,
            rows=tuple(row for row in self.rows if row.row not in wrong),
            not_passed=tuple(row for row in self.not_passed if row.row not in wrong),
            problems=in_reading_order((*self.problems, *found)),
        )


def in_reading_order(problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
    """Whole-file problems first, then by row, then by column from the left."""
    return tuple(
        sorted(problems, key=lambda p: (p.row or 0, len(p.column_letter or ""), p.column_letter or ""))
    )
