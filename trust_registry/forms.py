"""Reading what people send from the registry's pages."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request

from runtime.auth import Principal
from runtime.i18n import PHNOM_PENH
from runtime.service import context_of
from trust_registry.life import Act
from vc.errors import MalformedValue

MAX_FORM_FIELDS: Final = 200
# Beyond these a date is a slip of the finger.
_YEARS: Final = range(2000, 2200)

_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?", re.ASCII)

Errors = tuple[tuple[str, str], ...]


async def read_form(request: Request) -> FormData:
    """The form sent, without files."""
    return await request.form(max_files=0, max_fields=MAX_FORM_FIELDS)


def text(form: FormData, name: str) -> str:
    """One field, stripped; empty where it is absent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def verbatim(form: FormData, name: str) -> str:
    """One field exactly as it was sent: a password may begin with a space."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """Every value of a field that may be given several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def sent(form: FormData) -> dict[str, list[str]]:
    """Every field with its values, to be shown again beside an error."""
    return {name: texts(form, name) for name in form}


def day_or_none(written: str) -> date | None:
    """A calendar date as a date field sends it; None for anything else."""
    try:
        day = date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        return None
    return day if day is not None and day.year in _YEARS else None


def midnight(day: date) -> datetime:
    """When ``day`` begins in Cambodia."""
    return datetime.combine(day, time(), PHNOM_PENH)


def end_of(day: date) -> datetime:
    """When the last ``day`` of something is over in Cambodia."""
    return midnight(day + timedelta(days=1))


def first_day(begins: datetime) -> date:
    """The Cambodian day on which a window begins."""
    return begins.astimezone(PHNOM_PENH).date()


def last_day(until: datetime) -> date:
    """The last Cambodian day of a window that ends at ``until``."""
    return (until - timedelta(seconds=1)).astimezone(PHNOM_PENH).date()


def beginning(written: str, now: datetime) -> datetime:
    """The start of the day that was written; ``now`` where none was.

    Raises ``MalformedValue`` for what is no date.
    """
    if not written:
        return now.replace(microsecond=0)
    day = day_or_none(written)
    if day is None:
        raise MalformedValue("The day is not a date.")
    return midnight(day)


def instant(written: str) -> datetime:
    """The minute that was written, as a date-and-time field sends it, in Cambodian time.

    Raises ``MalformedValue`` for what is none.
    """
    day, _, time_of_day = written.partition("T")
    found = day_or_none(day)
    if found is None or not _TIME.fullmatch(time_of_day):
        raise MalformedValue("This is no day with a time.")
    return datetime.combine(found, time.fromisoformat(time_of_day), PHNOM_PENH)


def act_of(request: Request, principal: Principal, form: FormData) -> Act:
    """Who sent ``form``, now, for the reason given in it."""
    now = context_of(request).clock.now().replace(microsecond=0)
    return Act(actor=principal.subject, reason=text(form, "reason"), at=now)
