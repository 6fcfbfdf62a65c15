"""The trust registry for people: signing in, who may certify what, and the registrar's desk."""

from datetime import date, datetime, time, timedelta
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
    require_role,
    safe_next_path,
)
from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from trust_registry import store
from trust_registry.accounts import sign_in
from trust_registry.catalogue import CREDENTIAL_TYPES, awards, titles
from trust_registry.model import Account, GrantedAccreditation, OrganisationKind, Register
from trust_registry.routes import publication_of
from trust_registry.service import CQF_LEVELS, add_accreditation
from vc.errors import ProtocolError, RateLimited

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
_MAX_FORM_FIELDS: Final = 200
# Beyond these a date is a slip of the finger.
_YEARS: Final = range(2000, 2200)

router = APIRouter()
Registrar = Annotated[Principal, Depends(require_role(Role.REGISTRAR))]


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


@router.get("/trust")
async def who_may_certify(request: Request) -> Response:
    """The public page: which centre may certify what, and when."""
    principal_or_none(request)
    context = context_of(request)
    register = await context.database.read(store.read_register)
    return context.pages.render(
        request,
        "trust_registry/trust.html",
        centres=_centres(register),
        titles=titles(),
        types=CREDENTIAL_TYPES,
    )


@router.get("/trust/registrar")
async def registrar_desk(request: Request, _: Registrar) -> Response:
    """Every organisation with its keys and accreditations, and the form to accredit."""
    return await _registrar_page(request, {}, ())


@router.post("/trust/registrar/accreditations")
async def accredit(request: Request, principal: Registrar) -> Response:
    """Accredit a centre and publish the list."""
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    wanted, errors = _accreditation(form)
    if wanted is not None:
        try:
            await context.database.write(
                add_accreditation, wanted, actor=principal.subject, now=context.clock.now()
            )
        except ProtocolError:
            errors = (("valid_until", gettext_noop("The accreditation must end after it begins.")),)
    if errors:
        return await _registrar_page(request, _sent(form), errors, status_code=400)
    await publication_of(request).publish()
    return RedirectResponse("/trust/registrar?done=1", status_code=303)


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


async def _registrar_page(
    request: Request,
    sent: dict[str, list[str]],
    errors: tuple[tuple[str, str], ...],
    *,
    status_code: int = 200,
) -> Response:
    context = context_of(request)
    register = await context.database.read(store.read_register)
    return context.pages.render(
        request,
        "trust_registry/registrar.html",
        status_code=status_code,
        centres=_centres(register),
        organisations=register.organisations,
        keys=register.keys,
        published=publication_of(request).require_published(),
        awards=awards(),
        titles=titles(),
        types=CREDENTIAL_TYPES,
        levels=list(CQF_LEVELS),
        sent=sent,
        errors=errors,
        done=request.query_params.get("done") == "1",
        today=context.clock.now().astimezone(PHNOM_PENH).date(),
        kinds=_KINDS,
    )


_KINDS: Final = {
    OrganisationKind.AUTHORITY: gettext_noop("Authority"),
    OrganisationKind.CENTRE: gettext_noop("Training centre"),
    OrganisationKind.STATUS_REGISTRY: gettext_noop("Status registry"),
    OrganisationKind.VERIFIER: gettext_noop("Employer or public body abroad"),
}


def _centres(register: Register) -> list[dict[str, object]]:
    """Centres with their accreditations, last days shown inclusive as people say them."""
    return [
        {
            "organisation": entry,
            "accreditations": [
                {
                    "types": sorted(item.credential_types),
                    "codes": None if item.qualification_codes is None else sorted(item.qualification_codes),
                    "levels": None if item.cqf_levels is None else sorted(item.cqf_levels),
                    "first_day": item.valid_from.astimezone(PHNOM_PENH).date(),
                    "last_day": None if item.valid_until is None else _last_day(item.valid_until),
                }
                for item in register.accreditations
                if item.organisation_id == entry.id
            ],
        }
        for entry in register.organisations
        if entry.kind is OrganisationKind.CENTRE
    ]


def _last_day(valid_until: datetime) -> date:
    return (valid_until - timedelta(seconds=1)).astimezone(PHNOM_PENH).date()


def _accreditation(form: FormData) -> tuple[GrantedAccreditation | None, tuple[tuple[str, str], ...]]:
    """The accreditation a registrar asked for, or what is wrong with each field."""
    errors: list[tuple[str, str]] = []
    types, codes = frozenset(_texts(form, "type")), frozenset(_texts(form, "code"))
    if not types or not types <= CREDENTIAL_TYPES.keys():
        errors.append(("type", gettext_noop("Choose what kind of certificate.")))
    # "Everything" must be said, not left over from forgetting to choose.
    if _text(form, "all_codes") == "yes":
        chosen: frozenset[str] | None = None
    elif codes and codes <= titles().keys():
        chosen = codes
    else:
        chosen = None
        errors.append(("code", gettext_noop("Choose the qualifications, or all of them.")))
    levels = frozenset(int(text) for text in _texts(form, "level") if text in map(str, CQF_LEVELS))
    first, last = _day(_text(form, "valid_from")), _day(_text(form, "valid_until"))
    if first is None:
        errors.append(("valid_from", gettext_noop("Give the first day.")))
    if _text(form, "valid_until") and last is None:
        errors.append(("valid_until", gettext_noop("Give the last day, or leave it empty.")))
    if errors or first is None:
        return None, tuple(errors)
    wanted = GrantedAccreditation(
        organisation_id=_text(form, "organisation_id"),
        credential_types=types,
        qualification_codes=chosen,
        cqf_levels=levels or None,
        valid_from=_midnight(first),
        valid_until=None if last is None else _midnight(last + timedelta(days=1)),
    )
    return wanted, ()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and day.year in _YEARS else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PHNOM_PENH)


def _sent(form: FormData) -> dict[str, list[str]]:
    return {name: _texts(form, name) for name in form}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _texts(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]
