"""What holders report: the wallet brings it here, and the centre answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer.pages import render, translate_of
from issuer.routes import DeskStaff, desk_of
from issuer.service import corrections, reports
from issuer.service.reports import MAX_NOTE, Report
from runtime.auth import Principal, Role, require_role, require_service
from vc.errors import EvidenceUnavailable, MalformedValue

api = APIRouter()
router = APIRouter(include_in_schema=False)
Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]
Clerk = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK))]


class ReportBody(BaseModel):
    """What is wrong with a certificate, in one word of ``reports.WRONG`` and in the holder's own."""

    model_config = ConfigDict(extra="forbid")
    wrong: str = Field(max_length=20)
    note: str = Field(default="", max_length=MAX_NOTE)


@api.post("/issuer/api/reports/{credential_id}", status_code=201)
async def add_report(request: Request, credential_id: str, body: ReportBody, _: Wallet) -> dict[str, Any]:
    """Take a report of the holder of a certificate, for its centre."""
    return _report_json(await reports.add(desk_of(request), credential_id, body.wrong, body.note))


@api.get("/issuer/api/reports/{credential_id}")
async def read_report(request: Request, credential_id: str, _: Wallet) -> dict[str, Any]:
    """What became of the last report about a certificate; ``report`` is null where there was none."""
    found = await reports.of_credential(desk_of(request), credential_id)
    return {"report": None if found is None else _report_json(found)}


@router.get("/issuer/reports")
async def show_reports(request: Request, principal: DeskStaff) -> Response:
    """What holders report about certificates of this centre."""
    return await _page(request, principal)


@router.post("/issuer/reports/{report_id}")
async def answer_report(
    request: Request, principal: Clerk, report_id: str, answer: Annotated[str, Form(max_length=2_000)] = ""
) -> Response:
    """Tell the holder why nothing is changed."""
    try:
        await reports.answer(desk_of(request), principal, report_id, answer)
    except MalformedValue as error:
        errors = [{"field": f"answer-{report_id}", "message": translate_of(request)(str(error))}]
        return await _page(request, principal, errors=errors, status_code=400)
    return RedirectResponse("/issuer/reports", status_code=303)


async def _page(
    request: Request,
    principal: Principal,
    *,
    errors: list[dict[str, str]] | None = None,
    status_code: int = 200,
) -> Response:
    try:
        anew = await corrections.to_give_anew(desk_of(request), principal)
    except EvidenceUnavailable:
        # What holders report is shown all the same; the rest is seen another time.
        anew = ()
    return render(
        request,
        "issuer/reports.html",
        status_code=status_code,
        anew=anew,
        reports=await reports.open_reports(desk_of(request), principal),
        wrong=reports.WRONG,
        answers=principal.role in (Role.CLERK, Role.HEALTH_CLERK),
        form_errors=errors or [],
    )


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "wrong": report.wrong,
        "state": report.state,
        "reported_at": report.reported_at,
        "answer": report.answer or None,
    }
