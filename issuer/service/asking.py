"""A class list that nobody types: people by their RLD numbers, and what a body says of them today."""

import re
from collections.abc import Mapping
from typing import Final

from issuer.class_list import columns_of, sample_class_list
from issuer.class_list.texts import check_rld_number, identifier
from issuer.class_list.workbooks import CellValue
from issuer.rld.port import RldPerson
from issuer.service import classes
from issuer.service.desk import Desk
from issuer.status.port import Cells
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import MalformedValue, NotFound

MAX_NUMBERS: Final = 1_000
MAX_TEXT: Final = 45 * MAX_NUMBERS
_BETWEEN: Final = re.compile(r"[\s,;]+")


async def ask(desk: Desk, principal: Principal, kind: str, text: str) -> str:
    """Make a class list of the people whose RLD numbers ``text`` holds, as ``classes.upload``; its id.

    Names come from the RLD, the day and the fact from the body. Of whom nothing is known, a row stands there
    with empty cells, which the list then names. Raises ``MalformedValue``, ``RldUnavailable``, and
    ``NotFound`` where this body is not connected.
    """
    if (source := desk.statuses.get(kind)) is None:
        raise NotFound("This body is not connected.")
    numbers = numbers_in(text)
    cells = await source.ask(numbers)
    people = await desk.rld.get_persons(numbers)
    rows = [_row(kind, number, people[number], cells[number]) for number in numbers]
    today = desk.context.clock.now().date().isoformat()
    data = sample_class_list(kind, "csv", "en", rows)
    return await classes.upload(desk, principal, kind=kind, filename=f"{kind} {today}", data=data)


def numbers_in(text: str) -> list[str]:
    """RLD numbers out of what somebody pasted, each once. Raises ``MalformedValue``."""
    found = [identifier(part) for part in _BETWEEN.split(text.strip()) if part]
    numbers = list(dict.fromkeys(found))
    if not numbers or len(numbers) > MAX_NUMBERS or len(text) > MAX_TEXT:
        raise MalformedValue(gettext_noop("Write RLD numbers, 1,000 at most."), pointer="/numbers")
    if any(check_rld_number(number) for number in numbers):
        raise MalformedValue(gettext_noop("One of these is no RLD number."), pointer="/numbers")
    return numbers


def _row(kind: str, number: str, person: RldPerson | None, cells: Cells | None) -> Mapping[str, CellValue]:
    row: dict[str, CellValue] = {column.key: None for column in columns_of(kind)}
    row["rld_number"] = number
    if person is not None:
        row |= {
            "name_km": person.name_km,
            "name_latin": person.name_latin,
            "birth_date": person.birth_date,
            "sex": person.sex.value,
        }
    return row | dict(cells or {})
