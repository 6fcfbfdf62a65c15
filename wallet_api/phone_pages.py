"""Signing in with a phone: the number, the code that came to it, the PIN."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import principal_or_none, safe_next_path, session_token_or_none, set_session
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue, NotAuthorized, RateLimited
from wallet_api.about_holder import name_of
from wallet_api.kiosk_clients import HolderSessions
from wallet_api.phone_sign_in import PhoneSignIn
from wallet_api.unlocking import Unlocked

router = APIRouter(prefix="/wallet/sign-in")

_WRONG_CODE: Final = gettext_noop("This is not the right code, or it is no longer good.")
_NOBODYS: Final = gettext_noop("This is not the right PIN.")
_MAX_NUMBER: Final = 40
_MAX_CODE: Final = 20
_Number = Annotated[str, Form(max_length=_MAX_NUMBER)]
_Next = Annotated[str, Form(max_length=1_000)]


def phone_sign_in_of(request: Request) -> PhoneSignIn:
    """The sign-in by phone of the application that answers ``request``."""
    found = request.app.state.phone_sign_in
    if not isinstance(found, PhoneSignIn):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return found


@router.get("")
async def show(request: Request) -> Response:
    """Ask for the number; ``next`` is where to go afterwards."""
    await principal_or_none(request)
    return _page(request, "number", wanted=request.query_params.get("next"))


@router.post("", dependencies=[Depends(rate_limit("phone-sign-in", "10/minute"))])
async def ask_code(request: Request, number: _Number = "", next: _Next = "") -> Response:
    """Send a code, and say the same whether or not a passport opens with that number."""
    try:
        code = await phone_sign_in_of(request).ask_code(number)
    except (MalformedValue, RateLimited) as error:
        return _page(request, "number", wanted=next, number=number, error=error)
    page = _page(request, "code", wanted=next, number=number)
    page.background = BackgroundTask(phone_sign_in_of(request).send, code)
    return page


@router.post("/code", dependencies=[Depends(rate_limit("phone-code", "20/minute"))])
async def check_code(
    request: Request,
    number: _Number = "",
    code: Annotated[str, Form(max_length=_MAX_CODE)] = "",
    next: _Next = "",
) -> Response:
    """Take the code, and ask for the PIN."""
    try:
        token = await phone_sign_in_of(request).check_code(number, code)
    except MalformedValue as error:
        return _page(request, "number", wanted=next, number=number, error=error)
    if token is None:
        wrong = MalformedValue(_WRONG_CODE)
        return _page(request, "code", wanted=next, number=number, error=wrong)
    return _page(request, "pin", wanted=next, token=token)


@router.post("/pin", dependencies=[Depends(rate_limit("phone-pin", "20/minute"))])
async def check_pin(
    request: Request,
    token: Annotated[str, Form(max_length=60)] = "",
    pin: Annotated[str, Form(max_length=_MAX_CODE)] = "",
    next: _Next = "",
) -> Response:
    """Sign whoever has this phone and this PIN in."""
    try:
        unlocked = await phone_sign_in_of(request).check_pin(token, pin)
        if unlocked is None:
            raise MalformedValue(_NOBODYS)
    except NotAuthorized as error:
        return _page(request, "number", wanted=next, error=error)
    except (MalformedValue, RateLimited, ConflictError) as error:
        return _page(request, "pin", wanted=next, token=token, error=error)
    response = RedirectResponse(safe_next_path(next, default="/wallet"), status_code=303)
    await begin_session(request, response, unlocked)
    return response


async def begin_session(
    request: Request, response: Response, unlocked: Unlocked, *, is_kiosk: bool = False
) -> None:
    """Hand the browser a session for whoever was unlocked; the one it had ends."""
    context = context_of(request)
    token = await HolderSessions(context.peers).begin(
        unlocked.rld_number,
        name=await name_of(request, unlocked.rld_number),
        is_limited=unlocked.is_limited,
        is_kiosk=is_kiosk,
        replaces=session_token_or_none(request),
    )
    set_session(response, token, settings=context.settings)


def _page(
    request: Request,
    step: str,
    *,
    wanted: str | None,
    number: str = "",
    token: str = "",
    error: Exception | None = None,
) -> Response:
    status = 200 if error is None else 429 if isinstance(error, RateLimited) else 400
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    return context_of(request).pages.render(
        request,
        "wallet_api/sign_in.html",
        status_code=status,
        headers=headers,
        step=step,
        next=safe_next_path(wanted, default=""),
        number=number,
        token=token,
        error="" if error is None else str(error),
    )
