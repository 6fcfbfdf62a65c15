"""A DID resolver over HTTP: the HTTP(S) binding of DID Resolution for did:key and did:jwk.

It contacts nobody. The errors have the names of the draft that did:key's test suite was written for.
"""

from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from vc.did.generated_documents import ResolutionOptions
from vc.did.resolution import DereferencingResult, ResolutionResult, failed, resolve_did
from vc.did.resolution_errors import ResolutionError, ResolutionFailed

RESULT_TYPE: Final = 'application/ld+json;profile="https://w3id.org/did-resolution"'
# What is asked for, and how the whole result is then labelled.
_RESULT_TYPES: Final = {
    "application/ld+json": RESULT_TYPE,
    "application/json": "application/json",
    "application/*": RESULT_TYPE,
    "*/*": RESULT_TYPE,
}
# Asked for so, only the DID document (or what a DID URL names) is sent.
_DOCUMENT_TYPES: Final = frozenset({"application/did+ld+json", "application/did+json"})
_FORMAT: Final = "publicKeyFormat"
_EXPERIMENTAL: Final = "enableExperimentalPublicKeyTypes"
_BAD_REQUEST: Final = 400
_STATUS: Final = {
    ResolutionError.NOT_FOUND: 404,
    ResolutionError.REPRESENTATION_NOT_SUPPORTED: 406,
    ResolutionError.METHOD_NOT_SUPPORTED: 501,
}

router = APIRouter()


@router.get("/1.0/identifiers/{did_url:path}")
async def resolve(request: Request, did_url: str) -> Response:
    """Resolve the DID, or dereference the DID URL, that follows in the path, percent-encoded."""
    if any(name not in (_FORMAT, _EXPERIMENTAL) for name in request.query_params):
        # A DID URL whose query was not encoded.
        did_url = f"{did_url}?{request.url.query}"
    media_type = _choose_type(",".join(request.headers.getlist("accept")) or "*/*")
    try:
        if media_type is None:
            raise ResolutionFailed(
                ResolutionError.REPRESENTATION_NOT_SUPPORTED, "None of the accepted media types is offered."
            )
        result = resolve_did(did_url, _read_options(request))
    except ResolutionFailed as failure:
        result = failed(did_url, failure)
    return _answer(result, media_type or RESULT_TYPE)


def _read_options(request: Request) -> ResolutionOptions:
    """The options in the query; raises ResolutionFailed where one is repeated or is not as it must be."""
    formats = request.query_params.getlist(_FORMAT)
    experimental = request.query_params.getlist(_EXPERIMENTAL)
    if len(formats) > 1 or experimental not in ([], ["false"], ["true"]):
        raise ResolutionFailed(
            ResolutionError.INVALID_OPTIONS, "An option is given twice, or is neither true nor false."
        )
    return ResolutionOptions(
        public_key_format=formats[0] if formats else None,
        enable_experimental_public_key_types=experimental == ["true"],
    )


def _answer(result: ResolutionResult | DereferencingResult, media_type: str) -> Response:
    if result.error is not None:
        status = _STATUS.get(result.error, _BAD_REQUEST)
        # Why there is no document cannot be told in the place of a document.
        label = RESULT_TYPE if media_type in _DOCUMENT_TYPES else media_type
        return Response(orjson.dumps(result.to_json()), status_code=status, media_type=label)
    content = result.resource if media_type in _DOCUMENT_TYPES else result.to_json()
    return Response(orjson.dumps(content), media_type=media_type)


def _choose_type(accept: str) -> str | None:
    """The media type to answer with: the best liked one that is offered (RFC 9110 section 12.5.1)."""
    liked = sorted(map(_read_range, accept.split(",")), key=lambda item: -item[0])
    for quality, name in liked:
        if quality > 0 and name in _DOCUMENT_TYPES:
            return name
        if quality > 0 and name in _RESULT_TYPES:
            return _RESULT_TYPES[name]
    return None


def _read_range(text: str) -> tuple[float, str]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter.removeprefix("q=")), name
            except ValueError:
                return 0.0, name
    return 1.0, name
