"""The trust registry for people: who may certify what, and the registrar's desk."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, principal_or_none, require_role
from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.service import context_of
from trust_registry import store
from trust_registry.catalogue import CREDENTIAL_TYPES, awards, titles
from trust_registry.model import GrantedAccreditation, OrganisationKind, Register
from trust_registry.routes import publication_of
from trust_registry.service import CQF_LEVELS, add_accreditation
from vc.errors import ProtocolError

_MAX_FORM_FIELDS: Final = 200
# Beyond these a date is a slip of the finger.
_YEARS: Final = range(2000, 2200)

router = APIRouter()
Registrar = Annotated[Principal, Depends(require_role(Role.REGISTRAR))]


@router.get("/trust")
async def who_may_certify(request: Request) -> Response:
    """The public page: which centre may certify what, and when."""
    await principal_or_none(request)
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
