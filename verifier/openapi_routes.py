"""``GET /verify/openapi.json``: the description of the API, the same for everybody."""

import hashlib
from functools import cache
from typing import Final

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.service import context_of
from verifier.openapi import describe

router = APIRouter()

MEDIA_TYPE: Final = "application/vnd.oai.openapi+json;version=3.1"
_HELD: Final = "public, max-age=3600"


@router.get("/verify/openapi.json")
async def get_description(request: Request) -> Response:
    """The OpenAPI description, with examples."""
    body, etag = _written(context_of(request).settings.base_url)
    headers = {"ETag": etag, "Cache-Control": _HELD, **OPEN_TO_ALL_ORIGINS}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


@cache
def _written(origin: str) -> tuple[bytes, str]:
    body = orjson.dumps(describe(origin), option=orjson.OPT_INDENT_2)
    return body, f'"{hashlib.sha256(body).hexdigest()}"'
