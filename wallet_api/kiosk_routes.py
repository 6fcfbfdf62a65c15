"""The kiosk for programs: what an officer does at the command line, signed in as on the page."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wallet_api import kiosk
from wallet_api.about_holder import birth_date_of
from wallet_api.kiosk import Confirmer, Officer, approver, recoveries_of, wanted_of
from wallet_api.recoveries import Standing

router = APIRouter(prefix="/wallet/api/kiosk")
_Short = Annotated[str, Field(max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FindBody(_Body):
    """One person, and why: number and year of birth, or what is printed on a certificate."""

    rld_number: _Short = ""
    birth_year: _Short = ""
    printed: Annotated[str, Field(max_length=500)] = ""
    reason: _Short


class CompareBody(_Body):
    """With what the face was compared, and who confirms it too."""

    compared: _Short
    second: Literal["code", "officer"]


class CodeBody(_Body):
    """A code that came to a phone."""

    code: _Short


class AgreeBody(_Body):
    """The number of the person whom this officer saw, too."""

    rld_number: _Short


class FinishBody(_Body):
    """The PIN that the person typed; ``keeps_phone``, or ``new_phone``, or neither."""

    new_pin: _Short
    keeps_phone: bool = False
    new_phone: _Short = ""


@router.post("/help")
async def begin(request: Request, body: FindBody, principal: Officer) -> Response:
    """Find one person and begin to help them: 201 with the id and the names. No photo goes to programs."""
    wanted = wanted_of(body.rld_number, body.birth_year, body.printed)
    begun = await kiosk.begin(request, principal, wanted, body.reason)
    person = begun.person
    shown = {
        "id": begun.recovery_id,
        "name_km": person.name_km,
        "name_latin": person.name_latin,
        "birth_date": person.birth_date.isoformat(),
    }
    return JSONResponse(shown, status_code=201)


@router.get("/help/{recovery_id}")
async def show(request: Request, recovery_id: str, principal: Officer) -> dict[str, Any]:
    """How it stands."""
    return _shown(await recoveries_of(request).standing(recovery_id, officer=principal.subject))


@router.post("/help/{recovery_id}/compare")
async def compare(
    request: Request, recovery_id: str, body: CompareBody, principal: Officer
) -> dict[str, Any]:
    """Say with what the face was compared; a code is sent, or another officer is waited for."""
    await kiosk.compare(request, principal, recovery_id, compared=body.compared, second=body.second)
    return _shown(await recoveries_of(request).standing(recovery_id, officer=principal.subject))


@router.post("/help/{recovery_id}/code")
async def check_code(
    request: Request, recovery_id: str, body: CodeBody, principal: Officer
) -> dict[str, bool]:
    """Whether the code is right."""
    right = await recoveries_of(request).check_code(recovery_id, body.code, officer=principal.subject)
    return {"right": right}


@router.post("/help/{recovery_id}/finish")
async def finish(request: Request, recovery_id: str, body: FinishBody, principal: Officer) -> dict[str, Any]:
    """Set the new PIN, and end what others may hold."""
    recoveries = recoveries_of(request)
    number = await recoveries.person_in(recovery_id, officer=principal.subject)
    await recoveries.finish(
        recovery_id,
        body.new_pin,
        officer=principal.subject,
        keeps_phone=body.keeps_phone,
        new_phone=body.new_phone,
        birth_date=await birth_date_of(request, number),
    )
    return _shown(await recoveries.standing(recovery_id, officer=principal.subject))


@router.post("/waiting/{number}")
async def agree(request: Request, number: int, body: AgreeBody, principal: Confirmer) -> dict[str, bool]:
    """Confirm as another officer, who saw the person."""
    await recoveries_of(request).agree(number, body.rld_number, approver=approver(principal))
    return {"confirmed": True}


def _shown(standing: Standing) -> dict[str, Any]:
    recovery = standing.recovery
    return {
        "id": recovery.recovery_id,
        "confirmed": standing.is_confirmed,
        "has_phone": standing.has_phone,
        "waits_as": recovery.proposal_id,
        "done": recovery.done_at is not None,
        "ended": {
            "sessions": recovery.sessions_ended,
            "shares": recovery.shares_ended,
            "cards": recovery.cards_ended,
        },
    }
