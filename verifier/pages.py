"""The pages of the verifier: upload, paste or type; the answer; and what a share link shows."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.errors import EvidenceUnavailable, MalformedValue, NotFound, ProtocolError
from vc.verify.one_person import OnePerson
from verifier.dependencies import Service, translate_to
from verifier.links import ForeignLink, parse_code, parse_token
from verifier.rendering import Audience, RenderedResult, Translate, render_verification
from verifier.sentences import ISSUER_UNREACHABLE, NO_ISSUER_HERE, NOT_KNOWN, NOTHING_GIVEN, ONE_PERSON
from verifier.service import Checked, CheckedPresentation, IsShare, NoIssuerHere, VerifierService

router = APIRouter()

_MAX_PART_BYTES: Final = 1_000_000
# A share link is seen by whoever holds it, and by nobody it was not given to.
_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@router.get("/verify")
async def show_form(request: Request) -> Response:
    """The three ways to bring a certificate; nobody needs an account."""
    return _form(request)


@router.post("/verify", dependencies=[Depends(rate_limit("verify-page", "60/minute"))])
async def check(request: Request, service: Service) -> Response:
    """Check what was uploaded, pasted or typed."""
    async with request.form(max_files=1, max_fields=8, max_part_size=_MAX_PART_BYTES) as form:
        return await _answer(request, lambda: _check_form(service, form))


@router.get("/v/{token}", dependencies=[Depends(rate_limit("share-link", "30/minute"))])
async def show_shared(request: Request, service: Service, token: str) -> Response:
    """What the QR on the paper opens."""
    response = await _answer(request, lambda: service.check_shared(parse_token(token)))
    response.headers.update(_PRIVATE)
    return response


async def _check_form(service: VerifierService, form: FormData) -> Checked | CheckedPresentation:
    upload, text, code = form.get("file"), form.get("text"), form.get("code")
    if isinstance(upload, UploadFile):
        data = await upload.read()
        if data or upload.filename:
            return await service.check_upload(
                data, content_type=upload.content_type, filename=upload.filename
            )
    if isinstance(text, str) and text.strip():
        return await service.check_pasted(text)
    if isinstance(code, str) and code.strip():
        return await service.check_shared(parse_code(code))
    raise MalformedValue(NOTHING_GIVEN)


async def _answer(
    request: Request, check: Callable[[], Awaitable[Checked | CheckedPresentation]]
) -> Response:
    """The page that says what came of ``check``, or why nothing could be checked."""
    try:
        checked = await check()
    except ForeignLink:
        return _page(request, "verifier/foreign.html", status_code=400)
    except ProtocolError as error:
        return _form(request, problem=error.findings[0].detail, status_code=400)
    except IsShare as share:
        return RedirectResponse(f"/s/{share.link.value}", status_code=303, headers=_PRIVATE)
    except NotFound:
        return _form(request, problem=NOT_KNOWN, status_code=404)
    except NoIssuerHere:
        return _form(request, problem=NO_ISSUER_HERE, status_code=503)
    except EvidenceUnavailable:
        return _form(request, problem=ISSUER_UNREACHABLE, status_code=503)
    language = context_of(request).pages.language(request)
    translate = translate_to(request, language)
    if isinstance(checked, CheckedPresentation):
        return _page(
            request,
            "verifier/presentation.html",
            results=[rendered_for(one, language, translate) for one in checked.credentials],
            findings=[finding.detail for finding in checked.presentation.findings],
            one_person=_one_person(checked.presentation.one_person, translate),
        )
    return _page(
        request,
        "verifier/result.html",
        result=rendered_for(checked, language, translate),
        is_stranger=checked.audience is Audience.STRANGER,
    )


def rendered_for(checked: Checked, language: str, translate: Translate) -> RenderedResult:
    """What a page says about one check, to whoever brought it."""
    return render_verification(
        checked.verification, checked.decision, language, translate, audience=checked.audience
    )


def _one_person(answer: OnePerson | None, translate: Translate) -> str | None:
    return None if answer is None else translate(ONE_PERSON[answer])


def _form(request: Request, *, problem: str | None = None, status_code: int = 200) -> Response:
    language = context_of(request).pages.language(request)
    said = None if problem is None else translate_to(request, language)(problem)
    return _page(request, "verifier/verify.html", status_code=status_code, problem=said)


def _page(request: Request, template: str, *, status_code: int = 200, **values: object) -> Response:
    return context_of(request).pages.render(
        request, template, status_code=status_code, headers=None, known_language=None, **values
    )
