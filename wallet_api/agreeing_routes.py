"""What the issuer asks when a wallet app is to get certificates: what may be seen, and what a PIN opens.

And what it tells: that an app fetched one, which its holder reads in their own log.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from runtime.auth import Principal, require_service
from runtime.person_requests import RldNumber
from runtime.service import ServiceContext, context_of
from vc.encoding.timestamps import parse_timestamp
from wallet_api import access_log, share_store
from wallet_api.access_log import AccessEntry, AccessKind
from wallet_api.routes import wallet_of
from wallet_api.store import Connection
from wallet_api.telling import BETWEEN
from wallet_api.unlocking import NoPin, PinLocked, Pins, WrongPin
from wallet_api.visible import limited_ids

APP: Final = "app"
"""What the log calls an app that fetched a certificate; nobody vouches for the name it says."""

router = APIRouter(prefix="/wallet/api")
_Issuer = Annotated[Principal, Depends(require_service("issuer"))]
_FetchId = Annotated[str, Path(pattern=r"^[0-9A-Z]{16}$")]


class PinRefusal(StrEnum):
    """Why a PIN opens nothing."""

    WRONG = "wrong"
    LOCKED = "locked"
    NOT_SET = "not_set"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ViewBody(_Body):
    """Whose passport. ``is_limited``: in a session that shows what they chose for when they are forced."""

    rld_number: RldNumber
    is_limited: bool


class UnlockBody(_Body):
    """Whose passport, and what was typed as their PIN."""

    rld_number: RldNumber
    pin: Annotated[str, Field(max_length=20)]


class FetchedBody(_Body):
    """Whose certificate an app fetched, when, and what the app calls itself, None for nothing."""

    rld_number: RldNumber
    credential_id: Annotated[str, Field(min_length=1, max_length=60)]
    client_name: Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")] | None
    at: Annotated[str, Field(max_length=32)]


@router.post("/people/view")
async def view(request: Request, body: ViewBody, _: _Issuer) -> dict[str, Any]:
    """Ids of the certificates that a session of this person shows, and whether they have a PIN."""
    ids = await _ids(request, body.rld_number, is_limited=body.is_limited)
    return {"credential_ids": ids, "has_pin": await _pins(request).has_pin(body.rld_number)}


@router.post("/people/unlock")
async def unlock(request: Request, body: UnlockBody, _: _Issuer) -> dict[str, Any]:
    """Ids of the certificates that this PIN lets be seen and given; or why it opens nothing.

    A wrong one is counted, and the second one tells whom it tells everywhere.
    """
    try:
        unlocked = await _pins(request).unlock(body.rld_number, body.pin)
    except WrongPin:
        return _refused(PinRefusal.WRONG)
    except PinLocked:
        return _refused(PinRefusal.LOCKED)
    except NoPin:
        return _refused(PinRefusal.NOT_SET)
    ids = await _ids(request, body.rld_number, is_limited=unlocked.is_limited)
    return {"credential_ids": ids, "refused": None}


@router.put("/fetches/{fetch_id}")
async def note_fetched(
    request: Request, fetch_id: _FetchId, body: FetchedBody, _: _Issuer
) -> dict[str, bool]:
    """Let a person see that an app fetched copies of a certificate. Told again it changes nothing."""
    context = context_of(request)
    entry = AccessEntry(
        kind=AccessKind.FETCHED,
        by=APP,
        # In quotation marks: else an app could call itself as the log calls people and offices.
        detail=f"“{body.client_name}”" if body.client_name else "",
        credential_id=body.credential_id,
        at=parse_timestamp(body.at),
    )
    holder = context.personal.person(body.rld_number)
    is_new = await context.database.write(_note, context, holder, fetch_id, entry)
    return {"noted": is_new}


def _note(
    connection: Connection, context: ServiceContext, holder: str, fetch_id: str, entry: AccessEntry
) -> bool:
    if not access_log.add_once(context.personal, connection, holder, entry, entry_id=fetch_id):
        return False
    share_store.tell_soon(connection, holder, context.clock.now(), between=BETWEEN)
    return True


async def _ids(request: Request, rld_number: str, *, is_limited: bool) -> list[str]:
    held = {one.id for one in await wallet_of(request).all_held(rld_number)}
    if is_limited:
        context = context_of(request)
        holder = context.personal.person(rld_number)
        held &= await context.database.read(limited_ids, context.personal, holder)
    return sorted(held)


def _refused(why: PinRefusal) -> dict[str, Any]:
    return {"credential_ids": [], "refused": why.value}


def _pins(request: Request) -> Pins:
    pins: Pins = request.app.state.pins
    return pins
