"""Answering a verifier, page by page: the request, who asks for what, the PIN, what came of it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal
from runtime.claims_shown import ShownClaim, shown_claims
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import ConflictError, EvidenceUnavailable, NotFound, ProtocolError, RateLimited
from vc.programmes.asking import RequesterRefused
from wallet_api.holding import render
from wallet_api.open_wallet.answer_receipts import AnswerReceipt
from wallet_api.open_wallet.answering import Agreed, NotAnswerable, Offer, Possible
from wallet_api.open_wallet.page_parts import (
    PRIVATE,
    Entrance,
    field,
    is_about_pin,
    named,
    open_wallet_of,
    refused_page,
    status_of,
    unlock,
)
from wallet_api.open_wallet.receive_pages import title_of
from wallet_api.open_wallet.sending import ACCEPTED, Delivered
from wallet_api.open_wallet.terms import AskedTooMuch, HealthNotAgreed
from wallet_api.outlook import in_language
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.scanned import MAX_SCANNED, Kind
from wallet_api.share_terms import NotLicensed

router = APIRouter(prefix="/wallet")

_MAX_FIELDS: Final = 60
_PICK: Final = "pick-"
_NO_REQUEST: Final = gettext_noop(
    "This is no request that can be answered, or it was altered. Let them ask again."
)
_NOT_NOW: Final = gettext_noop("Who asks could not be looked up now. Nothing was shown. Try again later.")
_NOT_MADE: Final = gettext_noop("It could not be made now. Nothing was shown. Try again in a few minutes.")
_LIMITED: Final = [Depends(rate_limit("wallet-present", "30/minute"))]
_ENTRANCE: Final = Entrance(template="wallet_api/present.html", kind=Kind.REQUEST, no_use=_NO_REQUEST)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownPossible:
    """A credential that could be shown, as the page has it."""

    one: Possible
    title: str
    claims: tuple[ShownClaim, ...]


@router.get("/present")
async def begin(request: Request, principal: Returnee) -> Response:
    """Where a request is scanned or pasted; an address with a request in it has it there already."""
    query = request.url.query
    link = f"openid4vp://?{query}" if "client_id=" in query and len(query) <= MAX_SCANNED else ""
    response = _ENTRANCE.page(request, link=link)
    response.headers.update(PRIVATE)
    return response


@router.post("/present", dependencies=_LIMITED)
async def look(request: Request, principal: Returnee) -> Response:
    """Look at a request: who asks, and whether they say so themselves."""
    link = await _ENTRANCE.link_in(request, link="")
    if isinstance(link, Response):
        return link
    try:
        request_id = await open_wallet_of(request.app).asking.look(principal, link)
    except ProtocolError:
        return _ENTRANCE.of_no_use(request, link, link="")
    except ConflictError as error:
        return _begin(request, problem=str(error), status_code=409)
    except EvidenceUnavailable:
        return _begin(request, problem=_NOT_NOW, status_code=503)
    return RedirectResponse(f"/wallet/present/{request_id}", status_code=303)


@router.get("/present/{request_id}")
async def show_request(request: Request, principal: Returnee, request_id: str) -> Response:
    """Who asks for what, and what they would see."""
    return await _consent(request, principal, request_id)


@router.post("/present/{request_id}", dependencies=_LIMITED)
async def answer(request: Request, principal: Returnee, request_id: str) -> Response:
    """Show it, with the PIN."""
    async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
        agreed, pin = _agreed(form), field(form, "pin")
    try:
        unlocked = await unlock(request, principal, pin)
        delivered = await open_wallet_of(request.app).answering.answer(unlocked, request_id, agreed)
    except (NotLicensed, RequesterRefused, AskedTooMuch) as refused:
        return refused_page(request, refused.warning)
    except HealthNotAgreed as error:
        return await _consent(request, principal, request_id, problem=str(error), status_code=403)
    except EvidenceUnavailable:
        return await _consent(request, principal, request_id, problem=_NOT_MADE, status_code=503)
    except (ProtocolError, RateLimited, ConflictError) as error:
        is_told = is_about_pin(error) or isinstance(error, NotAnswerable | ConflictError)
        problem = str(error) if is_told else _NOT_MADE
        return await _consent(request, principal, request_id, problem=problem, status_code=status_of(error))
    return _delivered(request, request_id, delivered)


@router.post("/present/{request_id}/decline", dependencies=_LIMITED)
async def decline(request: Request, principal: Returnee, request_id: str) -> Response:
    """Show nothing, and say so."""
    try:
        await open_wallet_of(request.app).answering.decline(principal, request_id)
    except ConflictError as error:
        return _begin(request, problem=str(error), status_code=409)
    return render(request, "wallet_api/present_declined.html")


@router.get("/answers")
async def list_answers(request: Request, principal: Returnee) -> Response:
    """What was answered: to whom, when."""
    receipts = await open_wallet_of(request.app).answering.answered(principal)
    return render(request, "wallet_api/answers.html", receipts=receipts, language=_language(request))


@router.get("/answers/{request_id}")
async def show_answer(request: Request, principal: Returnee, request_id: str) -> Response:
    """The consent receipt of an answer: which claims, and no value of any."""
    receipt = await _receipt(request, principal, request_id)
    language = _language(request)
    return render(
        request,
        "wallet_api/answer.html",
        receipt=receipt,
        language=language,
        certificates=[
            [claim.title for claim in shown_claims(one.type_name, dict.fromkeys(one.claims), language, str)]
            for one in receipt.certificates
        ],
    )


@router.get("/answers/{request_id}/receipt.json")
async def download_answer(request: Request, principal: Returnee, request_id: str) -> Response:
    """The receipt as a file."""
    receipt = await _receipt(request, principal, request_id)
    headers = {"Content-Disposition": f'attachment; filename="answer-{receipt.request_id}.json"', **PRIVATE}
    return Response(orjson.dumps(receipt.as_json()), media_type="application/json", headers=headers)


async def _receipt(request: Request, principal: Principal, request_id: str) -> AnswerReceipt:
    receipts = await open_wallet_of(request.app).answering.answered(principal)
    found = next((one for one in receipts if one.request_id == request_id), None)
    if found is None:
        raise NotFound("There is no such answer.")
    return found


def _agreed(form: FormData) -> Agreed:
    picked = {
        name.removeprefix(_PICK): value
        for name, value in form.items()
        if name.startswith(_PICK) and isinstance(value, str)
    }
    also = [name for one in form.getlist("also") if isinstance(one, str) for name in one.split()]
    return Agreed(
        picked=picked,
        also=frozenset(also),
        says_permit=field(form, "permit") == "yes",
        agrees_to_health=field(form, "health") == "yes",
    )


def _begin(request: Request, *, problem: str, status_code: int) -> Response:
    return _ENTRANCE.page(request, problem=problem, status_code=status_code, link="")


async def _consent(
    request: Request,
    principal: Principal,
    request_id: str,
    *,
    problem: str | None = None,
    status_code: int = 200,
) -> Response:
    open_wallet = open_wallet_of(request.app)
    try:
        offer = await open_wallet.answering.offer(principal, request_id)
    except (NotLicensed, RequesterRefused, AskedTooMuch) as refused:
        return refused_page(request, refused.warning)
    except ConflictError as error:
        return _begin(request, problem=str(error), status_code=409)
    except EvidenceUnavailable:
        return _begin(request, problem=_NOT_NOW, status_code=503)
    asker = offer.asker
    language = _language(request)
    return render(
        request,
        "wallet_api/present_consent.html",
        status_code=status_code,
        offer=offer,
        asker=asker,
        name=named(request, asker.recipient.names, "") or None,
        programme=None if asker.programme is None else in_language(asker.programme.title, language),
        parts=_parts(request, offer),
        until=max((one.until for one in offer.watches), default=None),
        has_pin=await open_wallet.pins.has_pin(rld_number_of(principal)),
        problem=problem,
    )


def _parts(request: Request, offer: Offer) -> list[tuple[bool, str, list[tuple[str, list[ShownPossible]]]]]:
    """For each choice whether it must be shown, the ids in it, and for each query what could be."""
    return [
        (
            choice.is_required,
            " ".join(sorted(choice.query_ids)),
            [
                (query_id, [_shown(request, one) for one in offer.possible[query_id]])
                for query_id in sorted(choice.query_ids)
            ],
        )
        for choice in offer.choices or ()
    ]


def _shown(request: Request, one: Possible) -> ShownPossible:
    pages = context_of(request).pages
    language = _language(request)
    claims = shown_claims(
        one.type_name, one.claims, language, lambda text: pages.translator.gettext(language, text)
    )
    if one.held is not None:
        card = one.held.card
        title = (card.title_km if language == "km" else None) or card.title_en
    else:
        title = "" if one.received is None else title_of(request, one.received)
    return ShownPossible(one=one, title=title, claims=claims)


def _delivered(request: Request, request_id: str, delivered: Delivered) -> Response:
    response = render(
        request,
        "wallet_api/present_done.html",
        status_code=200 if delivered.outcome == ACCEPTED else 502,
        request_id=request_id,
        delivered=delivered,
        host=None if delivered.redirect_uri is None else urlsplit(delivered.redirect_uri).netloc,
    )
    response.headers.update(PRIVATE)
    return response


def _language(request: Request) -> str:
    return context_of(request).pages.language(request)
