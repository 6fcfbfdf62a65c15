"""Reading an OpenDocument spreadsheet (.ods) that a stranger may have made (OpenDocument 1.3, part 3, 9).

A file may say that a cell or row repeats a million times: what repeats is written out only as far as a
class list goes, and empty rows at the end of a sheet not at all.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree

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

_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


_DAMAGE: Final = (
    DefusedXmlException,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_open_document(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of an .ods file, in order; how much it unpacks to was judged before.

    Raises UnreadableClassList for passwords and damage.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            if b"encryption-data" in container.read("META-INF/manifest.xml"):
                raise UnreadableClassList(row_problem("file-password"))
            with container.open("content.xml") as content:
                return tuple(_read_sheet(rows) for rows in _sheets_in(content))
    except _DAMAGE as damage:
        raise UnreadableClassList(row_problem("file-damaged")) from damage


def _sheets_in(content: IO[bytes]) -> Iterator[Iterator[Element]]:
    """The rows of each sheet, none kept in memory once it was read."""
    events = ElementTree.iterparse(content, events=("start", "end"))
    for event, element in events:
        if event == "start" and element.tag == f"{_TABLE}table":
            rows = _rows_in(events, element)
            yield rows
            # Whoever stopped early leaves the rest to be passed over.
            for _ in rows:
                pass


def _rows_in(events: Iterator[tuple[str, Element]], table: Element) -> Iterator[Element]:
    for event, element in events:
        if event == "end" and element is table:
            return
        if event == "end" and element.tag == f"{_TABLE}table-row":
            yield element
            element.clear()


def _read_sheet(elements: Iterator[Element]) -> Sheet:
    rows: list[SheetRow] = []
    number = 0
    for element in elements:
        repeated = _count(element, f"{_TABLE}number-rows-repeated")
        cells = _cells(element)
        if not any(cell.text.strip() for cell in cells):
            number += repeated
            continue
        for _ in range(repeated):
            number += 1
            if number > MAX_SHEET_ROWS:
                return Sheet(rows=tuple(rows), truncated=True)
            rows.append(SheetRow(number=number, cells=cells))
    return Sheet(rows=tuple(rows))


def _cells(row: Element) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for element in row:
        if element.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        room = MAX_COLUMNS - len(cells)
        cells += [_cell(element)] * min(_count(element, f"{_TABLE}number-columns-repeated"), room)
    while cells and not cells[-1].text:
        cells.pop()
    return tuple(cells)


def _count(element: Element, attribute: str) -> int:
    text = element.get(attribute, "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _cell(element: Element) -> Cell:
    text = "\n".join(_written(line) for line in element.findall(f"{_TEXT}p"))[:MAX_CELL_CHARACTERS]
    if element.get(f"{_TABLE}formula") is not None:
        return Cell(text=text or "=", formula=True)
    kind = element.get(f"{_OFFICE}value-type")
    if kind == "date":
        return _date_cell(element.get(f"{_OFFICE}date-value", ""), text)
    if kind in ("float", "percentage", "currency"):
        return _number_cell(element.get(f"{_OFFICE}value", ""), text, scaled=kind == "percentage")
    if kind == "boolean":
        return Cell(text="TRUE" if element.get(f"{_OFFICE}boolean-value") == "true" else "FALSE")
    return Cell(text=text) if text else EMPTY


def _written(element: Element) -> str:
    """The text of a paragraph, with the spaces, tabs and breaks that stand in it as elements."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(_count(child, f"{_TEXT}c"), MAX_CELL_CHARACTERS))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_written(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _date_cell(value: str, text: str) -> Cell:
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return Cell(text=text)
    return Cell(text=day.isoformat(), day=day)


def _number_cell(value: str, text: str, *, scaled: bool) -> Cell:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Cell(text=text)
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return Cell(text=text, broken=True)
    number = (number * 100 if scaled else number).normalize()
    return Cell(text=format(number, "f"), number=number, scaled=scaled)
