"""The page on which a holder says where to tell them that there is news."""

from typing import Annotated, Final

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue, RateLimited
from wallet_api.contacts import MAX_ADDRESS, normal_address
from wallet_api.messages import Channel, MessageNotSent
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.phones import phone_index
from wallet_api.pin_pages import pins_of, require_own_pin
from wallet_api.routes import contacts_of
from wallet_api.unlocking import UnfitPin, WrongPin

router = APIRouter(prefix="/wallet/contact")

CHANNEL_WORDS: Final = {
    Channel.SMS.value: gettext_noop("SMS to a phone"),
    Channel.TELEGRAM.value: gettext_noop("Telegram (the number of the chat)"),
    Channel.EMAIL.value: gettext_noop("E-mail"),
}
_CHOOSE: Final = gettext_noop("Choose how, and write the number or address.")
_WRONG: Final = gettext_noop("That is another code than the one that was sent.")
_NOT_SENT: Final = gettext_noop(
    "It could not be sent now. Try again in a few minutes, or choose another way."
)

_LIKE_ANOTHER: Final = gettext_noop("This number cannot be used with your PIN. Change your PIN first.")


@router.get("")
async def show(request: Request, principal: Returnee) -> Response:
    """Where one is told, and the form for another way."""
    return await _page(request, principal)


@router.post("")
async def add(
    request: Request,
    principal: Returnee,
    channel: Annotated[str, Form(max_length=16)] = "",
    address: Annotated[str, Form(max_length=MAX_ADDRESS)] = "",
    pin: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Send a code there. Whoever has a PIN types it: neither a code nor a session changes the phone alone."""
    if channel not in CHANNEL_WORDS or not address.strip():
        return await _page(request, principal, error=("address", _CHOOSE))
    try:
        if await require_own_pin(request, principal, pin) is not None and channel == Channel.SMS.value:
            await _require_unlike(request, principal, address, pin)
        await contacts_of(request).add(rld_number_of(principal), Channel(channel), address)
    except UnfitPin:
        return await _page(request, principal, error=("pin", _LIKE_ANOTHER))
    except (WrongPin, RateLimited) as error:
        return await _page(request, principal, error=("pin", str(error)))
    except (MalformedValue, ConflictError) as error:
        return await _page(request, principal, error=("address", str(error)))
    except MessageNotSent:
        return await _page(request, principal, error=("address", _NOT_SENT))
    return RedirectResponse("/wallet/contact", status_code=303)


@router.post("/confirm")
async def confirm(
    request: Request, principal: Returnee, code: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Take the code that was sent."""
    try:
        is_right = await contacts_of(request).confirm(rld_number_of(principal), code)
    except ConflictError as error:
        return await _page(request, principal, error=("code", str(error)))
    if not is_right:
        return await _page(request, principal, error=("code", _WRONG))
    return RedirectResponse("/wallet/contact", status_code=303)


@router.post("/remove")
async def remove(
    request: Request, principal: Returnee, pin: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Tell nobody there any more."""
    try:
        await require_own_pin(request, principal, pin)
    except (WrongPin, RateLimited) as error:
        return await _page(request, principal, error=("remove", str(error)))
    await contacts_of(request).remove(rld_number_of(principal))
    return RedirectResponse("/wallet/contact", status_code=303)


async def _require_unlike(request: Request, principal: Principal, address: str, pin: str) -> None:
    """Raises ``UnfitPin`` where somebody else with that phone has the same PIN."""
    personal = context_of(request).personal
    index = phone_index(personal, normal_address(Channel.SMS, address))
    holder = personal.person(rld_number_of(principal))
    await pins_of(request).require_unused(holder, pin, phone_index=index)


async def _page(request: Request, principal: Principal, *, error: tuple[str, str] | None = None) -> Response:
    return context_of(request).pages.render(
        request,
        "wallet_api/contact.html",
        status_code=400 if error else 200,
        contact=await contacts_of(request).of(rld_number_of(principal)),
        channels=CHANNEL_WORDS,
        has_pin=await pins_of(request).has_pin(rld_number_of(principal)),
        error_field=error[0] if error else "",
        error_text=error[1] if error else "",
    )
