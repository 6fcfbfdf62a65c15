"""``POST /credentials/verify``, ``POST /presentations/verify`` (VC-API, now VCALM), ``POST /cards/verify``.

Anything that can be processed is answered with 200 and the decision; 4xx is for what cannot be
read at all. ``verified`` is stricter than VCALM's: true only when the decision is *accepted*, so
that a revoked credential can never look good to a program that reads one member.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.i18n import SOURCE_LANGUAGE, languages_at, negotiate_language
from runtime.service import context_of
from vc.card.text import is_card_text
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, UnknownOption
from verifier.dependencies import Service, open_or_key, refuse_harvesting, translate_to
from verifier.rendering import Translate, presentation_json, render_verification, to_json

router = APIRouter()

_CHECKS: Final = frozenset({"proof", "status", "credentialStatus", "validity", "issuer"})
_FLAGS: Final = frozenset({"returnCredential", "returnProblemDetails", "returnResults"})
_CREDENTIAL_OPTIONS: Final = _FLAGS | {"checks"}
_PRESENTATION_OPTIONS: Final = _CREDENTIAL_OPTIONS | {"challenge", "domain"}
_MAX_OPTION_LENGTH: Final = 1_024


@router.post("/credentials/verify", dependencies=[Depends(open_or_key("verify:credentials"))])
async def verify_credential(request: Request, service: Service) -> Response:
    """Check one credential."""
    body = _body(request, "verifiableCredential")
    options = credential_options(body)
    # The received bytes of one member are not to be had. Data Integrity covers the JSON value and
    # not its spelling, and the strict reader let no value through that can be spelt ambiguously.
    checked = await service.check_credential(orjson.dumps(body["verifiableCredential"]))
    await refuse_harvesting(request, checked.verification)
    language, translate = language_of(request)
    answer = to_json(
        render_verification(checked.verification, checked.decision, language, translate),
        origin=context_of(request).settings.base_url,
    )
    document = checked.verification.document
    if options.get("returnCredential") and document is not None:
        answer["verifiableCredential"] = _as_covered(body["verifiableCredential"], document)
    return _json(answer)


@router.post("/cards/verify", dependencies=[Depends(open_or_key("verify:credentials"))])
async def verify_card(request: Request, service: Service) -> Response:
    """Check one passport card by its text, ``{"card": "PC1:…"}``."""
    body: JsonValue = request.state.json
    if not isinstance(body, dict) or body.keys() != {"card"}:
        raise MalformedValue("An object with the card alone is expected here.", pointer="")
    text = body["card"]
    if not isinstance(text, str) or not is_card_text(text):
        raise MalformedValue("The text of a passport card is expected here.", pointer="/card")
    checked = await service.check_card(text)
    await refuse_harvesting(request, checked.verification)
    language, translate = language_of(request)
    result = render_verification(checked.verification, checked.decision, language, translate)
    return _json(to_json(result, origin=context_of(request).settings.base_url))


@router.post("/presentations/verify", dependencies=[Depends(open_or_key("verify:presentations"))])
async def verify_presentation(request: Request, service: Service) -> Response:
    """Check a presentation and every credential in it."""
    body = _body(request, "verifiablePresentation")
    options = _options(body, _PRESENTATION_OPTIONS)
    presentation = await service.check_presentation(
        orjson.dumps(body["verifiablePresentation"]),
        challenge=_text_option(options, "challenge"),
        domain=_text_option(options, "domain"),
    )
    await refuse_harvesting(request, *presentation.verifications)
    language, translate = language_of(request)
    origin = context_of(request).settings.base_url
    return _json(presentation_json(presentation, language, translate, origin=origin))


def _as_covered(received: JsonValue, document: Mapping[str, JsonValue]) -> JsonValue:
    """What the proofs cover, with them: contexts may have been added to what was received since.

    An envelope has nothing beside what its signature covers, and goes back as it came.
    """
    if isinstance(received, dict) and "proof" in received:
        return {**document, "proof": received["proof"]}
    return received


def language_of(request: Request) -> tuple[str, Translate]:
    """The language a program asks for (English unless it says otherwise), and its catalogue."""
    language = negotiate_language(
        request.query_params.get("lang"),
        None,
        request.headers.get("accept-language") or SOURCE_LANGUAGE,
        languages_at("/verify"),
    )
    return language, translate_to(request, language)


def _body(request: Request, member: str) -> Mapping[str, JsonValue]:
    body: JsonValue = request.state.json
    if not isinstance(body, dict):
        raise MalformedValue("An object is expected here.", pointer="")
    if not body.keys() <= {member, "options"}:
        raise UnknownOption("Only the document and its options are known here.")
    if not isinstance(body.get(member), dict):
        raise MalformedValue("The document to check is expected here, as an object.", pointer=f"/{member}")
    return body


def credential_options(body: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """The options in the body of ``POST /credentials/verify``, each of them known and of its type.

    Raises ``UnknownOption`` or ``MalformedValue``.
    """
    return _options(body, _CREDENTIAL_OPTIONS)


def _options(body: Mapping[str, JsonValue], known: frozenset[str]) -> Mapping[str, JsonValue]:
    """The options, each of them known. Every check is always made; naming fewer makes none fewer."""
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise MalformedValue("The options must be an object.", pointer="/options")
    if not options.keys() <= known:
        raise UnknownOption("An option is not known here.", pointer="/options")
    for flag in sorted(options.keys() & _FLAGS):
        if not isinstance(options[flag], bool):
            raise MalformedValue("True or false is expected here.", pointer=f"/options/{flag}")
    checks = options.get("checks", [])
    if not isinstance(checks, list) or not all(isinstance(check, str) for check in checks):
        raise MalformedValue("The checks must be an array of texts.", pointer="/options/checks")
    if not _CHECKS.issuperset(checks):
        raise UnknownOption("A check is not known here.", pointer="/options/checks")
    return options


def _text_option(options: Mapping[str, JsonValue], name: str) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_OPTION_LENGTH:
        raise MalformedValue("A text is expected here.", pointer=f"/options/{name}")
    return value


def _json(answer: Mapping[str, JsonValue]) -> Response:
    return Response(
        orjson.dumps(answer), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
