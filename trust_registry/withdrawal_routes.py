"""Withdrawing a centre for a fraud case: the fraud desk asks, a second officer decides here."""

from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from runtime.approvals import Approver
from runtime.auth import Principal, require_service
from runtime.i18n import PHNOM_PENH
from runtime.service import context_of
from trust_registry.life import Act
from trust_registry.withdrawals import propose_withdrawals_of

router = APIRouter()


class OfficerBody(BaseModel):
    """The fraud officer who asks, as the fraud desk knows them."""

    model_config = ConfigDict(extra="forbid")
    subject: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=200)
    identity: str | None = Field(default=None, max_length=200)


class WithdrawalBody(BaseModel):
    """Which centre (its DID), from which day in Cambodia, and whether what came before holds."""

    model_config = ConfigDict(extra="forbid")
    did: str = Field(min_length=8, max_length=300)
    effective_from: date
    earlier_stand: bool
    reason: str = Field(min_length=1, max_length=1_000)
    officer: OfficerBody


@router.post("/trust/api/withdrawals", status_code=201)
async def propose(
    request: Request,
    body: WithdrawalBody,
    _: Annotated[Principal, Depends(require_service("revocation"))],
) -> dict[str, int]:
    """Lay the withdrawal of everything that stands before a second officer; how many that is."""
    context = context_of(request)
    proposed = await context.database.write(
        propose_withdrawals_of,
        body.did,
        effective_from=datetime.combine(body.effective_from, time(), PHNOM_PENH),
        earlier_stand=body.earlier_stand,
        act=Act(actor=body.officer.subject, reason=body.reason, at=context.clock.now()),
        maker=Approver(subject=body.officer.subject, name=body.officer.name, identity=body.officer.identity),
    )
    return {"proposed": proposed}
