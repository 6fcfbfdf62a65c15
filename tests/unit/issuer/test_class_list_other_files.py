"""Old Excel files, OpenDocument and UTF-16: read to the very rows of the .xlsx, whatever is in them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from html import escape

import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuer.class_list import UnreadableClassList, columns_of, sample_class_list
from issuer.class_list.sheet import MAX_COLUMNS
from tests.unit.issuer.class_list_samples import good_row, read, told

ROWS = [good_row(number=n) for n in (1, 2)]
KEYS = [column.key for column in columns_of("rpl")]
TITLES = [column.titles["km"] for column in columns_of("rpl")]
EXPECTED = read(sample_class_list("rpl", "xlsx", "en", ROWS)).rows
_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def xls(rows: Sequence[Mapping[str, object]] = ROWS) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("List")
    days = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for column, title in enumerate(TITLES):
        sheet.write(0, column, title)
    for number, row in enumerate(rows, 1):
        for column, key in enumerate(KEYS):
            value = row[key]
            if isinstance(value, date):
                sheet.write(number, column, value, days)
            elif value is not None:
                sheet.write(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods_cell(value: object, attributes: str = "") -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        return f"<table:table-cell {kind}><text:p>{value:%d.%m.%Y}</text:p></table:table-cell>"
    return f"<table:table-cell {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def ods(*lines: str, manifest: str = "<x/>") -> bytes:
    rows: list[Sequence[object]] = [TITLES, *([row[key] for key in KEYS] for row in ROWS)]
    written = lines or tuple(
        f"<table:table-row>{''.join(ods_cell(v) for v in row)}</table:table-row>" for row in rows
    )
    content = (
        f"<office:document-content {_SPACES}><office:body><office:spreadsheet><table:table>"
        f"<table:table-column table:number-columns-repeated='16384'/><table:table-header-rows>{written[0]}"
        f"</table:table-header-rows>{''.join(written[1:])}"
        "<table:table-row table:number-rows-repeated='1048000'><table:table-cell"
        " table:number-columns-repeated='16384'/></table:table-row></table:table></office:spreadsheet>"
        "</office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("content.xml", content)
        container.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


CSV = sample_class_list("rpl", "csv", "km", ROWS).decode("utf-8-sig")
FILES = {
    "xls": xls(),
    "ods": ods(),
    "utf-16 with a mark": CSV.encode("utf-16"),
    "utf-16 big-endian": b"\xfe\xff" + CSV.encode("utf-16-be"),
    "utf-16 without a mark": sample_class_list("rpl", "csv", "en", ROWS)
    .decode("utf-8-sig")
    .encode("utf-16-le"),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_each_kind_of_file_gives_the_same_rows(data: bytes) -> None:
    class_list = read(data)
    assert class_list.problems == ()
    assert class_list.rows == EXPECTED


def test_a_fault_in_an_old_workbook_is_named_at_its_cell() -> None:
    rows = [ROWS[0], {**ROWS[1], "rld_number": "?"}]
    assert told(read(xls(rows))) == [(3, "rld_number", "rld-number-form")]


def test_what_repeats_a_million_times_is_not_written_out() -> None:
    heading = f"<table:table-row>{''.join(ods_cell(title) for title in TITLES)}</table:table-row>"
    row = "".join(ods_cell(ROWS[0][key]) for key in KEYS)
    far = '<table:table-cell table:number-columns-repeated="999999999"><text:p>x</text:p></table:table-cell>'
    many = f'<table:table-row table:number-rows-repeated="999999999">{row}{far}</table:table-row>'
    class_list = read(ods(heading, many))
    assert told(class_list) == [(None, None, "too-many-rows")]
    assert {len(line.cells) for line in class_list.sheet.rows[1:]} == {MAX_COLUMNS}


def test_a_formula_of_an_open_document_is_told_and_not_run() -> None:
    heading = f"<table:table-row>{''.join(ods_cell(title) for title in TITLES)}</table:table-row>"
    cells = [ods_cell(ROWS[0][key]) for key in KEYS]
    cells[KEYS.index("name_latin")] = ods_cell("SOK DARA", 'table:formula="of:=[.A1]"')
    told_of = told(read(ods(heading, f"<table:table-row>{''.join(cells)}</table:table-row>")))
    assert told_of == [(2, "name_latin", "formula")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (xls() + "_VBA_PROJECT".encode("utf-16-le"), "file-macros"),
        (xls()[:2000], "file-damaged"),
        (ods(manifest="<manifest:encryption-data/>"), "file-password"),
        (ods().replace(b"content.xml", b"content.xmk"), "file-not-a-list"),
        (ods('<!DOCTYPE x [<!ENTITY a "b">]>'), "file-damaged"),
        (b"\xff\xfe" + b"a\0b", "file-damaged"),
    ],
    ids=["macros", "cut off", "password", "no content", "broken xml", "half a character"],
)
def test_each_refusal_by_its_fault(data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableClassList) as refused:
        read(data)
    assert refused.value.problem.rule == rule


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    broken = bytearray(data.draw(st.sampled_from([FILES["xls"], FILES["ods"]])))
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableClassList):
        read(bytes(broken))
