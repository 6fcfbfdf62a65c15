"""Checking an agency: anybody may ask about a licence number, by hand or through a QR code."""

from datetime import date
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import principal_or_none
from runtime.i18n import PHNOM_PENH
from runtime.qr import qr_svg
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from trust_registry import views
from trust_registry.catalogue import PROGRAMMES
from trust_registry.licences import AgencyAnswer, check_agency
from trust_registry.life import LicenceState
from vc.errors import ProtocolError
from vc.trust.licences import parse_licence_number

router = APIRouter()
# Picture and colour of each answer; the words are in the template.
_FACES: Final = {
    LicenceState.LICENSED: ("accepted", "check"),
    LicenceState.SUSPENDED: ("undetermined", "pause"),
    LicenceState.NOT_YET: ("undetermined", "clock"),
    LicenceState.EXPIRED: ("rejected", "cross"),
    LicenceState.UNKNOWN: ("unknown", "question"),
}
_LIMIT: Final = Depends(rate_limit("agency-check", "60/minute"))


@router.get("/trust/agencies", dependencies=[_LIMIT])
async def ask_about_agency(request: Request) -> Response:
    """The form, and the answer where a number is given. A number that cannot be one is not known."""
    typed = request.query_params.get("number", "")
    if not typed.strip():
        return await _page(request, None, typed="")
    try:
        number = parse_licence_number(typed)
    except ProtocolError:
        return await _page(request, AgencyAnswer(number="", state=LicenceState.UNKNOWN), typed=typed[:40])
    return await _page(request, await _answer(request, number), typed=number)


@router.get("/trust/agencies/{number}", dependencies=[_LIMIT])
async def show_agency(request: Request, number: str) -> Response:
    """What the QR code on an agency's wall opens; an unknown number is an answer, not an error."""
    try:
        parsed = parse_licence_number(number)
    except ProtocolError:
        return await _page(request, AgencyAnswer(number="", state=LicenceState.UNKNOWN), typed="")
    return await _page(request, await _answer(request, parsed), typed=parsed)


@router.get("/trust/agencies/{number}/poster", dependencies=[_LIMIT])
async def agency_poster(request: Request, number: str) -> Response:
    """A sign to print, with the QR code; only a licence in force has one."""
    await principal_or_none(request)
    answer = await _answer(request, parse_licence_number(number))
    if answer.licence is None or answer.state is not LicenceState.LICENSED:
        return RedirectResponse(f"/trust/agencies/{quote(answer.number)}", status_code=303)
    context = context_of(request)
    language = context.pages.language(request)
    return context.pages.render(
        request,
        "trust_registry/agency_poster.html",
        licence=views.licence(answer.licence, context.clock.now(), language),
        link=_link(request, answer.number),
        qr=qr_svg(_link(request, answer.number), error_correction="Q"),
    )


async def _answer(request: Request, number: str) -> AgencyAnswer:
    context = context_of(request)
    return await context.database.read(check_agency, number, now=context.clock.now())


async def _page(request: Request, answer: AgencyAnswer | None, *, typed: str) -> Response:
    await principal_or_none(request)
    context = context_of(request)
    values: dict[str, Any] = {"answer": answer, "typed": typed, "licence": None, "fees": [], "qr": None}
    if answer is not None:
        values["outcome"], values["picture"] = _FACES[answer.state]
        values["checked_at"] = context.clock.now()
    if answer is not None and answer.licence is not None:
        language = context.pages.language(request)
        values["licence"] = views.licence(answer.licence, context.clock.now(), language)
        values["fees"] = _fees(request, answer.licence.facts.countries, language)
        values["qr"] = qr_svg(_link(request, answer.number))
    return context.pages.render(request, "trust_registry/agency.html", programmes=PROGRAMMES, **values)


def _fees(request: Request, countries: tuple[str, ...], language: str) -> list[dict[str, Any]]:
    """What this deployment says about fees for the countries of a licence: nothing unless it is set."""
    context = context_of(request)
    today: date = context.clock.now().astimezone(PHNOM_PENH).date()
    return [
        {"country": views.country_names([code], language)[0], "fee": fee}
        for code in countries
        if (fee := context.settings.agency_fees.get(code)) is not None and fee.effective_from <= today
    ]


def _link(request: Request, number: str) -> str:
    return f"{context_of(request).settings.base_url}/trust/agencies/{quote(number)}"
