"""What certificates say of their holder: how pages call them, and the birth date that no PIN may be."""

from datetime import date

from starlette.requests import Request

from vc.encoding.strict_json import JsonValue
from wallet_api.routes import wallet_of

_NOBODY = "-"


async def name_of(request: Request, rld_number: str) -> str:
    """How a holder is called: as in their newest certificate; a dash where they have none."""
    return await _claim(request, rld_number, "nameLatin") or _NOBODY


async def birth_date_of(request: Request, rld_number: str) -> date | None:
    """When a holder was born, if one of their certificates says so."""
    text = await _claim(request, rld_number, "birthDate")
    return None if text is None else date.fromisoformat(text)


async def _claim(request: Request, rld_number: str, name: str) -> str | None:
    for held in await wallet_of(request).all_held(rld_number):
        subject: JsonValue = held.document.get("credentialSubject")
        value = subject.get(name) if isinstance(subject, dict) else None
        if isinstance(value, str) and value:
            return value
    return None
