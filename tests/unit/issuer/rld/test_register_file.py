"""A file for the register is taken whole or not at all, and what is wrong is named without being repeated."""

import pytest

from issuer.rld.register_file import parse_register_file
from vc.errors import MalformedValue

HEAD = "rld_number,name_km,name_latin,birth_date,sex,province_code,protected,deceased,merged_into"
GOOD = "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,,,"


def read(*rows: str, head: str = HEAD) -> object:
    return parse_register_file("\n".join((head, *rows)).encode())


def test_a_good_file_is_read() -> None:
    rows = parse_register_file(
        "\n".join((HEAD, GOOD, "rld-2,សុខ ដារ៉ា,SOK DARA,07.03.1994,ស្រី,25,yes,YES,RLD-1")).encode()
    )
    assert [row.person.rld_number for row in rows] == ["RLD-1", "RLD-2"]
    assert (rows[1].person.protected, rows[1].person.deceased, rows[1].merged_into) == (True, True, "RLD-1")


FAULTS = {
    "number": ("rld_number", "no number!,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,,,"),
    "national_id": ("rld_number", "012345678,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,,,"),
    "khmer_name": ("name_km", "RLD-1,SOK,SOK DARA,1994-03-07,M,01,,,"),
    "no_name": ("name_latin", "RLD-1,សុខ ដារ៉ា,,1994-03-07,M,01,,,"),
    "birth_date": ("birth_date", "RLD-1,សុខ ដារ៉ា,SOK DARA,1994,M,01,,,"),
    "sex": ("sex", "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,X,01,,,"),
    "province": ("province_code", "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,1,,,"),
    "protected": ("protected", "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,perhaps,,"),
    "merged": ("merged_into", "RLD-1,សុខ ដារ៉ា,SOK DARA,1994-03-07,M,01,,,no number!"),
}


@pytest.mark.parametrize(("column", "row"), FAULTS.values(), ids=FAULTS)
def test_one_fault_refuses_the_file_and_is_named_by_row_and_column(column: str, row: str) -> None:
    with pytest.raises(MalformedValue, match=rf"^Row 3, column {column}:") as caught:
        read(GOOD.replace("RLD-1", "RLD-9"), row)
    assert "សុខ" not in str(caught.value)
    assert "SOK" not in str(caught.value)


def test_a_number_that_stands_twice_or_a_column_that_is_missing_refuses_the_file() -> None:
    for rows, head in (((GOOD, GOOD), HEAD), ((GOOD,), HEAD.replace("sex", "s")), ((), "")):
        with pytest.raises(MalformedValue):
            read(*rows, head=head)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n", b"PK\x03\x04 no workbook", b"\xff\xfea\x00"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedValue):
        parse_register_file(data)
