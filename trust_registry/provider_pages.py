"""Signing in through the identity provider: sent away, taken back, linked and unlinked.

The browser comes back from another site, so the session's cookie (SameSite=Strict) does not come along and
one that is set is not sent in the redirect that follows. Hence a cookie of its own for the attempt, and a
page of ours between the provider and the desk.
"""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import (
    STAFF,
    Principal,
    Role,
    require_person,
    require_role,
    safe_next_path,
    session_token_or_none,
    set_session,
)
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from runtime.settings import Settings
from trust_registry import oidc_client, provider_sign_in, sessions, store
from trust_registry.accounts import password_matches
from trust_registry.doors import ACCOUNT_PATH, DOORS
from trust_registry.oidc import Attempt, WrongAnswer
from trust_registry.oidc_client import ProviderRefused, ProviderUnreachable
from trust_registry.people_store import Stage
from trust_registry.provider_sign_in import Answer, AttemptOver, NotLinked, SignedIn
from trust_registry.second_factor_pages import FACTOR_PATH, STEP_PATH
from vc.errors import NotAuthorized, NotFound, PassportError

ATTEMPT_COOKIE: Final = "passport_provider"
PROVIDER_PATH: Final = "/sign-in/provider"
_DONE_PATH: Final = "/sign-in/provider/done"
_MAX_FORM_FIELDS: Final = 10
_TOKEN_LENGTH: Final = 52

# What the sign-in page says, by the word in its address.
MESSAGES: Final[Mapping[str, str]] = {
    "unreachable": gettext_noop(
        "The other sign-in service does not answer. Sign in with your password, or try again later."
    ),
    "refused": gettext_noop(
        "The other sign-in service did not let you in. Try again there, or sign in with your password."
    ),
    "wrong": gettext_noop(
        "The other sign-in service gave an answer that we do not accept. Sign in with your password, "
        "and tell your administrator."
    ),
    "over": gettext_noop("This try to sign in is over. Begin again, or sign in with your password."),
    "unlinked": gettext_noop(
        "No account is linked with you there. Sign in with your password; then link it on your account page."
    ),
}
_WORDS: Final[tuple[tuple[type[PassportError], str], ...]] = (
    (ProviderUnreachable, "unreachable"),
    (ProviderRefused, "refused"),
    (NotLinked, "unlinked"),
    (AttemptOver, "over"),
    (WrongAnswer, "wrong"),
)
_FAULTS: Final = tuple(kind for kind, _ in _WORDS)
_LIMITED: Final = [Depends(rate_limit("provider", "30/minute"))]

router = APIRouter()
Person = Annotated[Principal, Depends(require_person)]
Staff = Annotated[Principal, Depends(require_role(*STAFF))]


def provider_name(settings: Settings) -> str | None:
    """What the provider is called on pages; None where there is none."""
    if not oidc_client.is_configured(settings):
        return None
    return settings.oidc_button or gettext_noop("your ministry's sign-in")


@router.get("/sign-in/provider", dependencies=_LIMITED)
async def go_to_provider(request: Request) -> Response:
    """Send the browser to the provider; ``next`` is where to go afterwards."""
    context = context_of(request)
    try:
        attempt, address = await provider_sign_in.begin_sign_in(
            context, request.query_params.get("next") or ""
        )
    except _FAULTS as error:
        return _back_with(error)
    response = RedirectResponse(address, status_code=303)
    _set_attempt(response, attempt, settings=context.settings)
    return response


@router.get("/sign-in/provider/callback", dependencies=_LIMITED)
async def come_back(request: Request) -> Response:
    """Take the provider's answer, once, from the browser that was sent there."""
    context, query = context_of(request), request.query_params
    if not oidc_client.is_configured(context.settings):
        raise NotFound("No identity provider is set up here.")
    answer = Answer(
        state=query.get("state") or "",
        code=query.get("code"),
        error=query.get("error"),
        iss=query.get("iss"),
    )
    try:
        done = await provider_sign_in.finish(context, _attempt_of(request), answer)
    except _FAULTS as error:
        return _back_with(error)
    if isinstance(done, SignedIn):
        target = urlencode({"next": _target(done)})
        response: Response = RedirectResponse(f"{_DONE_PATH}?{target}", status_code=303)
        set_session(response, done.token, settings=context.settings)
    else:
        response = _done_page(request, ACCOUNT_PATH, linked=True, name=done.name)
    response.delete_cookie(ATTEMPT_COOKIE, path=PROVIDER_PATH, httponly=True, samesite="lax")
    return response


@router.get("/sign-in/provider/done")
async def show_done(request: Request) -> Response:
    """The step between the provider and the desk: a page of ours, from which the cookie is sent."""
    wanted = safe_next_path(request.query_params.get("next"), default=ACCOUNT_PATH)
    return _done_page(request, wanted)


@router.post("/account/provider", dependencies=_LIMITED)
async def begin_linking(request: Request, principal: Staff) -> Response:
    """After the password again: a page that leads to the provider, to link the own account."""
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    present = form.get("present")
    account = await context.database.read(store.account_or_none, principal.subject)
    session = session_token_or_none(request)
    if account is None or session is None:
        raise NotAuthorized("An account is linked by whoever is signed in to it.")
    address = request.client.host if request.client else "unknown"
    if not await password_matches(context, account, present if isinstance(present, str) else "", address):
        return RedirectResponse("/account?provider=password", status_code=303)
    try:
        attempt, target = await provider_sign_in.begin_linking(context, account, session)
    except _FAULTS as error:
        return RedirectResponse(f"/account?{urlencode({'provider': _word(error)})}", status_code=303)
    # A link and no redirect: browsers hold a form's redirects to form-action, which is ourselves.
    response = context.pages.render(
        request,
        "trust_registry/provider_leave.html",
        target=target,
        provider=provider_name(context.settings),
    )
    _set_attempt(response, attempt, settings=context.settings)
    return response


@router.post("/account/provider/unlink")
async def unlink(request: Request, principal: Person) -> Response:
    """Unlink the own account; every other sign-in of it ends."""
    context = context_of(request)
    account = await context.database.read(store.account_or_none, principal.subject)
    if account is None:
        raise NotAuthorized("This account cannot be linked.")
    await provider_sign_in.unlink_own(context, principal.subject)
    token = await sessions.begin(context, account)
    response = RedirectResponse(ACCOUNT_PATH, status_code=303)
    set_session(response, token, settings=context.settings)
    return response


def _target(done: SignedIn) -> str:
    if done.stage is Stage.ENROLMENT:
        return FACTOR_PATH
    if done.stage is Stage.SECOND_STEP:
        return f"{STEP_PATH}?{urlencode({'next': done.wanted})}"
    return done.wanted or DOORS[Role(done.account.role)]


def _done_page(request: Request, target: str, *, linked: bool = False, name: str | None = None) -> Response:
    context: ServiceContext = context_of(request)
    return context.pages.render(
        request, "trust_registry/provider_done.html", target=target, linked=linked, name=name
    )


def _back_with(error: PassportError) -> Response:
    return RedirectResponse(f"/sign-in?{urlencode({'provider': _word(error)})}", status_code=303)


def _word(error: PassportError) -> str:
    return next(word for kind, word in _WORDS if isinstance(error, kind))


def _set_attempt(response: Response, attempt: Attempt, *, settings: Settings) -> None:
    response.set_cookie(
        ATTEMPT_COOKIE,
        attempt.token,
        max_age=int(provider_sign_in.ATTEMPT_LIFETIME.total_seconds()),
        path=PROVIDER_PATH,
        httponly=True,
        # Not strict: the answer comes from the provider's site.
        samesite="lax",
        secure=settings.is_https,
    )


def _attempt_of(request: Request) -> Attempt | None:
    token = request.cookies.get(ATTEMPT_COOKIE, "")
    return Attempt(token=token) if len(token) == _TOKEN_LENGTH else None
