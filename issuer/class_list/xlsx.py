"""Reading an Excel workbook that a stranger may have made, and knowing other spreadsheets from it.

Everything about the container is judged from its central directory before anything is unpacked:
``zipfile`` never unpacks more of a part than its directory entry declares.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
from defusedxml import ElementTree
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser

from issuer.class_list.model import UnreadableClassList
from issuer.class_list.ods import read_open_document
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
from issuer.class_list.xls import OLE_MAGIC, read_old_workbook

MAX_UNPACKED_BYTES = 25_000_000
"""Bytes of XML that may have to be read: all parts, once for each sheet of the workbook. A full
list of 5,000 rows has about 3 MB."""

MAX_RATIO = 100
"""Unpacked to packed size of the whole file; genuine lists stay under 50."""

_SMALL_BYTES = 1_000_000

MAX_PARTS = 500
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_ZIP_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1

# openpyxl answers a damaged part with whichever of these its code happens to meet.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def looks_like_workbook(data: bytes) -> bool:
    """Whether the bytes begin like any kind of spreadsheet file: zip or OLE compound file."""
    return data.startswith((_ZIP_MAGIC, OLE_MAGIC))


def read_workbook(data: bytes) -> tuple[Sheet, ...]:
    """The visible sheets of an .xlsx, .ods or .xls file, in order.

    Raises UnreadableClassList for other spreadsheet files, passwords, macros, damage, and
    workbooks that unpack beyond ``MAX_UNPACKED_BYTES``.
    """
    if data.startswith(OLE_MAGIC):
        return read_old_workbook(data)
    try:
        if _require_harmless_container(data):
            return read_open_document(data)
        return _read_sheets(data)
    except _DAMAGE as damage:
        raise UnreadableClassList(row_problem("file-damaged")) from damage


def _require_harmless_container(data: bytes) -> bool:
    """Whether it is an OpenDocument file and not an Excel workbook; nothing is unpacked before."""
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        parts = container.infolist()
        unpacked = sum(part.file_size for part in parts)
        stuffed = unpacked > max(_SMALL_BYTES, len(data) * MAX_RATIO)
        if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or stuffed:
            raise UnreadableClassList(row_problem("file-unpacks-too-big"))
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise UnreadableClassList(row_problem("file-password"))
        usual = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if any(part.compress_type not in usual for part in parts):
            raise UnreadableClassList(row_problem("file-damaged"))
        names = {part.filename for part in parts}
        if {"mimetype", "content.xml", "META-INF/manifest.xml"} <= names:
            return True
        _require_plain_workbook(names)
        sheets = _count_sheets(container)
    if unpacked * sheets > MAX_UNPACKED_BYTES:
        raise UnreadableClassList(row_problem("file-unpacks-too-big"))
    return False


def _require_plain_workbook(names: set[str]) -> None:
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise UnreadableClassList(row_problem("file-macros"))
    if "xl/workbook.bin" in names:
        raise UnreadableClassList(row_problem("file-binary-excel"))
    if "[Content_Types].xml" not in names:
        raise UnreadableClassList(row_problem("file-not-a-list"))


def _count_sheets(container: zipfile.ZipFile) -> int:
    types = ElementTree.fromstring(container.read("[Content_Types].xml"))
    content_types = {
        element.get("PartName", "").lstrip("/"): element.get("ContentType", "")
        for element in types
        if element.tag.endswith("}Override")
    }
    if any("macroenabled" in content_type.casefold() for content_type in content_types.values()):
        raise UnreadableClassList(row_problem("file-macros"))
    main_parts = [name for name, content_type in content_types.items() if content_type == _MAIN]
    if len(main_parts) != 1:
        raise UnreadableClassList(row_problem("file-not-a-list"))
    workbook = ElementTree.fromstring(container.read(main_parts[0]))
    return sum(1 for element in workbook.iter() if element.tag.endswith("}sheet"))


def _read_sheets(data: bytes) -> tuple[Sheet, ...]:
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        return tuple(_read_sheet(sheet) for sheet in visible)
    finally:
        workbook.close()


def _read_sheet(worksheet: Any) -> Sheet:
    rows: list[SheetRow] = []
    for number, written in _written_rows(worksheet):
        row = SheetRow(number=number, cells=_cells(worksheet, written))
        if row.is_blank:
            continue
        if number > MAX_SHEET_ROWS:
            return Sheet(rows=tuple(rows), truncated=True)
        if rows and number <= rows[-1].number:
            raise UnreadableClassList(row_problem("file-damaged"))
        rows.append(row)
    return Sheet(rows=tuple(rows))


def _written_rows(worksheet: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows that stand in the file. ``worksheet.iter_rows`` would also make up every row before
    a row number that the file is free to choose, and hide whether it goes on behind the last."""
    workbook = worksheet.parent
    with worksheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            worksheet._shared_strings,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
        )
        yield from parser.parse()


def _cells(worksheet: Any, written: list[dict[str, Any]]) -> tuple[Cell, ...]:
    cells: dict[int, Cell] = {}
    for parts in written:
        if 1 <= parts["column"] <= MAX_COLUMNS:
            cells[parts["column"]] = _cell(ReadOnlyCell(worksheet, **parts))
    last = max((column for column, cell in cells.items() if cell.text), default=0)
    return tuple(cells.get(column, EMPTY) for column in range(1, last + 1))


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None or value == "":
        return EMPTY
    if cell.data_type == "f":
        return Cell(text=_formula_text(value), formula=True)
    if cell.data_type == "e":
        return Cell(text=str(value)[:MAX_CELL_CHARACTERS], broken=True)
    if isinstance(value, bool):
        return Cell(text="TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        return _number_cell(value, cell.number_format)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Cell(text=value.isoformat(), day=value)
    return Cell(text=str(value)[:MAX_CELL_CHARACTERS])


def _formula_text(value: object) -> str:
    # Array and table formulas are objects that hold their text, where they hold any.
    text = value if isinstance(value, str) else getattr(value, "text", None)
    return str(text or "=")[:MAX_CELL_CHARACTERS]


def _number_cell(value: int | float, number_format: str | None) -> Cell:
    number = Decimal(repr(value))
    if not number.is_finite():
        return Cell(text=repr(value), broken=True)
    scaled = "%" in (number_format or "")
    if scaled:
        number *= 100
    number = number.normalize()
    text = format(number, "f")[:MAX_CELL_CHARACTERS]
    return Cell(text=text, number=number, scaled=scaled)
