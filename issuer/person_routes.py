"""What the trust registry asks the issuer about one person, for a protection officer."""

from typing import Any

from fastapi import APIRouter, Request

from issuer.routes import TrustRegistry, desk_of
from issuer.service import person_data
from runtime.person_requests import ErasureRequest, PersonRequest

router = APIRouter()


@router.post("/issuer/api/people/export")
async def export_person(request: Request, _: TrustRegistry, body: PersonRequest) -> dict[str, Any]:
    """Everything that is held of a person."""
    return await person_data.export_person(desk_of(request), body)


@router.post("/issuer/api/people/erase")
async def erase_person(request: Request, _: TrustRegistry, body: ErasureRequest) -> dict[str, bool]:
    """Destroy it; the same again changes nothing."""
    return {"erased": await person_data.erase_person(desk_of(request), body)}
