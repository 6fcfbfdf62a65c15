"""The trust registry for people: signing in, and who may certify what."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import (
    Role,
    end_session,
    issue_session,
    principal_or_none,
    safe_next_path,
)
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from trust_registry import store, views
from trust_registry.accounts import sign_in
from trust_registry.catalogue import CREDENTIAL_TYPES, awards, titles
from trust_registry.forms import read_form, text, verbatim
from trust_registry.model import Account
from vc.errors import RateLimited

# Where each role has its work.
DOORS: Final = {
    Role.CLERK: "/issuer",
    Role.FRAUD_OFFICER: "/revocation",
    Role.REGISTRAR: "/trust/registrar",
    Role.RECRUITER: "/verify",
    Role.RETURNEE: "/wallet",
}
_PICTURES: Final = {
    Role.CLERK: "clerk",
    Role.FRAUD_OFFICER: "officer",
    Role.REGISTRAR: "registrar",
    Role.RECRUITER: "recruiter",
    Role.RETURNEE: "returnee",
}
_ROLE_NAMES: Final = {
    Role.CLERK: gettext_noop("Training centre clerk"),
    Role.FRAUD_OFFICER: gettext_noop("Fraud officer"),
    Role.REGISTRAR: gettext_noop("Registrar"),
    Role.RECRUITER: gettext_noop("Recruiter"),
    Role.RETURNEE: gettext_noop("Returnee"),
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_SHOWN_PER_ROLE: Final = 3
_WRONG: Final = gettext_noop("The name or the password is not right.")

router = APIRouter()


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    """The sign-in form; ``next`` is where to go afterwards, ``username`` fills the field."""
    principal_or_none(request)
    query = request.query_params
    return await _sign_in_page(request, query.get("next"), query.get("username", ""))


@router.post("/sign-in", dependencies=[Depends(rate_limit("sign-in", "30/minute"))])
async def do_sign_in(request: Request) -> Response:
    """Check name and password; one answer for every way of being wrong."""
    context = context_of(request)
    form = await read_form(request)
    username, wanted = text(form, "username"), text(form, "next")
    address = request.client.host if request.client else "unknown"
    try:
        principal = await sign_in(
            context, username=username, password=verbatim(form, "password"), address=address
        )
    except RateLimited as error:
        minutes = -(-error.retry_after // 60)
        headers = {"Retry-After": str(error.retry_after)}
        return await _sign_in_page(
            request, wanted, username, minutes=minutes, status_code=429, headers=headers
        )
    if principal is None:
        return await _sign_in_page(request, wanted, username, error=_WRONG, status_code=401)
    response = RedirectResponse(safe_next_path(wanted, default=DOORS[principal.role]), status_code=303)
    issue_session(response, principal, settings=context.settings, now=context.clock.now())
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session and go to the first page."""
    response = RedirectResponse("/", status_code=303)
    end_session(response, settings=context_of(request).settings)
    return response


@router.get("/trust")
async def who_may_certify(request: Request) -> Response:
    """The public page: which centre may certify what, and when; ``q`` and ``trade`` narrow it."""
    principal_or_none(request)
    context = context_of(request)
    register = await context.database.read(store.read_register)
    query, trade = request.query_params.get("q", "").strip()[:80], request.query_params.get("trade", "")
    shown = views.centres(register, context.clock.now())
    return context.pages.render(
        request,
        "trust_registry/trust.html",
        centres=views.found_centres(shown, query, trade),
        is_search=bool(query or trade),
        query=query,
        trade=trade,
        awards=awards(),
        titles=titles(),
        types=CREDENTIAL_TYPES,
    )


async def _sign_in_page(
    request: Request,
    wanted: str | None,
    username: str,
    *,
    error: str | None = None,
    minutes: int | None = None,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    context = context_of(request)
    response = context.pages.render(
        request,
        "trust_registry/sign_in.html",
        status_code=status_code,
        next=safe_next_path(wanted, default=""),
        username=username[:64],
        error=error,
        minutes=minutes,
        people=await _demo_people(context),
        pictures=_PICTURES,
        role_names=_ROLE_NAMES,
    )
    response.headers.update(headers or {})
    return response


async def _demo_people(context: ServiceContext) -> dict[Role, list[Account]]:
    """Demo accounts by role, as a convenience on one's own machine; nobody anywhere else."""
    settings = context.settings
    if not settings.is_demo or not {settings.host, urlsplit(settings.base_url).hostname} <= _LOOPBACK:
        return {}
    found: dict[Role, list[Account]] = {role: [] for role in DOORS}
    for account in await context.database.read(store.accounts):
        people = found[Role(account.role)]
        if len(people) < _MAX_SHOWN_PER_ROLE:
            people.append(account)
    return {role: people for role, people in found.items() if people}
