"""The trust registry for programs: the list, the root's DID document, keys, access tokens."""

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.assertions import issue_access_token, issue_assertion
from runtime.auth import Principal, require_service
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.rate_limit import rate_limit
from runtime.service import context_of
from trust_registry.accounts import authenticate_client
from trust_registry.client_assertions import authenticate_by_assertion
from trust_registry.compromise_store import part_or_none
from trust_registry.licence_holders import may_call
from trust_registry.publication import Publication
from trust_registry.registry_keys import SessionKeys
from trust_registry.service import announce_issuer_key
from trust_registry.sessions import principal_of
from vc.encoding.timestamps import parse_timestamp
from vc.errors import NotAuthorized, NotFound

ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=10)
_MAX_FORM_FIELDS: Final = 10
_A_YEAR_SECONDS: Final = 365 * 24 * 3600
# A peer speaks for its own kind of organisation only: the issuer for centres, the revocation
# service for the status registry. So neither can put its key in the other's place.
_SPEAKS_FOR: Final = {"issuer": ":centres:", "revocation": ":status"}

router = APIRouter()


class IssuerKeyAnnouncement(BaseModel):
    """A key its owner has begun to sign with; ``replaces`` as in ``add_issuer_key``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    did: str = Field(min_length=8, max_length=300)
    public_key_multibase: str = Field(min_length=40, max_length=200)
    valid_from: str = Field(min_length=20, max_length=40)
    replaces: list[Annotated[str, Field(max_length=200)]] | None = Field(default=None, max_length=10)


class SessionToken(BaseModel):
    """What a browser sent a service as its session."""

    model_config = ConfigDict(extra="forbid", strict=True)

    session: str = Field(min_length=52, max_length=52)


def session_keys_of(request: Request) -> SessionKeys:
    """The keys of the application that answers ``request``."""
    keys = request.app.state.session_keys
    if not isinstance(keys, SessionKeys):
        raise TypeError("the application was not made by trust_registry.app.create_app")
    return keys


def publication_of(request: Request) -> Publication:
    """The publication of the application that answers ``request``."""
    publication = request.app.state.publication
    if not isinstance(publication, Publication):
        raise TypeError("the application was not made by trust_registry.app.create_app")
    return publication


@router.get("/trust/list")
async def trust_list(request: Request) -> Response:
    """The signed trust list: the same bytes for everyone, from memory."""
    published = publication_of(request).require_published()
    return _static(request, published.trust_list, published.trust_list_etag, "application/vc")


@router.get("/trust/root")
async def root_chain(request: Request) -> Response:
    """The chain of root documents, ``{"roots": […]}``: the same bytes for everyone, from memory."""
    published = publication_of(request).require_published()
    return _static(request, published.root_chain, published.root_chain_etag, "application/json")


@router.get("/trust/digests/{set_id}/{part}")
async def digest_part(request: Request, set_id: str, part: Annotated[int, Path(ge=0, le=65_535)]) -> Response:
    """A part of what a stolen key had signed before; it never changes."""
    body = await context_of(request).database.read(part_or_none, set_id, part)
    if body is None:
        raise NotFound("There is no such part.")
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    return _static(request, body, etag, "application/vc", seconds=_A_YEAR_SECONDS)


@router.get("/trust/did.json")
async def did_document(request: Request) -> Response:
    """The root's DID document with every key that ever signed the list (did:web)."""
    published = publication_of(request).require_published()
    return _static(request, published.did_document, published.did_document_etag, "application/did+json")


@router.post("/trust/api/issuer-keys")
async def announce_key(
    request: Request,
    announcement: IssuerKeyAnnouncement,
    caller: Annotated[Principal, Depends(require_service("issuer", "revocation"))],
) -> dict[str, Any]:
    """Take the key of a centre or of the status registry; telling it again changes nothing."""
    context, publication = context_of(request), publication_of(request)
    if not announcement.did.startswith(f"did:web:{context.settings.did_host}{_SPEAKS_FOR[caller.subject]}"):
        raise NotAuthorized("This service does not speak for that organisation.")
    created = await context.database.write(
        announce_issuer_key,
        did=announcement.did,
        public_key_multibase=announcement.public_key_multibase,
        valid_from=parse_timestamp(announcement.valid_from),
        now=context.clock.now(),
        replaces=announcement.replaces,
    )
    version = await publication.publish() if created else publication.require_published().version
    return {"created": created, "version": version}


@router.post("/trust/api/sessions")
async def exchange_session(
    request: Request, body: SessionToken, caller: Annotated[Principal, Depends(require_service())]
) -> dict[str, str | None]:
    """Tell the calling service, and it alone, whose session this is: null where it is nobody's."""
    context = context_of(request)
    principal = await principal_of(context, body.session)
    if principal is None:
        return {"assertion": None}
    assertion = issue_assertion(
        principal,
        audience=caller.subject,
        issuer=context.settings.base_url,
        signer=session_keys_of(request).signer,
        now=context.clock.now(),
    )
    return {"assertion": assertion}


@router.get("/trust/api/session-keys")
async def session_keys(request: Request) -> dict[str, list[str]]:
    """The public keys (multikeys) that sign assertions and access tokens."""
    return {"keys": list(session_keys_of(request).public)}


@router.post("/token", dependencies=[Depends(rate_limit("token", "60/minute"))])
async def token(request: Request) -> Response:
    """OAuth 2.0 client credentials (RFC 6749 section 4.4) → an access token for ten minutes."""
    context = context_of(request)
    form = await request.form(max_files=0, max_fields=_MAX_FORM_FIELDS)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if len(fields) != len(form.multi_items()):
        return _oauth_error("invalid_request", "A parameter is given twice.")
    if fields.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", "The grant type must be client_credentials.")
    try:
        principal = await _authenticate(request, fields)
    except NotAuthorized:
        return _oauth_error("invalid_client", "The client credentials are not good.", status_code=401)
    if not await context.database.read(may_call, principal, context.clock.now()):
        return _oauth_error("unauthorized_client", "The organisation has no licence in force.")
    wanted = frozenset(fields.get("scope", "").split())
    if not wanted <= frozenset(principal.scopes):
        return _oauth_error("invalid_scope", "The client may not have one of these scopes.")
    access_token = issue_access_token(
        principal,
        issuer=context.settings.base_url,
        signer=session_keys_of(request).signer,
        now=context.clock.now(),
        lifetime=ACCESS_TOKEN_LIFETIME,
    )
    return JSONResponse(
        {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            "scope": " ".join(principal.scopes),
        },
        headers={"Cache-Control": "no-store"},
    )


async def _authenticate(request: Request, fields: dict[str, str]) -> Principal:
    """The program that asks, by one of the ways to show itself. Raises ``NotAuthorized``, ``RateLimited``."""
    context = context_of(request)
    if "client_assertion" in fields or "client_assertion_type" in fields:
        if "authorization" in request.headers or "client_secret" in fields:
            raise NotAuthorized("Use one way to show the client credentials.")
        return await authenticate_by_assertion(
            context,
            kind=fields.get("client_assertion_type", ""),
            assertion=fields.get("client_assertion", ""),
            client_id=fields.get("client_id"),
        )
    client_id, secret = _client_credentials(request, fields)
    address = request.client.host if request.client else "unknown"
    return await authenticate_client(context, client_id=client_id, client_secret=secret, address=address)


def _client_credentials(request: Request, fields: dict[str, str]) -> tuple[str, str]:
    """Client id and secret from HTTP Basic (RFC 6749 section 2.3.1) or the form, never both."""
    header = request.headers.get("authorization")
    if header is None:
        return fields.get("client_id", ""), fields.get("client_secret", "")
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or "client_secret" in fields:
        raise NotAuthorized("Use one way to show the client credentials.")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise NotAuthorized("The client credentials cannot be read.") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _oauth_error(error: str, description: str, *, status_code: int = 400) -> Response:
    """RFC 6749 section 5.2: OAuth clients read this shape and no other."""
    headers = {"Cache-Control": "no-store"}
    if status_code == 401:
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status_code=status_code, headers=headers)


def _static(
    request: Request, body: bytes, etag: str, media_type: str, *, seconds: int | None = None
) -> Response:
    """``body``, or 304 where the client has it already (RFC 9110 section 13.1.2)."""
    if seconds is None:
        seconds = context_of(request).settings.list_refresh_seconds
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={seconds}", **OPEN_TO_ALL_ORIGINS}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
