"""The columns of a class list, and the headings by which each is recognised."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from issuer.class_list.khmer import match_key_khmer
from runtime.i18n import gettext_noop


class ListKind(StrEnum):
    """What a class list certifies."""

    RPL = "rpl"
    TRAINING = "training"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its key in code, its two headings, further accepted headings, and a note.

    ``may_be_empty``: the column must be there, and a cell of it need not be filled.
    """

    key: str
    title_en: str
    title_km: str
    note: str
    required: bool = True
    may_be_empty: bool = False
    aliases: tuple[str, ...] = ()


_PERSON = (
    Column(
        key="rld_number",
        title_en="RLD number",
        title_km="លេខ RLD",
        note=gettext_noop("The number of the person in the Returnee Labour Database."),
        may_be_empty=True,
        aliases=("RLD", "RLD no", "RLD id", "លេខអត្តសញ្ញាណ RLD", "លេខចុះបញ្ជី RLD"),
    ),
    Column(
        key="name_km",
        title_en="Name in Khmer",
        title_km="ឈ្មោះជាអក្សរខ្មែរ",
        note=gettext_noop("Family name first, in Khmer Unicode."),
        aliases=("Khmer name", "Name (Khmer)", "name km", "ឈ្មោះ", "គោត្តនាម និងនាម", "ឈ្មោះខ្មែរ"),
    ),
    Column(
        key="name_latin",
        title_en="Name in Latin letters",
        title_km="ឈ្មោះជាអក្សរឡាតាំង",
        note=gettext_noop("Family name first, as in the identity document."),
        aliases=("Latin name", "Name (Latin)", "name latin", "English name", "Name", "ឈ្មោះឡាតាំង"),
    ),
    Column(
        key="birth_date",
        title_en="Date of birth",
        title_km="ថ្ងៃខែឆ្នាំកំណើត",
        note=gettext_noop("Day, month, year, for example 31.12.1995."),
        aliases=("Birth date", "Birthdate", "DOB", "ថ្ងៃកំណើត"),
    ),
    Column(
        key="sex",
        title_en="Sex",
        title_km="ភេទ",
        note=gettext_noop("M or F. May stay empty."),
        required=False,
        aliases=("Gender",),
    ),
    Column(
        key="certificate_number",
        title_en="Certificate number",
        title_km="លេខវិញ្ញាបនបត្រ",
        note=gettext_noop("May stay empty: a number is then given."),
        required=False,
        aliases=("Certificate no", "Certificate", "លេខសញ្ញាបត្រ"),
    ),
)

_RPL = (
    Column(
        key="qualification_code",
        title_en="Qualification code",
        title_km="លេខកូដគុណវុឌ្ឍិ",
        note=gettext_noop("The code of the qualification; the codes are on the second sheet."),
        aliases=("Qualification", "គុណវុឌ្ឍិ"),
    ),
    Column(
        key="assessment_date",
        title_en="Assessment date",
        title_km="ថ្ងៃវាយតម្លៃ",
        note=gettext_noop("The day the person was assessed."),
        aliases=("Date of assessment", "កាលបរិច្ឆេទវាយតម្លៃ"),
    ),
    Column(
        key="decision_date",
        title_en="Decision date",
        title_km="ថ្ងៃសម្រេច",
        note=gettext_noop("The day the award was decided."),
        aliases=("Date of decision", "កាលបរិច្ឆេទសម្រេច"),
    ),
    Column(
        key="assessor_1",
        title_en="Assessor 1",
        title_km="អ្នកវាយតម្លៃទី១",
        note=gettext_noop("Name or number of the first assessor."),
        aliases=("First assessor",),
    ),
    Column(
        key="assessor_2",
        title_en="Assessor 2",
        title_km="អ្នកវាយតម្លៃទី២",
        note=gettext_noop("Name or number of another assessor."),
        aliases=("Second assessor",),
    ),
    Column(
        key="assessment_method",
        title_en="Assessment method",
        title_km="វិធីសាស្ត្រវាយតម្លៃ",
        note=gettext_noop("For example: observation and interview."),
        aliases=("Method", "វិធីវាយតម្លៃ"),
    ),
    Column(
        key="units",
        title_en="Units passed",
        title_km="ឯកតាសមត្ថភាពដែលជាប់",
        note=gettext_noop("Unit codes with ; between them. Empty means all units."),
        required=False,
        aliases=("Units", "Units of competency", "ឯកតាសមត្ថភាព"),
    ),
)

_TRAINING = (
    Column(
        key="course_code",
        title_en="Course code",
        title_km="លេខកូដវគ្គ",
        note=gettext_noop("The code of the course; the codes are on the second sheet."),
        aliases=("Course", "វគ្គ", "វគ្គបណ្តុះបណ្តាល"),
    ),
    Column(
        key="start_date",
        title_en="Start date",
        title_km="ថ្ងៃចាប់ផ្តើម",
        note=gettext_noop("The first day of the course."),
        aliases=("Start", "From", "កាលបរិច្ឆេទចាប់ផ្តើម"),
    ),
    Column(
        key="end_date",
        title_en="End date",
        title_km="ថ្ងៃបញ្ចប់",
        note=gettext_noop("The last day of the course."),
        aliases=("End", "Until", "កាលបរិច្ឆេទបញ្ចប់"),
    ),
    Column(
        key="hours",
        title_en="Hours",
        title_km="ចំនួនម៉ោង",
        note=gettext_noop("Hours of teaching in the whole course."),
        aliases=("Training hours", "ម៉ោង", "ម៉ោងសិក្សា"),
    ),
    Column(
        key="attendance_percent",
        title_en="Attendance %",
        title_km="វត្តមាន %",
        note=gettext_noop("A whole number from 0 to 100."),
        aliases=("Attendance", "Attendance percent", "វត្តមាន", "ភាគរយវត្តមាន"),
    ),
    Column(
        key="result",
        title_en="Result",
        title_km="លទ្ធផល",
        note=gettext_noop("pass or not passed. Only a pass gets a certificate."),
        aliases=("Final result", "លទ្ធផលចុងក្រោយ"),
    ),
    Column(
        key="funder",
        title_en="Funder",
        title_km="អ្នកឧបត្ថម្ភថវិកា",
        note=gettext_noop("Who paid for the course. May stay empty."),
        required=False,
        aliases=("Funded by", "ម្ចាស់ជំនួយ"),
    ),
    Column(
        key="co_signer",
        title_en="Employer co-signer",
        title_km="និយោជកចុះហត្ថលេខារួម",
        note=gettext_noop("An employer who signed too. May stay empty."),
        required=False,
        aliases=("Co-signer", "Cosigner", "Employer", "និយោជក"),
    ),
)

_BY_KIND = {ListKind.RPL: _PERSON + _RPL, ListKind.TRAINING: _PERSON + _TRAINING}
_NOT_IN_A_HEADING = re.compile(r"[^\w\u1780-\u17ff]|_")


def columns_of(kind: ListKind) -> tuple[Column, ...]:
    """The columns of a list of this kind, in the order of the sample."""
    return _BY_KIND[kind]


def heading_key(text: str) -> str:
    """The form in which headings are compared: no case, spaces, punctuation or invisible signs."""
    folded = match_key_khmer(unicodedata.normalize("NFKC", text))
    return _NOT_IN_A_HEADING.sub("", folded.casefold())


def recognised_headings(kind: ListKind) -> dict[str, Column]:
    """Every accepted heading of a list of this kind, in the form of :func:`heading_key`."""
    return {
        heading_key(text): column
        for column in columns_of(kind)
        for text in (column.key, column.title_en, column.title_km, *column.aliases)
    }
