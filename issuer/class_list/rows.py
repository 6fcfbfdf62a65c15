"""Reading one row: every cell is judged, so that a clerk sees all problems at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from issuer.class_list import texts, values
from issuer.class_list.catalogue import CodeEntry, code_list
from issuer.class_list.columns import CellKind, Choice, Column, columns_by_key, columns_of, rules_of, word_key
from issuer.class_list.model import ClassRow, Heading, Headings, RowProblem, Sex
from issuer.class_list.rules import row_problem
from issuer.class_list.sheet import Cell, SheetRow
from issuer.class_list.type_rules import Value, check_rule
from issuer.validity import ends_on
from vc.model.credential_types import types_by_slug

MAX_CELL_CHARACTERS = 500
"""A longer text is not looked at: every rule below would take its time over each character."""

_UNIT_SEPARATOR = re.compile(r"[;,\n]")

Check = Callable[[str], str | None]
"""A rule about a text: the id of the rule it breaks, or None."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What rows are judged against."""

    kind: str
    today: date
    headings: Headings
    indexes: Mapping[str, int]


@dataclass(kw_only=True, slots=True)
class RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    source: SheetRow
    setting: Setting
    problems: list[RowProblem] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    issues_nothing: bool = False

    @property
    def today(self) -> date:
        """The day after which no date may lie."""
        return self.setting.today

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
            column = columns_by_key(self.setting.kind)[key]
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

    def day(self, key: str, *, future: bool = False) -> date | None:
        """The day under ``key``, not after today unless ``future``."""
        cell = self.cell(key)
        if cell is None:
            return None
        read = values.read_date(cell)
        if read.value is None:
            self.complain(read.broken or "date-form", key)
        elif read.value > self.setting.today and not future:
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


def read_row(source: SheetRow, setting: Setting) -> tuple[ClassRow | None, bool, list[RowProblem]]:
    """The row, whether anything is issued for it, and what is to be said; no row where there is an error."""
    reader = RowReader(source=source, setting=setting)
    number = reader.identifier("rld_number", texts.check_rld_number)
    name_km = reader.text("name_km", texts.check_khmer_name)
    name_latin = reader.text("name_latin", texts.check_latin_name)
    birth_date = reader.day("birth_date")
    sex = _read_sex(reader)
    certificate_number = reader.identifier("certificate_number", texts.check_certificate_number)
    complete = _read_values(reader, birth_date)
    if name_km is None or name_latin is None or birth_date is None or not complete:
        return None, False, reader.problems
    if reader.has_errors:
        return None, False, reader.problems
    row = ClassRow(
        row=source.number,
        rld_number=number or "",
        name_km=name_km,
        name_latin=name_latin,
        birth_date=birth_date,
        sex=sex,
        certificate_number=certificate_number,
        values={key: value for key, value in reader.values.items() if key != "birth_date"},
    )
    return row, not reader.issues_nothing, reader.problems


def _read_sex(reader: RowReader) -> Sex | None:
    cell = reader.cell("sex")
    if cell is None:
        return None
    sex = values.read_sex(cell)
    if sex is None:
        reader.complain("sex-form", "sex")
        return None
    return Sex(sex)


def _read_values(reader: RowReader, birth_date: date | None) -> bool:
    """Read the type's own cells and hold them to its rules; whether all that must be there is."""
    own = [column for column in columns_of(reader.setting.kind) if column.kind is not CellKind.PERSON]
    for column in own:
        value = _READERS[column.kind](reader, column)
        if value is not None:
            reader.values[column.key] = value
    if birth_date is not None:
        reader.values["birth_date"] = birth_date
    for rule in rules_of(reader.setting.kind):
        check_rule(rule.rule, reader, rule.given)
    _check_not_over(reader)
    return all(column.key in reader.values for column in own if column.required)


def _check_not_over(reader: RowReader) -> None:
    """What is not good any more today is never issued."""
    validity = types_by_slug()[reader.setting.kind].validity
    starts = None if validity is None else reader.values.get(validity.starts)
    if validity is None or not isinstance(starts, date):
        return
    rule = validity.rule
    if validity.rule_of is not None:
        entry = reader.values.get(validity.rule_of)
        rule = entry.validity_rule if isinstance(entry, CodeEntry) else None
    last = None if rule is None else ends_on(rule, starts)
    if last is not None and last < reader.today:
        reader.complain("already-over", validity.starts)


def _read_text(reader: RowReader, column: Column) -> Value | None:
    return reader.text(column.key)


def _read_date(reader: RowReader, column: Column) -> Value | None:
    return reader.day(column.key, future=column.future)


def _read_number(reader: RowReader, column: Column) -> Value | None:
    allowed = range(column.least, column.most + 1)
    least, most = str(column.least), str(column.most)
    return reader.whole_number(column.key, allowed, column.says, least=least, limit=most)


def _read_choice(reader: RowReader, column: Column) -> Value | None:
    cell = reader.cell(column.key)
    if cell is None:
        return None
    word = word_key(cell.text)
    choice: Choice | None = next((item for item in column.choices if word in item.words), None)
    if choice is None:
        choices = "; ".join(f"{item.titles['en']} / {item.titles['km']}" for item in column.choices)
        reader.complain(column.says, column.key, choices=choices)
        return None
    if choice.issues_nothing is not None:
        reader.issues_nothing = True
        reader.complain(choice.issues_nothing, column.key)
    return choice.value


def _read_code(reader: RowReader, column: Column) -> Value | None:
    code = reader.identifier(column.key)
    if code is None:
        return None
    entries = code_list(column.list_name)
    # Languages and sectors have small letters, and a code is read in capitals.
    entry = entries.get(code) or entries.get(code.lower())
    if entry is None:
        reader.complain(column.says, column.key)
    return entry


def _read_units(reader: RowReader, column: Column) -> Value | None:
    cell = reader.cell(column.key)
    qualification = reader.values.get(column.of)
    if not isinstance(qualification, CodeEntry):
        return None
    if cell is None:
        return qualification.unit_codes
    written = [code for part in _UNIT_SEPARATOR.split(cell.text) if (code := texts.identifier(part))]
    if not written or any(code not in qualification.unit_codes for code in written):
        reader.complain("unknown-unit", column.key)
        return None
    if len(set(written)) < len(written):
        reader.complain("repeated-unit", column.key)
    return tuple(code for code in qualification.unit_codes if code in written)


_READERS: Mapping[CellKind, Callable[[RowReader, Column], Value | None]] = {
    CellKind.TEXT: _read_text,
    CellKind.DATE: _read_date,
    CellKind.NUMBER: _read_number,
    CellKind.CHOICE: _read_choice,
    CellKind.CODE: _read_code,
    CellKind.UNITS: _read_units,
}


def _limit_of(rule: str) -> dict[str, str]:
    return {"limit": str(texts.MAX_TEXT_CHARACTERS)} if rule == "text-too-long" else {}
