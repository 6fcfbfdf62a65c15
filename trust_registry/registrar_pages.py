"""The registrar's desk: accreditations of centres, granted, suspended and lifted with a reason."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.auth import Principal, Role, require_role
from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.service import context_of
from trust_registry import forms, store, views
from trust_registry.accreditations import lift_accreditation, require_standing, suspend_accreditation
from trust_registry.catalogue import awards, issuer_kinds, titles, type_titles
from trust_registry.clients import IssuedCount, issued_counts, touched
from trust_registry.forms import Errors, act_of, read_form, text, texts
from trust_registry.life import MAX_REASON, GrantedAccreditation, StandingAccreditation
from trust_registry.model import OrganisationKind
from trust_registry.root import ending_root_or_none
from trust_registry.routes import publication_of
from trust_registry.service import CQF_LEVELS, add_accreditation
from vc.errors import EvidenceUnavailable, NotFound, ProtocolError
from vc.model.credential_types import credential_types

router = APIRouter()
Registrar = Annotated[Principal, Depends(require_role(Role.REGISTRAR))]

KINDS: Final = {
    OrganisationKind.AUTHORITY: gettext_noop("Authority"),
    OrganisationKind.CENTRE: gettext_noop("Training centre"),
    OrganisationKind.STATUS_REGISTRY: gettext_noop("Status registry"),
    OrganisationKind.VERIFIER: gettext_noop("Employer or public body abroad"),
}
REASON_WANTED: Final = gettext_noop("Say why, in at most 500 characters.")
DAY_WANTED: Final = gettext_noop("Give the day as a date, or leave it empty.")


@router.get("/trust/registrar")
async def registrar_desk(request: Request, _: Registrar) -> Response:
    """Every organisation with its keys and accreditations, and the form to accredit."""
    return await _registrar_page(request, {}, ())


@router.post("/trust/registrar/accreditations")
async def accredit(request: Request, principal: Registrar) -> Response:
    """Accredit a centre and publish the list."""
    context = context_of(request)
    form = await read_form(request)
    wanted, errors = _accreditation(form)
    if wanted is not None and not errors:
        try:
            await context.database.write(add_accreditation, wanted, act_of(request, principal, form))
        except ProtocolError:
            errors = (("valid_until", gettext_noop("The accreditation must end after it begins.")),)
    if errors:
        return await _registrar_page(request, forms.sent(form), errors, status_code=400)
    await publication_of(request).publish()
    return RedirectResponse("/trust/registrar?done=1", status_code=303)


@router.get("/trust/registrar/accreditations/{number}")
async def show_accreditation(request: Request, _: Registrar, number: int) -> Response:
    """One accreditation: how it stands, what was decided, and what may be decided next."""
    context = context_of(request)
    standing = await context.database.read(store.standing_accreditation_or_none, number)
    if standing is None:
        raise NotFound("There is no such accreditation.")
    return await accreditation_page(request, "trust_registry/accreditation.html", standing)


@router.get("/trust/registrar/accreditations/{number}/suspend")
async def before_suspending(request: Request, _: Registrar, number: int) -> Response:
    """What a suspension would touch, and then the form to suspend."""
    standing = await context_of(request).database.read(require_standing, number)
    return await _suspend_page(request, standing, request.query_params.get("from", ""))


@router.post("/trust/registrar/accreditations/{number}/suspend")
async def suspend(request: Request, principal: Registrar, number: int) -> Response:
    """Suspend and publish the list."""
    context = context_of(request)
    form = await read_form(request)
    act = act_of(request, principal, form)
    standing = await context.database.read(require_standing, number)
    errors = reason_errors(form)
    if errors:
        return await _suspend_page(request, standing, text(form, "from"), errors=errors, status_code=400)
    begins = forms.beginning(text(form, "from"), act.at)
    await context.database.write(suspend_accreditation, number, effective_from=begins, act=act)
    await publication_of(request).publish()
    return RedirectResponse(f"/trust/registrar/accreditations/{number}?done=1", status_code=303)


@router.post("/trust/registrar/accreditations/{number}/lift")
async def lift(request: Request, principal: Registrar, number: int) -> Response:
    """Lift the suspension and publish the list."""
    context = context_of(request)
    form = await read_form(request)
    errors = reason_errors(form)
    if errors:
        standing = await context.database.read(require_standing, number)
        return await accreditation_page(
            request, "trust_registry/accreditation.html", standing, errors=errors, status_code=400
        )
    await context.database.write(lift_accreditation, number, act=act_of(request, principal, form))
    await publication_of(request).publish()
    return RedirectResponse(f"/trust/registrar/accreditations/{number}?done=1", status_code=303)


def reason_errors(form: FormData) -> Errors:
    """The error of a form whose reason is missing or too long; empty where it is good."""
    return () if 0 < len(text(form, "reason")) <= MAX_REASON else (("reason", REASON_WANTED),)


async def blast_radius(
    request: Request, standing: StandingAccreditation, since: datetime
) -> tuple[IssuedCount, ...] | None:
    """What was issued under an accreditation; None where the issuer cannot be asked now."""
    issuer = context_of(request).peers.client("issuer")
    try:
        counts = await issued_counts(issuer, standing.organisation_id, since=since)
    except EvidenceUnavailable:
        return None
    return touched(counts, standing.granted)


async def _suspend_page(
    request: Request,
    standing: StandingAccreditation,
    written: str,
    *,
    errors: Errors = (),
    status_code: int = 200,
) -> Response:
    now = context_of(request).clock.now()
    try:
        since = forms.beginning(written, now)
    except ProtocolError:
        since, written, status_code = now, "", 400
        errors = (*errors, ("from", DAY_WANTED))
    return await accreditation_page(
        request,
        "trust_registry/suspend.html",
        standing,
        errors=errors,
        status_code=status_code,
        begins=written,
        since=since,
        counts=await blast_radius(request, standing, since),
    )


async def accreditation_page(
    request: Request,
    template: str,
    standing: StandingAccreditation,
    *,
    errors: Errors = (),
    status_code: int = 200,
    **more: Any,
) -> Response:
    """A page about one accreditation; ``more`` are values its template wants besides."""
    context = context_of(request)
    organisation = await context.database.read(store.organisation_or_none, standing.organisation_id)
    return context.pages.render(
        request,
        template,
        status_code=status_code,
        item=views.accreditation(standing, context.clock.now()),
        organisation=organisation,
        titles=titles(),
        types=type_titles(context.pages.language(request)),
        errors=errors,
        done=request.query_params.get("done") == "1",
        **more,
    )


async def _registrar_page(
    request: Request, sent: dict[str, list[str]], errors: Errors, *, status_code: int = 200
) -> Response:
    context = context_of(request)
    register = await context.database.read(store.read_register)
    now = context.clock.now()
    return context.pages.render(
        request,
        "trust_registry/registrar.html",
        status_code=status_code,
        centres=views.centres(register, now),
        organisations=register.organisations,
        keys=register.keys,
        published=publication_of(request).require_published(),
        ending_root=await context.database.read(ending_root_or_none, context.settings, now),
        awards=awards(),
        titles=titles(),
        types=type_titles(context.pages.language(request)),
        meant_for=issuer_kinds(),
        levels=list(CQF_LEVELS),
        sent=sent,
        errors=errors,
        done=request.query_params.get("done") == "1",
        today=now.astimezone(PHNOM_PENH).date(),
        kinds=KINDS,
    )


def _accreditation(form: FormData) -> tuple[GrantedAccreditation | None, Errors]:
    """The accreditation a registrar asked for, or what is wrong with each field."""
    errors: list[tuple[str, str]] = []
    types, codes = frozenset(texts(form, "type")), frozenset(texts(form, "code"))
    if not types or not types <= credential_types().keys():
        errors.append(("type", gettext_noop("Choose what kind of certificate.")))
    # "Everything" must be said, not left over from forgetting to choose.
    if text(form, "all_codes") == "yes":
        chosen: frozenset[str] | None = None
    elif codes and codes <= titles().keys():
        chosen = codes
    else:
        chosen = None
        errors.append(("code", gettext_noop("Choose the qualifications, or all of them.")))
    levels = frozenset(int(level) for level in texts(form, "level") if level in map(str, CQF_LEVELS))
    first, last = forms.day_or_none(text(form, "valid_from")), forms.day_or_none(text(form, "valid_until"))
    if first is None:
        errors.append(("valid_from", gettext_noop("Give the first day.")))
    if text(form, "valid_until") and last is None:
        errors.append(("valid_until", gettext_noop("Give the last day, or leave it empty.")))
    errors += reason_errors(form)
    if errors or first is None:
        return None, tuple(errors)
    wanted = GrantedAccreditation(
        organisation_id=text(form, "organisation_id"),
        credential_types=types,
        qualification_codes=chosen,
        cqf_levels=levels or None,
        valid_from=forms.midnight(first),
        valid_until=None if last is None else forms.end_of(last),
    )
    return wanted, ()
