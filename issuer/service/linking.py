"""From the rows of a class list to people of the RLD; what only a person may decide goes to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from issuer import case_store
from issuer.class_list import ClassList, ClassRow, Message, RowProblem
from issuer.identity_link.matching import check_identities
from issuer.rld.port import RldPerson, Trouble
from issuer.service.desk import Desk
from runtime.i18n import gettext_noop
from vc.errors import Severity

ADULT_AGE: Final = 18

NEEDS_DECISION: Final = "rld-needs-decision"
"""The rule of a row that no program goes on with. It has one text whatever the reason is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TroubleTexts:
    """What a clerk reads where the RLD gave no answer, and what to do."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A class list compared with the RLD, and whose each row is, by row number."""

    class_list: ClassList
    people: Mapping[int, RldPerson]


async def link(desk: Desk, class_list: ClassList) -> Linked:
    """Ask the RLD about every row. Raises ``RldUnavailable``."""
    everyone = (*class_list.rows, *class_list.not_passed)
    records = await desk.rld.get_persons(sorted({row.rld_number for row in everyone}))
    people = {row.row: person for row in everyone if (person := records[row.rld_number]) is not None}
    compared = check_identities(class_list, records)
    left = await _left_to_a_person(desk, people)
    problems = [
        _needs_decision(compared, row) for row in (*compared.rows, *compared.not_passed) if row.row in left
    ]
    return Linked(class_list=compared.with_problems(problems), people=people)


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


def _needs_decision(class_list: ClassList, row: ClassRow) -> RowProblem:
    heading = class_list.headings.get("rld_number")
    return RowProblem(
        row=row.row,
        column=heading.text if heading else None,
        column_letter=heading.letter if heading else None,
        key="rld_number",
        rule=NEEDS_DECISION,
        message=Message(msgid=gettext_noop("This row needs a person's decision."), params={}),
        fix=Message(
            msgid=gettext_noop("The other rows can go on. The labour database's office knows what to do."),
            params={},
        ),
        severity=Severity.ERROR,
    )
