"""The JSON API by which a class list passes from the clerk to a second person, and back or on."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from issuer.data_classes import APPROVED_BY
from issuer.routes import Clerk, DeskStaff, background_of, class_json, desk_of
from issuer.service import approving, classes
from issuer.service.approving import MAX_REASON, Decision
from runtime.auth import Principal, require_role
from vc.encoding.timestamps import parse_timestamp

router = APIRouter()
CentreApprover = Annotated[Principal, Depends(require_role(*APPROVED_BY))]


class DecisionBody(BaseModel):
    """Which proposal is decided, why, and from which moment on it is issued (RFC 3339; null: at once)."""

    model_config = ConfigDict(extra="forbid")
    proposal: int = Field(ge=1, le=2**31 - 1)
    reason: str = Field(default="", max_length=MAX_REASON)
    issue_at: str | None = Field(default=None, max_length=40)

    @property
    def decision(self) -> Decision:
        """As the desk takes it."""
        issue_at = None if self.issue_at is None else parse_timestamp(self.issue_at)
        return Decision(proposal=self.proposal, reason=self.reason, issue_at=issue_at)


@router.post("/issuer/api/classes/{class_id}/submit", status_code=202)
async def submit_class(request: Request, principal: Clerk, class_id: str) -> dict[str, Any]:
    """Lay a checked list before a second person; nothing is signed before that person agrees."""
    desk = desk_of(request)
    await approving.submit(desk, principal, class_id)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/approve", status_code=202)
async def approve_class(
    request: Request, principal: CentreApprover, class_id: str, body: DecisionBody
) -> dict[str, Any]:
    """Let every row of it be issued, now or later; progress is read from the class list."""
    desk = desk_of(request)
    await approving.approve(desk, principal, class_id, body.decision)
    if body.issue_at is None:
        background_of(request).issue(class_id, classes.slug_of(principal))
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/send-back")
async def send_class_back(
    request: Request, principal: CentreApprover, class_id: str, body: DecisionBody
) -> dict[str, Any]:
    """Return it to the clerk, with what is to be changed."""
    desk = desk_of(request)
    await approving.send_back(desk, principal, class_id, body.decision)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/unschedule")
async def unschedule_class(request: Request, principal: DeskStaff, class_id: str) -> dict[str, Any]:
    """Stop what is to be issued later; it is a preview again."""
    desk = desk_of(request)
    await approving.unschedule(desk, principal, class_id)
    return await class_json(desk, principal, class_id)
