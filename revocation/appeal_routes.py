"""Appeals over HTTP: the wallet brings them for a holder, officers decide."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse

from revocation.access import require_officer
from revocation.appeal_desk import AppealDesk
from revocation.appeal_store import Appeal, Grounds, Refusal
from revocation.appeals import AppealView, HolderView
from revocation.models import Identifier
from runtime.auth import Principal, require_service
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp

api = APIRouter(prefix="/revocation/api")
_Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]
_Issuer = Annotated[Principal, Depends(require_service("issuer"))]
_Officer = Annotated[Principal, Depends(require_officer)]


class AppealBody(BaseModel):
    """A holder appeals against what holds for a certificate of theirs now."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    credential_id: Identifier
    grounds: Grounds


class RefusalBody(BaseModel):
    """Why an appeal is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    answer: Refusal


def appeals_of(request: Request) -> AppealDesk:
    """The appeals of the application that answers ``request``."""
    desk = request.app.state.appeals
    if not isinstance(desk, AppealDesk):
        raise TypeError("the application was not made by revocation.app.create_app")
    return desk


@api.get("/held/{credential_id:path}")
async def get_held(request: Request, credential_id: str, _: _Wallet) -> JSONResponse:
    """What the holder of a certificate is told: what holds for it and why, and what of an appeal."""
    return JSONResponse(_held_json(await appeals_of(request).holder_view(credential_id)))


@api.post("/appeals", status_code=201)
async def post_appeal(request: Request, body: AppealBody, _: _Wallet) -> JSONResponse:
    """Take an appeal of the holder; 409 where nothing can be appealed, it is late, or was done."""
    made = await appeals_of(request).make(body.credential_id, body.grounds)
    return JSONResponse(_appeal_json(made), status_code=201)


@api.get("/appeals/granted")
async def get_granted(request: Request, principal: _Issuer) -> JSONResponse:
    """The caller's own revoked credentials in whose place it may give new ones, and did not yet."""
    found = await appeals_of(request).to_be_replaced(allocated_by=principal.subject)
    return JSONResponse({"credential_ids": list(found)})


@api.get("/appeals")
async def get_appeals(request: Request, _: _Officer) -> JSONResponse:
    """What waits for an officer, oldest first."""
    found = await appeals_of(request).queue()
    return JSONResponse({"appeals": [_view_json(item) for item in found]})


@api.post("/appeals/{appeal_id}/refuse")
async def refuse(request: Request, principal: _Officer, appeal_id: str, body: RefusalBody) -> JSONResponse:
    """Refuse it, as an officer who had no part in what it is about."""
    await appeals_of(request).refuse(principal, appeal_id, body.answer)
    return await _answer(request, appeal_id)


@api.post("/appeals/{appeal_id}/grant")
async def ask_to_grant(request: Request, principal: _Officer, appeal_id: str) -> JSONResponse:
    """Ask a second officer to grant it, as an officer who had no part in what it is about."""
    await appeals_of(request).ask_to_grant(principal, appeal_id)
    return await _answer(request, appeal_id)


@api.post("/appeals/{appeal_id}/agree")
async def agree(request: Request, principal: _Officer, appeal_id: str) -> JSONResponse:
    """Grant it as the second officer."""
    await appeals_of(request).agree_to_grant(principal, appeal_id)
    return await _answer(request, appeal_id)


@api.post("/appeals/{appeal_id}/stop")
async def stop(request: Request, principal: _Officer, appeal_id: str) -> JSONResponse:
    """Take back what waits for a second officer."""
    await appeals_of(request).stop(principal, appeal_id)
    return await _answer(request, appeal_id)


async def _answer(request: Request, appeal_id: str) -> JSONResponse:
    return JSONResponse(_view_json(await appeals_of(request).view(appeal_id)))


def _held_json(seen: HolderView) -> dict[str, JsonValue]:
    change = seen.change
    return {
        "state": "inForce" if change is None else change.logged.kind.value,
        "reason": None if change is None else change.reason,
        "until": None
        if change is None or change.logged.until is None
        else format_timestamp(change.logged.until),
        "appeal_until": None if seen.appeal_until is None else format_timestamp(seen.appeal_until),
        "appeal": None if seen.appeal is None else _appeal_json(seen.appeal),
    }


def _appeal_json(found: Appeal) -> dict[str, JsonValue]:
    return {
        "appeal_id": found.appeal_id,
        "grounds": found.grounds.value,
        "made_at": format_timestamp(found.made_at),
        "state": found.state.value,
        "answer": None if found.answer is None else found.answer.value,
    }


def _view_json(seen: AppealView) -> dict[str, JsonValue]:
    return {
        **_appeal_json(seen.appeal),
        "credential_id": seen.appeal.credential_id,
        "against": seen.change.logged.kind.value,
        "case_id": seen.change.case_id,
        "asked_by": None if seen.waiting is None else seen.waiting.maker.name,
    }
