"""The page on which a person lets a wallet fetch their certificates, or does not (RFC 6749 section 3.1)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from issuer.openid4vci import authorizing
from issuer.openid4vci.request_store import PushedRequest
from issuer.pages import render, translate_of
from issuer.routes import desk_of
from runtime.auth import Principal, Role, require_role
from runtime.http import CONTENT_SECURITY_POLICY
from runtime.rate_limit import rate_limit
from vc.errors import ConflictError, MalformedValue, NotFound
from vc.oid4vc.issuer_metadata import MAX_BATCH
from vc.oid4vc.redirect_uri import parse_redirect_uri

router = APIRouter(include_in_schema=False)
Returnee = Annotated[Principal, Depends(require_role(Role.RETURNEE))]

_LIMITED: Final = [Depends(rate_limit("openid-authorize", "60/minute"))]
_AGREED: Final = "agree"
_FORM_ACTION: Final = "form-action 'self'"


@router.get("/openid4vci/authorize", dependencies=_LIMITED)
async def ask_consent(
    request: Request, principal: Returnee, client_id: str = "", request_uri: str = ""
) -> Response:
    """Which wallet asks for what."""
    try:
        pushed = await authorizing.waiting(desk_of(request), client_id=client_id, request_uri=request_uri)
    except NotFound as error:
        return _nothing(request, str(error))
    return await _page(request, principal, pushed, request_uri)


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
        chosen = [str(one) for one in form.getlist("certificate")]
        back = await authorizing.agree(desk, principal, pushed, chosen)
    except (NotFound, ConflictError) as error:
        return _nothing(request, str(error))
    except MalformedValue as error:
        return await _page(request, principal, pushed, request_uri, error=translate_of(request)(str(error)))
    return _redirect(back.text)


async def _page(
    request: Request,
    principal: Principal,
    pushed: PushedRequest,
    request_uri: str,
    *,
    error: str | None = None,
) -> Response:
    back = parse_redirect_uri(pushed.redirect_uri)
    # Browsers hold a form's redirects against the policy, too.
    policy = CONTENT_SECURITY_POLICY.replace(_FORM_ACTION, f"{_FORM_ACTION} {back.source}")
    response = render(
        request,
        "issuer/wallet_asks.html",
        status_code=200 if error is None else 400,
        client_id=pushed.client_id,
        place=back.place,
        request_uri=request_uri,
        choices=await authorizing.choices(desk_of(request), principal, pushed),
        error=error,
    )
    response.headers["Content-Security-Policy"] = policy
    return response


def _nothing(request: Request, why: str) -> Response:
    """A browser is never sent to where a request that is not there may have named (section 4.1.2.1)."""
    message = translate_of(request)(why)
    return render(request, "issuer/wallet_gone.html", status_code=404, message=message)


def _redirect(target: str) -> Response:
    # The URI letter by letter as it was pushed, which RedirectResponse would spell anew.
    return Response(status_code=302, headers={"Location": target, "Cache-Control": "no-store"})
