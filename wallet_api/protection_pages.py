"""The queue of those who may be under threat, for protection officers and nobody else."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, require_role
from runtime.service import context_of
from wallet_api.protection import Protection

router = APIRouter(prefix="/wallet/protection")
_Protector = Annotated[Principal, Depends(require_role(Role.PROTECTION_OFFICER))]


def protection_of(request: Request) -> Protection:
    """The queue of the application that answers ``request``."""
    found = request.app.state.protection
    if not isinstance(found, Protection):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return found


@router.get("")
async def show(request: Request, _: _Protector) -> Response:
    """Everybody who used the PIN for when they are forced; those that nobody saw yet first."""
    events = await protection_of(request).events()
    return context_of(request).pages.render(request, "wallet_api/protection.html", events=events)


@router.post("/{event_id}/seen")
async def see(request: Request, event_id: str, principal: _Protector) -> Response:
    """Note that this officer takes care of it."""
    await protection_of(request).see(event_id, by=principal.subject)
    return RedirectResponse("/wallet/protection", status_code=303)
