"""The forms by which a class list passes from the clerk to a second person, and back or on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer.approval_routes import CentreApprover
from issuer.pages import Clerk, class_values, render
from issuer.routes import DeskStaff, background_of, desk_of
from issuer.service import approving, classes
from issuer.service.approving import MAX_REASON, Decision
from runtime.auth import Principal
from runtime.i18n import PHNOM_PENH, gettext_noop
from vc.errors import MalformedValue, RangeError

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Form(ge=1, le=2**31 - 1)]
Reason = Annotated[str, Form(max_length=MAX_REASON)]


class ApprovalForm(BaseModel):
    """What the second person says; ``issue_at`` is in Cambodian time, empty for at once."""

    model_config = ConfigDict(extra="forbid")
    proposal: int = Field(ge=1, le=2**31 - 1)
    reason: str = Field(default="", max_length=MAX_REASON)
    issue_at: str = Field(default="", max_length=40)


@router.post("/issuer/classes/{class_id}/submit")
async def submit_class(request: Request, principal: Clerk, class_id: str) -> Response:
    """Lay a checked list before a second person."""
    await approving.submit(desk_of(request), principal, class_id)
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/approve")
async def approve_class(
    request: Request, principal: CentreApprover, class_id: str, form: Annotated[ApprovalForm, Form()]
) -> Response:
    """Let every row of it be issued, now or later."""
    try:
        issue_at = _instant(form.issue_at)
    except MalformedValue as error:
        return await _again(request, principal, class_id, error, "field-issue-at")
    decision = Decision(proposal=form.proposal, reason=form.reason, issue_at=issue_at)
    try:
        await approving.approve(desk_of(request), principal, class_id, decision)
    except RangeError as error:
        return await _again(request, principal, class_id, error, "field-issue-at")
    except MalformedValue as error:
        return await _again(request, principal, class_id, error, "field-approve-reason")
    if decision.issue_at is None:
        background_of(request).issue(class_id, classes.slug_of(principal))
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/send-back")
async def send_class_back(
    request: Request, principal: CentreApprover, class_id: str, proposal: Number, reason: Reason = ""
) -> Response:
    """Return it to the clerk, with what is to be changed."""
    decision = Decision(proposal=proposal, reason=reason)
    try:
        await approving.send_back(desk_of(request), principal, class_id, decision)
    except MalformedValue as error:
        return await _again(request, principal, class_id, error, "field-back-reason")
    return _to(class_id)


@router.post("/issuer/classes/{class_id}/unschedule")
async def unschedule_class(request: Request, principal: DeskStaff, class_id: str) -> Response:
    """Stop what is to be issued later."""
    await approving.unschedule(desk_of(request), principal, class_id)
    return _to(class_id)


def _instant(written: str) -> datetime | None:
    """A moment as a form gives it, in Cambodian time; None where nothing was chosen."""
    if not written.strip():
        return None
    try:
        return datetime.strptime(written.strip(), "%Y-%m-%dT%H:%M").replace(tzinfo=PHNOM_PENH)
    except ValueError:
        raise MalformedValue(gettext_noop("Give the day and the time."), pointer="/issue_at") from None


async def _again(
    request: Request,
    principal: Principal,
    class_id: str,
    error: MalformedValue | RangeError,
    field: str,
) -> Response:
    pages = request.app.state.context.pages
    message = pages.translator.gettext(pages.language(request), str(error))
    values: dict[str, Any] = await class_values(request, principal, class_id)
    values["form_errors"] = [{"field": field, "message": message}]
    return render(request, "issuer/class.html", status_code=400, **values)


def _to(class_id: str) -> Response:
    return RedirectResponse(f"/issuer/classes/{class_id}", status_code=303)
