"""Pages about the labour database: what it is still to be told, and what happened to its records."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from issuer import feed_store
from issuer.routes import desk_of
from issuer.service import cases, classes
from issuer.service.linking import TROUBLES
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import context_of

router = APIRouter(include_in_schema=False)
_OfCentre = Annotated[Principal, Depends(require_role(Role.CLERK, Role.CENTRE_APPROVER))]
_Protector = Annotated[Principal, Depends(require_role(Role.PROTECTION_OFFICER))]

STATUS_TEXTS = {
    "issued": gettext_noop("issued"),
    "superseded": gettext_noop("replaced"),
    "revoked": gettext_noop("revoked"),
    "suspended": gettext_noop("suspended"),
    "reinstated": gettext_noop("in force again"),
}


@router.get("/issuer/labour-database")
async def labour_database(request: Request, principal: _OfCentre) -> Response:
    """What waits to be told, and the centre's open cases."""
    desk = desk_of(request)
    slug = classes.slug_of(principal)
    count, notices = await desk.context.database.read(feed_store.waiting_notices, slug)
    troubles = {trouble.value: texts for trouble, texts in TROUBLES.items()}
    return await _page(request, principal, count=count, notices=notices, troubles=troubles)


@router.post("/issuer/labour-database/cases/{case_id}")
async def decide_case(
    request: Request, principal: _OfCentre, case_id: str, decision: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Close one of the centre's cases."""
    await cases.decide(desk_of(request), principal, case_id, decision)
    return RedirectResponse("/issuer/labour-database", status_code=303)


@router.get("/issuer/protection")
async def protection(request: Request, principal: _Protector) -> Response:
    """Everybody who came under protection and has certificates, or is about to."""
    return await _page(request, principal, count=0, notices=(), troubles={})


@router.post("/issuer/protection/{case_id}")
async def decide_protection(
    request: Request, principal: _Protector, case_id: str, decision: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Say what becomes of somebody under protection."""
    await cases.decide(desk_of(request), principal, case_id, decision)
    return RedirectResponse("/issuer/protection", status_code=303)


async def _page(request: Request, principal: Principal, **values: Any) -> Response:
    protects = principal.role is Role.PROTECTION_OFFICER
    return context_of(request).pages.render(
        request,
        "issuer/labour_database.html",
        protects=protects,
        is_clerk=principal.role is Role.CLERK,
        cases=await cases.open_cases(desk_of(request), principal),
        action="/issuer/protection/" if protects else "/issuer/labour-database/cases/",
        texts=cases.CASES,
        decisions=cases.DECISIONS,
        statuses=STATUS_TEXTS,
        **values,
    )
