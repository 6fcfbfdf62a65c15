"""Signing in and out, and one's own account."""

from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import (
    STAFF,
    Principal,
    Role,
    forget_session,
    principal_or_none,
    require_person,
    safe_next_path,
    session_token_or_none,
    set_session,
)
from runtime.i18n import gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from trust_registry import sessions, store
from trust_registry.account_details import active_accounts
from trust_registry.accounts import change_password, sign_in
from trust_registry.doors import ACCOUNT_PATH, DOORS, PICTURES, ROLE_NAMES
from trust_registry.model import Account
from trust_registry.people_store import Stage
from trust_registry.provider_pages import MESSAGES, provider_name
from trust_registry.provider_store import is_linked
from trust_registry.second_factor import stage_after_password
from trust_registry.second_factor_pages import FACTOR_PATH, STEP_PATH
from trust_registry.staff import manageable_roles
from vc.errors import MalformedValue, NotAuthorized, RateLimited

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_SHOWN_PER_ROLE: Final = 3
_WRONG: Final = gettext_noop("The name or the password is not right.")
_WRONG_PASSWORD: Final = gettext_noop("The present password is not right.")
_BAD_PASSWORD: Final = gettext_noop("A password has 8 to 200 characters.")
_MAX_FORM_FIELDS: Final = 20

router = APIRouter()
Person = Annotated[Principal, Depends(require_person)]


@router.get("/sign-in")
async def show_sign_in(request: Request) -> Response:
    """The sign-in form; ``next`` is where to go afterwards, ``username`` fills the field."""
    await principal_or_none(request)
    query = request.query_params
    error = MESSAGES.get(query.get("provider", ""))
    return await _sign_in_page(request, query.get("next"), query.get("username", ""), error=error)


@router.post("/sign-in", dependencies=[Depends(rate_limit("sign-in", "30/minute"))])
async def do_sign_in(request: Request) -> Response:
    """Check name and password; one answer for every way of being wrong."""
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    username, wanted = _text(form, "username"), _text(form, "next")
    address = request.client.host if request.client else "unknown"
    try:
        account = await sign_in(context, username=username, password=_text(form, "password"), address=address)
    except RateLimited as error:
        minutes = -(-error.retry_after // 60)
        headers = {"Retry-After": str(error.retry_after)}
        return await _sign_in_page(
            request, wanted, username, minutes=minutes, status_code=429, headers=headers
        )
    if account is None:
        return await _sign_in_page(request, wanted, username, error=_WRONG, status_code=401)
    stage = await stage_after_password(context, account)
    token = await sessions.begin(context, account, stage=stage, replaces=session_token_or_none(request))
    response = RedirectResponse(_after_password(stage, account, wanted), status_code=303)
    set_session(response, token, settings=context.settings)
    return response


def _after_password(stage: Stage, account: Account, wanted: str) -> str:
    if stage is Stage.ENROLMENT:
        return FACTOR_PATH
    if stage is Stage.SECOND_STEP:
        return f"{STEP_PATH}?{urlencode({'next': safe_next_path(wanted, default='')})}"
    return safe_next_path(wanted, default=DOORS[Role(account.role)])


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session and go to the first page."""
    token = session_token_or_none(request)
    if token is not None:
        await sessions.end(context_of(request), token)
    return _signed_out(request)


@router.get("/account")
async def my_account(request: Request, principal: Person) -> Response:
    """Whoever is signed in: name, role, where their work is, and what they may change."""
    word = request.query_params.get("provider", "")
    error = _WRONG_PASSWORD if word == "password" else MESSAGES.get(word)
    return await _account_page(request, principal, error=error)


@router.post("/account/sign-out-everywhere")
async def sign_out_everywhere(request: Request, principal: Person) -> Response:
    """End every session of this account, this one too."""
    await sessions.end_all(context_of(request), principal.subject)
    return _signed_out(request)


@router.post("/account/password")
async def set_password(request: Request, principal: Person) -> Response:
    """Change the own password: every other session ends, this browser gets a new one."""
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    account = await context.database.read(store.account_or_none, principal.subject)
    if account is None:
        raise NotAuthorized("This account has no password.")
    address = request.client.host if request.client else "unknown"
    try:
        changed = await change_password(
            context, account, present=_text(form, "present"), new=_text(form, "new"), address=address
        )
    except MalformedValue:
        return await _account_page(request, principal, error=_BAD_PASSWORD, status_code=400)
    if changed is None:
        return await _account_page(request, principal, error=_WRONG_PASSWORD, status_code=400)
    await sessions.end_all(context, principal.subject)
    token = await sessions.begin(context, changed)
    response = RedirectResponse("/account?done=password", status_code=303)
    set_session(response, token, settings=context.settings)
    return response


def _signed_out(request: Request) -> Response:
    response = RedirectResponse("/", status_code=303)
    forget_session(response, settings=context_of(request).settings)
    return response


async def _account_page(
    request: Request, principal: Principal, *, error: str | None = None, status_code: int = 200
) -> Response:
    door, context = DOORS[principal.role], context_of(request)
    name = provider_name(context.settings) if principal.role in STAFF else None
    return context.pages.render(
        request,
        "trust_registry/account.html",
        status_code=status_code,
        role_name=ROLE_NAMES[principal.role],
        manages_staff=bool(manageable_roles(principal)),
        door=None if door == ACCOUNT_PATH else door,
        error=error,
        done=request.query_params.get("done") == "password",
        provider=name,
        is_linked=name is not None and await context.database.read(is_linked, principal.subject),
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
        provider=provider_name(context.settings),
        people=await _demo_people(context),
        pictures=PICTURES,
        role_names=ROLE_NAMES,
    )
    response.headers.update(headers or {})
    return response


async def _demo_people(context: ServiceContext) -> dict[Role, list[tuple[str, str]]]:
    """Demo accounts by role (username, name): a convenience on one's own machine; nobody anywhere else."""
    settings = context.settings
    if not settings.is_demo or not {settings.host, urlsplit(settings.base_url).hostname} <= _LOOPBACK:
        return {}
    found: dict[Role, list[tuple[str, str]]] = {role: [] for role in DOORS}
    for account, details in await context.database.read(active_accounts, context.personal):
        people = found[Role(account.role)]
        if len(people) < _MAX_SHOWN_PER_ROLE:
            people.append((account.username, details.name))
    return {role: people for role, people in found.items() if people}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
