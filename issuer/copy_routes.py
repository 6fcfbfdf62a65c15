"""Bound copies for the wallet to ask for, and what their types are, for everybody."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer.copy_format import CopyFormat
from issuer.routes import desk_of
from issuer.service.copies import MAX_COPIES, issue_copies
from runtime.auth import Principal, require_service
from runtime.http import OPEN_TO_ALL_ORIGINS
from vc.crypto.keys import PublicKey
from vc.did.public_jwk import is_for_signatures, require_public
from vc.errors import MalformedValue
from vc.sd_jwt.type_metadata import type_metadata

router = APIRouter()
_Wallet = Annotated[Principal, Depends(require_service("wallet_api"))]
_TYPES_SECONDS = 3_600


class CopiesWanted(BaseModel):
    """Which certificate of whom, as what, and bound to which keys: a public JWK for each copy."""

    model_config = ConfigDict(extra="forbid", strict=True)

    credential_id: str = Field(min_length=1, max_length=60)
    holder: str = Field(min_length=1, max_length=60)
    # Strict mode would want the enum itself, which JSON cannot hold.
    format: Annotated[CopyFormat, Field(strict=False)]
    keys: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_COPIES)


@router.post("/issuer/api/copies")
async def post_copies(request: Request, _: _Wallet, body: CopiesWanted) -> JSONResponse:
    """Make one copy for each key, in their order; nothing is kept of them that could be presented."""
    copies = await issue_copies(
        desk_of(request),
        body.credential_id,
        rld_number=body.holder,
        copy_format=body.format,
        holder_keys=[_holder_key(jwk, number) for number, jwk in enumerate(body.keys)],
    )
    return JSONResponse({"copies": list(copies)}, headers={"Cache-Control": "no-store"})


@router.api_route("/types/{name}", methods=["GET", "HEAD"])
async def get_type(name: str) -> Response:
    """The SD-JWT VC Type Metadata of a credential type: what its ``vct`` stands for."""
    headers = {"Cache-Control": f"public, max-age={_TYPES_SECONDS}", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(type_metadata(name), headers=headers)


def _holder_key(jwk: dict[str, Any], number: int) -> PublicKey:
    """Raises ``ProtocolError`` for what is no public key that may verify."""
    require_public(jwk)
    key = PublicKey.from_jwk(jwk)
    if not is_for_signatures(jwk, key):
        raise MalformedValue("The key may not be used for signatures.", pointer=f"/keys/{number}")
    return key
