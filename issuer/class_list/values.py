"""Dates and numbers as clerks write them: ISO or day first, ASCII or Khmer digits, two eras."""

import re
from dataclasses import dataclass
from datetime import date

from issuer.class_list.sheet import Cell
from issuer.class_list.texts import identifier

BUDDHIST_OFFSET_YEARS = 543
_BUDDHIST_YEARS = range(2401, 2701)
_PLAUSIBLE_YEARS = range(1900, 2201)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: 0?0:00(?::00)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?: 0?0:00(?::00)?)?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}", re.ASCII)
_INTEGER = re.compile(r"(\d{1,6})(?:\.0+)?", re.ASCII)

_SEXES = {"M": "M", "MALE": "M", "ប្រុស": "M", "ប": "M", "F": "F", "FEMALE": "F", "ស្រី": "F", "ស": "F"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadDate:
    """A date, or the id of the rule the text breaks; ``buddhist`` where the era was converted."""

    value: date | None = None
    broken: str | None = None
    buddhist: bool = False


def read_date(cell: Cell) -> ReadDate:
    """The day in a cell: a date cell, yyyy-mm-dd, dd.mm.yyyy, dd/mm/yyyy or dd-mm-yyyy.

    Years 2401 to 2700 are taken as Buddhist era and lessened by 543.
    """
    if cell.day is not None:
        return _checked(cell.day.year, cell.day.month, cell.day.day)
    text = identifier(cell.text)
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    else:
        return ReadDate(broken="date-short-year" if _SHORT_YEAR.fullmatch(text) else "date-form")
    return _checked(int(year), int(month), int(day))


def read_whole_number(cell: Cell) -> int | None:
    """A whole number of at most six digits; a number cell or text, a final % is allowed."""
    if cell.number is not None:
        return int(cell.number) if cell.number == cell.number.to_integral_value() else None
    match = _INTEGER.fullmatch(identifier(cell.text).removesuffix("%").rstrip())
    return int(match[1]) if match else None


def read_sex(cell: Cell) -> str | None:
    """M or F; None where it is neither."""
    return _SEXES.get(identifier(cell.text))


def _checked(year: int, month: int, day: int) -> ReadDate:
    buddhist = year in _BUDDHIST_YEARS
    if buddhist:
        year -= BUDDHIST_OFFSET_YEARS
    if year not in _PLAUSIBLE_YEARS:
        return ReadDate(broken="date-year")
    try:
        return ReadDate(value=date(year, month, day), buddhist=buddhist)
    except ValueError:
        return ReadDate(broken="date-form")
