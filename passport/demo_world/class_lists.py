"""Two class lists ready for upload: 30 rows each, exactly one of them wrong.

They are what the demo offers as samples, so the first upload shows both what is issued and how a
problem is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from issuer.class_list import CellValue, sample_class_list
from issuer.class_list.messages import Translate, untranslated
from issuer.class_list.workbooks import Format, Language
from passport.demo_world.people import DemoPerson

RPL, TRAINING = "rpl", "training"
SAMPLES = (RPL, TRAINING)
ROWS = 30
_FIRST_EXCEL_ROW = 2
_WRONG_RPL_ROW = 18
_WRONG_TRAINING_ROW = 9
_PARTIAL_INDEXES = (1, 11)
_CARPENTERS_EVERY = 3

ASSESSMENT_DAY = date(2026, 5, 18)
DECISION_DAY = date(2026, 6, 5)
COURSE_START = date(2026, 4, 20)
COURSE_END = date(2026, 5, 15)

_SECTORS = {RPL: ("construction",), TRAINING: ("agriculture", "services")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What must come of a list: how many certificates, and the one problem by row, column, rule."""

    issued: int
    wrong_row: int
    key: str
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoClassList:
    """A class list of a demo centre; ``rows`` map column keys to values, in the file's order."""

    kind: str
    centre_slug: str
    rows: tuple[Mapping[str, CellValue], ...]
    expected: Expected


def demo_class_list(kind: str, people: Sequence[DemoPerson]) -> DemoClassList:
    """The list of this kind, one of ``SAMPLES``, of the first 30 of ``people`` of a fitting sector.

    Raises ValueError where there are fewer.
    """
    chosen = [person for person in people if person.sector in _SECTORS[kind]][:ROWS]
    if len(chosen) < ROWS:
        raise ValueError("too few people of the sector for a class")
    if kind == RPL:
        return _rpl_list(chosen)
    return _training_list(chosen)


def sample_file(
    kind: str,
    fmt: Format,
    lang: Language,
    people: Sequence[DemoPerson],
    *,
    translate: Translate = untranslated,
) -> bytes:
    """The list of this kind as a file for upload, with headings in ``lang``."""
    return sample_class_list(kind, fmt, lang, demo_class_list(kind, people).rows, translate=translate)


def _rpl_list(people: Sequence[DemoPerson]) -> DemoClassList:
    rows = [
        _person(person)
        | {
            "certificate_number": None,
            "qualification_code": "DEMO-RPL-CRP" if index % _CARPENTERS_EVERY == 0 else "DEMO-RPL-BRL",
            "assessment_date": ASSESSMENT_DAY,
            "decision_date": DECISION_DAY,
            "assessor_1": "A-0101 Nop Sarin",
            "assessor_2": "A-0117 Ith Phalla",
            "assessment_method": "Observation at work and interview",
            "units": "DEMO-BRL-U2; DEMO-BRL-U3" if index in _PARTIAL_INDEXES else None,
        }
        for index, person in enumerate(people)
    ]
    wrong = rows[_WRONG_RPL_ROW - _FIRST_EXCEL_ROW]
    # The clerk copied the year of birth wrong; the RLD knows better.
    wrong["birth_date"] = people[_WRONG_RPL_ROW - _FIRST_EXCEL_ROW].birth_date + timedelta(days=365)
    return DemoClassList(
        kind=RPL,
        centre_slug="phka-trakuon",
        rows=tuple(rows),
        expected=Expected(
            issued=ROWS - 1, wrong_row=_WRONG_RPL_ROW, key="birth_date", rule="rld-other-birth-date"
        ),
    )


def _training_list(people: Sequence[DemoPerson]) -> DemoClassList:
    rows = [
        _person(person)
        | {
            "certificate_number": f"DEMO-HACCP-2026-{index + 1:03d}",
            "course_code": "HACCP",
            "start_date": COURSE_START,
            "end_date": COURSE_END,
            "hours": 96,
            "attendance_percent": 88 + index % 13,
            "result": "pass",
            "funder": "Demo Skills Fund",
            "co_signer": "Kumrou Packhouse Co., Ltd. (demo)",
        }
        for index, person in enumerate(people)
    ]
    rows[_WRONG_TRAINING_ROW - _FIRST_EXCEL_ROW]["end_date"] = COURSE_START - timedelta(days=5)
    return DemoClassList(
        kind=TRAINING,
        centre_slug="trei-chhlonh",
        rows=tuple(rows),
        expected=Expected(
            issued=ROWS - 1, wrong_row=_WRONG_TRAINING_ROW, key="end_date", rule="end-before-start"
        ),
    )


def _person(person: DemoPerson) -> dict[str, CellValue]:
    return {
        "rld_number": person.rld_number,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date,
        "sex": person.sex,
    }
