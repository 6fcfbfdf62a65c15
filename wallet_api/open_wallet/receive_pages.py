"""Bringing a certificate in from elsewhere: the offer, who offers what, the code and the PIN, what came."""

from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal
from runtime.claims_shown import shown_claims
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, ProtocolError, RateLimited
from wallet_api.holding import render
from wallet_api.open_wallet.doors import Refused
from wallet_api.open_wallet.intakes import Intake
from wallet_api.open_wallet.issuers import IssuerNotKnown
from wallet_api.open_wallet.page_parts import (
    PRIVATE,
    Entrance,
    field,
    is_about_pin,
    named,
    open_wallet_of,
    refused_page,
    session_digest,
    status_of,
    unlock,
)
from wallet_api.open_wallet.received import ReceivedDocument
from wallet_api.open_wallet.receiving import Taken, WrongCode
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.scanned import Kind

router = APIRouter(prefix="/wallet")

_MAX_CODE: Final = 4_000
NO_OFFER: Final = gettext_noop(
    "This is no offer of a certificate. Ask them for the QR code of the offer, or for its whole link."
)
NOT_NOW: Final = gettext_noop("They could not be reached, or did not answer as they should. Try again later.")
_REFUSED: Final = gettext_noop("The issuer refused. Ask them for a new offer.")
_DECLINED: Final = gettext_noop("Nothing was taken: the issuer says that it was declined or refused.")
_AGAIN: Final = gettext_noop("This was begun somewhere else, or it took too long. Begin again.")
_LIMITED: Final = [Depends(rate_limit("wallet-receive", "30/minute"))]
_ENTRANCE: Final = Entrance(template="wallet_api/receive.html", kind=Kind.OFFER, no_use=NO_OFFER)


@router.get("/receive")
async def begin(request: Request, principal: Returnee) -> Response:
    """Where an offer is scanned or pasted."""
    return _ENTRANCE.page(request, **await _beside(request, principal))


@router.post("/receive", dependencies=_LIMITED)
async def look(request: Request, principal: Returnee) -> Response:
    """Look at an offer; nobody is asked who is not known."""
    beside = await _beside(request, principal)
    link = await _ENTRANCE.link_in(request, **beside)
    if isinstance(link, Response):
        return link
    try:
        intake_id = await open_wallet_of(request.app).receiving.look(principal, link)
    except IssuerNotKnown as refused:
        return refused_page(request, refused.warning)
    except ProtocolError:
        return _ENTRANCE.of_no_use(request, link, **beside)
    except (EvidenceUnavailable, ConflictError):
        return _ENTRANCE.page(request, problem=NOT_NOW, status_code=503, **beside)
    return RedirectResponse(f"/wallet/receive/{intake_id}", status_code=303)


@router.get("/receive/back")
async def come_back(
    request: Request,
    state: str = "",
    code: str = "",
    iss: str = "",
    error: str = "",
) -> Response:
    """Where the issuer sends the browser back to.

    The browser shows its session here only from a page of ours, so this page has the form that goes on.
    """
    if error or not code or len(code) > _MAX_CODE:
        return _problem(request, _DECLINED, status_code=400)
    response = render(request, "wallet_api/receive_back.html", state=state, code=code, iss=iss, problem=None)
    response.headers.update(PRIVATE)
    return response


@router.post("/receive/finish", dependencies=_LIMITED)
async def finish(request: Request, principal: Returnee) -> Response:
    """Go on after signing in at the issuer, with the PIN."""
    async with request.form(max_files=0, max_fields=8) as form:
        state, iss, pin = (field(form, name) for name in ("state", "iss", "pin"))
        code = field(form, "code", most=_MAX_CODE)
    try:
        unlocked = await unlock(request, principal, pin)
    except (ProtocolError, RateLimited, ConflictError) as problem:
        response = render(
            request,
            "wallet_api/receive_back.html",
            status_code=status_of(problem),
            state=state,
            code=code,
            iss=iss,
            problem=str(problem),
        )
        response.headers.update(PRIVATE)
        return response
    try:
        taken = await open_wallet_of(request.app).receiving.finish_sign_in(
            unlocked, state=state, code=code, issuer=iss or None, session=session_digest(request)
        )
    except Refused:
        return _problem(request, _REFUSED, status_code=409)
    except (ConflictError, NotFound):
        return _problem(request, _AGAIN, status_code=409)
    except (EvidenceUnavailable, ProtocolError):
        return _problem(request, NOT_NOW, status_code=503)
    return _taken(request, taken)


@router.get("/receive/{intake_id}")
async def show_offer(request: Request, principal: Returnee, intake_id: str) -> Response:
    """Who offers what, and what they want for it: a code, the PIN, or a sign-in of theirs."""
    intake = await open_wallet_of(request.app).receiving.offered(principal, intake_id)
    return await _offer(request, principal, intake)


@router.post("/receive/{intake_id}", dependencies=_LIMITED)
async def take(request: Request, principal: Returnee, intake_id: str) -> Response:
    """Take what is offered, with the code and the PIN."""
    receiving = open_wallet_of(request.app).receiving
    intake = await receiving.offered(principal, intake_id)
    async with request.form(max_files=0, max_fields=4) as form:
        tx_code, pin = field(form, "tx_code"), field(form, "pin")
    try:
        unlocked = await unlock(request, principal, pin)
        taken = await receiving.take(unlocked, intake_id, tx_code)
    except EvidenceUnavailable:
        return await _offer(request, principal, intake, problem=NOT_NOW, status_code=503)
    except Refused:
        return await _offer(request, principal, intake, problem=_REFUSED, status_code=409)
    except (WrongCode, ProtocolError, RateLimited, ConflictError) as error:
        problem = str(error) if is_about_pin(error) or isinstance(error, WrongCode) else NOT_NOW
        return await _offer(request, principal, intake, problem=problem, status_code=status_of(error))
    return _taken(request, taken)


@router.post("/receive/{intake_id}/sign-in", dependencies=_LIMITED)
async def sign_in(request: Request, principal: Returnee, intake_id: str) -> Response:
    """The way to the issuer's own sign-in: a link, since forms lead nowhere but here."""
    receiving = open_wallet_of(request.app).receiving
    intake = await receiving.offered(principal, intake_id)
    try:
        address = await receiving.begin_sign_in(principal, intake_id, session=session_digest(request))
    except Refused:
        return await _offer(request, principal, intake, problem=_REFUSED, status_code=409)
    except (EvidenceUnavailable, ConflictError, ProtocolError):
        return await _offer(request, principal, intake, problem=NOT_NOW, status_code=503)
    response = render(request, "wallet_api/receive_away.html", address=address, host=urlsplit(address).netloc)
    response.headers.update(PRIVATE)
    return response


@router.get("/received/{document_id}")
async def show_received(request: Request, principal: Returnee, document_id: str) -> Response:
    """One credential from elsewhere."""
    one = await open_wallet_of(request.app).received.one(principal, document_id)
    return _received(request, one)


@router.post("/received/{document_id}/remove")
async def remove(request: Request, principal: Returnee, document_id: str) -> Response:
    """Delete a credential from elsewhere, with the PIN; its issuer can give it again."""
    received = open_wallet_of(request.app).received
    one = await received.one(principal, document_id)
    async with request.form(max_files=0, max_fields=2) as form:
        pin = field(form, "pin")
    try:
        await unlock(request, principal, pin)
    except (ProtocolError, RateLimited, ConflictError) as error:
        return _received(request, one, problem=str(error), status_code=status_of(error))
    await received.remove(rld_number_of(principal), document_id)
    return RedirectResponse("/wallet", status_code=303)


async def _beside(request: Request, principal: Principal) -> dict[str, Any]:
    """What stands beside the entrance: how many certificates are made later, and which do not come."""
    awaiting = open_wallet_of(request.app).receiving.awaiting
    return {
        "awaited": await awaiting.count(rld_number_of(principal)),
        "not_given": [
            (named(request, one.names, ""), named(request, one.issuer_names, urlsplit(one.issuer).netloc))
            for one in await awaiting.not_given(principal)
        ],
    }


async def _offer(
    request: Request,
    principal: Principal,
    intake: Intake,
    *,
    problem: str | None = None,
    status_code: int = 200,
) -> Response:
    pins = open_wallet_of(request.app).pins
    return render(
        request,
        "wallet_api/receive_offer.html",
        status_code=status_code,
        intake=intake,
        issuer=named(request, intake.metadata.names, urlsplit(intake.metadata.issuer).netloc),
        host=urlsplit(intake.metadata.issuer).netloc,
        wanted=[named(request, one.names, one.id) for one in intake.configurations],
        has_pin=await pins.has_pin(rld_number_of(principal)),
        problem=problem,
    )


def _taken(request: Request, taken: Taken) -> Response:
    return render(request, "wallet_api/receive_done.html", taken=taken)


def _problem(request: Request, problem: str, *, status_code: int) -> Response:
    return render(request, "wallet_api/receive_problem.html", status_code=status_code, problem=problem)


def _received(
    request: Request, one: ReceivedDocument, *, problem: str | None = None, status_code: int = 200
) -> Response:
    pages = context_of(request).pages
    language = pages.language(request)
    description = one.description
    claims = shown_claims(
        description.type_name,
        description.subject,
        language,
        lambda text: pages.translator.gettext(language, text),
    )
    return render(
        request,
        "wallet_api/received.html",
        status_code=status_code,
        one=one,
        title=title_of(request, one),
        issuer=named(request, description.issuer_names, urlsplit(description.issuer).netloc),
        host=urlsplit(description.issuer).netloc,
        claims=claims,
        problem=problem,
    )


def title_of(request: Request, one: ReceivedDocument) -> str:
    """What a credential from elsewhere is called."""
    return named(request, one.description.names, one.description.type_name or one.description.format.value)
