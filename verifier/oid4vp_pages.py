"""Asking a wallet from a page: choose, show the code, see what came. Works without JavaScript."""

import asyncio
import re
from datetime import date
from functools import lru_cache
from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.entropy import random_token
from runtime.i18n import SOURCE_LANGUAGE, name_in
from runtime.qr import qr_svg
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from runtime.settings import Settings
from vc.errors import MalformedValue, NotFound
from vc.programmes.asking import RequesterRefused, requester_of
from vc.programmes.model import RequesterKind
from vc.programmes.reading import read_programme
from vc.trust.decide import decide
from verifier.askers import Asker, Member
from verifier.dependencies import translate_to
from verifier.oid4vp import LIFETIME, Asked
from verifier.oid4vp_api import MAX_PURPOSE
from verifier.oid4vp_programmes import checked_under, wanted_under
from verifier.oid4vp_results import Outcome
from verifier.oid4vp_routes import Requests
from verifier.oid4vp_store import Flow, Status
from verifier.oid4vp_wanted import Wanted, askable_types, wanted_credential
from verifier.programme_pages import REQUESTERS, programme_options, refused_page, today_of
from verifier.programme_rendering import RenderedProgramme, render_programme
from verifier.rendering import RenderedResult, Translate, render_verification
from verifier.sentences import ONE_PERSON

router = APIRouter()

COOKIE: Final = "passport_ask"
_PROGRAMME: Final = "programme:"
# What a QR code of the largest kind holds at the lowest level of error correction.
_LONGEST_IN_QR: Final = 2_900
_SESSION_BITS: Final = 256
_SESSION: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{52}")
# The response code in the address must not travel on.
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/verify/ask")
async def show_form(request: Request, member: Member) -> Response:
    """What may be asked for; nobody needs an account, and who has one asks as their organisation."""
    return _form(request, member)


@router.post("/verify/ask", dependencies=[Depends(rate_limit("wallet-ask", "30/minute"))])
async def ask(request: Request, requests: Requests, member: Member) -> Response:
    """Make a request that this browser alone gets the answer to.

    Raises ``NotAuthorized`` for a member of an organisation whose licence is not in force.
    """
    async with request.form(max_files=0, max_fields=8) as form:
        names = ("type", "purpose", "flow", "requester")
        chosen, purpose, flow, requester = (str(form.get(name, "")) for name in names)
    purpose = purpose.strip()
    if not 0 < len(purpose) <= MAX_PURPOSE:
        return _form(request, member, problem=True, status_code=400)
    try:
        where = Flow(flow)
    except ValueError:
        raise MalformedValue("Say where the wallet is.", pointer="/flow") from None
    settings = context_of(request).settings
    session = _session_or_none(request, settings) or random_token(_SESSION_BITS)
    try:
        wanted = _wanted(chosen, _requester(requester, member), purpose, today_of(request))
    except RequesterRefused as refused:
        return refused_page(request, refused)
    request_id = await requests.begin(
        wanted, flow=where, session=session, licence_number=member.licence_number
    )
    response = RedirectResponse(f"/verify/ask/{request_id}", status_code=303)
    _set_session(response, session, settings)
    return response


def _requester(said: str, member: Asker) -> str:
    """Who asks: by the class of their licence where there is one, else as they say."""
    return said if member.verifier_class is None else requester_of(member.verifier_class.value, said).value


def _wanted(chosen: str, requester: str, purpose: str, today: date) -> Wanted:
    """One kind of credential, or what a programme allows this asker. Raises ``RequesterRefused``."""
    programme = chosen.removeprefix(_PROGRAMME)
    if programme == chosen:
        return Wanted(credentials=(wanted_credential(chosen),), purpose=purpose)
    if requester not in REQUESTERS:
        raise MalformedValue("Who asks is one of the kinds listed.", pointer="/requester")
    name, _, variant = programme.partition("/")
    return wanted_under(
        read_programme(name),
        RequesterKind(requester),
        None,
        purpose=purpose,
        on=today,
        variant=variant or None,
    )


@router.get("/verify/ask/{request_id}", dependencies=[Depends(rate_limit("wallet-poll", "120/minute"))])
async def show_request(
    request: Request, requests: Requests, request_id: str, response_code: str | None = None
) -> Response:
    """The code to scan or the link to follow, and then what came of it."""
    session = _session_or_none(request, context_of(request).settings)
    polls = request.headers.get("hx-request") == "true"
    try:
        asked = await requests.for_session(request_id, session, response_code)
    except NotFound:
        if polls:
            return _look_again()
        raise
    is_waiting = asked.status is Status.WAITING
    if polls:
        return Response(status_code=204, headers=_PRIVATE) if is_waiting else _look_again()
    if is_waiting or asked.status is Status.JUDGING:
        return await _waiting(request, asked)
    return _ended(request, asked)


def _look_again() -> Response:
    """The page's own question has another answer now: let the browser load it whole."""
    return Response(status_code=204, headers={**_PRIVATE, "HX-Refresh": "true"})


async def _waiting(request: Request, asked: Asked) -> Response:
    qr = None
    # A request that is not signed stands whole in the code, and one for a programme may not fit.
    if asked.flow is Flow.CROSS_DEVICE and len(asked.link) <= _LONGEST_IN_QR:
        qr = await asyncio.to_thread(_drawn, asked.link)
    return _page(
        request,
        "verifier/oid4vp_waiting.html",
        qr=qr,
        link=asked.link,
        address=f"/verify/ask/{asked.id}",
        purpose=asked.purpose,
        is_judging=asked.status is Status.JUDGING,
        minutes=int(LIFETIME.total_seconds()) // 60,
    )


@lru_cache(maxsize=256)
def _drawn(link: str) -> str:
    """The QR code, drawn once: one that holds a whole request takes long, and the page comes back often."""
    return qr_svg(link, error_correction="L")


def _ended(request: Request, asked: Asked) -> Response:
    language = context_of(request).pages.language(request)
    translate = translate_to(request, language)
    outcome = asked.outcome or Outcome(verifications=(), findings=(), one_person=None, is_good=False)
    results: list[RenderedResult] = [
        render_verification(one, decide(one), language, translate) for one in outcome.verifications
    ]
    return _page(
        request,
        "verifier/oid4vp_result.html",
        results=results,
        is_declined=asked.status is Status.DECLINED,
        is_good=asked.status is Status.ANSWERED,
        purpose=asked.purpose,
        programme=_programme(asked, outcome, language, translate),
        one_person=None if outcome.one_person is None else translate(ONE_PERSON[outcome.one_person]),
    )


def _programme(
    asked: Asked, outcome: Outcome, language: str, translate: Translate
) -> RenderedProgramme | None:
    """What the answer comes to under the programme it was asked for."""
    if asked.programme is None or not outcome.is_good:
        return None
    programme, check = checked_under(asked.programme, outcome.verifications, outcome.one_person)
    return render_programme(programme, check, language, translate)


def _form(request: Request, member: Asker, *, problem: bool = False, status_code: int = 200) -> Response:
    language = context_of(request).pages.language(request)
    options = [
        (entry.slug, entry.titles.get(language) or entry.titles[SOURCE_LANGUAGE]) for entry in askable_types()
    ]
    options += [
        (f"{_PROGRAMME}{value}", title) for value, title in programme_options(today_of(request), language)
    ]
    translate = translate_to(request, language)
    return _page(
        request,
        "verifier/oid4vp_ask.html",
        status_code=status_code,
        options=options,
        requesters=[
            (kind.value, translate(name))
            for kind, name in REQUESTERS.items()
            if _requester(kind.value, member) == kind.value
        ],
        organisation=name_in(member.organisation, language) or member.licence_number,
        problem=problem,
    )


def _page(request: Request, template: str, *, status_code: int = 200, **values: object) -> Response:
    return context_of(request).pages.render(
        request, template, status_code=status_code, headers=_PRIVATE, known_language=None, **values
    )


def _cookie_name(settings: Settings) -> str:
    return f"__Host-{COOKIE}" if settings.is_https else COOKIE


def _session_or_none(request: Request, settings: Settings) -> str | None:
    value = request.cookies.get(_cookie_name(settings), "")
    return value if _SESSION.fullmatch(value) else None


def _set_session(response: Response, session: str, settings: Settings) -> None:
    """Lax and not strict: the wallet sends the browser back here, and that is a step from elsewhere."""
    response.set_cookie(
        _cookie_name(settings),
        session,
        max_age=2 * int(LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.is_https,
    )
