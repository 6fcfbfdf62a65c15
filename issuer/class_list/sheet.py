"""A sheet of cells as it was uploaded, whatever file it came in."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MAX_ROWS = 5_000
"""Rows of people a class list may hold."""

MAX_SHEET_ROWS = MAX_ROWS + 1_000
"""Rows read at all: those of people, those above the heading, and empty ones."""

MAX_COLUMNS = 64

MAX_CELL_CHARACTERS = 2_000
"""What is read of one cell; more than any column may hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell. ``text`` is what a person would type to get it; ``day`` and ``number`` are set
    where the file itself says so; ``scaled`` tells a number shown as a percentage."""

    text: str
    day: date | None = None
    number: Decimal | None = None
    scaled: bool = False
    formula: bool = False
    broken: bool = False


EMPTY = Cell(text="")


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    """``number`` is the row number a spreadsheet program shows, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, index: int) -> Cell:
        """The cell at ``index`` from 0; empty beyond the last one written."""
        return self.cells[index] if index < len(self.cells) else EMPTY

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote anything in this row."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The rows of one sheet; ``truncated`` where the file goes on beyond what is read."""

    rows: tuple[SheetRow, ...]
    truncated: bool = False


def column_letter(index: int) -> str:
    """The letter a spreadsheet program shows for the column at ``index`` from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
