"""Reading CSV text as Excel, LibreOffice and hand-made exports write it."""

import csv
import io
from collections.abc import Callable

from issuer.class_list.model import UnreadableClassList
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import MAX_COLUMNS, MAX_SHEET_ROWS, Cell, Sheet, SheetRow

_DELIMITERS = (",", ";", "\t")
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LEAST_NULS_IN_UTF16 = 0.1
_BINARY_MAGICS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b")
_NEUTRAL_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def read_csv(data: bytes, count_headings: Callable[[Sheet], int]) -> Sheet:
    """The rows of a CSV file in UTF-8 or UTF-16, with or without a byte order mark.

    The delimiter (comma, semicolon or tab) is the one under which ``count_headings`` recognises
    most headings. Rows are numbered as Excel shows them. Raises UnreadableClassList.
    """
    text = _decode(data)
    # Excel hides this first line, which names the delimiter, and does not count it.
    first, _, rest = text.partition("\n")
    if first.strip().casefold() in {f"sep={delimiter}".strip() for delimiter in _DELIMITERS}:
        text = rest
    found = [_rows_or_none(text, delimiter) for delimiter in _DELIMITERS]
    sheets = [sheet for sheet in found if sheet is not None]
    if not sheets:
        raise UnreadableClassList(row_problem("file-damaged"))
    return max(sheets, key=count_headings)


def neutralise_text(text: str) -> str:
    """``text`` for a CSV export: an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_NEUTRAL_PREFIXES) else text


def _decode(data: bytes) -> str:
    if data.startswith(_BINARY_MAGICS):
        raise UnreadableClassList(row_problem("file-not-a-list"))
    if data.startswith(_UTF16_BOMS) or data.count(0) > len(data) * _LEAST_NULS_IN_UTF16:
        return _decode_utf16(data)
    if b"\0" in data:
        raise UnreadableClassList(row_problem("file-not-a-list"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableClassList(row_problem("file-not-utf8")) from error


def _decode_utf16(data: bytes) -> str:
    """Excel saves "Unicode text" so; without a mark, the byte that most characters have as zero tells."""
    is_big = data.startswith(b"\xfe\xff") or (
        not data.startswith(b"\xff\xfe") and data[0::2].count(0) > data[1::2].count(0)
    )
    try:
        text = data.decode("utf-16-be" if is_big else "utf-16-le").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableClassList(row_problem("file-damaged")) from error
    if "\0" in text:
        raise UnreadableClassList(row_problem("file-not-a-list"))
    return text


def _rows_or_none(text: str, delimiter: str) -> Sheet | None:
    rows: list[SheetRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, values in enumerate(reader, 1):
            if number > MAX_SHEET_ROWS:
                return Sheet(rows=tuple(rows), truncated=True)
            row = SheetRow(number=number, cells=tuple(Cell(text=v) for v in values[:MAX_COLUMNS]))
            if not row.is_blank:
                rows.append(row)
    except csv.Error:
        return None
    return Sheet(rows=tuple(rows))
