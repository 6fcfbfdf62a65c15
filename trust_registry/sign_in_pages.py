"""Signing in and out, and one's own account."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import (
    Principal,
    Role,
    end_session,
    issue_session,
    principal_or_none,
    require_person,
    safe_next_path,
)
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from trust_registry import store
from trust_registry.accounts import sign_in
from trust_registry.doors import ACCOUNT_PATH, DOORS, PICTURES, ROLE_NAMES
from trust_registry.model import Account
from vc.errors import RateLimited

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_SHOWN_PER_ROLE: Final = 3
_WRONG: Final = gettext_noop("The name or the password is not right.")
_MAX_FORM_FIELDS: Final = 20

router = APIRouter()
Person = Annotated[Principal, Depends(require_person)]


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
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    username, wanted = _text(form, "username"), _text(form, "next")
    address = request.client.host if request.client else "unknown"
    try:
        principal = await sign_in(
            context, username=username, password=_text(form, "password"), address=address
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


@router.get("/account")
async def my_account(request: Request, principal: Person) -> Response:
    """Whoever is signed in: name, role, and where their work is."""
    door = DOORS[principal.role]
    return context_of(request).pages.render(
        request,
        "trust_registry/account.html",
        role_name=ROLE_NAMES[principal.role],
        door=None if door == ACCOUNT_PATH else door,
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
        pictures=PICTURES,
        role_names=ROLE_NAMES,
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


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
