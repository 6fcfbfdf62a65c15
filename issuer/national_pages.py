"""The dashboard for ministries and governors, as a page with bars, and as a table to take away."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from issuer.pages import download, render
from issuer.routes import desk_of
from issuer.service import national
from issuer.service.overview import csv_of
from runtime.auth import Principal, Role, require_role
from vc.errors import MalformedValue

router = APIRouter(include_in_schema=False)
Observer = Annotated[
    Principal, Depends(require_role(Role.OBSERVER, Role.REGISTRAR, Role.AUDITOR, Role.FRAUD_OFFICER))
]
_Province = Annotated[str, Query(max_length=8)]


@router.get("/issuer/national")
async def show_national(request: Request, principal: Observer, province: _Province = "") -> Response:
    """How many certificates there are, of whom, and how far the report's targets are reached."""
    try:
        found, is_wrong = await national.figures(desk_of(request), province=province), False
    except MalformedValue:
        found, is_wrong = await national.figures(desk_of(request)), True
    return render(
        request,
        "issuer/national.html",
        status_code=400 if is_wrong else 200,
        figures=found,
        provinces=sorted(national.provinces().items()),
        province="" if is_wrong else province,
        few=national.FEW,
    )


@router.get("/issuer/national.csv")
async def take_national(request: Request, principal: Observer, province: _Province = "") -> Response:
    """The same as a table, rounded in the same way."""
    found = await national.figures(desk_of(request), province=province)
    return download(csv_of(national.table(found)), "text/csv; charset=utf-8", "figures.csv")
