"""What wallets ask of the issuer, by OpenID4VCI 1.0; failures are told as OAuth tells them.

Nobody signs in here: who asks is known by a code, a token or nothing. Bodies of wallets are small.
"""

from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from issuer.openid4vci import access, authorizing, credentials, metadata, offers, tokens
from issuer.openid4vci.access import Shown
from issuer.routes import desk_of
from issuer.service.desk import Desk
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.i18n import negotiate_language, wanted_languages
from runtime.plain_forms import read_plain_form
from runtime.problems import BodyTooLarge, UnsupportedMediaType
from runtime.rate_limit import rate_limit
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.oid4vc.credential_request import (
    parse_credential_request,
    parse_deferred_request,
    parse_notification,
)
from vc.oid4vc.issuer_metadata import (
    SIGNED_MEDIA_TYPE,
    authorization_server_metadata,
)

router = APIRouter()

_MAX_BODY: Final = 200_000
_NO_STORE: Final = {"Cache-Control": "no-store"}
_PUBLIC: Final = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL_ORIGINS}


async def _small(request: Request) -> None:
    """At most ``_MAX_BODY`` bytes: twenty key proofs and some. Raises ``BodyTooLarge``."""
    if len(await request.body()) > _MAX_BODY:
        raise BodyTooLarge("The body is too large.")


def _door(name: str, limit: str) -> list[Any]:
    return [Depends(rate_limit(name, limit)), Depends(_small)]


DeskOfApp = Annotated[Desk, Depends(desk_of)]


@router.get(
    "/.well-known/openid-credential-issuer",
    dependencies=[Depends(rate_limit("openid-metadata", "120/minute"))],
)
async def issuer_metadata(request: Request, desk: DeskOfApp) -> Response:
    """The Credential Issuer Metadata (section 12.2.2), signed where that alone is accepted."""
    if _wants_signed(request):
        token = await anyio.to_thread.run_sync(metadata.signed_metadata, desk)
        return Response(token, media_type=SIGNED_MEDIA_TYPE, headers=_NO_STORE)
    languages = wanted_languages(request.headers.get("accept-language"), metadata.LANGUAGES)
    headers = {
        **_PUBLIC,
        "Vary": "Accept, Accept-Language",
        "Content-Language": ", ".join(languages),
    }
    return JSONResponse(metadata.metadata_of(desk, languages), headers=headers)


@router.get(
    "/.well-known/oauth-authorization-server",
    dependencies=[Depends(rate_limit("openid-metadata", "120/minute"))],
)
async def server_metadata(desk: DeskOfApp) -> Response:
    """The Authorization Server Metadata (RFC 8414 section 3)."""
    found = authorization_server_metadata(desk.context.settings.base_url)
    return JSONResponse(found, headers=_PUBLIC)


@router.get("/openid4vci/did.json")
async def signer_document(desk: DeskOfApp) -> Response:
    """The key that signs metadata."""
    document = await anyio.to_thread.run_sync(metadata.did_document, desk.context)
    return JSONResponse(document, media_type="application/did+json", headers=_PUBLIC)


@router.get("/openid4vci/offers/{token}", dependencies=[Depends(rate_limit("openid-offer", "120/minute"))])
async def read_offer(request: Request, desk: DeskOfApp, token: str) -> Response:
    """A Credential Offer (section 4.1.3), while it can be redeemed."""
    language = negotiate_language(None, None, request.headers.get("accept-language"))
    headers = {**_NO_STORE, **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(await offers.read_offer(desk, token, language), headers=headers)


@router.post("/openid4vci/par", dependencies=_door("openid-par", "60/minute"))
async def push_request(request: Request, desk: DeskOfApp) -> Response:
    """Take a Pushed Authorization Request (RFC 9126)."""
    answer = await authorizing.push(desk, await read_plain_form(request), _shown(request, desk))
    return _json(answer, status_code=201)


@router.post("/openid4vci/token", dependencies=_door("openid-token", "60/minute"))
async def give_token(request: Request, desk: DeskOfApp) -> Response:
    """A code for an access token (section 6)."""
    return _json(await tokens.redeem(desk, await read_plain_form(request), _shown(request, desk)))


@router.post("/openid4vci/nonce", dependencies=_door("openid-nonce", "120/minute"))
async def give_nonce(desk: DeskOfApp) -> Response:
    """A fresh ``c_nonce`` (section 7)."""
    return _json({"c_nonce": await credentials.new_nonce(desk)})


@router.post("/openid4vci/credential", dependencies=_door("openid-credential", "120/minute"))
async def give_credential(request: Request, desk: DeskOfApp) -> Response:
    """Certificates bound to the keys that are shown (section 8)."""
    allowed = await access.require_access(desk, _shown(request, desk))
    wanted = parse_credential_request(_body(request))
    return _answer(await credentials.give(desk, allowed, wanted))


@router.post("/openid4vci/deferred_credential", dependencies=_door("openid-credential", "120/minute"))
async def give_deferred(request: Request, desk: DeskOfApp) -> Response:
    """What could not be given before (section 9)."""
    allowed = await access.require_access(desk, _shown(request, desk), to_finish=True)
    transaction_id = parse_deferred_request(_body(request))
    return _answer(await credentials.give_deferred(desk, allowed, transaction_id))


@router.post("/openid4vci/notification", dependencies=_door("openid-credential", "120/minute"))
async def take_notification(request: Request, desk: DeskOfApp) -> Response:
    """What became of it at the wallet (section 11)."""
    allowed = await access.require_access(desk, _shown(request, desk), to_finish=True)
    await credentials.note(desk, allowed, parse_notification(_body(request)))
    return Response(status_code=204, headers=_NO_STORE)


def _shown(request: Request, desk: Desk) -> Shown:
    """Under the public address: a proxy may have changed what arrives here."""
    return Shown(
        method=request.method,
        url=desk.context.settings.base_url + request.url.path,
        authorization=request.headers.getlist("authorization"),
        dpop=request.headers.getlist("dpop"),
    )


def _body(request: Request) -> JsonValue:
    """The JSON that the strict reader read. Raises ``UnsupportedMediaType`` where it was none."""
    if not hasattr(request.state, "json"):
        raise UnsupportedMediaType("Send application/json.")
    body: JsonValue = request.state.json
    return body


def _wants_signed(request: Request) -> bool:
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    return SIGNED_MEDIA_TYPE in accepted and "application/json" not in accepted


def _answer(answer: credentials.Answer) -> Response:
    return _json(answer.body, status_code=202 if answer.is_deferred else 200)


def _json(body: JsonObject, *, status_code: int = 200) -> Response:
    return JSONResponse(body, status_code=status_code, headers=_NO_STORE)
