"""Files a clerk or a stranger may upload: what is read, and each refusal by its fault."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from issuer.class_list import (
    MAX_BYTES,
    ClassList,
    UnreadableClassList,
    columns_of,
    sample_class_list,
)
from tests.unit.issuer.class_list_samples import good_row, read, told

# openpyxl warns of parts it leaves out; what it says is no concern of a clerk.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

GOOD_XLSX = sample_class_list("rpl", "xlsx", "en", [good_row(number=n) for n in (1, 2)])
GOOD_CSV = sample_class_list("rpl", "csv", "km", [good_row(number=n) for n in (1, 2)])
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PLAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        return {name: container.read(name) for name in container.namelist()}


def packed(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return out.getvalue()


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = parts_of(GOOD_XLSX)
    return packed(parts | {name: change(parts.get(name, b""))})


def with_entity(part: bytes) -> bytes:
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    head, mark, rest = part.partition(b"?>")
    return head + mark + doctype + rest if mark else doctype + part


def many_sheets(part: bytes) -> bytes:
    start, end = part.index(b"<sheet "), part.index(b"</sheets>")
    one = part[start : part.index(b"/>", start) + 2]
    return part[:start] + one * 1_000 + part[end:]


def marked_encrypted(data: bytes) -> bytes:
    directory = data.index(b"PK\x01\x02")
    return data[: directory + 8] + b"\x01" + data[directory + 9 :]


INLINE = re.compile(rb't="inlineStr"><is><t[^>]*>([^<]*)</t></is>')
STRINGS_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
STRINGS_OVERRIDE = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + STRINGS_TYPE + b'"/></Types>'


def as_excel_writes_it(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook with its texts in the table of shared strings, where Excel has them."""
    parts = parts_of(data)
    texts: list[bytes] = []

    def shared(match: re.Match[bytes]) -> bytes:
        texts.append(match[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    for name in [name for name in parts if name.startswith("xl/worksheets/")]:
        parts[name] = INLINE.sub(shared, parts[name])
    assert texts
    strings = b"".join(b"<si><t>" + text + b"</t></si>" for text in texts)
    namespace = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts["xl/sharedStrings.xml"] = b'<?xml version="1.0"?><sst xmlns=%b>%b</sst>' % (namespace, strings)
    types = parts["[Content_Types].xml"].replace(b"</Types>", STRINGS_OVERRIDE)
    return parts | {"[Content_Types].xml": types}


EXCEL_PARTS = as_excel_writes_it(GOOD_XLSX)

REFUSED = {
    "empty": (b"", "file-empty"),
    "only_spaces": (b" \r\n", "file-empty"),
    "too_big": (b"a" * (MAX_BYTES + 1), "file-too-big"),
    "damaged_xls": (OLE_MAGIC + bytes(500), "file-damaged"),
    "xlsx_with_password": (OLE_MAGIC + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "file-password"),
    "zip_with_password": (marked_encrypted(GOOD_XLSX), "file-password"),
    "macros_by_part": (with_part("xl/vbaProject.bin", lambda _: b"x"), "file-macros"),
    "macros_by_type": (
        with_part("[Content_Types].xml", lambda part: part.replace(PLAIN_TYPE, MACRO_TYPE)),
        "file-macros",
    ),
    "xlsb": (with_part("xl/workbook.bin", lambda _: b"x"), "file-binary-excel"),
    "ods_without_manifest": (packed({"mimetype": b"x", "content.xml": b"<x/>"}), "file-not-a-list"),
    "zip_of_something_else": (packed({"a.txt": b"x"}), "file-not-a-list"),
    "word_document": (
        with_part(
            "[Content_Types].xml", lambda part: part.replace(b"spreadsheetml.sheet", b"wordprocessing")
        ),
        "file-not-a-list",
    ),
    "pdf": (b"%PDF-1.7\n\xff\xff", "file-not-a-list"),
    "png": (b"\x89PNG\r\n\x1a\n\0\0", "file-not-a-list"),
    "zip_bomb": (with_part("xl/bomb.xml", lambda _: bytes(70_000_000)), "file-unpacks-too-big"),
    "zip_bomb_below_the_size_limit": (
        with_part("xl/bomb.xml", lambda _: bytes(9_000_000)),
        "file-unpacks-too-big",
    ),
    "thousands_of_parts": (
        packed({f"xl/{n}": b"" for n in range(1000)}),
        "file-unpacks-too-big",
    ),
    "one_sheet_listed_thousands_of_times": (
        with_part("xl/workbook.xml", many_sheets),
        "file-unpacks-too-big",
    ),
    "unusual_compression": (packed(parts_of(GOOD_XLSX), zipfile.ZIP_BZIP2), "file-damaged"),
    "truncated_xlsx": (GOOD_XLSX[: len(GOOD_XLSX) // 2], "file-damaged"),
    "entity_in_types": (with_part("[Content_Types].xml", with_entity), "file-damaged"),
    "entity_in_workbook": (with_part("xl/workbook.xml", with_entity), "file-damaged"),
    "entity_in_sheet": (with_part("xl/worksheets/sheet1.xml", with_entity), "file-damaged"),
    "entity_in_strings": (
        packed(EXCEL_PARTS | {"xl/sharedStrings.xml": with_entity(EXCEL_PARTS["xl/sharedStrings.xml"])}),
        "file-damaged",
    ),
    "rows_out_of_order": (
        with_part("xl/worksheets/sheet1.xml", lambda part: part.replace(b'r="3"', b'r="1"')),
        "file-damaged",
    ),
    "missing_styles": (
        packed({name: part for name, part in parts_of(GOOD_XLSX).items() if "styles" not in name}),
        "file-damaged",
    ),
    "csv_latin1": ("RLD number;Nom;caf\u00e9".encode("latin-1"), "file-not-utf8"),
    "csv_with_nul": (GOOD_CSV + b"\0", "file-not-a-list"),
    "csv_field_without_end": (b'"' + b"a" * 200_000, "file-damaged"),
}


def assert_read_or_refused(data: bytes) -> ClassList | None:
    """Nothing but a ClassList or an UnreadableClassList may come out."""
    try:
        return read(data)
    except UnreadableClassList:
        return None


@pytest.mark.parametrize(("data", "rule"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_class_list_is_refused_in_plain_words(data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableClassList) as refused:
        read(data)
    assert refused.value.problem.rule == rule
    assert refused.value.problem.row is None
    assert refused.value.findings[0].detail == refused.value.problem.message.render()


@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
@pytest.mark.parametrize("lang", ["km", "en"])
@pytest.mark.parametrize("kind", ["rpl", "training"])
def test_every_sample_is_read_without_a_problem(kind: str, fmt: str, lang: str) -> None:
    rows = [good_row(kind, number=number) for number in (1, 2, 3)]
    class_list = read(sample_class_list(kind, fmt, lang, rows), kind)  # type: ignore[arg-type]
    assert class_list.problems == ()
    assert [row.rld_number for row in class_list.rows] == [row["rld_number"] for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_csv_in_each_dialect(delimiter: str, mark: bytes, end: str) -> None:
    row = good_row(assessment_method='observation, interview; "quoted"\nline')
    quoted = [str(row[column.key] or "").replace('"', '""') for column in columns_of("rpl")]
    lines = [
        delimiter.join(column.titles["en"] for column in columns_of("rpl")),
        delimiter.join(f'"{text}"' for text in quoted),
    ]
    class_list = read(mark + end.join(lines).encode())
    assert class_list.problems == ()
    assert class_list.rows[0].values["assessment_method"] == 'observation, interview; "quoted" line'


def test_the_line_that_names_the_delimiter_is_not_counted() -> None:
    data = b"sep=,\r\n" + GOOD_CSV.removeprefix(b"\xef\xbb\xbf")
    assert [row.row for row in read(data).rows] == [2, 3]


def test_rows_are_numbered_as_excel_shows_them() -> None:
    heading, first, second = GOOD_CSV.decode("utf-8-sig").splitlines()
    multiline = second.replace("Observation", '"Observa\ntion"').replace("RLD-DEMO-000002", "?")
    data = "\n".join([heading, "", first.replace("Observation", '"Obs\nervation"'), "", multiline])
    assert told(read(data.encode())) == [(5, "rld_number", "rld-number-form")]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rpl_row(**changes: object) -> list[object]:
    row: dict[str, object] = {**good_row(), **changes}
    return [row[column.key] for column in columns_of("rpl")]


HEADINGS: list[object] = [column.titles["en"] for column in columns_of("rpl")]


def test_a_formula_is_told_and_not_run() -> None:
    data = workbook(HEADINGS, rpl_row(name_latin='="SOK"&" DARA"'), rpl_row(rld_number="RLD-2"))
    class_list = read(data)
    assert told(class_list) == [(2, "name_latin", "formula")]
    assert [row.row for row in class_list.rows] == [3]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    rows = [good_row(assessment_method="=cmd|' /C calc'!A0")]
    for fmt, expected in (("xlsx", "=cmd|' /C calc'!A0"), ("csv", "'=cmd|' /C calc'!A0")):
        class_list = read(sample_class_list("rpl", fmt, "en", rows))  # type: ignore[arg-type]
        assert class_list.problems == ()
        assert class_list.rows[0].values["assessment_method"] == expected


def test_numbers_percentages_and_error_values_of_excel() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([column.titles["en"] for column in columns_of("training")])
    cells: list[tuple[float | str, float]] = [(96.0, 0.92), (96.5, 92), ("#N/A", 92)]
    for number, (hours, percent) in enumerate(cells, 1):
        row = good_row("training", number=number)
        sheet.append([row[column.key] for column in columns_of("training")])
        sheet[f"J{number + 1}"] = hours
        sheet[f"K{number + 1}"] = percent
    sheet["K2"].number_format = "0%"
    out = io.BytesIO()
    book.save(out)
    class_list = read(out.getvalue(), "training")
    assert told(class_list) == [(3, "hours", "hours-form"), (4, "hours", "broken-cell")]
    assert class_list.rows[0].values["attendance_percent"] == 92


def test_only_the_first_list_of_a_workbook_is_read_and_that_is_said() -> None:
    book = Workbook()
    book.worksheets[0].append(["About this class"])
    for name in ("a", "b"):
        sheet = book.create_sheet(name)
        sheet.append(HEADINGS)
        sheet.append(rpl_row())
    hidden = book.create_sheet("hidden", 0)
    hidden.append(HEADINGS)
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    class_list = read(out.getvalue())
    assert told(class_list) == [(None, None, "other-sheets")]
    assert len(class_list.rows) == 1


def test_a_cell_far_away_costs_nothing() -> None:
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    data = with_part("xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", far))
    assert told(read(data)) == [(None, None, "too-many-rows")]


def test_texts_are_read_where_excel_keeps_them() -> None:
    class_list = read(packed(EXCEL_PARTS))
    assert class_list.problems == ()
    assert class_list.rows == read(GOOD_XLSX).rows


def test_empty_rows_with_a_format_far_below_do_no_harm() -> None:
    far = b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    data = with_part("xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", far))
    assert told(read(data)) == []


def test_a_row_number_beyond_all_sheets_costs_nothing() -> None:
    far = b'<row r="99999999999999"><c t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    data = with_part("xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", far))
    assert told(read(data)) == [(None, None, "too-many-rows")]


def test_one_huge_shared_text_in_every_cell_is_cut_before_it_is_looked_at() -> None:
    strings = EXCEL_PARTS["xl/sharedStrings.xml"]
    cells = b'<c t="s"><v>%d</v></c>' % strings.count(b"<si>") * 13
    rows = b"".join(b'<row r="%d">%b</row>' % (number, cells) for number in range(4, 2000))
    sheet = EXCEL_PARTS["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", rows + b"</sheetData>")
    huge = b"<si><t>" + b"ab" * 100_000 + b"</t></si></sst>"
    parts = EXCEL_PARTS | {
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings.replace(b"</sst>", huge),
    }
    sheet_read = read(packed(parts)).sheet
    assert {len(cell.text) for row in sheet_read.rows[3:] for cell in row.cells} == {2000}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(data: st.DataObject) -> None:
    broken = bytearray(GOOD_XLSX)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(4, len(broken) - 1))] = data.draw(st.integers(0, 255))
    assert_read_or_refused(bytes(broken))


NASTY = st.sampled_from(
    [b"<", b'"', b"999999999999", b"-1", b"", b"NaN", b"1e999", b"&#0;", b"t=", b"xml:space"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_workbook_with_nasty_xml_is_read_or_refused(data: st.DataObject) -> None:
    parts = parts_of(GOOD_XLSX)
    name = data.draw(st.sampled_from(sorted(parts)))
    for _ in range(data.draw(st.integers(1, 3))):
        part = parts[name]
        start = data.draw(st.integers(0, len(part)))
        end = min(len(part), start + data.draw(st.integers(0, 12)))
        parts[name] = part[:start] + data.draw(NASTY) + part[end:]
    assert_read_or_refused(packed(parts, zipfile.ZIP_STORED))


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_read_or_refused(data)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=13, max_size=13))
def test_any_cells_under_the_headings_are_judged(cells: list[str]) -> None:
    line = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    data = ",".join(map(str, HEADINGS)) + "\n" + line
    class_list = assert_read_or_refused(data.encode("utf-8", "replace"))
    assert class_list is None or class_list.rows == ()
