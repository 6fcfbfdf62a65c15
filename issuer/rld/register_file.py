"""A file that fills the register of this deployment: CSV (UTF-8) or an Excel workbook, a person a row."""

import re
from dataclasses import dataclass
from typing import Final

from issuer.class_list import Sex
from issuer.class_list.csv_text import read_csv
from issuer.class_list.model import UnreadableClassList
from issuer.class_list.sheet import Sheet, SheetRow
from issuer.class_list.texts import (
    check_khmer_name,
    check_latin_name,
    check_rld_number,
    identifier,
    intake,
)
from issuer.class_list.values import read_date, read_sex
from issuer.class_list.xlsx import looks_like_workbook, read_workbook
from issuer.rld.port import RldPerson
from vc.errors import MalformedValue

REQUIRED: Final = ("rld_number", "name_km", "name_latin", "birth_date", "sex", "province_code")
OPTIONAL: Final = ("protected", "deceased", "merged_into", "passport_name_latin")

_PROVINCE = re.compile(r"[0-9]{2}", re.ASCII)
_MAX_CHARACTERS: Final = 200
_YES_OR_NO: Final = {"YES": True, "NO": False, "": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterRow:
    """One person of the file; ``merged_into`` is the number that goes on where this one has ended."""

    person: RldPerson
    merged_into: str | None


def parse_register_file(data: bytes) -> tuple[RegisterRow, ...]:
    """Every person of the file. One fault refuses all of it.

    Raises ``MalformedValue``, which names row and column and repeats no value.

    The first row holds the names of ``REQUIRED`` and, where wanted, of ``OPTIONAL``, in any order.
    """
    sheet = _sheet(data)
    if sheet.truncated or not sheet.rows:
        raise MalformedValue("The file is empty, or holds more rows than are read at once.")
    first, *people = sheet.rows
    names = [cell.text.strip().casefold() for cell in first.cells]
    for name in REQUIRED:
        if names.count(name) != 1:
            raise MalformedValue(f"The column {name} must stand once in the first row.")
    rows = tuple(_row(row, names) for row in people)
    numbers = [row.person.rld_number for row in rows]
    if len(set(numbers)) < len(numbers):
        raise MalformedValue("An RLD number stands twice.")
    return rows


def _sheet(data: bytes) -> Sheet:
    try:
        if looks_like_workbook(data):
            return read_workbook(data)[0]
        return read_csv(data, _count_names)
    except (UnreadableClassList, IndexError) as error:
        raise MalformedValue("The file is neither an Excel workbook nor CSV in UTF-8.") from error


def _count_names(sheet: Sheet) -> int:
    first = sheet.rows[0].cells if sheet.rows else ()
    return sum(cell.text.strip().casefold() in REQUIRED for cell in first)


def _row(row: SheetRow, names: list[str]) -> RegisterRow:
    def text(name: str) -> str:
        return intake(row.cell(names.index(name)).text[:_MAX_CHARACTERS]) if name in names else ""

    def fault(name: str) -> MalformedValue:
        return MalformedValue(f"Row {row.number}, column {name}: the value is not one of this column.")

    number, merged_into = identifier(text("rld_number")), identifier(text("merged_into"))
    birth_date = read_date(row.cell(names.index("birth_date")))
    sex = read_sex(row.cell(names.index("sex")))
    checks = {
        "rld_number": bool(number) and check_rld_number(number) is None,
        "merged_into": not merged_into or check_rld_number(merged_into) is None,
        "name_km": bool(text("name_km")) and check_khmer_name(text("name_km")) is None,
        "name_latin": bool(text("name_latin")) and check_latin_name(text("name_latin")) is None,
        "passport_name_latin": not text("passport_name_latin")
        or check_latin_name(text("passport_name_latin")) is None,
        "province_code": _PROVINCE.fullmatch(text("province_code")) is not None,
        "protected": text("protected").upper() in _YES_OR_NO,
        "deceased": text("deceased").upper() in _YES_OR_NO,
    }
    for name, is_good in checks.items():
        if not is_good:
            raise fault(name)
    if birth_date.value is None:
        raise fault("birth_date")
    if sex is None:
        raise fault("sex")
    person = RldPerson(
        rld_number=number,
        name_km=text("name_km"),
        name_latin=text("name_latin"),
        birth_date=birth_date.value,
        sex=Sex(sex),
        province_code=text("province_code"),
        protected=_YES_OR_NO[text("protected").upper()],
        deceased=_YES_OR_NO[text("deceased").upper()],
        passport_name_latin=text("passport_name_latin") or None,
    )
    return RegisterRow(person=person, merged_into=merged_into or None)
