"""Files for the clerk: the sample to fill in, and the own sheet back with what is wrong in red."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from issuer.class_list.catalogue import CodeEntry, code_list
from issuer.class_list.columns import CellKind, Column, columns_of, word_key
from issuer.class_list.csv_text import neutralise_text
from issuer.class_list.messages import Translate, untranslated
from issuer.class_list.model import ClassList, RowProblem
from issuer.class_list.sheet import EMPTY, MAX_ROWS, Cell, SheetRow, column_letter
from runtime.i18n import gettext_noop

CellValue = str | int | date | None
Format = Literal["xlsx", "csv"]
Language = Literal["km", "en"]

_BOLD = Font(bold=True)
_RED = PatternFill("solid", fgColor="FFF8C9C4")
_RED_TEXT = Font(color="FF9C0006")
_WRAP = Alignment(wrap_text=True, vertical="top")
_DATE_FORMAT = "dd.mm.yyyy"
_WIDTH = 24.0
_WIDE = 70.0


def sample_class_list(
    kind: str,
    fmt: Format,
    lang: Language,
    rows: Sequence[Mapping[str, CellValue]],
    *,
    translate: Translate = untranslated,
) -> bytes:
    """A class list with these rows (column key to value) under headings in ``lang``.

    The workbook has a second sheet that explains the columns and lists the codes and words; cells that
    take one of them have a list to choose from. CSV is UTF-8 with a byte order mark, since Excel needs
    it, and dates are ISO.
    """
    if fmt == "csv":
        return _sample_csv(columns_of(kind), lang, rows)
    book = Workbook(write_only=True)
    sheet = _new_sheet(book, translate(gettext_noop("Class list")), len(columns_of(kind)))
    sheet.append([_cell(sheet, _title(column, lang), bold=True) for column in columns_of(kind)])
    for row in rows:
        sheet.append([_cell(sheet, row.get(column.key)) for column in columns_of(kind)])
    help_sheet = _append_help(book, kind, lang, translate)
    for column, cells in _append_lists(help_sheet, kind, lang).items():
        _offer(sheet, column_letter([c.key for c in columns_of(kind)].index(column)), help_sheet.title, cells)
    return _saved(book)


def example_row(kind: str, *, today: date, lang: Language = "en") -> Mapping[str, CellValue]:
    """The example of every column that has one, as it is right on ``today``; words are those of ``lang``."""
    return {column.key: _example(column, today, lang) for column in columns_of(kind)}


def error_workbook(original: ClassList, *, translate: Translate = untranslated) -> bytes:
    """The clerk's own sheet as .xlsx, with one more column, red, that names row, rule and fix.

    Cells keep their text; a formula comes back as text that no program runs.
    """
    by_row: dict[int | None, list[RowProblem]] = {}
    for problem in original.problems:
        by_row.setdefault(problem.row, []).append(problem)
    width = max((len(row.cells) for row in original.sheet.rows), default=0)
    book = Workbook(write_only=True)
    sheet = _new_sheet(book, translate(gettext_noop("Class list")), width, wide_last=True)
    last_number = 0
    for row in original.sheet.rows:
        for _ in range(row.number - last_number - 1):
            sheet.append([])
        last_number = row.number
        told = list(by_row.get(row.number, ()))
        if row.number == original.heading_row:
            told = [*by_row.get(None, ()), *told]
        sheet.append(_with_problems(sheet, row, width, told, translate))
    return _saved(book)


def table_workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Texts as .xlsx, the first row being headings; no program takes one of them for a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number, row in enumerate(rows):
        sheet.append([_cell(sheet, text, bold=number == 0) for text in row])
    return _saved(book)


def _sample_csv(columns: Sequence[Column], lang: Language, rows: Sequence[Mapping[str, CellValue]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_title(column, lang) for column in columns])
    for row in rows:
        writer.writerow([neutralise_text(_as_text(row.get(column.key))) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def _with_problems(
    sheet: Any, row: SheetRow, width: int, told: list[RowProblem], translate: Translate
) -> list[Any]:
    wrong = {problem.column_letter for problem in told if problem.is_error}
    written = [_copy(sheet, row.cell(index)) for index in range(width)]
    for cell, letter in zip(written, _letters(width), strict=True):
        if letter in wrong:
            cell.fill = _RED
    if told:
        text = "\n".join(_line(problem, translate) for problem in told)
        note = _cell(sheet, text)
        note.font, note.alignment = _RED_TEXT, _WRAP
        if any(problem.is_error for problem in told):
            note.fill = _RED
        written.append(note)
    return written


def _line(problem: RowProblem, translate: Translate) -> str:
    if problem.row is None:
        place = translate(gettext_noop("The file"))
    elif problem.column:
        place = translate(gettext_noop("Row %(row)s, %(column)s")) % {
            "row": problem.row,
            "column": problem.column,
        }
    else:
        place = translate(gettext_noop("Row %(row)s")) % {"row": problem.row}
    return f"{place}: {problem.message.render(translate)} {problem.fix.render(translate)}"


def _copy(sheet: Any, cell: Cell) -> Any:
    if cell is EMPTY:
        return _cell(sheet, None)
    return _cell(sheet, cell.day or cell.text)


def _example(column: Column, today: date, lang: Language) -> CellValue:
    example = column.example
    if column.kind is CellKind.CHOICE and isinstance(example, str):
        return next(c.titles[lang] for c in column.choices if word_key(example) in c.words)
    if column.kind is CellKind.DATE and isinstance(example, int):
        return today - timedelta(days=example)
    if isinstance(example, str) and (column.kind is CellKind.DATE or column.key == "birth_date"):
        return date.fromisoformat(example)
    return example


def _offer(sheet: Any, letter: str, other: str, cells: tuple[int, int]) -> None:
    """Let the cells of a column be chosen from cells of the other sheet; anything else may be typed too."""
    first, last = cells
    formula = f"{quote_sheetname(other)}!$A${first}:$A${last}"
    offer = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    offer.add(f"{letter}2:{letter}{MAX_ROWS + 1}")
    sheet.data_validations.append(offer)


def _append_help(book: Workbook, kind: str, lang: Language, translate: Translate) -> Any:
    sheet = _new_sheet(book, translate(gettext_noop("Help")), 2, wide_last=True)
    for column in columns_of(kind):
        sheet.append([_cell(sheet, _title(column, lang), bold=True), _cell(sheet, column.notes[lang])])
    return sheet


def _append_lists(sheet: Any, kind: str, lang: Language) -> Mapping[str, tuple[int, int]]:
    """Append what may stand in codes and choices; first and last row of it by column."""
    places: dict[str, tuple[int, int]] = {}
    row = len(columns_of(kind))
    for column in columns_of(kind):
        lines = _lines(column, lang)
        if not lines:
            continue
        sheet.append([])
        sheet.append([_cell(sheet, _title(column, lang), bold=True)])
        for code, title in lines:
            sheet.append([_cell(sheet, code), _cell(sheet, title)])
        places[column.key] = (row + 3, row + 2 + len(lines))
        row += 2 + len(lines)
        for unit in (unit for entry in _entries(column) for unit in entry.units):
            title = unit.title_km if lang == "km" else unit.title_en
            sheet.append([_cell(sheet, unit.code), _cell(sheet, title)])
            row += 1
    return places


def _lines(column: Column, lang: Language) -> list[tuple[str, str]]:
    """What may stand in a column, with what it means; a Khmer title nobody reviewed has English beside it."""
    if column.kind is CellKind.CHOICE:
        other: Language = "en" if lang == "km" else "km"
        return [(choice.titles[lang], choice.titles[other]) for choice in column.choices]
    return [
        (entry.code, entry.title_en if lang == "en" else f"{entry.title_km} · {entry.title_en}")
        for entry in _entries(column)
    ]


def _entries(column: Column) -> Sequence[CodeEntry]:
    return tuple(code_list(column.list_name).values()) if column.kind is CellKind.CODE else ()


def _title(column: Column, lang: Language) -> str:
    return column.titles[lang]


def _new_sheet(book: Workbook, title: str, width: int, *, wide_last: bool = False) -> Any:
    sheet = book.create_sheet(title)
    for letter in _letters(width):
        sheet.column_dimensions[letter].width = _WIDTH
    if wide_last:
        sheet.column_dimensions[_letters(width + 1)[-1]].width = _WIDE
    return sheet


def _cell(sheet: Any, value: CellValue, *, bold: bool = False) -> Any:
    # The stubs know of no plain date, which openpyxl writes as well as a moment.
    shown: Any = value
    cell = WriteOnlyCell(sheet, value=shown)
    if isinstance(value, str):
        # Text that begins with "=" would otherwise be written as a formula.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith("=")
    if isinstance(value, date):
        cell.number_format = _DATE_FORMAT
    if bold:
        cell.font = _BOLD
    return cell


def _letters(width: int) -> list[str]:
    return [column_letter(index) for index in range(width)]


def _as_text(value: CellValue) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
