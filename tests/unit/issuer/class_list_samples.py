"""Class lists with one fault each, built from one good row."""

from collections.abc import Mapping, Sequence
from datetime import date

from issuer.class_list import (
    CellValue,
    ClassList,
    code_list,
    parse_class_list,
    sample_class_list,
)

QUALIFICATIONS, COURSES = code_list("qualifications"), code_list("courses")
TODAY = date(2026, 11, 22)

Row = dict[str, CellValue]


def good_row(kind: str = "rpl", number: int = 1, **changes: CellValue) -> Row:
    """A row without problems, with ``changes`` laid over it."""
    person: Row = {
        "rld_number": f"RLD-DEMO-{number:06d}",
        "name_km": "សុខ ដារ៉ា",
        "name_latin": "SOK DARA",
        "birth_date": date(1995, 3, 2),
        "sex": "M",
        "certificate_number": None,
    }
    rpl: Row = {
        "qualification_code": "DEMO-RPL-BRL",
        "assessment_date": date(2026, 5, 18),
        "decision_date": date(2026, 6, 5),
        "assessor_1": "A-0101 Nop Sarin",
        "assessor_2": "A-0117 Ith Phalla",
        "assessment_method": "Observation",
        "units": None,
    }
    training: Row = {
        "course_code": "HACCP",
        "start_date": date(2026, 4, 20),
        "end_date": date(2026, 5, 15),
        "hours": 96,
        "attendance_percent": 92,
        "result": "pass",
        "funder": None,
        "co_signer": None,
    }
    return person | (rpl if kind == "rpl" else training) | changes


def read(data: bytes, kind: str = "rpl", today: date = TODAY) -> ClassList:
    """Parse with the catalogue of the repository."""
    return parse_class_list(data, kind, today=today)


def read_rows(rows: Sequence[Mapping[str, CellValue]], kind: str = "rpl") -> ClassList:
    """Write the rows into a workbook and read it back."""
    return read(sample_class_list(kind, "xlsx", "en", rows), kind)


def told(class_list: ClassList) -> list[tuple[int | None, str | None, str]]:
    """Row, column key and rule of every problem."""
    return [(problem.row, problem.key, problem.rule) for problem in class_list.problems]
