"""The JSON API for what a centre does about its own errors: correct a certificate, take some back."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from issuer.approval_routes import CentreApprover
from issuer.routes import Clerk, class_json, desk_of
from issuer.service import corrections, taking_back
from issuer.service.approving import MAX_REASON

router = APIRouter()
MAX_ROWS = 5_000


class CorrectionBody(BaseModel):
    """The whole corrected row of a certificate, as the columns of a class list, and what was wrong."""

    model_config = ConfigDict(extra="forbid")
    row: dict[str, str] = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=MAX_REASON)


class TakeBackBody(BaseModel):
    """Which rows of a class list are to be taken back (null: all that stand), and what was wrong."""

    model_config = ConfigDict(extra="forbid")
    rows: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] | None = Field(default=None, max_length=MAX_ROWS)
    reason: str = Field(min_length=1, max_length=MAX_REASON)


class ProposalBody(BaseModel):
    """Which proposal is decided."""

    model_config = ConfigDict(extra="forbid")
    proposal: int = Field(ge=1, le=2**31 - 1)


@router.post("/issuer/api/credentials/{intent_id}/correct", status_code=202)
async def correct(request: Request, principal: Clerk, intent_id: str, body: CorrectionBody) -> dict[str, Any]:
    """Submit a corrected certificate in the place of one that stays in force until then."""
    desk = desk_of(request)
    class_id = await corrections.correct(desk, principal, intent_id, body.row, body.reason)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/take-back", status_code=202)
async def ask_to_take_back(
    request: Request, principal: Clerk, class_id: str, body: TakeBackBody
) -> dict[str, Any]:
    """Ask a second person to take back what was issued within the last 24 hours."""
    desk = desk_of(request)
    await taking_back.propose(desk, principal, class_id, body.rows, body.reason)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/take-back/approve")
async def take_back(
    request: Request, principal: CentreApprover, class_id: str, body: ProposalBody
) -> dict[str, Any]:
    """End them for ever; the registry and the holders are told."""
    desk = desk_of(request)
    await taking_back.approve(desk, principal, class_id, body.proposal)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/take-back/refuse")
async def let_stand(
    request: Request, principal: CentreApprover, class_id: str, body: ProposalBody
) -> dict[str, Any]:
    """Let everything stand."""
    desk = desk_of(request)
    await taking_back.refuse(desk, principal, class_id, body.proposal)
    return await class_json(desk, principal, class_id)
