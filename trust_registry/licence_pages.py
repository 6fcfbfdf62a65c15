"""The registrar's desk: licences of those who ask to see certificates."""

from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.service import context_of
from trust_registry import forms, register_store, views
from trust_registry.catalogue import COUNTRIES, PROGRAMMES
from trust_registry.forms import Errors, act_of, read_form, text, texts
from trust_registry.licence_holders import give_licence, holder_and_free, register_holder
from trust_registry.licences import (
    amend_licence,
    end_licence,
    grant_licence,
    lift_licence,
    suspend_licence,
)
from trust_registry.life import LicenceFacts, StandingLicence, VerifierClass
from trust_registry.model import OrganisationKind
from trust_registry.registrar_pages import DAY_WANTED, Registrar, reason_errors
from trust_registry.routes import publication_of
from trust_registry.service import make_organisation
from vc.errors import ConflictError, MalformedValue, NotFound, ProtocolError
from vc.trust.licences import parse_licence_number

router = APIRouter()
_NOT_RECORDED: Final = gettext_noop(
    "It cannot be recorded like this: look at the number, names, phone, countries, days and who vouches."
)
_FIRST_DAY_WANTED: Final = gettext_noop("Give the first day.")
_NOT_REGISTERED: Final = gettext_noop(
    "Choose a short id that nobody has: small letters, digits and dashes. One licence is one organisation's."
)


@router.get("/trust/registrar/licences")
async def list_licences(request: Request, _: Registrar) -> Response:
    """Every licence, and the form to grant one."""
    return await _list_page(request, {}, ())


@router.post("/trust/registrar/licences")
async def grant(request: Request, principal: Registrar) -> Response:
    """Grant a licence and publish the list."""
    form = await read_form(request)
    facts, errors = _facts(form)
    if facts is not None and not errors:
        try:
            number = parse_licence_number(text(form, "number"))
            await context_of(request).database.write(
                grant_licence, number, facts, act_of(request, principal, form)
            )
        except (ProtocolError, ConflictError, NotFound):
            errors = (("number", _NOT_RECORDED),)
        else:
            return await _published(request, number)
    return await _list_page(request, forms.sent(form), errors, status_code=400)


@router.get("/trust/registrar/licences/{number}")
async def show_licence(request: Request, _: Registrar, number: str) -> Response:
    """One licence: how it stands, what was decided, and what may be decided next."""
    return await _licence_page(request, await _licence(request, number), ())


@router.post("/trust/registrar/licences/{number}/organisation")
async def register_organisation(request: Request, principal: Registrar, number: str) -> Response:
    """Register the organisation that holds the licence, or name one that is registered already."""
    context = context_of(request)
    standing = await _licence(request, number)
    form = await read_form(request)
    act, known = act_of(request, principal, form), text(form, "known")
    try:
        if known:
            await context.database.write(give_licence, standing.number, known, act)
        else:
            entry = make_organisation(
                context.settings,
                organisation_id=text(form, "organisation_id"),
                kind=OrganisationKind.VERIFIER,
                name_en=standing.facts.names["en"],
                name_km=standing.facts.names["km"],
                place=standing.facts.office,
            )
            await context.database.write(register_holder, standing.number, entry, act)
    except (MalformedValue, ConflictError, NotFound):
        wrong = (("organisation_id", _NOT_REGISTERED),)
        return await _licence_page(request, standing, wrong, status_code=400)
    return RedirectResponse(f"/trust/registrar/licences/{standing.number}", status_code=303)


@router.post("/trust/registrar/licences/{number}/{decision}")
async def decide(request: Request, principal: Registrar, number: str, decision: str) -> Response:
    """Suspend, lift, end or amend, for a reason; the list is published."""
    if decision not in ("suspend", "lift", "end", "amend"):
        raise NotFound("There is no such decision.")
    database = context_of(request).database
    form = await read_form(request)
    act = act_of(request, principal, form)
    standing = await _licence(request, number)
    errors = reason_errors(form)
    if errors:
        return await _licence_page(request, standing, errors, status_code=400)
    try:
        begins = forms.beginning(text(form, "from"), act.at)
        if decision == "suspend":
            await database.write(suspend_licence, standing.number, effective_from=begins, act=act)
        elif decision == "lift":
            await database.write(lift_licence, standing.number, act=act)
        elif decision == "end":
            await database.write(end_licence, standing.number, effective_from=begins, act=act)
        else:
            await database.write(amend_licence, standing.number, _amended(standing, form), act)
    except ProtocolError:
        wrong = (("from", DAY_WANTED if decision in ("suspend", "end") else _NOT_RECORDED),)
        return await _licence_page(request, standing, wrong, status_code=400)
    return await _published(request, standing.number)


async def _published(request: Request, number: str) -> Response:
    await publication_of(request).publish()
    return RedirectResponse(f"/trust/registrar/licences/{number}?done=1", status_code=303)


def _amended(standing: StandingLicence, form: FormData) -> LicenceFacts:
    """The facts with a new office, phone or last day. Raises ``ProtocolError``."""
    last = forms.day_or_none(text(form, "valid_until"))
    return replace(
        standing.facts,
        office=text(form, "office"),
        phone=text(form, "phone"),
        valid_until=None if last is None else forms.end_of(last),
    )


def _facts(form: FormData) -> tuple[LicenceFacts | None, Errors]:
    errors: list[tuple[str, str]] = [*reason_errors(form)]
    first, last = forms.day_or_none(text(form, "valid_from")), forms.day_or_none(text(form, "valid_until"))
    if first is None:
        errors.append(("valid_from", _FIRST_DAY_WANTED))
    if text(form, "valid_until") and last is None:
        errors.append(("valid_until", DAY_WANTED))
    wanted_class = text(form, "class")
    if wanted_class not in set(VerifierClass):
        errors.append(("number", _NOT_RECORDED))
    if errors or first is None:
        return None, tuple(errors)
    facts = LicenceFacts(
        licence_class=VerifierClass(wanted_class),
        names={"en": text(form, "name_en"), "km": text(form, "name_km")},
        office=text(form, "office"),
        phone=text(form, "phone"),
        countries=tuple(code for code in texts(form, "country") if code in COUNTRIES),
        programmes=tuple(code for code in texts(form, "programme") if code in PROGRAMMES),
        valid_from=forms.midnight(first),
        valid_until=None if last is None else forms.end_of(last),
        inspection_grade=text(form, "inspection_grade") or None,
        registration_number=text(form, "registration_number") or None,
        vouched_by=text(form, "vouched_by") or None,
    )
    return facts, ()


async def _licence(request: Request, number: str) -> StandingLicence:
    found = await context_of(request).database.read(
        register_store.licence_or_none, parse_licence_number(number)
    )
    if found is None:
        raise NotFound("There is no such licence.")
    return found


async def _licence_page(
    request: Request, standing: StandingLicence, errors: Errors, *, status_code: int = 200
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    item = views.licence(standing, now, context.pages.language(request))
    holder, free = await context.database.read(holder_and_free, standing.number, now)
    return context.pages.render(
        request,
        "trust_registry/licence.html",
        status_code=status_code,
        item=item,
        holder=holder,
        free=free,
        programmes=PROGRAMMES,
        errors=errors,
        done=request.query_params.get("done") == "1",
    )


async def _list_page(
    request: Request, sent: dict[str, Any], errors: Errors, *, status_code: int = 200
) -> Response:
    context = context_of(request)
    language, now = context.pages.language(request), context.clock.now()
    found = await context.database.read(register_store.licences)
    names = views.country_names(COUNTRIES, language)
    return context.pages.render(
        request,
        "trust_registry/licences.html",
        status_code=status_code,
        licences=[views.licence(item, now, language) for item in found],
        classes=views.CLASSES,
        countries=list(zip(COUNTRIES, names, strict=True)),
        programmes=PROGRAMMES,
        sent=sent,
        errors=errors,
        today=now.astimezone(PHNOM_PENH).date(),
    )
