"""Class lists brought to the issuing desk: workbooks and CSV that are bombs, lies or damaged."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.invalid.case import MARKER, Attempt, Case
from tests.invalid.genuine import Genuine
from tests.invalid.uploads import FORM, form, part, zipped

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_RELATIONSHIPS = b"http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPREADSHEET = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _relations(kind: bytes, target: bytes) -> bytes:
    return b'<Relationships xmlns="%s"><Relationship Id="r1" Type="%s/%s" Target="%s"/></Relationships>' % (
        _RELATIONSHIPS,
        _OFFICE,
        kind,
        target,
    )


def _workbook(
    sheet: bytes, *, main: bytes = _MAIN, sheets: int = 1, more: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """A workbook of which every sheet is the same part."""
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    entries = b"".join(b'<sheet name="s%d" sheetId="%d" r:id="r1"/>' % (n, n) for n in range(1, sheets + 1))
    return zipped(
        {
            "[Content_Types].xml": types
            + b'<Override PartName="/xl/workbook.xml" ContentType="%s"/></Types>' % main,
            "_rels/.rels": _relations(b"officeDocument", b"xl/workbook.xml"),
            "xl/workbook.xml": b'<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>'
            % (_SPREADSHEET, _OFFICE, entries),
            "xl/_rels/workbook.xml.rels": _relations(b"worksheet", b"worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": sheet,
            **more,
        }
    )


_SHEET = b'<worksheet xmlns="' + _SPREADSHEET + b'"><sheetData>%s</sheetData></worksheet>'


def _row(*cells: bytes, number: int = 1) -> bytes:
    return b'<row r="%d">%s</row>' % (number, b"".join(cells))


def _text(place: bytes, text: bytes) -> bytes:
    return b'<c r="%s" t="str"><v>%s</v></c>' % (place, text)


_HEADED = _row(_text(b"A1", b"RLD number"))
_LAUGHS = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">%s]>' % b"".join(
    b'<!ENTITY %s "%s">' % (after, b"&%s;" % before * 10)
    for before, after in zip(
        (b"a", b"b", b"c", b"d", b"e", b"f"), (b"b", b"c", b"d", b"e", b"f", b"g"), strict=True
    )
)

_CLASSES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "zip-bomb": lambda: _workbook(_SHEET % (b" " * 100_000_000)),
    "zip-of-zips": lambda: zipped({f"{n}.zip": zipped({"a": bytes(100_000)}) for n in range(50)}),
    "zip-slip": lambda: zipped({f"../../../tmp/{MARKER}": b"x"}),
    "zip-cut-short": lambda: _workbook(_SHEET % b"")[:100],
    "xml-entities": lambda: _workbook(
        _LAUGHS + _SHEET % b'<row r="1"><c r="A1" t="str"><v>&g;</v></c></row>'
    ),
    "xml-external-entity": lambda: _workbook(
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + _SHEET % b'<row r="1"><c r="A1" t="str"><v>&a;</v></c></row>'
    ),
    "row-of-a-billion": lambda: _workbook(
        _SHEET % b'<row r="999999999"><c r="XFD999999999"><v>1</v></c></row>'
    ),
    "row-numbers-backwards": lambda: _workbook(_SHEET % (_row(_text(b"A9", b"x"), number=9) + _HEADED)),
    "thousands-of-sheets": lambda: _workbook(_SHEET % _HEADED, sheets=5_000),
    "sheet-missing": lambda: zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}),
    "sheet-not-xml": lambda: _workbook(b"sheet"),
    "sheet-cut-short": lambda: _workbook((_SHEET % _HEADED)[:-30]),
    "shared-text-not-there": lambda: _workbook(_SHEET % _row(b'<c r="A1" t="s"><v>999999999</v></c>')),
    "number-of-a-million-digits": lambda: _workbook(
        _SHEET % _row(b'<c r="A1"><v>%s</v></c>' % (b"9" * 1_000_000))
    ),
    "number-without-end": lambda: _workbook(_SHEET % _row(b'<c r="A1"><v>1e999999</v></c>')),
    "cell-outside-the-sheet": lambda: _workbook(_SHEET % _row(b'<c r="ZZZZZZ1"><v>1</v></c>')),
    "cells-of-tens-of-thousands": lambda: _workbook(_SHEET % _row(_text(b"A1", b"x") * 60_000)),
    "macros": lambda: _workbook(_SHEET % _HEADED, main=_MACROS),
    "macros-in-a-part": lambda: _workbook(_SHEET % _HEADED, more={"xl/vbaProject.bin": b"x"}),
    "binary-workbook": lambda: zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"}),
    "open-document": lambda: zipped({"mimetype": b"x", "content.xml": b"<x/>"}),
    "old-excel": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000),
    "locked": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
    "pdf": lambda: b"%PDF-1.7 junk",
    "half-a-character-of-utf-16": lambda: b"\xff\xfeR\0L",
    "csv-not-utf-8": lambda: b"RLD number\n\xff\xfe",
    "html": f"<script>{MARKER}</script>".encode,
    "csv-without-headings": f"{MARKER};1;2\n".encode,
    "csv-formula": f"=cmd|'/c calc'!A1,{MARKER}\n".encode,
    "csv-with-nul": lambda: b"a,b\x00,c\n",
    "csv-of-100000-rows": lambda: b"RLD number\n" + b"RLD-DEMO-000001\n" * 100_000,
    "csv-of-one-long-line": lambda: b"RLD number," * 500_000,
    "csv-open-quote": lambda: b'RLD number\n"' + b"a" * 2_000_000,
    "eleven-megabytes": lambda: b"a" * 11_000_000,
}


# Readable text, of which no row is good: the preview says so, and there is nothing to issue.
_READABLE_CLASSES = (
    "html",
    "csv-without-headings",
    "csv-formula",
    "csv-of-100000-rows",
    "row-of-a-billion",
    "number-without-end",
)


def _class_upload(content: bytes, genuine: Genuine, filename: str = "list.xlsx") -> Attempt:
    body = form(part("kind", b"rpl"), part("file", content, filename=filename, kind=_XLSX))
    return Attempt(
        path="/issuer/api/classes",
        body=body,
        headers={
            "Content-Type": FORM["Content-Type"],
            "Cookie": genuine.accounts.cookies["clerk-phka-trakuon"],
            "Origin": genuine.base_url,
        },
    )


def _class_case(name: str, make: Callable[[], bytes]) -> Case:
    return Case(
        family="class-list",
        name=name,
        build=lambda genuine: _class_upload(make(), genuine),
        statuses=frozenset({201} if name in _READABLE_CLASSES else {400, 413}),
        seconds=0.5,
    )


def cases() -> list[Case]:
    """Every case of this family."""
    return [_class_case(name, make) for name, make in _CLASSES.items()]
