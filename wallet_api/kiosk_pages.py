"""The kiosk: an officer helps one person at a time, and lets holders use the machine with their PIN."""

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, forget_session, session_token_or_none
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue, NotFound, RateLimited
from wallet_api import kiosk
from wallet_api.about_holder import birth_date_of
from wallet_api.kiosk import Confirmer, Officer, approver, recoveries_of, wanted_of
from wallet_api.kiosk_clients import FoundPerson, HolderSessions, Wanted
from wallet_api.messages import MessageNotSent
from wallet_api.pages import Returnee
from wallet_api.phone_pages import begin_session, phone_sign_in_of
from wallet_api.pin_pages import error_field, pins_of
from wallet_api.recoveries import COMPARED, REASONS
from wallet_api.unlocking import WrongPin

router = APIRouter(prefix="/wallet/kiosk")

_NOBODY: Final = gettext_noop("Nobody was found. Look at the number, the year of birth or the code again.")
_TWICE: Final = gettext_noop("The two are not the same. Type it again.")
_WRONG_CODE: Final = gettext_noop("This is not the right code, or it is no longer good.")
_NOT_SENT: Final = gettext_noop("The code could not be sent now. Try again, or ask another officer.")
_MEET: Final = gettext_noop("Confirm only what you saw yourself.")
_Short = Annotated[str, Form(max_length=40)]
_Long = Annotated[str, Form(max_length=500)]
_HELP: Final = "/wallet/kiosk/help"


@router.get("")
async def show(request: Request, _: Officer) -> Response:
    """Whom to help, or let a holder use this machine."""
    return _kiosk_page(request)


@router.post("/find")
async def find(
    request: Request,
    principal: Officer,
    *,
    rld_number: _Short = "",
    birth_year: _Short = "",
    printed: _Long = "",
    reason: _Short = "",
) -> Response:
    """Find one person, and begin to help them. A POST, so that no number stands in an address."""
    try:
        wanted = wanted_of(rld_number, birth_year, printed)
        begun = await kiosk.begin(request, principal, wanted, reason)
    except (MalformedValue, RateLimited) as error:
        return _kiosk_page(request, form="find", error=error)
    except NotFound:
        return _kiosk_page(request, form="find", error=NotFound(_NOBODY))
    return await _help_page(request, principal, begun.recovery_id, person=begun.person)


@router.get("/help/{recovery_id}")
async def show_help(request: Request, recovery_id: str, principal: Officer) -> Response:
    """How the help for one person stands."""
    return await _help_page(request, principal, recovery_id)


@router.post("/help/{recovery_id}/compare")
async def compare(
    request: Request, recovery_id: str, principal: Officer, compared: _Short = "", second: _Short = ""
) -> Response:
    """Say with what the face was compared, and who confirms it too."""
    try:
        await kiosk.compare(request, principal, recovery_id, compared=compared, second=second)
    except MessageNotSent:
        return await _help_page(request, principal, recovery_id, error=ConflictError(_NOT_SENT))
    except (MalformedValue, ConflictError) as error:
        return await _help_page(request, principal, recovery_id, error=error)
    return RedirectResponse(f"{_HELP}/{recovery_id}", status_code=303)


@router.post("/help/{recovery_id}/code")
async def check_code(request: Request, recovery_id: str, principal: Officer, code: _Short = "") -> Response:
    """Take the code that came to the person's phone."""
    try:
        is_right = await recoveries_of(request).check_code(recovery_id, code, officer=principal.subject)
    except ConflictError as error:
        return await _help_page(request, principal, recovery_id, error=error)
    if not is_right:
        return await _help_page(request, principal, recovery_id, error=MalformedValue(_WRONG_CODE))
    return RedirectResponse(f"{_HELP}/{recovery_id}", status_code=303)


@router.post("/help/{recovery_id}/finish")
async def finish(
    request: Request,
    recovery_id: str,
    principal: Officer,
    *,
    new_pin: _Short = "",
    again: _Short = "",
    phone: _Short = "",
    new_phone: _Short = "",
) -> Response:
    """Give the person the PIN that they typed themselves, and end what others may hold."""
    try:
        if new_pin != again:
            raise MalformedValue(_TWICE, pointer="/again")
        await _finish(request, recovery_id, principal, new_pin=new_pin, phone=phone, new_phone=new_phone)
    except MessageNotSent:
        return await _help_page(request, principal, recovery_id, error=ConflictError(_NOT_SENT))
    except (MalformedValue, ConflictError, RateLimited) as error:
        return await _help_page(request, principal, recovery_id, error=error)
    return RedirectResponse(f"{_HELP}/{recovery_id}", status_code=303)


async def _finish(
    request: Request,
    recovery_id: str,
    principal: Principal,
    *,
    new_pin: str,
    phone: str,
    new_phone: str,
) -> None:
    recoveries = recoveries_of(request)
    number = await recoveries.person_in(recovery_id, officer=principal.subject)
    await recoveries.finish(
        recovery_id,
        new_pin,
        officer=principal.subject,
        keeps_phone=phone == "keep",
        new_phone=new_phone if phone == "new" else "",
        birth_date=await birth_date_of(request, number),
    )


@router.post("/help/{recovery_id}/phone")
async def confirm_phone(
    request: Request, recovery_id: str, principal: Officer, code: _Short = ""
) -> Response:
    """Take the code that came to the new phone: it opens the passport at once."""
    try:
        is_right = await recoveries_of(request).confirm_phone(recovery_id, code, officer=principal.subject)
    except ConflictError as error:
        return await _help_page(request, principal, recovery_id, error=error)
    if not is_right:
        return await _help_page(request, principal, recovery_id, error=MalformedValue(_WRONG_CODE))
    return RedirectResponse(f"{_HELP}/{recovery_id}?phone=1", status_code=303)


@router.get("/waiting")
async def show_waiting(request: Request, principal: Confirmer) -> Response:
    """What waits for another officer."""
    return await _waiting_page(request, principal)


@router.post("/waiting/{number}")
async def agree(
    request: Request,
    number: int,
    principal: Confirmer,
    rld_number: _Short = "",
    met: _Short = "",
) -> Response:
    """Confirm as another officer, who saw the person."""
    if not met:
        return await _waiting_page(request, principal, error=MalformedValue(_MEET))
    try:
        await recoveries_of(request).agree(number, rld_number, approver=approver(principal))
    except NotFound:
        return await _waiting_page(request, principal, error=NotFound(_NOBODY))
    except ConflictError as error:
        return await _waiting_page(request, principal, error=error)
    return RedirectResponse("/wallet/kiosk/waiting?done=1", status_code=303)


@router.post("/holder")
async def let_holder_in(
    request: Request, principal: Officer, whose: _Long = "", pin: _Short = ""
) -> Response:
    """Let a holder who is here use this machine for ten minutes; the officer's session ends with it."""
    context = context_of(request)
    try:
        number = await _number_of(request, principal, whose.strip())
        unlocked = await pins_of(request).unlock(number, pin)
    except (MalformedValue, ConflictError, RateLimited) as error:
        return _kiosk_page(request, form="holder", error=error)
    except NotFound:
        return _kiosk_page(request, form="holder", error=WrongPin())
    await context.database.write(phone_sign_in_of(request).note_sign_in, unlocked)
    response = RedirectResponse("/wallet", status_code=303)
    await begin_session(request, response, unlocked, is_kiosk=True)
    return response


@router.post("/end")
async def end(request: Request, _: Returnee) -> Response:
    """End a holder's time at a kiosk; nothing of it stays in the browser."""
    context = context_of(request)
    token = session_token_or_none(request)
    if token is not None:
        await HolderSessions(context.peers).end(token)
    response = RedirectResponse("/wallet/kiosk", status_code=303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    forget_session(response, settings=context.settings)
    return response


async def _number_of(request: Request, principal: Principal, whose: str) -> str:
    """The RLD number, typed as such or by way of a certificate. Raises ``NotFound``."""
    if await pins_of(request).has_pin(whose):
        return whose
    return (await kiosk.find(request, principal, Wanted(printed=whose))).rld_number


def _kiosk_page(request: Request, *, form: str = "", error: Exception | None = None) -> Response:
    return _render(request, "wallet_api/kiosk.html", error, form=form, reasons=REASONS)


async def _help_page(
    request: Request,
    principal: Principal,
    recovery_id: str,
    *,
    person: FoundPerson | None = None,
    error: Exception | None = None,
) -> Response:
    standing = await recoveries_of(request).standing(recovery_id, officer=principal.subject)
    photo = person.photo if person is not None else None
    return _render(
        request,
        "wallet_api/kiosk_help.html",
        error,
        standing=standing,
        recovery=standing.recovery,
        person=person,
        photo=None if photo is None else f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}",
        # Where the page was opened again the photo is not there any more, but may have been.
        compared={how: words for how, words in COMPARED.items() if how != "photo" or not person or photo},
        seconds={
            who: words for who, words in kiosk.SECONDS.items() if who != kiosk.BY_CODE or standing.has_phone
        },
        reasons=REASONS,
        phone_done="phone" in request.query_params,
    )


async def _waiting_page(
    request: Request, principal: Principal, *, error: Exception | None = None
) -> Response:
    return _render(
        request,
        "wallet_api/kiosk_waiting.html",
        error,
        waiting=await recoveries_of(request).waiting(),
        own=principal.subject,
        reasons=REASONS,
        done="done" in request.query_params,
    )


def _render(request: Request, template: str, error: Exception | None, **values: Any) -> Response:
    status = 200 if error is None else 429 if isinstance(error, RateLimited) else 400
    return context_of(request).pages.render(
        request,
        template,
        status_code=status,
        error="" if error is None else str(error),
        error_field=error_field(error),
        **values,
    )
