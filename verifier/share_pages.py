"""``/s/{token}``: what a holder shares. Looking at the page opens nothing; the button does, and is counted.

A program that looks a link up, to show what is behind it, must use up no view of it.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.auth import bearer_or_none, wants_page
from runtime.claims_shown import shown_claims
from runtime.i18n import gettext_noop
from runtime.problems import render_problem
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from runtime.share_links import parse_share_token
from vc.errors import EvidenceUnavailable, NotFound
from vc.model.credential_types import credential_types
from vc.programmes.asking import RequesterRefused
from vc.verify.registry_photo import PhotoAnswer
from verifier.askers import ANYONE, WhoAsks
from verifier.check_routes import answer_json
from verifier.dependencies import translate_to
from verifier.harvesting import require_not_harvesting
from verifier.held_shares import RegistryPhoto
from verifier.links import ShareLink
from verifier.pages import rendered_for
from verifier.programme_pages import refused_page
from verifier.programme_rendering import render_programme
from verifier.rendering import RenderedResult, Translate
from verifier.routes import language_of
from verifier.sentences import ISSUER_UNREACHABLE, NO_ISSUER_HERE
from verifier.service import Checked, NoIssuerHere
from verifier.shares import CheckedShare, disclosed_of, share_desk_of

router = APIRouter()

_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
PHOTO_ANSWERS: Final[Mapping[PhotoAnswer, str]] = {
    PhotoAnswer.THIS_PERSON: gettext_noop("It is this person"),
    PhotoAnswer.SOMEBODY_ELSE: gettext_noop("It is somebody else"),
    PhotoAnswer.CANNOT_TELL: gettext_noop("I cannot tell"),
}
_LIMIT: Final = Depends(rate_limit("share-open", "30/minute"))


@router.get("/s/{token}", dependencies=[_LIMIT])
async def show_share(request: Request, token: str) -> Response:
    """A button that opens it, whether or not there is anything behind it: nobody is asked yet."""
    if not wants_page(request.scope):
        return _json({"kind": "shareLink", "open": {"method": "POST", "href": request.url.path}})
    return _page(request, "verifier/share.html", token=token, problem=None)


@router.post("/s/{token}", dependencies=[_LIMIT])
async def look_into_share(request: Request, token: str, asker: WhoAsks) -> Response:
    """Open it, which is counted and told to its holder: for whoever asks, or their organisation alone."""
    is_page = wants_page(request.scope) and bearer_or_none(request) is None
    try:
        link = ShareLink(value=parse_share_token(token))
        # A photo goes to a person who can compare it, and to no program.
        has_face = is_page and asker.licence_number is not None
        checked = await share_desk_of(request).open(link, asker.licence_number, with_photo=has_face)
    except NotFound:
        if not is_page:
            raise
        return _page(request, "verifier/share_closed.html", status_code=404, is_anyone=asker == ANYONE)
    except RequesterRefused as refused:
        return refused_page(request, refused) if is_page else render_problem(request, refused)
    except EvidenceUnavailable as error:
        if not is_page:
            raise
        said = NO_ISSUER_HERE if isinstance(error, NoIssuerHere) else ISSUER_UNREACHABLE
        return _page(request, "verifier/share.html", status_code=503, token=token, problem=said)
    found = checked.presentation.verifications
    await require_not_harvesting(context_of(request), asker.licence_number, found)
    if is_page:
        return result_page(request, token, checked)
    language, translate = language_of(request)
    origin = context_of(request).settings.base_url
    return _json(answer_json(checked, language, translate, origin=origin))


def result_page(request: Request, token: str, checked: CheckedShare) -> Response:
    """What was shared, and where its holder lets them see it, the photo with what may be said of it."""
    language = context_of(request).pages.language(request)
    translate = translate_to(request, language)
    under = checked.programme
    return _page(
        request,
        "verifier/share_result.html",
        share=checked.share,
        token=token,
        photo=_shown_photo(checked.share.photo),
        photo_standing=checked.photo_standing,
        photo_answers=PHOTO_ANSWERS,
        is_watched=bool(checked.watches),
        programme=render_programme(under.programme, under.check, language, translate, sheet=under.sheet),
        results=[
            (_without_summary(rendered_for(one, language, translate)), _shown(one, language, translate))
            for one in checked.credentials
        ],
    )


def _shown_photo(photo: RegistryPhoto | None) -> str | None:
    """The photo within the page, so that no address leads to it."""
    if photo is None or photo.jpeg is None:
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(photo.jpeg).decode()}"


def _without_summary(result: RenderedResult) -> RenderedResult:
    """The claims stand in a list of their own: what is not disclosed must not look as if it were not so."""
    return replace(result, summary=None, details=None)


def _shown(one: Checked, language: str, translate: Translate) -> Any:
    """The kind of a certificate and every claim that was disclosed; None where nothing is to be shown."""
    disclosed = disclosed_of(one.verification)
    if disclosed is None:
        return None
    titles = credential_types()[disclosed.type_name].titles
    claims = shown_claims(disclosed.type_name, disclosed.subject, language, translate)
    return titles.get(language) or titles["en"], claims


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json", headers=_PRIVATE)


def _page(request: Request, template: str, *, status_code: int = 200, **values: object) -> Response:
    return context_of(request).pages.render(
        request, template, status_code=status_code, headers=_PRIVATE, known_language=None, **values
    )
