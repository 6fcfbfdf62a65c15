"""Reading one row: every cell is judged, so that a clerk sees all problems at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from issuer.class_list import texts, values
from issuer.class_list.catalogue import Course, Qualification
from issuer.class_list.columns import Column, ListKind, columns_of
from issuer.class_list.khmer import match_key_khmer
from issuer.class_list.model import (
    ClassRow,
    Heading,
    Headings,
    RowProblem,
    RplAward,
    Sex,
    TrainingAward,
)
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import Cell, SheetRow

MAX_HOURS = 5_000
MAX_CELL_CHARACTERS = 500
"""A longer text is not looked at: every rule below would take its time over each character."""

_UNIT_SEPARATOR = re.compile(r"[;,\n]")

Check = Callable[[str], str | None]
"""A rule about a text: the id of the rule it breaks, or None."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What rows are judged against."""

    kind: ListKind
    today: date
    qualifications: Mapping[str, Qualification]
    courses: Mapping[str, Course]
    headings: Headings
    indexes: Mapping[str, int]


@dataclass(kw_only=True, slots=True)
class RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    source: SheetRow
    setting: Setting
    problems: list[RowProblem] = field(default_factory=list)

    def complain(self, rule: str, key: str | None = None, **params: str) -> None:
        """Add a problem about the cell under ``key``, or about the row."""
        heading: Heading | None = self.setting.headings.get(key) if key else None
        self.problems.append(row_problem(rule, self.source.number, key, heading, **params))

    @property
    def has_errors(self) -> bool:
        """Whether the row cannot be issued."""
        return any(problem.is_error for problem in self.problems)

    def cell(self, key: str) -> Cell | None:
        """The cell under ``key`` if it can be used; an empty one is complained of only where the
        column must be filled."""
        index = self.setting.indexes.get(key)
        cell = self.source.cell(index) if index is not None else None
        if cell is None or not texts.is_visible(cell.text):
            column = _column(self.setting.kind, key)
            if column.required and not column.may_be_empty:
                self.complain("required", key)
            return None
        if cell.formula or cell.broken:
            self.complain("formula" if cell.formula else "broken-cell", key)
            return None
        if len(cell.text) > MAX_CELL_CHARACTERS:
            self.complain("text-too-long", key, limit=str(MAX_CELL_CHARACTERS))
            return None
        return cell

    def text(self, key: str, check: Check = texts.check_free_text) -> str | None:
        """The text under ``key`` in NFC."""
        cell = self.cell(key)
        return self._checked(key, texts.intake(cell.text), check) if cell else None

    def identifier(self, key: str, check: Check = texts.check_characters) -> str | None:
        """The number or code under ``key``, in capitals and ASCII digits."""
        cell = self.cell(key)
        return self._checked(key, texts.identifier(cell.text), check) if cell else None

    def day(self, key: str) -> date | None:
        """The day under ``key``, not after today."""
        cell = self.cell(key)
        if cell is None:
            return None
        read = values.read_date(cell)
        if read.value is None:
            self.complain(read.broken or "date-form", key)
        elif read.value > self.setting.today:
            self.complain("date-future", key)
        elif read.buddhist:
            self.complain("date-buddhist-year", key, year=str(read.value.year))
        return read.value

    def whole_number(self, key: str, allowed: range, rule: str, **params: str) -> int | None:
        """The whole number under ``key`` if it lies in ``allowed``."""
        cell = self.cell(key)
        if cell is None:
            return None
        number = values.read_whole_number(cell)
        if number is None or number not in allowed:
            self.complain(rule, key, **params)
            return None
        return number

    def _checked(self, key: str, text: str, check: Check) -> str | None:
        broken = check(text)
        if broken:
            self.complain(broken, key, **_limit_of(broken))
            return None
        return text


def read_row(source: SheetRow, setting: Setting) -> tuple[ClassRow | None, list[RowProblem]]:
    """The row and what is to be said about it; no row where there is an error."""
    reader = RowReader(source=source, setting=setting)
    number = reader.identifier("rld_number", texts.check_rld_number)
    name_km = reader.text("name_km", texts.check_khmer_name)
    name_latin = reader.text("name_latin", texts.check_latin_name)
    birth_date = reader.day("birth_date")
    sex = _read_sex(reader)
    certificate_number = reader.identifier("certificate_number", texts.check_certificate_number)
    award = _read_rpl(reader) if setting.kind is ListKind.RPL else _read_training(reader)
    if birth_date is not None and award is not None and birth_date >= _first_day(award):
        reader.complain("birth-after-award", "birth_date")
    if name_km is None or name_latin is None or birth_date is None or award is None:
        return None, reader.problems
    if reader.has_errors:
        return None, reader.problems
    row = ClassRow(
        row=source.number,
        rld_number=number or "",
        name_km=name_km,
        name_latin=name_latin,
        birth_date=birth_date,
        sex=sex,
        certificate_number=certificate_number,
        award=award,
    )
    return row, reader.problems


def _read_sex(reader: RowReader) -> Sex | None:
    cell = reader.cell("sex")
    if cell is None:
        return None
    sex = values.read_sex(cell)
    if sex is None:
        reader.complain("sex-form", "sex")
        return None
    return Sex(sex)


def _read_rpl(reader: RowReader) -> RplAward | None:
    code = reader.identifier("qualification_code")
    qualification = reader.setting.qualifications.get(code) if code else None
    if code and qualification is None:
        reader.complain("unknown-qualification", "qualification_code")
    assessed = reader.day("assessment_date")
    decided = reader.day("decision_date")
    if assessed and decided and decided < assessed:
        reader.complain("decision-before-assessment", "decision_date")
    assessors = _read_assessors(reader)
    method = reader.text("assessment_method")
    units = _read_units(reader, qualification)
    if qualification is None or assessed is None or decided is None:
        return None
    if assessors is None or method is None:
        return None
    return RplAward(
        qualification_code=qualification.code,
        assessment_date=assessed,
        decision_date=decided,
        assessors=assessors,
        assessment_method=method,
        units=units,
        partial=len(units) < len(qualification.units),
    )


def _read_assessors(reader: RowReader) -> tuple[str, str] | None:
    first = reader.text("assessor_1")
    second = reader.text("assessor_2")
    if first is None or second is None:
        return None
    if match_key_khmer(first).casefold() == match_key_khmer(second).casefold():
        reader.complain("same-assessor", "assessor_2")
    return first, second


def _read_units(reader: RowReader, qualification: Qualification | None) -> tuple[str, ...]:
    cell = reader.cell("units")
    if qualification is None:
        return ()
    if cell is None:
        return qualification.unit_codes
    written = [code for part in _UNIT_SEPARATOR.split(cell.text) if (code := texts.identifier(part))]
    if not written or any(code not in qualification.unit_codes for code in written):
        reader.complain("unknown-unit", "units")
        return ()
    if len(set(written)) < len(written):
        reader.complain("repeated-unit", "units")
    return tuple(code for code in qualification.unit_codes if code in written)


def _read_training(reader: RowReader) -> TrainingAward | None:
    code = reader.identifier("course_code")
    course = reader.setting.courses.get(code) if code else None
    if code and course is None:
        reader.complain("unknown-course", "course_code")
    start = reader.day("start_date")
    end = reader.day("end_date")
    if start and end:
        _judge_length(reader, course, start, end)
    hours = reader.whole_number("hours", range(1, MAX_HOURS + 1), "hours-form", limit=str(MAX_HOURS))
    attendance = reader.whole_number("attendance_percent", range(101), "attendance-form")
    passed = _read_passed(reader)
    funder = reader.text("funder")
    co_signer = reader.text("co_signer")
    if course is None or start is None or end is None or hours is None:
        return None
    if attendance is None or passed is None:
        return None
    return TrainingAward(
        course_code=course.code,
        start_date=start,
        end_date=end,
        hours=hours,
        attendance_percent=attendance,
        passed=passed,
        funder=funder,
        co_signer=co_signer,
    )


def _judge_length(reader: RowReader, course: Course | None, start: date, end: date) -> None:
    if end < start:
        reader.complain("end-before-start", "end_date")
    elif course and course.weeks_min and course.weeks_max:
        weeks = ((end - start).days + 7) / 7
        if not course.weeks_min - 1 < weeks < course.weeks_max + 1:
            least, most = str(course.weeks_min), str(course.weeks_max)
            reader.complain("course-length", "end_date", least=least, most=most)


def _read_passed(reader: RowReader) -> bool | None:
    cell = reader.cell("result")
    if cell is None:
        return None
    passed = values.read_passed(cell)
    if passed is None:
        reader.complain("result-form", "result")
    elif not passed:
        reader.complain("not-passed", "result")
    return passed


def _first_day(award: RplAward | TrainingAward) -> date:
    return award.assessment_date if isinstance(award, RplAward) else award.start_date


def _column(kind: ListKind, key: str) -> Column:
    return next(column for column in columns_of(kind) if column.key == key)


def _limit_of(rule: str) -> dict[str, str]:
    return {"limit": str(texts.MAX_TEXT_CHARACTERS)} if rule == "text-too-long" else {}
