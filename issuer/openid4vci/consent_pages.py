"""The page on which a person lets a wallet fetch their certificates, or does not (RFC 6749 section 3.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from issuer.clients import PinRefusal
from issuer.openid4vci import authorizing
from issuer.openid4vci.agreeing import Holder, PinRefused, holder_of
from issuer.openid4vci.authorizing import NothingToGive
from issuer.openid4vci.request_store import PushedRequest
from issuer.pages import render, translate_of
from issuer.routes import desk_of
from runtime.auth import Principal, Role, require_role
from runtime.http import CONTENT_SECURITY_POLICY
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from vc.errors import ConflictError, EvidenceUnavailable, MalformedValue, NotFound
from vc.oid4vc.issuer_metadata import MAX_BATCH
from vc.oid4vc.redirect_uri import parse_redirect_uri

router = APIRouter(include_in_schema=False)
Returnee = Annotated[Principal, Depends(require_role(Role.RETURNEE))]

_LIMITED: Final = [Depends(rate_limit("openid-authorize", "60/minute"))]
_AGREED: Final = "agree"
_FORM_ACTION: Final = "form-action 'self'"
_MAX_PIN: Final = 20
_PIN_STATUS: Final = {PinRefusal.WRONG: 403, PinRefusal.LOCKED: 429, PinRefusal.NOT_SET: 409}
_NOT_NOW: Final = gettext_noop("It could not be made now. Nothing was given. Try again in a few minutes.")


@router.get("/openid4vci/authorize", dependencies=_LIMITED)
async def ask_consent(
    request: Request, principal: Returnee, client_id: str = "", request_uri: str = ""
) -> Response:
    """Which wallet asks for what; it is given with the PIN."""
    desk = desk_of(request)
    try:
        pushed = await authorizing.waiting(desk, client_id=client_id, request_uri=request_uri)
        holder = await holder_of(desk, principal)
    except NotFound as error:
        return _nothing(request, str(error))
    except EvidenceUnavailable:
        return _nothing(request, _NOT_NOW, status_code=503)
    return await _page(request, _Asked(pushed=pushed, holder=holder, request_uri=request_uri))


@router.post("/openid4vci/authorize", dependencies=_LIMITED)
async def answer(request: Request, principal: Returnee) -> Response:
    """Back to the wallet, with a code or without."""
    form = await request.form(max_files=0, max_fields=MAX_BATCH + 100)
    client_id, request_uri = str(form.get("client_id", "")), str(form.get("request_uri", ""))
    desk = desk_of(request)
    try:
        pushed = await authorizing.waiting(desk, client_id=client_id, request_uri=request_uri)
        if form.get("decision") != _AGREED:
            return _redirect((await authorizing.decline(desk, principal, pushed)).text)
        holder = await holder_of(desk, principal)
        asked = _Asked(pushed=pushed, holder=holder, request_uri=request_uri)
        return await _agree(request, asked, form)
    except (NotFound, ConflictError) as error:
        return _nothing(request, str(error))
    except EvidenceUnavailable:
        return _nothing(request, _NOT_NOW, status_code=503)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """Who is asked for what, by the request behind ``request_uri``."""

    pushed: PushedRequest
    holder: Holder
    request_uri: str


async def _agree(request: Request, asked: _Asked, form: FormData) -> Response:
    chosen = [str(one) for one in form.getlist("certificate")]
    pin = str(form.get("pin", ""))[:_MAX_PIN]
    try:
        back = await authorizing.agree(desk_of(request), asked.holder, asked.pushed, chosen, pin)
    except MalformedValue as error:
        return await _page(request, asked, status_code=400, error=str(error))
    except PinRefused as refused:
        status = _PIN_STATUS[refused.reason]
        return await _page(request, asked, status_code=status, chosen=chosen, pin_error=str(refused))
    except NothingToGive as nothing:
        # As for whoever chose none, or has none: that there are others is said to nobody.
        return await _page(
            request, asked, status_code=400, within=nothing.shown, error=authorizing.CHOOSE_ONE
        )
    return _redirect(back.text)


async def _page(
    request: Request,
    asked: _Asked,
    *,
    status_code: int = 200,
    within: Collection[str] | None = None,
    chosen: Collection[str] | None = None,
    error: str | None = None,
    pin_error: str | None = None,
) -> Response:
    """The question; ``chosen`` is what is ticked, None where nobody chose yet."""
    back = parse_redirect_uri(asked.pushed.redirect_uri)
    translate = translate_of(request)
    choices = await authorizing.choices(desk_of(request), asked.holder, asked.pushed, within)
    beforehand = [one.credential_id for one in choices if not one.is_sensitive]
    # Browsers hold a form's redirects against the policy, too.
    policy = CONTENT_SECURITY_POLICY.replace(_FORM_ACTION, f"{_FORM_ACTION} {back.source}")
    response = render(
        request,
        "issuer/wallet_asks.html",
        status_code=status_code,
        client_id=asked.pushed.client_id,
        place=back.place,
        request_uri=asked.request_uri,
        choices=choices,
        ticked=beforehand if chosen is None else chosen,
        has_pin=asked.holder.view.has_pin,
        error=None if error is None else translate(error),
        pin_error=None if pin_error is None else translate(pin_error),
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def _nothing(request: Request, why: str, *, status_code: int = 404) -> Response:
    """A browser is never sent to where a request that is not there may have named (section 4.1.2.1)."""
    message = translate_of(request)(why)
    return render(request, "issuer/wallet_gone.html", status_code=status_code, message=message)


def _redirect(target: str) -> Response:
    # The URI letter by letter as it was pushed, which RedirectResponse would spell anew.
    return Response(status_code=302, headers={"Location": target, "Cache-Control": "no-store"})
