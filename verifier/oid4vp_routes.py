"""What wallets ask and answer: the Request Object and the response.

OpenID4VP 1.0 sections 5.10 and 8.2. Nobody signs in here: a request is known by its name, and a response
counts by what is in it.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.plain_forms import read_plain_form
from runtime.rate_limit import rate_limit
from vc.errors import MalformedValue
from vc.oid4vc.authorization_request import MEDIA_TYPE
from verifier.oid4vp import WalletRequests

router = APIRouter()

_MAX_NONCE: Final = 512
_NO_STORE: Final = {"Cache-Control": "no-store"}


def wallet_requests_of(request: Request) -> WalletRequests:
    """The requests of this application."""
    found = request.app.state.wallet_requests
    if not isinstance(found, WalletRequests):
        raise TypeError("the application was not made by verifier.app.create_app")
    return found


Requests = Annotated[WalletRequests, Depends(wallet_requests_of)]


@router.get(
    "/verify/request/{request_id}", dependencies=[Depends(rate_limit("wallet-request", "120/minute"))]
)
async def get_request_object(requests: Requests, request_id: str) -> Response:
    """The signed Request Object (RFC 9101)."""
    return _request_object(await requests.request_object(request_id))


@router.post(
    "/verify/request/{request_id}", dependencies=[Depends(rate_limit("wallet-request", "120/minute"))]
)
async def post_request_object(request: Request, requests: Requests, request_id: str) -> Response:
    """The signed Request Object with the wallet's nonce in it; what the wallet says of itself is ignored."""
    wallet_nonce = (await read_plain_form(request)).get("wallet_nonce")
    if wallet_nonce is not None and not 0 < len(wallet_nonce) <= _MAX_NONCE:
        raise MalformedValue("The nonce of the wallet is empty or too long.", pointer="/wallet_nonce")
    return _request_object(await requests.request_object(request_id, wallet_nonce=wallet_nonce))


@router.post(
    "/verify/response/{request_id}", dependencies=[Depends(rate_limit("wallet-response", "60/minute"))]
)
async def receive_response(request: Request, requests: Requests, request_id: str) -> Response:
    """Take a wallet's response; where the wallet is on the asking device, say where its browser goes."""
    redirect_uri = await requests.receive(request_id, await read_plain_form(request))
    answer = {} if redirect_uri is None else {"redirect_uri": redirect_uri}
    return JSONResponse(answer, headers=_NO_STORE)


def _request_object(token: str) -> Response:
    return Response(token, media_type=MEDIA_TYPE, headers=_NO_STORE)
