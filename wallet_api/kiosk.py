"""What an officer at a kiosk does, whichever door it comes through: the pages or the command line."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends
from limits import parse
from starlette.requests import Request

from runtime.approvals import Approver
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import MalformedValue
from wallet_api.kiosk_clients import FoundPerson, People, Wanted
from wallet_api.recoveries import Recoveries

Officer = Annotated[Principal, Depends(require_role(Role.ASSISTED_OFFICER))]
Confirmer = Annotated[Principal, Depends(require_role(Role.ASSISTED_OFFICER, Role.PROTECTION_OFFICER))]
BY_CODE: Final = "code"
BY_OFFICER: Final = "officer"
SECONDS: Final = {
    BY_CODE: gettext_noop("A code to the phone that opens the passport, which they have here"),
    BY_OFFICER: gettext_noop("Another officer, who sees them too"),
}
_FINDS: Final = parse("60/hour")
_WHOM: Final = gettext_noop("Type the number and the year of birth, or the code of a certificate.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A person who was found, and the help that was begun for them."""

    recovery_id: str
    person: FoundPerson


def recoveries_of(request: Request) -> Recoveries:
    """The recoveries of the application that answers ``request``."""
    found = request.app.state.recoveries
    if not isinstance(found, Recoveries):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return found


def wanted_of(rld_number: str, birth_year: str, printed: str) -> Wanted:
    """Who is looked for, from what was typed. Raises ``MalformedValue``."""
    number, year, code = rld_number.strip(), birth_year.strip(), printed.strip()
    if code and not number and not year:
        return Wanted(printed=code)
    if code or not number or not (year.isdecimal() and len(year) == 4):
        raise MalformedValue(_WHOM, pointer="/rld_number")
    return Wanted(rld_number=number, birth_year=int(year))


async def find(request: Request, principal: Principal, wanted: Wanted) -> FoundPerson:
    """One person, logged and limited to 60 an hour. Raises ``NotFound``, ``RateLimited``."""
    context = context_of(request)
    context.rate_limiter.require("kiosk-find", _FINDS, principal.subject)
    return await People(context.peers).find(wanted, actor=principal.subject)


async def begin(request: Request, principal: Principal, wanted: Wanted, reason: str) -> Begun:
    """Find somebody and begin to help them. Raises as ``find``, and ``MalformedValue``."""
    person = await find(request, principal, wanted)
    recovery_id = await recoveries_of(request).begin(person, reason, officer=principal.subject)
    return Begun(recovery_id=recovery_id, person=person)


async def compare(
    request: Request, principal: Principal, recovery_id: str, *, compared: str, second: str
) -> None:
    """Note the comparison and ask for the second confirmation. Raises as ``Recoveries`` does."""
    recoveries = recoveries_of(request)
    if second == BY_CODE:
        await recoveries.compare_with_code(recovery_id, compared, officer=principal.subject)
    elif second == BY_OFFICER:
        await recoveries.compare_with_officer(recovery_id, compared, officer=approver(principal))
    else:
        raise MalformedValue(gettext_noop("Choose who confirms it too."), pointer="/second")


def approver(principal: Principal) -> Approver:
    """An officer, as the approval mechanism knows them."""
    return Approver(subject=principal.subject, name=principal.name, identity=principal.identity)
