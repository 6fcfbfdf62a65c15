"""From the rows of a class list to people of the RLD; what only a person may decide goes to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from issuer import case_store
from issuer.class_list import ClassList, ClassRow, Message, RowProblem
from issuer.identity_link.matching import check_identities
from issuer.rld.candidates import Candidate, candidates_for
from issuer.rld.port import RldPerson, Trouble
from issuer.service.desk import Desk
from runtime.i18n import gettext_noop
from vc.errors import Severity

ADULT_AGE: Final = 18

NEEDS_DECISION: Final = "rld-needs-decision"
"""The rule of a row that no program goes on with. It has one text whatever the reason is."""


CHOOSE: Final = "rld-choose-person"
NOBODY: Final = "rld-nobody-found"
TOO_MANY: Final = "rld-too-many-without-number"

MAX_LOOKED_UP: Final = 200
"""Rows of one list that are looked up by name: each is a call of its own, while the clerk waits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TroubleTexts:
    """What a clerk reads where the RLD gave no answer, or no row's person, and what to do."""

    message: str
    fix: str


TROUBLES: Final[Mapping[Trouble, TroubleTexts]] = {
    Trouble.CONFIGURATION: TroubleTexts(
        message=gettext_noop("The labour database could not be asked: a setting of this system is wrong."),
        fix=gettext_noop("Tell the operator of this system. Your list is kept; ask again afterwards."),
    ),
    Trouble.UNAVAILABLE: TroubleTexts(
        message=gettext_noop("The labour database does not answer at the moment."),
        fix=gettext_noop("Your list is kept. Ask again in some minutes."),
    ),
    Trouble.REFUSED: TroubleTexts(
        message=gettext_noop("The labour database does not allow this system to ask."),
        fix=gettext_noop("Tell the operator, who must ask its owner for permission. Your list is kept."),
    ),
    Trouble.UNUSABLE: TroubleTexts(
        message=gettext_noop("The labour database gave an answer that cannot be relied on; it was not used."),
        fix=gettext_noop("Your list is kept. Ask again; if it happens twice, tell the operator."),
    ),
}

_RULES: Final[Mapping[str, TroubleTexts]] = {
    NEEDS_DECISION: TroubleTexts(
        message=gettext_noop("This row needs a person's decision."),
        fix=gettext_noop("The other rows can go on. The labour database's office knows what to do."),
    ),
    CHOOSE: TroubleTexts(
        message=gettext_noop("No RLD number, and somebody of such a name was born that day."),
        fix=gettext_noop("Choose below who is meant, or say that it is none of them."),
    ),
    TOO_MANY: TroubleTexts(
        message=gettext_noop("Too many rows without RLD number: this one was not looked up."),
        fix=gettext_noop("Write the RLD number, or put this row in a list of its own."),
    ),
    NOBODY: TroubleTexts(
        message=gettext_noop("No RLD number, and nobody of such a name was born that day."),
        fix=gettext_noop("Ask the person for the RLD card, or register the person first."),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A class list compared with the RLD, whose each row is, and who may be meant where that is open.

    Both mappings are by row number.
    """

    class_list: ClassList
    people: Mapping[int, RldPerson]
    open_choices: Mapping[int, tuple[Candidate, ...]]


async def link(desk: Desk, class_list: ClassList, choices: Mapping[int, str | None]) -> Linked:
    """Ask the RLD about every row. Raises ``RldUnavailable``.

    ``choices`` are those a clerk made for rows without number: the number chosen, or None for nobody.
    A name and a birth date alone never link a row, not even where one person only has them.
    """
    numbered = _with_choices(class_list, choices)
    open_rows = [row for row in (*numbered.rows, *numbered.not_passed) if not row.rld_number]
    problems, open_choices = [], {}
    for row in open_rows[MAX_LOOKED_UP:]:
        problems.append(_problem(numbered, row, TOO_MANY))
    for row in open_rows[:MAX_LOOKED_UP]:
        found = () if row.row in choices else await _candidates(desk, row)
        if found is None:
            problems.append(_problem(numbered, row, NEEDS_DECISION))
        elif found:
            open_choices[row.row] = found
            problems.append(_problem(numbered, row, CHOOSE))
        else:
            problems.append(_problem(numbered, row, NOBODY))
    return await _compared(desk, numbered.with_problems(problems), open_choices)


async def _candidates(desk: Desk, row: ClassRow) -> tuple[Candidate, ...] | None:
    """Who may be meant; None where one of them is nobody's to choose."""
    found = await desk.rld.find_persons(
        name_km=row.name_km, name_latin=row.name_latin, birth_date=row.birth_date
    )
    alike = candidates_for(row, found)
    numbers = {candidate.rld_number for candidate in alike}
    left = await _left_to_a_person(
        desk, {at: person for at, person in enumerate(found) if person.rld_number in numbers}
    )
    return None if left else alike


async def _compared(
    desk: Desk, class_list: ClassList, open_choices: Mapping[int, tuple[Candidate, ...]]
) -> Linked:
    everyone = (*class_list.rows, *class_list.not_passed)
    records = await desk.rld.get_persons(sorted({row.rld_number for row in everyone}))
    people = {row.row: person for row in everyone if (person := records[row.rld_number]) is not None}
    compared = check_identities(class_list, records)
    left = await _left_to_a_person(desk, people)
    problems = [
        _problem(compared, row, NEEDS_DECISION)
        for row in (*compared.rows, *compared.not_passed)
        if row.row in left
    ]
    return Linked(class_list=compared.with_problems(problems), people=people, open_choices=open_choices)


def _with_choices(class_list: ClassList, choices: Mapping[int, str | None]) -> ClassList:
    def chosen(row: ClassRow) -> ClassRow:
        return row if row.rld_number else replace(row, rld_number=choices.get(row.row) or "")

    return replace(
        class_list,
        rows=tuple(map(chosen, class_list.rows)),
        not_passed=tuple(map(chosen, class_list.not_passed)),
    )


async def _left_to_a_person(desk: Desk, people: Mapping[int, RldPerson]) -> frozenset[int]:
    """Rows whose record is such, or about whose person a case is open."""
    today = desk.context.clock.now().date()
    owners = {row: desk.sealed.personal.person(person.rld_number) for row, person in people.items()}
    held = await desk.context.database.read(case_store.held, owners.values())
    return frozenset(
        row for row, person in people.items() if needs_decision(person, today) or owners[row] in held
    )


def needs_decision(person: RldPerson, today: date) -> bool:
    """Whether nothing may be done with this record unless a person decides."""
    return person.protected or person.deceased or age_on(person.birth_date, today) < ADULT_AGE


def age_on(birth_date: date, day: date) -> int:
    """Full years of age on ``day``."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _problem(class_list: ClassList, row: ClassRow, rule: str) -> RowProblem:
    heading = class_list.headings.get("rld_number")
    texts = _RULES[rule]
    return RowProblem(
        row=row.row,
        column=heading.text if heading else None,
        column_letter=heading.letter if heading else None,
        key="rld_number",
        rule=rule,
        message=Message(msgid=texts.message, params={}),
        fix=Message(msgid=texts.fix, params={}),
        severity=Severity.ERROR,
    )
