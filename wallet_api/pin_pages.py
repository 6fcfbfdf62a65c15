"""A holder's own PIN: the first one, another one, and the one for when they are forced."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue, RateLimited
from wallet_api.about_holder import birth_date_of
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.routes import contacts_of, wallet_of
from wallet_api.unlocking import PinLocked, Pins, Unlocked

router = APIRouter(prefix="/wallet/pin")

_TWICE: Final = gettext_noop("The two are not the same. Type it again.")
_NO_RESPONDER: Final = gettext_noop("Nobody would look into it here, so no second PIN can be set.")
_Pin = Annotated[str, Form(max_length=20)]
_FIRST: Final = "first"
_SECOND: Final = "second"


def pins_of(request: Request) -> Pins:
    """The PINs of the application that answers ``request``."""
    pins = request.app.state.pins
    if not isinstance(pins, Pins):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return pins


async def require_own_pin(request: Request, principal: Principal, pin: str) -> Unlocked | None:
    """What the holder's PIN opens; None for whoever has not set one yet. Raises as ``Pins.unlock``."""
    number = rld_number_of(principal)
    return await pins_of(request).unlock(number, pin) if await pins_of(request).has_pin(number) else None


@router.get("")
async def show(request: Request, principal: Returnee) -> Response:
    """The forms; whether there is a second PIN stands nowhere."""
    return await _page(request, principal)


@router.post("")
async def set_pin(
    request: Request, principal: Returnee, pin: _Pin = "", new_pin: _Pin = "", again: _Pin = ""
) -> Response:
    """Set the first PIN, or another one in the place of the one that is typed."""
    number, pins = rld_number_of(principal), pins_of(request)
    birth_date = await birth_date_of(request, number)
    try:
        _require_same(new_pin, again)
        if await pins.has_pin(number):
            await pins.change(number, pin, new_pin, birth_date=birth_date)
        else:
            await contacts_of(request).use_for_sign_in(number)
            await pins.set_first(number, new_pin, birth_date=birth_date)
    except (MalformedValue, RateLimited, ConflictError) as error:
        return await _page(request, principal, form=_FIRST, error=error)
    return RedirectResponse("/wallet/pin?done=1", status_code=303)


@router.post("/second")
async def set_second(
    request: Request,
    principal: Returnee,
    *,
    pin: _Pin = "",
    new_pin: _Pin = "",
    again: _Pin = "",
    chosen: Annotated[list[str] | None, Form(max_length=50)] = None,
) -> Response:
    """Set the PIN for when the holder is forced, and what it shows."""
    _require_responder(request)
    number = rld_number_of(principal)
    visible = await _visible_ids(request, principal)
    try:
        _require_same(new_pin, again)
        await pins_of(request).set_second(
            number,
            pin,
            new_pin,
            chosen=[one for one in visible if one in set(chosen or ())],
            birth_date=await birth_date_of(request, number),
        )
    except (MalformedValue, RateLimited, ConflictError) as error:
        return await _page(request, principal, form=_SECOND, error=error)
    return RedirectResponse("/wallet/pin?done=1", status_code=303)


@router.post("/second/end")
async def end_second(request: Request, principal: Returnee, pin: _Pin = "") -> Response:
    """Have no such PIN any more."""
    _require_responder(request)
    try:
        await pins_of(request).end_second(rld_number_of(principal), pin)
    except (MalformedValue, RateLimited, ConflictError) as error:
        return await _page(request, principal, form="end", error=error)
    return RedirectResponse("/wallet/pin?done=1", status_code=303)


def _require_responder(request: Request) -> None:
    if context_of(request).settings.duress_responder is None:
        raise ConflictError(_NO_RESPONDER)


def _require_same(new_pin: str, again: str) -> None:
    if new_pin != again:
        raise MalformedValue(_TWICE, pointer="/again")


async def _visible_ids(request: Request, principal: Principal) -> list[str]:
    """Everything this session shows, newest first."""
    held = await wallet_of(request).all_held(rld_number_of(principal))
    ids = await wallet_of(request).visible_ids(principal)
    return [one.id for one in held if ids is None or one.id in ids]


async def _page(
    request: Request, principal: Principal, *, form: str = "", error: Exception | None = None
) -> Response:
    number = rld_number_of(principal)
    cards = await wallet_of(request).visible_credentials(principal, await wallet_of(request).cards(number))
    status = 200 if error is None else 429 if isinstance(error, RateLimited) else 400
    values: dict[str, Any] = {
        "has_pin": await pins_of(request).has_pin(number),
        "responder": context_of(request).settings.duress_responder,
        "cards": cards,
        "form": form,
        "error_field": error_field(error),
        "error": "" if error is None else str(error),
        "locked_until": error.until if isinstance(error, PinLocked) else None,
        "done": "done" in request.query_params and error is None,
    }
    return context_of(request).pages.render(request, "wallet_api/pin.html", status_code=status, **values)


def error_field(error: Exception | None) -> str:
    """The field of the form that an error is about: *pin*, *new_pin* or *again*."""
    if not isinstance(error, MalformedValue) or not error.findings:
        return "pin"
    return (error.findings[0].pointer or "/pin").removeprefix("/")
