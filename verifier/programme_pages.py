"""Checking one person's certificates against a programme: the page, and the same for programs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import orjson
from fastapi import APIRouter, Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from runtime.i18n import PHNOM_PENH, gettext_noop
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.errors import EvidenceUnavailable, MalformedValue, NotFound, ProtocolError, RangeError
from vc.programmes.asking import RequesterRefused, requester_of
from vc.programmes.model import RequesterKind
from verifier.askers import Asker, asker_of
from verifier.check_routes import answer_json, verifications_of
from verifier.dependencies import Service, translate_to
from verifier.harvesting import require_not_harvesting
from verifier.pages import rendered_for
from verifier.programme_checks import (
    MOST_SHOWN,
    CheckedProgramme,
    Wanted,
    check_programme,
    programmes_for,
    read_wanted,
    require_may_ask,
)
from verifier.programme_rendering import in_language, programme_json, render_programme
from verifier.rendering import Translate
from verifier.routes import language_of
from verifier.sentences import NOTHING_GIVEN
from verifier.service import Checked, CheckedPresentation, VerifierService

router = APIRouter()

MAX_PART_BYTES: Final = 1_000_000
_LIMIT: Final = Depends(rate_limit("verify-programme", "60/minute"))
_UNREACHABLE: Final = gettext_noop("One of these could not be looked up now. Try again in a few minutes.")
_NOT_FOUND: Final = gettext_noop(
    "One of these links or codes leads to no certificate, or there is no such programme."
)

_TOO_LONG: Final = gettext_noop("A field of the form is too long.")

REQUESTERS: Final = {
    RequesterKind.PUBLIC_BODY: gettext_noop("A public body"),
    RequesterKind.PERMIT_EMPLOYER: gettext_noop("The employer named in the employment permit"),
    RequesterKind.EMPLOYER: gettext_noop("An employer in Cambodia"),
    RequesterKind.FOREIGN_ORGANISATION: gettext_noop("An organisation abroad that accepts workers"),
    RequesterKind.LICENSED_AGENCY: gettext_noop("A licensed recruitment agency"),
    RequesterKind.PRIVATE_INTERMEDIARY: gettext_noop("Somebody in between, such as a broker"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sent:
    """What came with a form: what is asked, and the things shown."""

    wanted: Wanted
    brought: tuple[Checked | CheckedPresentation, ...]


@router.get("/verify/programmes")
async def list_programmes(request: Request) -> Response:
    """The programmes open today, with their variants, for programs."""
    language, _ = language_of(request)
    answer: JsonObject = {
        "programmes": [
            {
                "id": programme.id,
                "version": programme.version,
                "title": in_language(programme.title, language),
                "variantsAre": programme.variants_are,
                "variants": {
                    code: in_language(one.title, language) for code, one in programme.variants.items()
                },
                "requesters": list[JsonValue](sorted(kind.value for kind in programme.requesters)),
            }
            for programme in programmes_for(today_of(request))
        ]
    }
    return _json(answer)


@router.post("/verify/programmes/{programme}", dependencies=[_LIMIT])
async def check_for_program(request: Request, service: Service, programme: str) -> Response:
    """Check against a programme, for programs: a form with ``file`` or ``text`` (several), ``on``…"""
    asker = await asker_of(request)
    sent = await _sent(request, service, asker, programme)
    checked = check_programme(sent.wanted, sent.brought)
    language, translate = language_of(request)
    rendered = render_programme(checked.programme, checked.check, language, translate, sheet=checked.sheet)
    origin = context_of(request).settings.base_url
    results: list[JsonValue] = [answer_json(one, language, translate, origin=origin) for one in checked.shown]
    return _json({**programme_json(rendered), "credentialResults": results})


@router.get("/verify/programme")
async def show_form(request: Request) -> Response:
    """Choose a programme, a day, and what the person shows."""
    return _form(request)


@router.post("/verify/programme", dependencies=[_LIMIT])
async def check_for_person(request: Request, service: Service) -> Response:
    """The page with one answer for each requirement, and none over all."""
    try:
        asker = await asker_of(request)
        sent = await _sent(request, service, asker, None)
        checked = check_programme(sent.wanted, sent.brought)
    except RequesterRefused as refused:
        return refused_page(request, refused)
    except ProtocolError as error:
        return _form(request, problem=error.findings[0].detail, status_code=400)
    except NotFound:
        return _form(request, problem=_NOT_FOUND, status_code=404)
    except EvidenceUnavailable:
        return _form(request, problem=_UNREACHABLE, status_code=503)
    return _result(request, checked)


async def _sent(request: Request, service: VerifierService, asker: Asker, programme: str | None) -> _Sent:
    """Read the form. Who may not ask is refused before anything that was sent is looked at."""
    async with request.form(
        max_files=MOST_SHOWN, max_fields=MOST_SHOWN + 8, max_part_size=MAX_PART_BYTES
    ) as form:
        wanted = _wanted(request, form, asker, programme)
        require_may_ask(wanted)
        brought = [one async for one in _brought(form, service)]
    if not brought:
        raise MalformedValue(NOTHING_GIVEN)
    found = [verification for one in brought for verification in verifications_of(one)]
    await require_not_harvesting(context_of(request), asker.licence_number, found)
    return _Sent(wanted=wanted, brought=tuple(brought))


def _wanted(request: Request, form: FormData, asker: Asker, programme: str | None) -> Wanted:
    chosen, _, variant = _text(form, "programme").partition("/")
    return read_wanted(
        programme or chosen,
        variant=_text(form, "variant") if programme else variant,
        on=_text(form, "on"),
        requester=_requester(form, asker),
        today=today_of(request),
        rules_of=_text(form, "rules_of"),
    )


def _requester(form: FormData, asker: Asker) -> str:
    """A licence says who asks; whoever has none is taken at their word, and sees no more for it."""
    said = _text(form, "requester")
    if asker.verifier_class is None:
        return said
    return requester_of(asker.verifier_class.value, said).value


async def _brought(form: FormData, service: VerifierService) -> AsyncIterator[Checked | CheckedPresentation]:
    sitting = service.shell.sitting()
    for upload in form.getlist("file"):
        if isinstance(upload, UploadFile):
            data = await upload.read()
            if data:
                yield await service.check_upload(
                    data, content_type=upload.content_type, filename=upload.filename, sitting=sitting
                )
    for text in form.getlist("text"):
        if isinstance(text, str) and text.strip():
            yield await service.check_pasted(text, sitting)


def _result(request: Request, checked: CheckedProgramme) -> Response:
    language = context_of(request).pages.language(request)
    translate = translate_to(request, language)
    rendered = render_programme(checked.programme, checked.check, language, translate, sheet=checked.sheet)
    return _page(
        request,
        "verifier/programme_result.html",
        programme=rendered,
        results=[rendered_for(one, language, translate) for one in checked.shown],
    )


def refused_page(request: Request, refused: RequesterRefused) -> Response:
    """Refused, with the warning that the worker should read: in Khmer whatever the page's language is."""
    khmer = translate_to(request, "km")
    language = context_of(request).pages.language(request)
    return _page(
        request,
        "verifier/programme_refused.html",
        status_code=403,
        said=translate_to(request, language)(str(refused)),
        warning=translate_to(request, language)(refused.warning),
        warning_khmer=khmer(refused.warning),
    )


def _form(request: Request, *, problem: str | None = None, status_code: int = 200) -> Response:
    language = context_of(request).pages.language(request)
    translate: Translate = translate_to(request, language)
    return _page(
        request,
        "verifier/programme.html",
        status_code=status_code,
        problem=None if problem is None else translate(problem),
        programmes=programme_options(today_of(request), language),
        requesters=[(kind.value, translate(name)) for kind, name in REQUESTERS.items()],
        today=today_of(request).isoformat(),
        most=MOST_SHOWN,
    )


def programme_options(today: date, language: str) -> list[tuple[str, str]]:
    """What a form offers: ``programme`` or ``programme/variant``, and its title."""
    options = []
    for programme in programmes_for(today):
        title = in_language(programme.title, language)
        if not programme.variants:
            options.append((programme.id, title))
        for code, variant in programme.variants.items():
            options.append((f"{programme.id}/{code}", f"{title}: {in_language(variant.title, language)}"))
    return options


def today_of(request: Request) -> date:
    """The day in Cambodia."""
    return context_of(request).clock.now().astimezone(PHNOM_PENH).date()


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > 200):
        raise RangeError(_TOO_LONG, pointer=f"/{name}")
    return (value or "").strip()


def _json(answer: JsonObject) -> Response:
    return Response(
        orjson.dumps(answer), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _page(request: Request, template: str, *, status_code: int = 200, **values: object) -> Response:
    return context_of(request).pages.render(
        request, template, status_code=status_code, headers=None, known_language=None, **values
    )
