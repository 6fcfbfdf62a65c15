"""The registrar's desk: applications, and the answer to each."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.i18n import PHNOM_PENH, gettext_noop, language_name
from runtime.service import context_of
from trust_registry import application_store, forms, views
from trust_registry.application_pages import ANSWERS, FIELDS, KINDS, LOCAL_LANGUAGES
from trust_registry.application_store import Application
from trust_registry.applications import (
    FINAL,
    ApplicationKind,
    LicenceTerms,
    grant_as_centre,
    grant_as_licence,
    refuse,
    want_more,
)
from trust_registry.catalogue import PROGRAMMES
from trust_registry.forms import Errors, act_of, read_form, text
from trust_registry.life import Act
from trust_registry.registrar_pages import Registrar, reason_errors
from trust_registry.routes import publication_of
from trust_registry.service import root_did
from vc.errors import ConflictError, NotFound, ProtocolError
from vc.trust.licences import parse_licence_number

router = APIRouter()
_ANSWER_WANTED: Final = gettext_noop("Choose an answer.")
_NUMBER_WANTED: Final = gettext_noop("Give a licence number: letters, digits and dashes.")
_DAY_WANTED: Final = gettext_noop("Give the first day.")
_LAST_DAY_WANTED: Final = gettext_noop("Give the last day, or leave it empty.")
_NOT_GRANTED: Final = gettext_noop(
    "It cannot be granted like this: a number, id or name is taken or unusable."
)


@router.get("/trust/registrar/applications")
async def list_applications(request: Request, _: Registrar) -> Response:
    """Applications that wait, oldest first, then those answered."""
    context = context_of(request)
    found = await context.database.read(application_store.applications)
    return context.pages.render(
        request,
        "trust_registry/applications.html",
        waiting=[item for item in found if item.answer not in FINAL],
        answered=[item for item in reversed(found) if item.answer in FINAL],
        kinds=KINDS,
        answers=ANSWERS,
    )


@router.get("/trust/registrar/applications/{number}")
async def show_application(request: Request, _: Registrar, number: int) -> Response:
    """What was asked for, every step, and the form to answer."""
    return await _page(request, await _application(request, number), {}, ())


@router.post("/trust/registrar/applications/{number}/answer")
async def answer_application(request: Request, principal: Registrar, number: int) -> Response:
    """Grant, refuse or ask for more. Granting a licence publishes the list."""
    context = context_of(request)
    form = await read_form(request)
    act = act_of(request, principal, form)
    answer = text(form, "answer")
    application = await _application(request, number)
    errors = reason_errors(form)
    if answer not in ("granted", "refused", "more-wanted"):
        errors = (*errors, ("answer", _ANSWER_WANTED))
    if not errors and answer == "granted":
        errors = await _grant(request, application, form, act)
    elif not errors:
        await context.database.write(refuse if answer == "refused" else want_more, number, act)
    if errors:
        return await _page(request, application, forms.sent(form), errors, status_code=400)
    return RedirectResponse(f"/trust/registrar/applications/{number}?done=1", status_code=303)


async def _grant(request: Request, application: Application, form: FormData, act: Act) -> Errors:
    """Grant and publish, or say what is wrong with the form."""
    context = context_of(request)
    name_km = text(form, "name_km")
    try:
        if application.kind == ApplicationKind.CENTRE:
            await context.database.write(
                grant_as_centre,
                application.id,
                settings=context.settings,
                slug=text(form, "slug"),
                name_km=name_km,
                act=act,
            )
        else:
            terms, errors = _terms(request, application, form)
            if terms is None:
                return errors
            await context.database.write(
                grant_as_licence, application.id, name_km=name_km, terms=terms, act=act
            )
    except (ProtocolError, ConflictError, NotFound):
        return (("answer", _NOT_GRANTED),)
    await publication_of(request).publish()
    return ()


def _terms(request: Request, application: Application, form: FormData) -> tuple[LicenceTerms | None, Errors]:
    errors: list[tuple[str, str]] = []
    number = ""
    try:
        number = parse_licence_number(text(form, "number"))
    except ProtocolError:
        errors.append(("number", _NUMBER_WANTED))
    first, last = forms.day_or_none(text(form, "valid_from")), forms.day_or_none(text(form, "valid_until"))
    if first is None:
        errors.append(("valid_from", _DAY_WANTED))
    if text(form, "valid_until") and last is None:
        errors.append(("valid_until", _LAST_DAY_WANTED))
    if errors or first is None:
        return None, tuple(errors)
    terms = LicenceTerms(
        number=number,
        valid_from=forms.midnight(first),
        valid_until=None if last is None else forms.end_of(last),
        inspection_grade=text(form, "inspection_grade") or None,
        vouched_by=_voucher(request, application),
    )
    return terms, ()


def _voucher(request: Request, application: Application) -> str | None:
    if application.kind != ApplicationKind.FOREIGN_ORGANISATION:
        return None
    named = application.facts.get("vouched_by", "")
    return parse_licence_number(named) if named else root_did(context_of(request).settings)


async def _application(request: Request, number: int) -> Application:
    found = await context_of(request).database.read(application_store.application_or_none, number)
    if found is None:
        raise NotFound("There is no such application.")
    return found


async def _page(
    request: Request,
    application: Application,
    sent: dict[str, Any],
    errors: Errors,
    *,
    status_code: int = 200,
) -> Response:
    context = context_of(request)
    language = context.pages.language(request)
    kind = ApplicationKind(application.kind)
    return context.pages.render(
        request,
        "trust_registry/review.html",
        status_code=status_code,
        application=application,
        language_name=language_name(application.language),
        is_open=application.answer not in FINAL,
        fields=FIELDS[kind],
        countries=views.country_names(application.facts["countries"].split(), language),
        programmes=[
            PROGRAMMES[code] for code in application.facts["programmes"].split() if code in PROGRAMMES
        ],
        local_languages=LOCAL_LANGUAGES,
        kinds=KINDS,
        answers=ANSWERS,
        sent=sent,
        errors=errors,
        done=request.query_params.get("done") == "1",
        today=context.clock.now().astimezone(PHNOM_PENH).date(),
    )
