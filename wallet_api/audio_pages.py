"""Recordings of the sentences that can be heard. They are the same for everybody, and open to everybody."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from runtime.service import context_of
from vc.errors import NotFound
from wallet_api.sound import TYPES, recording_or_none

router = APIRouter()


@router.get("/wallet/audio/{language}/{sound}")
async def recording(request: Request, language: str, sound: str) -> Response:
    """One sentence, spoken. Raises ``NotFound`` where there is no recording."""
    path = recording_or_none(context_of(request).settings, language, sound)
    if path is None:
        raise NotFound("There is no such recording.")
    headers = {"Cache-Control": "public, max-age=3600"}
    return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)
