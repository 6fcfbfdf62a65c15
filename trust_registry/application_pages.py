"""Asking to be registered: open to everybody, in the reader's language; the answer with a receipt code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import principal_or_none
from runtime.entropy import format_code, random_token
from runtime.i18n import LANGUAGE_NAMES_ABROAD, gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from trust_registry import forms, views
from trust_registry.application_store import Answer, Application
from trust_registry.applications import (
    MAX_LONG_TEXT,
    RECEIPT_BITS,
    ApplicationKind,
    application_of_receipt,
    submit,
    supply,
)
from trust_registry.catalogue import COUNTRIES, PROGRAMMES
from trust_registry.forms import Errors, read_form, text, texts
from trust_registry.licences import MAX_TEXT, is_phone
from vc.errors import MalformedValue, NotFound

router = APIRouter()

KINDS: Final[Mapping[ApplicationKind, tuple[str, str, str]]] = {
    ApplicationKind.CENTRE: (
        "clerk",
        gettext_noop("Training centre"),
        gettext_noop("Wants to give certificates."),
    ),
    ApplicationKind.AGENCY: (
        "recruiter",
        gettext_noop("Recruitment agency"),
        gettext_noop("Licensed in Cambodia; wants to check certificates."),
    ),
    ApplicationKind.FOREIGN_ORGANISATION: (
        "person",
        gettext_noop("Accepting organisation abroad"),
        gettext_noop("A licensed agency or the ministry vouches for it."),
    ),
    ApplicationKind.EMPLOYER: (
        "person",
        gettext_noop("Employer in Cambodia"),
        gettext_noop("Has a business registration number."),
    ),
    ApplicationKind.PUBLIC_BODY: (
        "officer",
        gettext_noop("Public body"),
        gettext_noop("A state service or an embassy."),
    ),
}
ANSWERS: Final[Mapping[Answer, tuple[str, str]]] = {
    Answer.SUBMITTED: ("wait", gettext_noop("Waiting for an answer")),
    Answer.SUPPLIED: ("wait", gettext_noop("Waiting for an answer")),
    Answer.MORE_WANTED: ("info", gettext_noop("We want to know more")),
    Answer.GRANTED: ("good", gettext_noop("Granted")),
    Answer.REFUSED: ("bad", gettext_noop("Refused")),
}
LOCAL_LANGUAGES: Final = LANGUAGE_NAMES_ABROAD


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One line of an application form: its name, its label, and where it must be filled in."""

    name: str
    label: str
    required: bool = True
    hint: str | None = None


_NAMES: Final = (
    Field(name="name_en", label=gettext_noop("Legal name in Latin letters")),
    Field(name="name_km", label=gettext_noop("Legal name in Khmer")),
)
_PLACE: Final = (
    Field(name="office", label=gettext_noop("Address of the office")),
    Field(name="phone", label=gettext_noop("Phone of the office")),
)
_REGISTRATION: Final = Field(name="registration_number", label=gettext_noop("Business registration"))
# A new language or class is data here and in the catalogues; no other code knows the fields.
FIELDS: Final[Mapping[ApplicationKind, tuple[Field, ...]]] = {
    ApplicationKind.CENTRE: (*_NAMES, *_PLACE),
    ApplicationKind.AGENCY: (*_NAMES, *_PLACE, _REGISTRATION),
    ApplicationKind.EMPLOYER: (*_NAMES, *_PLACE, _REGISTRATION),
    ApplicationKind.FOREIGN_ORGANISATION: (
        _NAMES[0],
        Field(name="name_local", label=gettext_noop("Legal name in your language"), required=False),
        *_PLACE,
        Field(
            name="vouched_by",
            label=gettext_noop("Licence number of the agency that vouches"),
            required=False,
            hint=gettext_noop("Empty if the ministry vouches."),
        ),
    ),
    ApplicationKind.PUBLIC_BODY: (
        _NAMES[0],
        Field(name="name_local", label=gettext_noop("Legal name in your language"), required=False),
        *_PLACE,
    ),
}
_FILL_IN: Final = gettext_noop("Fill this in, at most 200 characters.")
_PHONE_WANTED: Final = gettext_noop("Give a phone number: digits and spaces.")
_COUNTRY_WANTED: Final = gettext_noop("Choose at least one country.")
_TOO_LONG: Final = gettext_noop("Write at most 1000 characters.")
_NO_RECEIPT: Final = gettext_noop("No application has this receipt code.")
_READING: Final = Depends(rate_limit("application-answer", "20/minute"))


@router.get("/trust/apply")
async def who_applies(request: Request) -> Response:
    """Who may apply for what."""
    await principal_or_none(request)
    return context_of(request).pages.render(request, "trust_registry/apply.html", kinds=KINDS)


# Before the kinds, of which "answer" is none.
@router.get("/trust/apply/answer", dependencies=[_READING])
async def ask_for_answer(request: Request) -> Response:
    """The form for a receipt code: it is sent in the body, so that no address holds it."""
    return await _answer_page(request, None, "")


@router.post("/trust/apply/answer", dependencies=[_READING])
async def read_answer(request: Request) -> Response:
    """How an application stands, to whoever has its receipt code."""
    form = await read_form(request)
    code = text(form, "code")[:60]
    try:
        found = await context_of(request).database.read(application_of_receipt, code)
    except NotFound:
        return await _answer_page(request, None, code, errors=(("code", _NO_RECEIPT),))
    return await _answer_page(request, found, code)


@router.post("/trust/apply/answer/more", dependencies=[_READING])
async def send_more(request: Request) -> Response:
    """What the registrar wanted to know."""
    context = context_of(request)
    form = await read_form(request)
    code = text(form, "code")[:60]
    try:
        found = await context.database.write(supply, code, text=text(form, "more"), now=context.clock.now())
    except NotFound:
        return await _answer_page(request, None, code, errors=(("code", _NO_RECEIPT),))
    except MalformedValue:
        found = await context.database.read(application_of_receipt, code)
        return await _answer_page(request, found, code, errors=(("more", _TOO_LONG),))
    return await _answer_page(request, found, code)


@router.get("/trust/apply/{kind}")
async def application_form(request: Request, kind: str) -> Response:
    """The form of one kind of applicant."""
    return await _form_page(request, _kind(kind), {}, ())


@router.post("/trust/apply/{kind}", dependencies=[Depends(rate_limit("apply", "10/hour"))])
async def apply(request: Request, kind: str) -> Response:
    """Take an application and show its receipt code, once."""
    context = context_of(request)
    wanted = _kind(kind)
    form = await read_form(request)
    facts, errors = _facts(wanted, form)
    if errors:
        return await _form_page(request, wanted, forms.sent(form), errors, status_code=400)
    receipt = random_token(RECEIPT_BITS)
    await context.database.write(
        submit,
        kind=wanted,
        language=context.pages.language(request),
        facts=facts,
        receipt=receipt,
        now=context.clock.now(),
    )
    return context.pages.render(
        request, "trust_registry/applied.html", status_code=201, code=format_code(receipt)
    )


def _kind(text_of_path: str) -> ApplicationKind:
    if text_of_path not in set(ApplicationKind):
        raise NotFound("There is no such kind of applicant.")
    return ApplicationKind(text_of_path)


def _facts(kind: ApplicationKind, form: FormData) -> tuple[dict[str, str], Errors]:
    """What was filled in, by field; and what is wrong with each field."""
    errors: list[tuple[str, str]] = []
    facts: dict[str, str] = {}
    for field in FIELDS[kind]:
        facts[field.name] = value = text(form, field.name)
        if len(value) > MAX_TEXT or (field.required and not value):
            errors.append((field.name, _FILL_IN))
        elif field.name == "phone" and not is_phone(value):
            errors.append((field.name, _PHONE_WANTED))
    countries = [code for code in texts(form, "country") if code in COUNTRIES]
    if kind is not ApplicationKind.CENTRE and not countries:
        errors.append(("country", _COUNTRY_WANTED))
    facts["countries"] = " ".join(countries)
    facts["programmes"] = " ".join(code for code in texts(form, "programme") if code in PROGRAMMES)
    facts["local_language"] = (
        language if (language := text(form, "local_language")) in LOCAL_LANGUAGES else ""
    )
    facts["wanted"] = text(form, "wanted")
    if len(facts["wanted"]) > MAX_LONG_TEXT:
        errors.append(("wanted", _TOO_LONG))
    return facts, tuple(errors)


async def _form_page(
    request: Request,
    kind: ApplicationKind,
    sent: dict[str, list[str]],
    errors: Errors,
    *,
    status_code: int = 200,
) -> Response:
    await principal_or_none(request)
    context = context_of(request)
    names = views.country_names(COUNTRIES, context.pages.language(request))
    return context.pages.render(
        request,
        "trust_registry/application_form.html",
        status_code=status_code,
        kind=kind.value,
        title=KINDS[kind][1],
        fields=FIELDS[kind],
        countries=list(zip(COUNTRIES, names, strict=True)),
        programmes=PROGRAMMES,
        local_languages=LOCAL_LANGUAGES,
        sent=sent,
        errors=errors,
    )


async def _answer_page(
    request: Request, application: Application | None, code: str, *, errors: Errors = ()
) -> Response:
    """The answer, in the language of the application unless its reader has chosen another."""
    await principal_or_none(request)
    return context_of(request).pages.render(
        request,
        "trust_registry/application_answer.html",
        status_code=400 if errors else 200,
        known_language=None if application is None else application.language,
        application=application,
        answers=ANSWERS,
        kinds=KINDS,
        code=code,
        errors=errors,
    )
