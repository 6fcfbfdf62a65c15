"""Finding the row of headings in a sheet, in any order of columns, Khmer or English."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from issuer.class_list.columns import Column, columns_of, heading_key, recognised_headings
from issuer.class_list.model import Heading, Headings, RowProblem
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import Sheet, SheetRow, column_letter

ROWS_SEARCHED = 20
_LEAST_RECOGNISED = 2
_MAX_HEADING_CHARACTERS = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadingRow:
    """The row of headings: where each column stands, and what is wrong with the headings."""

    number: int
    headings: Headings
    indexes: Mapping[str, int]
    problems: tuple[RowProblem, ...]


def count_headings(sheet: Sheet, kind: str) -> int:
    """How many headings the best row among the first ones of the sheet has."""
    known = recognised_headings(kind)
    return max((_recognised(row, known) for row in _first_rows(sheet)), default=0)


def find_headings(sheet: Sheet, kind: str) -> HeadingRow | None:
    """The row with most headings among the first ``ROWS_SEARCHED``; None where there is none."""
    known = recognised_headings(kind)
    row = max(_first_rows(sheet), key=lambda row: _recognised(row, known), default=None)
    if row is None or _recognised(row, known) < _LEAST_RECOGNISED:
        return None
    return _read_headings(row, kind)


def _first_rows(sheet: Sheet) -> tuple[SheetRow, ...]:
    return tuple(row for row in sheet.rows[:ROWS_SEARCHED] if row.number <= ROWS_SEARCHED)


def _recognised(row: SheetRow, known: Mapping[str, object]) -> int:
    return len({heading_key(cell.text[:_MAX_HEADING_CHARACTERS]) for cell in row.cells} & known.keys())


def _read_headings(row: SheetRow, kind: str) -> HeadingRow:
    known = recognised_headings(kind)
    headings: dict[str, Heading] = {}
    indexes: dict[str, int] = {}
    problems: list[RowProblem] = []
    for index, cell in enumerate(row.cells):
        heading = Heading(text=_printable(cell.text), letter=column_letter(index))
        column = known.get(heading_key(cell.text[:_MAX_HEADING_CHARACTERS]))
        if column is None:
            if heading.text:
                problems.append(row_problem("unknown-column", row.number, None, heading))
        elif column.key in headings:
            both = {"first": headings[column.key].letter, "second": heading.letter}
            name = _both_titles(column)
            problems.append(
                row_problem("repeated-column", row.number, column.key, heading, name=name, **both)
            )
        else:
            headings[column.key] = heading
            indexes[column.key] = index
    problems += _missing(row.number, kind, headings)
    return HeadingRow(number=row.number, headings=headings, indexes=indexes, problems=tuple(problems))


def _missing(number: int, kind: str, headings: Headings) -> list[RowProblem]:
    return [
        row_problem("missing-column", number, column.key, name=_both_titles(column))
        for column in columns_of(kind)
        if column.required and column.key not in headings
    ]


def _both_titles(column: Column) -> str:
    return f"{column.titles['en']} / {column.titles['km']}"


def _printable(text: str) -> str:
    # A heading is shown back to the clerk beside each problem.
    visible = "".join(c for c in text if c == " " or unicodedata.category(c)[0] not in "CZ")
    return visible[:_MAX_HEADING_CHARACTERS].strip()
