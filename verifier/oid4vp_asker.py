"""Who is behind a request of this verifier: asked by the wallet of the same deployment, for its holder.

The request itself says no more than that this verifier asks, which is true of everybody who asks by it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from runtime.auth import Principal, require_service
from runtime.service import context_of
from verifier import store
from verifier.oid4vp_routes import Requests

router = APIRouter()


@router.get("/verify/api/requests/{request_id}/asker")
async def get_asker(
    request: Request,
    requests: Requests,
    request_id: str,
    _: Annotated[Principal, Depends(require_service("wallet_api"))],
) -> dict[str, Any]:
    """The licence of who asks, null for whoever asks without one; the reason they gave; the programme."""
    asker = await requests.asker(request_id)
    licence_number = asker.licence_number
    if asker.key_id is not None:
        key = await context_of(request).database.read(store.key_or_none, asker.key_id)
        licence_number = None if key is None else key.licence_number
    return {
        "licence_number": licence_number,
        "purpose": asker.purpose,
        "programme": None if asker.programme is None else dict(asker.programme),
    }
