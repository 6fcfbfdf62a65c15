"""Sharing, page by page: for whom, for what, which claims, what they will see, the PIN; and to stop it."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal
from runtime.claims_shown import shown_claims
from runtime.i18n import PHNOM_PENH, gettext_noop, name_in
from runtime.qr import qr_svg
from runtime.service import context_of
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    MalformedValue,
    NotFound,
    ProtocolError,
    RangeError,
)
from vc.model.credential_types import credential_types
from vc.programmes.asking import RequesterRefused
from vc.programmes.model import Programme
from vc.programmes.reading import open_programmes, read_programme
from vc.trust.licences import VerifierClass
from wallet_api.holding import render
from wallet_api.outlook import in_language
from wallet_api.pages import Returnee, rld_number_of
from wallet_api.receipts import Receipt, SharedCertificate
from wallet_api.share_forms import ANYONE, MAX_FIELDS, ForWhom, text_in, whom_of, wish_of
from wallet_api.share_routes import shares_of
from wallet_api.share_terms import HOURS, NotLicensed, Offered, Recipient, Wish
from wallet_api.sharing import MadeShare
from wallet_api.unlocking import NoPin, PinLocked, Pins, WrongPin

router = APIRouter(prefix="/wallet")

VIEWS: Final = (1, 3, 10, 20)
HOUR_WORDS: Final = {
    1: gettext_noop("1 hour"),
    6: gettext_noop("6 hours"),
    24: gettext_noop("24 hours"),
    72: gettext_noop("3 days"),
    168: gettext_noop("7 days"),
}
_MAY_HAVE_A_PERMIT: Final = frozenset({VerifierClass.EMPLOYER, VerifierClass.FOREIGN_ORGANISATION})
_PIN_NEEDED: Final = gettext_noop("Type your PIN. Without it nothing is shared.")
_NOT_NOW: Final = gettext_noop("It could not be made now. Nothing was shared. Try again in a few minutes.")
_LOG: Final = "log"
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/share")
async def begin(request: Request, principal: Returnee) -> Response:
    """For whom: an organisation of the register, or whoever has the link."""
    return _begin(request)


@router.get("/share/purpose")
async def choose_purpose(request: Request, principal: Returnee) -> Response:
    """How the licence stands, before anything else; then what it is for."""
    try:
        whom = whom_of(request.query_params, base_url=_base_url(request), needs_purpose=False)
        recipient = await shares_of(request).recipient(whom.licence_number)
    except MalformedValue as error:
        return _begin(request, problem=str(error))
    except NotLicensed as refused:
        return _refused(request, refused.warning)
    return _purpose(request, whom, recipient)


@router.get("/share/claims")
async def choose_claims(request: Request, principal: Returnee) -> Response:
    """Which certificates, and what of them: only what the programme lets them see, the least chosen."""
    try:
        whom = whom_of(request.query_params, base_url=_base_url(request), needs_purpose=True)
    except MalformedValue as error:
        return _begin(request, problem=str(error))
    return await _claims(request, principal, whom, whom.wish())


@router.post("/share/preview")
async def preview(request: Request, principal: Returnee) -> Response:
    """What they will see, and nothing else; then the PIN."""
    async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
        wish = wish_of(form, base_url=_base_url(request))
    return await _preview(request, principal, wish)


@router.post("/share")
async def make(request: Request, principal: Returnee) -> Response:
    """Share it, with the PIN."""
    async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
        wish, pin = wish_of(form, base_url=_base_url(request)), text_in(form, "pin")
    if not pin:
        return await _preview(request, principal, wish, pin_error=_PIN_NEEDED, status_code=403)
    try:
        unlocked = await _pins_of(request).unlock(rld_number_of(principal), pin)
        made = await shares_of(request).make(unlocked, wish)
    except WrongPin as error:
        return await _preview(request, principal, wish, pin_error=str(error), status_code=403)
    except PinLocked as error:
        return await _preview(request, principal, wish, pin_error=str(error), status_code=429)
    except NoPin as error:
        return await _preview(request, principal, wish, problem=str(error), status_code=409)
    except (NotLicensed, RequesterRefused) as refused:
        return _refused(request, refused.warning)
    except EvidenceUnavailable:
        return await _preview(request, principal, wish, problem=_NOT_NOW, status_code=503)
    except (ConflictError, MalformedValue, RangeError) as error:
        return await _claims_again(request, principal, wish, str(error))
    return _made(request, made)


@router.get("/shares")
async def list_shares(request: Request, principal: Returnee) -> Response:
    """What is shared now, each with a button that stops it; and what was."""
    found = await shares_of(request).visible(principal)
    language = context_of(request).pages.language(request)
    shown = [(one, purpose_of(one.receipt, language)) for one in found]
    return render(request, "wallet_api/shares.html", shares=shown, language=language)


@router.post("/shares/stop")
async def stop(request: Request, principal: Returnee) -> Response:
    """Stop one share, or all: whoever asks for it afterwards finds nothing.

    With ``back`` being ``log``, the log is what comes next, and says so.
    """
    async with request.form(max_files=0, max_fields=4) as form:
        share_id, back = text_in(form, "share_id"), text_in(form, "back")
    await shares_of(request).stop(principal, share_id or None)
    after = f"/wallet/log?{urlencode({'stopped': share_id})}" if back == _LOG else "/wallet/shares"
    return RedirectResponse(after, status_code=303)


@router.get("/shares/{share_id}")
async def show_receipt(request: Request, principal: Returnee, share_id: str) -> Response:
    """The consent receipt: to whom, for what, which claims, until when, and how to stop it."""
    found = await shares_of(request).receipt(principal, share_id)
    language = context_of(request).pages.language(request)
    return render(
        request,
        "wallet_api/receipt.html",
        share=found,
        receipt=found.receipt,
        purpose=purpose_of(found.receipt, language),
        certificates=[_named(one, language) for one in found.receipt.certificates],
        language=language,
    )


@router.get("/shares/{share_id}/receipt.json")
async def download_receipt(request: Request, principal: Returnee, share_id: str) -> Response:
    """The receipt as a file; it holds no value of any claim."""
    found = await shares_of(request).receipt(principal, share_id)
    headers = {"Content-Disposition": f'attachment; filename="share-{share_id}.json"', **_PRIVATE}
    return Response(orjson.dumps(found.receipt.as_json()), media_type="application/json", headers=headers)


def purpose_of(receipt: Receipt, language: str) -> str:
    """What a share is for, as the programme is called; its identifier where it is on file no more."""
    try:
        programme = read_programme(receipt.programme)
    except NotFound:
        return receipt.programme
    variant = None if receipt.variant is None else programme.variants.get(receipt.variant)
    title = in_language(programme.title, language)
    return title if variant is None else f"{title}: {in_language(variant.title, language)}"


def _begin(request: Request, *, problem: str | None = None) -> Response:
    status = 200 if problem is None else 400
    return render(request, "wallet_api/share.html", status_code=status, problem=problem, anyone=ANYONE)


def _purpose(request: Request, whom: ForWhom, recipient: Recipient) -> Response:
    """Where to; then, where the programme has fields, which: never one list of everything."""
    language = context_of(request).pages.language(request)
    today = context_of(request).clock.now().astimezone(PHNOM_PENH).date()
    programmes, licence = open_programmes(today), recipient.licence
    chosen = next((one for one in programmes if one.id == whom.programme and one.variants), None)
    allowed = [one for one in programmes if _may_ask(one, recipient)]
    countries = frozenset[str]() if licence is None else licence.countries
    allowed.sort(key=lambda one: _country(one) not in countries)
    return render(
        request,
        "wallet_api/share_purpose.html",
        whom=whom,
        licence=licence,
        name=name_in(recipient.names, language),
        programme=None if chosen is None else _choice(chosen, language),
        fields=[]
        if chosen is None
        else [(code, in_language(one.title, language)) for code, one in chosen.variants.items()],
        choices=[_choice(one, language) for one in allowed],
        # What they may not ask for stands there too, apart: a holder who is told that is warned.
        others=[_choice(one, language) for one in programmes if one not in allowed],
        may_have_permit=_may_have_permit(recipient),
    )


def _choice(programme: Programme, language: str) -> tuple[str, str, bool]:
    """Its identifier, its name, and whether a field is to be chosen in it."""
    return programme.id, in_language(programme.title, language), bool(programme.variants)


def _country(programme: Programme) -> str:
    """The country that a programme's identifier begins with."""
    return programme.id.partition("-")[0].upper()


def _may_ask(programme: Programme, recipient: Recipient) -> bool:
    permits = (False, True) if _may_have_permit(recipient) else (False,)
    return any(recipient.requester(says_permit=one) in programme.requesters for one in permits)


def _may_have_permit(recipient: Recipient) -> bool:
    return recipient.licence is not None and recipient.licence.verifier_class in _MAY_HAVE_A_PERMIT


async def _claims(
    request: Request,
    principal: Principal,
    whom: ForWhom,
    wish: Wish,
    *,
    problem: str | None = None,
    status_code: int = 200,
) -> Response:
    shares = shares_of(request)
    try:
        recipient = await shares.recipient(wish.licence_number)
        offered = await shares.offered(principal, wish)
    except (NotLicensed, RequesterRefused) as refused:
        return _refused(request, refused.warning)
    language = context_of(request).pages.language(request)
    return render(
        request,
        "wallet_api/share_claims.html",
        status_code=status_code,
        whom=whom,
        wish=wish,
        name=name_in(recipient.names, language),
        offered=[(one, _claims_shown(request, one, one.claims)) for one in offered],
        hours=[(one, HOUR_WORDS[one]) for one in HOURS if timedelta(hours=one) <= recipient.longest],
        views=VIEWS,
        problem=problem,
    )


async def _claims_again(request: Request, principal: Principal, wish: Wish, problem: str) -> Response:
    return await _claims(request, principal, _whom(wish), wish, problem=problem, status_code=400)


async def _preview(
    request: Request,
    principal: Principal,
    wish: Wish,
    *,
    problem: str | None = None,
    pin_error: str | None = None,
    status_code: int = 200,
) -> Response:
    shares = shares_of(request)
    try:
        recipient = await shares.recipient(wish.licence_number)
        chosen = await shares.chosen(principal, wish)
    except (NotLicensed, RequesterRefused) as refused:
        return _refused(request, refused.warning)
    except ProtocolError as error:
        return await _claims_again(request, principal, wish, error.findings[0].detail)
    language = context_of(request).pages.language(request)
    return render(
        request,
        "wallet_api/share_preview.html",
        status_code=status_code,
        whom=_whom(wish),
        wish=wish,
        name=name_in(recipient.names, language),
        chosen=[(offered, one, _claims_shown(request, offered, one.claims)) for offered, one in chosen],
        hours=HOUR_WORDS[wish.hours],
        has_pin=await _pins_of(request).has_pin(rld_number_of(principal)),
        problem=problem,
        pin_error=pin_error,
    )


def _made(request: Request, made: MadeShare) -> Response:
    language = context_of(request).pages.language(request)
    response = render(
        request,
        "wallet_api/share_made.html",
        link=made.link,
        qr=qr_svg(made.link),
        receipt=made.receipt,
        name=made.receipt.name(language),
        purpose=purpose_of(made.receipt, language),
    )
    response.headers.update(_PRIVATE)
    return response


def _refused(request: Request, warning: str) -> Response:
    """Nothing is shared, and the holder is warned: in Khmer whatever the page's language is."""
    khmer = context_of(request).pages.translator.gettext("km", warning)
    return render(
        request, "wallet_api/share_refused.html", status_code=403, warning=warning, warning_khmer=khmer
    )


def _claims_shown(request: Request, offered: Offered, claims: tuple[str, ...]) -> Any:
    pages = context_of(request).pages
    language = pages.language(request)
    subject = {name: value for name, value in offered.subject.items() if name in claims}
    return shown_claims(
        offered.type_name, subject, language, lambda text: pages.translator.gettext(language, text)
    )


def _named(one: SharedCertificate, language: str) -> tuple[str, list[str]]:
    """The kind of a certificate, and what the claims are called, without a value."""
    titles = credential_types()[one.type_name].titles
    claims = shown_claims(one.type_name, dict.fromkeys(one.claims), language, str)
    return in_language(titles, language), [claim.title for claim in claims]


def _whom(wish: Wish) -> ForWhom:
    purpose = wish.programme if wish.variant is None else f"{wish.programme}/{wish.variant}"
    return ForWhom(to=wish.licence_number or ANYONE, purpose=purpose, says_permit=wish.says_permit)


def _pins_of(request: Request) -> Pins:
    pins = request.app.state.pins
    if not isinstance(pins, Pins):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return pins


def _base_url(request: Request) -> str:
    return context_of(request).settings.base_url
