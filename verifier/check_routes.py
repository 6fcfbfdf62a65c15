"""``POST /verify/check``: one endpoint for everything that can be checked, for programs.

A form with a ``file`` or a ``text``, or JSON ``{"text": …}``: a credential as JSON, ``vc+jwt`` or SD-JWT VC,
a presentation, a passport card, one of our links or codes, our PDF, or a picture of a QR code.
"""

from typing import Final

import orjson
from fastapi import APIRouter, Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from runtime.rate_limit import rate_limit
from runtime.service import context_of
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue
from vc.model.verdict import Verification
from verifier.answers import AnswerWriter
from verifier.dependencies import Service, open_or_key, refuse_harvesting
from verifier.programme_rendering import programme_json, render_programme
from verifier.rendering import Translate, presentation_json, render_verification, to_json
from verifier.routes import language_of
from verifier.sentences import NOTHING_GIVEN
from verifier.service import Checked, CheckedPresentation, IsShare, VerifierService
from verifier.shares import CheckedShare, disclosed_of, share_desk_of

router = APIRouter()

MAX_PART_BYTES: Final = 1_000_000
_MULTIPART: Final = "multipart/form-data"


@router.post(
    "/verify/check",
    dependencies=[
        Depends(open_or_key("verify:credentials")),
        Depends(rate_limit("verify-check", "300/minute")),
    ],
)
async def check_anything(request: Request, service: Service) -> Response:
    """Check one thing, whatever it is; the answer says what it was taken for."""
    try:
        checked = await _checked(request, service)
    except IsShare as share:
        licence_number: str | None = getattr(request.state, "licence_number", None)
        checked = await share_desk_of(request).open(share.link, licence_number)
    await refuse_harvesting(request, *verifications_of(checked))
    language, translate = language_of(request)
    origin = context_of(request).settings.base_url
    if isinstance(checked, Checked):
        writer: AnswerWriter = request.app.state.answers
        content = written_answer(checked, language, writer)
    else:
        content = orjson.dumps(answer_json(checked, language, translate, origin=origin))
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def written_answer(checked: Checked, language: str, writer: AnswerWriter) -> bytes:
    """``answer_json`` on one thing, in UTF-8."""
    answer = writer.write(checked.verification, checked.decision, language, checked.audience)
    kind = b"card" if answer.startswith(b'{"card":') else b"credential"
    return b'{"kind":"' + kind + b'",' + answer[1:]


def answer_json(
    checked: Checked | CheckedPresentation, language: str, translate: Translate, *, origin: str
) -> JsonObject:
    """The answer for programs: ``kind``, and then as the endpoints for that kind answer."""
    if isinstance(checked, CheckedPresentation):
        answer = presentation_json(checked.presentation, language, translate, origin=origin)
        if isinstance(checked, CheckedShare):
            return {"kind": "share", **answer, **_share_json(checked, language, translate)}
        return {"kind": "presentation", **answer}
    result = render_verification(
        checked.verification, checked.decision, language, translate, audience=checked.audience
    )
    kind = "credential" if result.card is None else "card"
    return {"kind": kind, **to_json(result, origin=origin)}


def _share_json(checked: CheckedShare, language: str, translate: Translate) -> JsonObject:
    """What is said of a share beside its certificates: the claims disclosed, and what they come to."""
    share, under = checked.share, checked.programme
    disclosed = map(disclosed_of, checked.presentation.verifications)
    shown: list[JsonValue] = [
        None if one is None else {"type": one.type_name, "claims": one.subject} for one in disclosed
    ]
    return {
        "share": {
            "pinEnteredAt": format_timestamp(share.made_at),
            "expiresAt": format_timestamp(share.expires_at),
            "viewsLeft": share.views_left,
            "licenceNumber": share.licence_number,
            "watches": list[JsonValue](checked.watches),
        },
        "disclosed": shown,
        "programme": programme_json(
            render_programme(under.programme, under.check, language, translate, sheet=under.sheet)
        ),
    }


def verifications_of(checked: Checked | CheckedPresentation) -> tuple[Verification, ...]:
    """What was found out about each credential."""
    if isinstance(checked, CheckedPresentation):
        return checked.presentation.verifications
    return (checked.verification,)


async def _checked(request: Request, service: VerifierService) -> Checked | CheckedPresentation:
    if not (request.headers.get("content-type") or "").lower().startswith(_MULTIPART):
        return await service.check_pasted(_text_in(request))
    async with request.form(max_files=1, max_fields=2, max_part_size=MAX_PART_BYTES) as form:
        upload, text = form.get("file"), form.get("text")
        if isinstance(upload, UploadFile):
            data = await upload.read()
            return await service.check_upload(
                data, content_type=upload.content_type, filename=upload.filename
            )
        if isinstance(text, str) and text.strip():
            return await service.check_pasted(text)
    raise MalformedValue(NOTHING_GIVEN)


def _text_in(request: Request) -> str:
    body = getattr(request.state, "json", None)
    if not isinstance(body, dict) or body.keys() != {"text"}:
        raise MalformedValue("An object with the text alone, or a form, is expected here.", pointer="")
    text = body["text"]
    if not isinstance(text, str) or not text.strip():
        raise MalformedValue("The text to check is expected here.", pointer="/text")
    return text
