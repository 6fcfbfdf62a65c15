"""Collecting the heads of every audit log, signing one checkpoint over them, serving it."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

import httpx2
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime import checkpoints
from runtime.audit_log import Head, require_head
from runtime.audit_routes import HEAD_PATH
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.logging import get_logger, places_of
from runtime.service import ServiceContext, context_of
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import parse_json_object
from vc.errors import NotFound, ParseError

# Each service's door below which HEAD_PATH is; the trust registry reads its own database.
PEERS: Final[Mapping[str, str]] = {
    "issuer": "/issuer",
    "revocation": "/revocation",
    "wallet_api": "/wallet",
}
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_FOR_EVER: Final = "public, max-age=31536000, immutable"

_log = get_logger("trust_registry")

router = APIRouter(prefix="/trust")


class Checkpoints:
    """Signs the checkpoints of one deployment."""

    def __init__(self, context: ServiceContext) -> None:
        """Join the parts; nothing is signed until ``make``."""
        self._context = context

    async def make(self, *, at_least: timedelta = timedelta(0)) -> int:
        """Sign the next checkpoint; returns its number. See ``runtime.checkpoints.append``."""
        context = self._context
        await asyncio.to_thread(context.keyring.ensure, checkpoints.KEY_ID)
        told = await asyncio.gather(*(self._ask(service) for service in PEERS))
        heads = {head.service: head for head in told if head is not None}
        own = await context.database.read(require_head)
        stored = await context.database.write(
            checkpoints.append,
            {**heads, own.service: own},
            name=checkpoints.origin_of(context.settings.did_host),
            signer=context.keyring.signer(checkpoints.KEY_ID, f"{audit_did(context)}#{checkpoints.KEY_ID}"),
            now=context.clock.now(),
            at_least=at_least,
        )
        return stored.number

    async def keep_making(self) -> None:
        """One checkpoint every ``audit_checkpoint_seconds``, for ever. Run it as a task and cancel it."""
        pause = self._context.settings.audit_checkpoint_seconds
        while True:
            try:
                await self.make(at_least=timedelta(seconds=pause))
            except Exception as error:  # noqa: BLE001 - the edge of a task: it must outlive every failure
                _log.error(
                    "no checkpoint could be signed",
                    error=type(error).__name__,
                    places=places_of(error.__traceback__),
                )
            await asyncio.sleep(pause)

    async def _ask(self, service: str) -> Head | None:
        """What ``service`` says its head is; None where it could not be asked or did not make sense."""
        try:
            answer = await self._context.peers.client(service).get(PEERS[service] + HEAD_PATH)
            said = parse_json_object(answer.content) if answer.status_code == 200 else {}
        except (httpx2.HTTPError, ParseError):
            said = {}
        size, digest = said.get("size"), said.get("hash")
        if said.get("service") != service or not isinstance(size, int) or not isinstance(digest, str):
            _log.warning("a service did not tell the head of its audit log", service=service)
            return None
        if size < 0 or not _HASH.fullmatch(digest):
            return None
        return Head(service=service, size=size, hash=digest)


def audit_did(context: ServiceContext) -> str:
    """The DID under which the key of the checkpoints is published."""
    return f"did:web:{context.settings.did_host}:trust:audit"


@router.get("/checkpoints/latest")
async def latest_checkpoint(request: Request) -> Response:
    """The newest signed checkpoint over all audit logs (C2SP signed note)."""
    context = context_of(request)
    stored = await context.database.read(checkpoints.latest)
    seconds = context.settings.audit_checkpoint_seconds
    return _note(request, stored, f"public, max-age={seconds}")


@router.get("/checkpoints/{number}")
async def checkpoint(request: Request, number: Annotated[int, Path(ge=1, lt=2**31)]) -> Response:
    """The signed checkpoint of this number; it never changes."""
    stored = await context_of(request).database.read(checkpoints.checkpoint_or_none, number)
    return _note(request, stored, _FOR_EVER)


@router.get("/audit/did.json")
async def audit_did_document(request: Request) -> JSONResponse:
    """The DID document (did:web) with the key that signs checkpoints."""
    context = context_of(request)
    did = audit_did(context)
    public_key = await asyncio.to_thread(context.keyring.ensure, checkpoints.KEY_ID)
    method = VerificationMethod(id=f"{did}#{checkpoints.KEY_ID}", controller=did, public_key=public_key)
    document = did_web.build_document(did, [method], relationships={"assertionMethod": [method.id]})
    headers = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(document, media_type="application/did+json", headers=headers)


def _note(request: Request, stored: checkpoints.StoredCheckpoint | None, cache: str) -> Response:
    if stored is None:
        raise NotFound("There is no such checkpoint.")
    etag = f'"{hashlib.sha256(stored.note).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": cache, **OPEN_TO_ALL_ORIGINS}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(stored.note, media_type="text/plain; charset=utf-8", headers=headers)
