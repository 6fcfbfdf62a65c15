"""Who this verifier is: its did:web, the keys it signs with, and the document that publishes them.

A key that signs something new is a line in ``KEYS``: it is made at its first use and published at once.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.service import ServiceContext, context_of
from runtime.settings import Settings
from vc.crypto.keys import KeyType, PublicKey, Signer
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.strict_json import JsonObject

REPORT_KEY: Final = "report-1"
# Wallets know ES256 and, of them all, only that (HAIP 1.0 section 7).
REQUEST_KEY: Final = "request-1"
KEYS: Final[Mapping[str, KeyType]] = {REPORT_KEY: KeyType.ED25519, REQUEST_KEY: KeyType.P256}
_RELATIONSHIPS: Final = ("assertionMethod", "authentication")

router = APIRouter()


def verifier_did(settings: Settings) -> str:
    """The DID of this verifier, whose document is at ``/verify/did.json`` of its own public origin.

    A verifier that runs alone has another host than the identifiers it judges. Without https, which a
    did:web needs, it goes under the name of the deployment.
    """
    host = urlsplit(settings.base_url).netloc.replace(":", "%3A") if settings.is_https else settings.did_host
    return f"did:web:{host}:verify"


def method_id(settings: Settings, key_id: str) -> str:
    """The DID URL of one of ``KEYS``."""
    return f"{verifier_did(settings)}#{key_id}"


def signer(context: ServiceContext, key_id: str) -> Signer:
    """What signs with one of ``KEYS``, made now if need be. It waits for a file: call it in a thread.

    Raises ``KeyringError`` where the keyring is damaged.
    """
    _ensure(context, key_id)
    return context.keyring.signer(key_id, method_id(context.settings, key_id))


def did_document(context: ServiceContext) -> JsonObject:
    """The DID document with all of ``KEYS``, made now if need be. As ``signer``, for a thread."""
    did = verifier_did(context.settings)
    methods = [
        VerificationMethod(
            id=method_id(context.settings, key_id), controller=did, public_key=_ensure(context, key_id)
        )
        for key_id in KEYS
    ]
    names = [method.id for method in methods]
    return did_web.build_document(did, methods, relationships=dict.fromkeys(_RELATIONSHIPS, names))


def _ensure(context: ServiceContext, key_id: str) -> PublicKey:
    return context.keyring.ensure(key_id, KEYS[key_id])


@router.get("/verify/did.json")
async def show_did_document(request: Request) -> JSONResponse:
    """The keys that this verifier signs with."""
    document = await asyncio.to_thread(did_document, context_of(request))
    headers = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(document, media_type="application/did+json", headers=headers)
