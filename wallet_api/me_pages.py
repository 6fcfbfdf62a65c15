"""A holder's rights over what is kept here: see it, take it along, have it corrected, have it destroyed."""

from functools import partial
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import DEFAULT_LANGUAGE, SOURCE_LANGUAGE, gettext_noop
from runtime.person_requests import PersonRequest
from runtime.service import context_of
from vc.errors import MalformedValue, RateLimited
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.choices import hide_everything
from wallet_api.everything import everything_of
from wallet_api.holding import render, seen_by
from wallet_api.own_copy import OwnCopy, zip_of
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.routes import contacts_of, wallet_of
from wallet_api.store import Connection
from wallet_api.unlocking import HOLDER, Pins, Unlocked
from wallet_api.visible import is_limited

router = APIRouter(prefix="/wallet/me")

_REASON: Final = "The holder's own act."
_NOT_SURE: Final = gettext_noop("Tick that you know: nobody can bring it back.")
# What a limited view gives out. The rest could say what it does not show, and is empty lists.
_IN_LIMITED_COPY: Final = frozenset({"contact", "credentials", "has_pin", "phone", "shares"})


@router.get("")
async def show(request: Request, principal: Returnee) -> Response:
    """What is kept, and what can be done about it."""
    return await _page(request, principal)


@router.post("/export")
async def export(
    request: Request, principal: Returnee, pin: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Everything as a ZIP, after the PIN where there is one; it is noted in the holder's log."""
    try:
        who = await _unlocked(request, principal, pin)
    except (MalformedValue, RateLimited) as error:
        return await _page(request, principal, pin_error=str(error), status_code=_status(error))
    content = await _own_copy(request, principal, who)
    headers = {
        "Content-Disposition": 'attachment; filename="skills-passport.zip"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)


@router.get("/erase")
async def ask_to_erase(request: Request, principal: Returnee) -> Response:
    """The first question: what goes, and what stays."""
    return render(request, "wallet_api/erase.html", kept=len(await seen_by(request, principal)))


@router.get("/erase/sure")
async def ask_again(request: Request, principal: Returnee) -> Response:
    """The second question, with the PIN."""
    return await _sure_page(request, principal)


@router.post("/erase")
async def erase(
    request: Request,
    principal: Returnee,
    sure: Annotated[str, Form(max_length=10)] = "",
    pin: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Destroy everything that this wallet keeps of the holder, at once and for ever."""
    if sure != "yes":
        return await _sure_page(request, principal, sure_error=_NOT_SURE, status_code=400)
    try:
        who = await _unlocked(request, principal, pin)
    except (MalformedValue, RateLimited) as error:
        return await _sure_page(request, principal, pin_error=str(error), status_code=_status(error))
    if _is_limited(principal, who):
        await context_of(request).database.write(_hide, request, principal)
    else:
        await wallet_of(request).erase(_request_of(principal))
    return render(request, "wallet_api/erased.html")


async def _unlocked(request: Request, principal: Principal, pin: str) -> Unlocked | None:
    """What the PIN opens; None where the holder never set one. Raises as ``Pins.unlock``."""
    pins: Pins = request.app.state.pins
    if not await pins.has_pin(rld_number_of(principal)):
        return None
    return await pins.unlock(rld_number_of(principal), pin)


def _is_limited(principal: Principal, who: Unlocked | None) -> bool:
    return is_limited(principal) or (who is not None and is_limited(who))


async def _own_copy(request: Request, principal: Principal, who: Unlocked | None) -> bytes:
    context, wallet, number = context_of(request), wallet_of(request), rld_number_of(principal)
    held = await wallet.export(_request_of(principal))
    for seer in (principal, who):
        ids = None if seer is None else await wallet.visible_ids(seer)
        held = tuple(one for one in held if ids is None or one.id in ids)
    rest: dict[str, Any] = await everything_of(request.app, number, held)
    if _is_limited(principal, who):
        rest = {name: value if name in _IN_LIMITED_COPY else [] for name, value in rest.items()}
    await context.database.write(_note_export, request, principal)
    translator = context.pages.translator
    copy = OwnCopy(
        held=held,
        rest=rest,
        base_url=context.settings.base_url,
        hotline=context.settings.hotline,
        made_at=context.clock.now(),
        translators=[
            partial(translator.gettext, language) for language in (DEFAULT_LANGUAGE, SOURCE_LANGUAGE)
        ],
    )
    return await anyio.to_thread.run_sync(zip_of, copy)


def _note_export(connection: Connection, request: Request, principal: Principal) -> None:
    context = context_of(request)
    holder = context.personal.person(rld_number_of(principal))
    entry = AccessEntry(kind=AccessKind.EXPORTED, by=HOLDER, at=context.clock.now())
    access_log.add(context.personal, connection, holder, entry)


def _hide(connection: Connection, request: Request, principal: Principal) -> None:
    context = context_of(request)
    holder = context.personal.person(rld_number_of(principal))
    hide_everything(connection, context.personal, holder)
    # As whenever that choice is changed.
    record(connection, Entry(actor=HOLDER, act="pin.set", object=holder), now=context.clock.now())


def _request_of(principal: Principal) -> PersonRequest:
    return PersonRequest(rld_number=rld_number_of(principal), actor=HOLDER, reason=_REASON)


def _status(error: MalformedValue | RateLimited) -> int:
    return 429 if isinstance(error, RateLimited) else 400


async def _page(
    request: Request, principal: Principal, *, pin_error: str = "", status_code: int = 200
) -> Response:
    pins: Pins = request.app.state.pins
    return render(
        request,
        "wallet_api/me.html",
        status_code=status_code,
        cards=[one.card for one in await seen_by(request, principal)],
        contact=await contacts_of(request).of(rld_number_of(principal)),
        has_pin=await pins.has_pin(rld_number_of(principal)),
        pin_error=pin_error,
    )


async def _sure_page(
    request: Request,
    principal: Principal,
    *,
    sure_error: str = "",
    pin_error: str = "",
    status_code: int = 200,
) -> Response:
    pins: Pins = request.app.state.pins
    return render(
        request,
        "wallet_api/erase_sure.html",
        status_code=status_code,
        has_pin=await pins.has_pin(rld_number_of(principal)),
        sure_error=sure_error,
        pin_error=pin_error,
    )
