"""A certificate goes into a wallet app of the holder's own: with the PIN, and the holder's log says so."""

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.qr import qr_svg
from runtime.service import ServiceContext, context_of
from vc.errors import ConflictError, EvidenceUnavailable, PassportError
from wallet_api import access_log
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.holder_door import Holder
from wallet_api.holding import render
from wallet_api.offer_client import AppOffer, ask_offer
from wallet_api.open_wallet.page_parts import PRIVATE, status_of, unlock
from wallet_api.routes import wallet_of
from wallet_api.store import Connection
from wallet_api.unlocking import HOLDER, NoPin, PinLocked, Unlocked, WrongPin

router = APIRouter(prefix="/wallet/credentials")

_NOT_NOW: Final = gettext_noop("It could not be made now. Nothing was given. Try again in a few minutes.")
_MAX_PIN: Final = 20


@router.get("/{credential_id}/own-app")
async def ask(request: Request, credential_id: str, principal: Holder) -> Response:
    """What it means, and the field for the PIN."""
    return await _page(request, credential_id, principal)


@router.post("/{credential_id}/own-app")
async def give(request: Request, credential_id: str, principal: Holder) -> Response:
    """The picture that the app scans, and the digits."""
    async with request.form(max_files=0, max_fields=5) as form:
        pin = str(form.get("pin", ""))[:_MAX_PIN]
    context = context_of(request)
    try:
        unlocked = await unlock(request, principal, pin)
        # The PIN for when somebody forces the holder shows less than the session it is typed in.
        await wallet_of(request).visible(unlocked, credential_id)
        made = await ask_offer(context.peers, credential_id, unlocked.rld_number)
    except (WrongPin, PinLocked, NoPin, ConflictError) as error:
        return await _page(request, credential_id, principal, error=error)
    except EvidenceUnavailable:
        return await _page(request, credential_id, principal, error=EvidenceUnavailable(_NOT_NOW))
    await context.database.write(partial(_note, context=context, unlocked=unlocked))
    return await _page(request, credential_id, principal, made=made)


async def _page(
    request: Request,
    credential_id: str,
    principal: Principal,
    *,
    made: AppOffer | None = None,
    error: PassportError | None = None,
) -> Response:
    card, _ = await wallet_of(request).card(str(principal.rld_number), credential_id)
    status = 200 if error is None else (503 if isinstance(error, EvidenceUnavailable) else status_of(error))
    response = render(
        request,
        "wallet_api/own_app.html",
        status_code=status,
        card=card,
        made=made,
        qr=None if made is None else qr_svg(made.link),
        problem=None if error is None else str(error),
    )
    response.headers.update(PRIVATE)
    return response


def _note(connection: Connection, *, context: ServiceContext, unlocked: Unlocked) -> None:
    entry = AccessEntry(kind=AccessKind.SHARED, by=HOLDER, detail="OpenID4VCI", at=context.clock.now())
    access_log.add(context.personal, connection, unlocked.holder, entry)
