"""Reading an old Excel file (.xls) that a stranger may have made.

Its library gives values and no formulas: a cell with one is read as what it last came to.
"""

import struct
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import xlrd

from issuer.class_list.model import UnreadableClassList
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import (
    EMPTY,
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_SHEET_ROWS,
    Cell,
    Sheet,
    SheetRow,
)

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
# xlrd answers a damaged file with whichever of these its code happens to meet.
_DAMAGE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
)


def read_old_workbook(data: bytes) -> tuple[Sheet, ...]:
    """The visible sheets of an .xls file, in order.

    Raises UnreadableClassList for passwords, macros and damage.
    """
    # The library would look into other kinds of file as well.
    if not data.startswith(OLE_MAGIC):
        raise UnreadableClassList(row_problem("file-damaged"))
    if _LOCKED in data:
        raise UnreadableClassList(row_problem("file-password"))
    if _MACROS in data:
        raise UnreadableClassList(row_problem("file-macros"))
    try:
        # Ragged: a file may name its last cell and hold no other.
        book = xlrd.open_workbook(file_contents=data, ragged_rows=True, on_demand=True, logfile=_Silent())
        with book:
            visible = [number for number in range(book.nsheets) if _is_visible(book, number)]
            return tuple(_read_sheet(book, book.sheet_by_index(number)) for number in visible)
    except _DAMAGE as damage:
        locked = isinstance(damage, xlrd.XLRDError) and "encrypted" in str(damage).lower()
        raise UnreadableClassList(row_problem("file-password" if locked else "file-damaged")) from damage


class _Silent:
    """Where the library's remarks go: nowhere, since they repeat what is in the file."""

    def write(self, text: str) -> int:
        return len(text)


def _is_visible(book: Any, number: int) -> bool:
    return bool(book.sheet_by_index(number).visibility == 0)


def _read_sheet(book: Any, sheet: Any) -> Sheet:
    rows: list[SheetRow] = []
    for index in range(sheet.nrows):
        width = min(sheet.row_len(index), MAX_COLUMNS)
        cells = [_cell(book, sheet.cell(index, column)) for column in range(width)]
        while cells and not cells[-1].text:
            cells.pop()
        row = SheetRow(number=index + 1, cells=tuple(cells))
        if row.is_blank:
            continue
        if row.number > MAX_SHEET_ROWS:
            return Sheet(rows=tuple(rows), truncated=True)
        rows.append(row)
    return Sheet(rows=tuple(rows))


def _cell(book: Any, cell: Any) -> Cell:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return Cell(text=str(cell.value)[:MAX_CELL_CHARACTERS]) if cell.value else EMPTY
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment: datetime = xlrd.xldate_as_datetime(cell.value, book.datemode)
        return Cell(text=moment.date().isoformat(), day=moment.date())
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return Cell(text="TRUE" if cell.value else "FALSE")
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return Cell(text=str(xlrd.error_text_from_code.get(cell.value, "#")), broken=True)
    if cell.ctype != xlrd.XL_CELL_NUMBER:
        return EMPTY
    number = Decimal(repr(cell.value))
    if not number.is_finite():
        return Cell(text=repr(cell.value), broken=True)
    number = number.normalize()
    return Cell(text=format(number, "f")[:MAX_CELL_CHARACTERS], number=number)
