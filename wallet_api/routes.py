"""The wallet for programs: the issuer delivers here."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.auth import Principal, require_service
from runtime.person_requests import ErasureRequest, PersonRequest
from wallet_api.contacts import Contacts
from wallet_api.everything import everything_of
from wallet_api.service import Delivery, Wallet

router = APIRouter()


def contacts_of(request: Request) -> Contacts:
    """The contacts of the application that answers ``request``."""
    contacts = request.app.state.contacts
    if not isinstance(contacts, Contacts):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return contacts


_TrustRegistry = Annotated[Principal, Depends(require_service("trust_registry"))]


class DeliveredCredential(BaseModel):
    """A credential on its way to its holder; ``credential`` is its exact JSON text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    holder: str = Field(min_length=3, max_length=40)
    credential: str = Field(min_length=2, max_length=65_536)
    verify_url: str = Field(min_length=10, max_length=500)
    typed_code: str = Field(min_length=4, max_length=64)
    certificate_path: str = Field(min_length=2, max_length=500)


def wallet_of(request: Request) -> Wallet:
    """The wallet of the application that answers ``request``."""
    wallet = request.app.state.wallet
    if not isinstance(wallet, Wallet):
        raise TypeError("the application was not made by wallet_api.app.create_app")
    return wallet


@router.put("/wallet/api/credentials/{credential_id}")
async def deliver(
    request: Request,
    credential_id: str,
    delivered: DeliveredCredential,
    _: Annotated[Principal, Depends(require_service("issuer"))],
) -> Response:
    """Take a credential in: 201 when it is new, 200 when it was delivered before."""
    stored = await wallet_of(request).receive(
        credential_id,
        rld_number=delivered.holder,
        raw=delivered.credential.encode(),
        delivery=Delivery(
            verify_url=delivered.verify_url,
            typed_code=delivered.typed_code,
            certificate_path=delivered.certificate_path,
        ),
    )
    body: dict[str, Any] = {"id": credential_id, "stored": stored}
    return JSONResponse(body, status_code=201 if stored else 200)


@router.put("/wallet/api/credentials/{credential_id}/taken-back")
async def take_back(
    request: Request, credential_id: str, _: Annotated[Principal, Depends(require_service("issuer"))]
) -> dict[str, bool]:
    """Let a holder know that the centre took a credential back; the same again changes nothing."""
    return {"told": await wallet_of(request).take_back(credential_id)}


@router.post("/wallet/api/people/export")
async def export_person(request: Request, body: PersonRequest, _: _TrustRegistry) -> dict[str, Any]:
    """Everything that is held for a person: the exact texts, and how others find them."""
    return await everything_of(request.app, body.rld_number, await wallet_of(request).export(body))


@router.post("/wallet/api/people/erase")
async def erase_person(request: Request, body: ErasureRequest, _: _TrustRegistry) -> dict[str, bool]:
    """Destroy it; the same again changes nothing."""
    return {"erased": await wallet_of(request).erase(body)}
