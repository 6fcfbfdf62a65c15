"""What goes back to the clerk, and that every sentence has a Khmer form."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from babel.messages.pofile import read_po

from issuer.class_list import (
    ClassList,
    columns_of,
    error_workbook,
    neutralise_text,
    sample_class_list,
)
from issuer.class_list.rules import RULES
from tests.unit.issuer.class_list_samples import COURSES, QUALIFICATIONS, good_row, read, read_rows

PO = Path(__file__).parents[3] / "issuer" / "locale" / "class_list.km.po"
RED = "FFF8C9C4"
WORKBOOK_TEXTS = ("Class list", "Help", "The file", "Row %(row)s, %(column)s", "Row %(row)s")


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


def faulty_list() -> ClassList:
    method = "=cmd|' /C calc'!A0"
    rows = [good_row(number=n, assessment_method=method) for n in (1, 2, 3)]
    rows[1]["birth_date"] = "31.2.1995"
    return read_rows(rows)


def test_the_error_workbook_is_the_own_sheet_with_a_red_column() -> None:
    sheet = opened(error_workbook(faulty_list()))
    last = len(columns_of("rpl")) + 1
    assert sheet.cell(3, last).value == (
        "Row 3, Date of birth: This is not a date. "
        "Write day, month and year, for example 31.12.1995, or 1995-12-31."
    )
    assert sheet.cell(3, last).fill.fgColor.rgb == RED
    assert sheet["D3"].fill.fgColor.rgb == RED
    assert sheet["D2"].fill.fgColor.rgb != RED
    assert [sheet.cell(row, last).value for row in (1, 2, 4)] == [None, None, None]


def test_no_cell_of_the_error_workbook_is_a_formula() -> None:
    sheet = opened(error_workbook(faulty_list()))
    assert sheet["L2"].value == "=cmd|' /C calc'!A0"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_the_corrected_error_workbook_can_be_uploaded_again() -> None:
    first = faulty_list()
    book = openpyxl.load_workbook(io.BytesIO(error_workbook(first)))
    book.worksheets[0]["D3"].value = date(1995, 3, 2)
    out = io.BytesIO()
    book.save(out)
    second = read(out.getvalue())
    assert second.problems == ()
    assert [row.values for row in second.rows] == [first.rows[0].values] * 3


def test_problems_of_the_file_stand_beside_the_headings() -> None:
    headings = ",".join(column.titles["en"] for column in columns_of("rpl"))
    class_list = read(b"\r\n" + headings.replace("Sex", "Shoe size").encode())
    sheet = opened(error_workbook(class_list))
    assert sheet["N2"].value.splitlines() == [
        "The file: There are no rows under the headings. Download the sample and copy your rows into it.",
        "Row 2, Shoe size: This column is not known and was not read. "
        "Nothing to do, unless it should be one of the columns of the sample.",
    ]


def test_an_error_workbook_without_a_row_of_headings() -> None:
    assert opened(error_workbook(read(b"a,b\r\nc,d")))["B2"].value == "d"


@pytest.mark.parametrize(("kind", "expected"), [("rpl", QUALIFICATIONS), ("training", COURSES)])
def test_the_second_sheet_of_a_sample_lists_every_code(kind: str, expected: dict[str, object]) -> None:
    data = sample_class_list(kind, "xlsx", "km", [])
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    assert expected.keys() <= {row[0].value for row in sheets[1].iter_rows()}
    assert [cell.value for cell in sheets[0][1]] == [column.titles["km"] for column in columns_of(kind)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_a_spreadsheet_would_run_is_neutral_in_csv(start: str) -> None:
    assert neutralise_text(f"{start}1") == f"'{start}1"
    assert neutralise_text(f"a{start}1") == f"a{start}1"


def test_every_sentence_has_a_khmer_form_with_the_same_placeholders() -> None:
    with PO.open("rb") as stream:
        catalogue = read_po(stream, locale="km", abort_invalid=True)
    translated = {message.id: message for message in catalogue if message.id}
    texts = {text for rule in RULES.values() for text in (rule.message, rule.fix)}
    texts |= set(WORKBOOK_TEXTS)
    assert texts == translated.keys()
    values = {"row": 1, "column": "x", "name": "x", "first": 1, "second": 2, "other": 3, "year": 2025}
    values |= {"limit": 9, "megabytes": 5, "rows": 20, "least": 2, "most": 4, "choices": "x"}
    for text, message in translated.items():
        assert isinstance(text, str)
        assert isinstance(message.string, str)
        assert message.string % values
        assert text.count("%(") == message.string.count("%(")
