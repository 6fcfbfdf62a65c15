"""Every rule a class list is held to: what is said, and what the clerk can do about it."""

from dataclasses import dataclass

from issuer.class_list.messages import Message
from issuer.class_list.model import Heading, RowProblem
from runtime.i18n import gettext_noop
from vc.errors import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The texts of a rule and how it weighs."""

    message: str
    fix: str
    severity: Severity = Severity.ERROR


_SAVE_AS_XLSX = gettext_noop('In Excel choose "Save as" and then "Excel Workbook (.xlsx)".')
_SAVE_AS_CSV = gettext_noop('Save it as "CSV UTF-8", or upload the Excel workbook (.xlsx) itself.')
_TYPE_AGAIN = gettext_noop("Type the text again instead of pasting it.")
_DATE_FORMS = gettext_noop("Write day, month and year, for example 31.12.1995, or 1995-12-31.")
_ASK_RLD = gettext_noop("Correct the list, or have the RLD record corrected first if the record is wrong.")
_SEE_SAMPLE = gettext_noop("Download the sample and copy your rows into it.")

RULES: dict[str, Rule] = {
    "file-empty": Rule(message=gettext_noop("The file is empty."), fix=_SEE_SAMPLE),
    "file-too-big": Rule(
        message=gettext_noop("The file is larger than %(megabytes)s MB."),
        fix=gettext_noop("Remove pictures and unused sheets, or split the class into several lists."),
    ),
    "file-not-a-list": Rule(
        message=gettext_noop("This is neither a workbook (.xlsx, .xls, .ods) nor a CSV file."),
        fix=_SEE_SAMPLE,
    ),
    "file-binary-excel": Rule(
        message=gettext_noop("This is a binary Excel file (.xlsb)."), fix=_SAVE_AS_XLSX
    ),
    "file-macros": Rule(message=gettext_noop("The workbook carries macros."), fix=_SAVE_AS_XLSX),
    "file-password": Rule(
        message=gettext_noop("The workbook is protected by a password."),
        fix=gettext_noop("Remove the password in Excel and save the workbook again."),
    ),
    "file-unpacks-too-big": Rule(
        message=gettext_noop("The workbook unpacks to far more than a class list can hold."), fix=_SEE_SAMPLE
    ),
    "file-damaged": Rule(
        message=gettext_noop("The file is damaged and cannot be read."),
        fix=gettext_noop("Open it in Excel, save it again, and upload the new file."),
    ),
    "file-not-utf8": Rule(message=gettext_noop("The CSV file is not saved as UTF-8."), fix=_SAVE_AS_CSV),
    "no-headings": Rule(
        message=gettext_noop("No row with the column headings was found among the first %(rows)s rows."),
        fix=_SEE_SAMPLE,
    ),
    "missing-column": Rule(
        message=gettext_noop('The column "%(name)s" is missing.'),
        fix=gettext_noop("Add this column, or download the sample and copy your rows into it."),
    ),
    "repeated-column": Rule(
        message=gettext_noop('The column "%(name)s" stands twice: in %(first)s and %(second)s.'),
        fix=gettext_noop("Keep one of the two columns."),
    ),
    "unknown-column": Rule(
        message=gettext_noop("This column is not known and was not read."),
        fix=gettext_noop("Nothing to do, unless it should be one of the columns of the sample."),
        severity=Severity.WARNING,
    ),
    "no-rows": Rule(message=gettext_noop("There are no rows under the headings."), fix=_SEE_SAMPLE),
    "too-many-rows": Rule(
        message=gettext_noop("The list holds more than %(limit)s rows."),
        fix=gettext_noop("Split the class into several lists."),
    ),
    "other-sheets": Rule(
        message=gettext_noop("The workbook has more than one list; only the first was read."),
        fix=gettext_noop("Upload the other lists as files of their own."),
        severity=Severity.WARNING,
    ),
    "required": Rule(message=gettext_noop("This cell is empty."), fix=gettext_noop("Fill it in.")),
    "formula": Rule(
        message=gettext_noop("This cell holds a formula."),
        fix=gettext_noop('Copy the cell and paste it back with "Paste values".'),
    ),
    "broken-cell": Rule(
        message=gettext_noop("This cell shows an error of the spreadsheet program."),
        fix=gettext_noop("Type the value."),
    ),
    "text-hidden-characters": Rule(
        message=gettext_noop("The text holds hidden or forbidden characters."), fix=_TYPE_AGAIN
    ),
    "text-too-long": Rule(
        message=gettext_noop("The text is longer than %(limit)s characters."), fix=gettext_noop("Shorten it.")
    ),
    "text-script": Rule(
        message=gettext_noop("The text holds letters that are neither Khmer nor Latin."), fix=_TYPE_AGAIN
    ),
    "name-not-khmer": Rule(
        message=gettext_noop("This is not written in Khmer Unicode letters only."),
        fix=gettext_noop("Type the name in Khmer Unicode; text in old fonts such as Limon cannot be read."),
    ),
    "name-not-latin": Rule(
        message=gettext_noop("This is not written in Latin letters only."),
        fix=gettext_noop("Type the name in Latin letters, as in the identity document."),
    ),
    "name-digits": Rule(
        message=gettext_noop("A name has no digits."), fix=gettext_noop("Type the name only.")
    ),
    "rld-number-form": Rule(
        message=gettext_noop("This is not an RLD number."),
        fix=gettext_noop("Copy the number from the RLD card: letters, digits and hyphens, no spaces."),
    ),
    "rld-number-is-national-id": Rule(
        message=gettext_noop("This looks like a national identity card number, which must not be used here."),
        fix=gettext_noop("Write the RLD number instead."),
    ),
    "repeated-rld-number": Rule(
        message=gettext_noop("The same RLD number stands in row %(other)s."),
        fix=gettext_noop("Remove one of the two rows, or correct the number."),
    ),
    "certificate-number-form": Rule(
        message=gettext_noop("This is not a certificate number."),
        fix=gettext_noop("Use 3 to 40 letters, digits, hyphens, dots and slashes, or leave the cell empty."),
    ),
    "repeated-certificate-number": Rule(
        message=gettext_noop("The same certificate number stands in row %(other)s."),
        fix=gettext_noop("Give each certificate its own number, or leave the cell empty."),
    ),
    "sex-form": Rule(
        message=gettext_noop("This is neither M nor F."),
        fix=gettext_noop("Write M or F, or leave the cell empty."),
    ),
    "date-form": Rule(message=gettext_noop("This is not a date."), fix=_DATE_FORMS),
    "date-short-year": Rule(
        message=gettext_noop("The year has only two digits."),
        fix=gettext_noop("Write the year with four digits."),
    ),
    "date-year": Rule(
        message=gettext_noop("This year cannot be right."),
        fix=gettext_noop("Check the year. A Buddhist year is read as 543 years less: 2568 is 2025."),
    ),
    "date-buddhist-year": Rule(
        message=gettext_noop("A Buddhist year was read as the year %(year)s."),
        fix=gettext_noop("Check that this is the year you mean: 2568 is read as 2025."),
        severity=Severity.WARNING,
    ),
    "date-future": Rule(
        message=gettext_noop("This day has not come yet."), fix=gettext_noop("Correct the date.")
    ),
    "birth-after-award": Rule(
        message=gettext_noop("The date of birth is not before the other dates of this row."),
        fix=gettext_noop("Correct the date of birth."),
    ),
    "decision-before-assessment": Rule(
        message=gettext_noop("The decision is dated before the assessment."),
        fix=gettext_noop("Correct one of the two dates."),
    ),
    "end-before-start": Rule(
        message=gettext_noop("The course ends before it starts."),
        fix=gettext_noop("Correct one of the two dates."),
    ),
    "last-before-first": Rule(
        message=gettext_noop("The last day is before the first day."),
        fix=gettext_noop("Correct one of the two dates."),
    ),
    "days-too-many": Rule(
        message=gettext_noop("These are more days than lie between the two dates."),
        fix=gettext_noop("Correct the number."),
    ),
    "already-over": Rule(
        message=gettext_noop("What this row states is not good any more: it is too old."),
        fix=gettext_noop("Correct the date, or have it done anew."),
    ),
    "checked-on-missing": Rule(
        message=gettext_noop("The day of the check is missing."),
        fix=gettext_noop("Write the day on which the issuer of the test confirmed the result."),
    ),
    "left-out": Rule(
        message=gettext_noop("This cell is left out, since it does not go with another cell of the row."),
        fix=gettext_noop("Nothing to do, unless the other cell is wrong."),
        severity=Severity.WARNING,
    ),
    "country-left-out": Rule(
        message=gettext_noop("The country is left out: the person did not agree to show it."),
        fix=gettext_noop("Nothing to do, unless the person agreed separately."),
        severity=Severity.WARNING,
    ),
    "nothing-to-issue": Rule(
        message=gettext_noop("Nothing is issued for this row."),
        fix=gettext_noop("Nothing to do."),
        severity=Severity.WARNING,
    ),
    "course-length": Rule(
        message=gettext_noop("This course usually lasts %(least)s to %(most)s weeks."),
        fix=gettext_noop("Check the two dates."),
        severity=Severity.WARNING,
    ),
    "unknown-qualification": Rule(
        message=gettext_noop("There is no qualification with this code."),
        fix=gettext_noop("Use a code from the second sheet of the sample."),
    ),
    "unknown-unit": Rule(
        message=gettext_noop("A unit code does not belong to this qualification."),
        fix=gettext_noop(
            "Use the unit codes of the qualification with ; between them, or leave the cell empty."
        ),
    ),
    "repeated-unit": Rule(
        message=gettext_noop("A unit code stands twice; it is counted once."),
        fix=gettext_noop("Nothing to do, unless another unit was meant."),
        severity=Severity.WARNING,
    ),
    "unknown-course": Rule(
        message=gettext_noop("There is no course with this code."),
        fix=gettext_noop("Use a code from the second sheet of the sample."),
    ),
    "same-assessor": Rule(
        message=gettext_noop("Both assessors are the same person."),
        fix=gettext_noop("Name two different assessors."),
    ),
    "hours-form": Rule(
        message=gettext_noop("Hours must be a whole number from 1 to %(limit)s."),
        fix=gettext_noop("Correct the number."),
    ),
    "attendance-form": Rule(
        message=gettext_noop("Attendance must be a whole number from 0 to 100."),
        fix=gettext_noop("Write 95 for 95 percent."),
    ),
    "number-form": Rule(
        message=gettext_noop("This must be a whole number from %(least)s to %(limit)s."),
        fix=gettext_noop("Correct the number."),
    ),
    "choice-form": Rule(
        message=gettext_noop("This is none of the words that can stand here."),
        fix=gettext_noop("Write one of these: %(choices)s."),
    ),
    "unknown-code": Rule(
        message=gettext_noop("There is nothing with this code."),
        fix=gettext_noop("Use a code from the second sheet of the sample."),
    ),
    "result-form": Rule(
        message=gettext_noop("The result is neither pass nor not passed."),
        fix=gettext_noop("Write pass or not passed."),
    ),
    "not-passed": Rule(
        message=gettext_noop("Not passed: no certificate is issued for this row."),
        fix=gettext_noop("Nothing to do, unless the person passed."),
        severity=Severity.WARNING,
    ),
    "rld-unknown-number": Rule(
        message=gettext_noop("The RLD has no person with this number."),
        fix=gettext_noop("Check the number on the RLD card, or register the person first."),
    ),
    "rld-other-name-km": Rule(
        message=gettext_noop("The name in Khmer differs from the RLD record of this number."), fix=_ASK_RLD
    ),
    "rld-other-name-latin": Rule(
        message=gettext_noop("The name in Latin letters differs from the RLD record of this number."),
        fix=_ASK_RLD,
    ),
    "rld-other-birth-date": Rule(
        message=gettext_noop("The date of birth differs from the RLD record of this number."), fix=_ASK_RLD
    ),
    "rld-other-sex": Rule(
        message=gettext_noop("The sex differs from the RLD record of this number."), fix=_ASK_RLD
    ),
    "rld-same-person-twice": Rule(
        message=gettext_noop("Row %(other)s has the same name and date of birth under another RLD number."),
        fix=gettext_noop(
            "Find out at the RLD whether these are two people, then upload each in a list of their own."
        ),
    ),
}


def row_problem(
    rule: str, row: int | None = None, key: str | None = None, heading: Heading | None = None, **params: str
) -> RowProblem:
    """A problem under the rule with this id; ``params`` fill the placeholders of its message."""
    texts = RULES[rule]
    return RowProblem(
        row=row,
        column=heading.text if heading else None,
        column_letter=heading.letter if heading else None,
        key=key,
        rule=rule,
        message=Message(msgid=texts.message, params=params),
        fix=Message(msgid=texts.fix, params=params),
        severity=texts.severity,
    )
