"""Looking an agency up before giving it anything: by number, by link, by camera, by a picture of its code."""

from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import MalformedValue, RateLimited
from wallet_api.holding import render
from wallet_api.pages import Returnee
from wallet_api.scanned import (
    NEXT_STEPS,
    PICTURES,
    READER,
    READER_HEADERS,
    Kind,
    NextStep,
    kind_of,
    scanned_text,
)
from wallet_api.share_forms import licence_in, text_in

router = APIRouter(prefix="/wallet")

_LIMITED: Final = [Depends(rate_limit("wallet-agency", "30/minute"))]


@router.get("/agency")
async def check_agency(request: Request, principal: Returnee) -> Response:
    """Look up what was typed, or scanned by the page; the register's own page has the answer."""
    typed = text_in(request.query_params, "number")
    return _looked_up(request, typed) if typed else _form(request)


@router.post("/agency", dependencies=_LIMITED)
async def check_picture(request: Request, principal: Returnee) -> Response:
    """Look up whose code was scanned, or is in a picture."""
    async with request.form(max_files=len(PICTURES), max_fields=4) as form:
        try:
            text = await scanned_text(form)
        except MalformedValue as error:
            return _form(request, picture_problem=str(error), status_code=400)
        except RateLimited as error:
            return _form(request, picture_problem=str(error), status_code=429)
    return _looked_up(request, text or "")


def _looked_up(request: Request, text: str) -> Response:
    base_url = context_of(request).settings.base_url
    try:
        number = licence_in(text, base_url=base_url)
    except MalformedValue as error:
        kind = kind_of(text, base_url=base_url)
        if kind in (Kind.AGENCY, Kind.OTHER):
            return _form(request, problem=str(error), status_code=400)
        return _form(request, step=NEXT_STEPS[kind], status_code=400)
    return RedirectResponse(f"/trust/agencies/{number}", status_code=303)


def _form(
    request: Request,
    *,
    problem: str | None = None,
    picture_problem: str | None = None,
    step: NextStep | None = None,
    status_code: int = 200,
) -> Response:
    response = render(
        request,
        "wallet_api/agency.html",
        status_code=status_code,
        problem=problem,
        picture_problem=picture_problem,
        step=step,
        reader=context_of(request).pages.assets.url(READER),
    )
    response.headers.update(READER_HEADERS)
    return response
