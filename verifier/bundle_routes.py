"""``GET /verify/bundle``: the evidence bundle, for verifiers that will have no network."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from runtime.evidence_bundle import EvidenceBundle, write_bundle
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from runtime.verification import VerificationShell
from verifier.bundling import gather_bundle

router = APIRouter()


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A bundle, its bytes and their entity tag; made at ``at``."""

    bundle: EvidenceBundle
    raw: bytes
    etag: str
    at: datetime


class BundleDesk:
    """Makes the bundle at most once in the time after which lists are asked for again."""

    def __init__(self, context: ServiceContext, shell: VerificationShell) -> None:
        self._context = context
        self._shell = shell
        self._made: Made | None = None
        self._lock = asyncio.Lock()

    async def current(self) -> Made:
        """The bundle of now, or of a moment ago. Raises ``EvidenceUnavailable``."""
        async with self._lock:
            now = self._context.clock.now()
            held = timedelta(seconds=self._context.settings.list_refresh_seconds)
            if self._made is None or not self._made.at <= now < self._made.at + held:
                bundle = await gather_bundle(self._shell, self._context.settings)
                raw = await anyio.to_thread.run_sync(write_bundle, bundle)
                etag = f'"{hashlib.sha256(raw).hexdigest()}"'
                self._made = Made(bundle=bundle, raw=raw, etag=etag, at=now)
            return self._made


def bundle_desk_of(request: Request) -> BundleDesk:
    """The desk of the application that answers ``request``."""
    desk = request.app.state.bundle_desk
    if not isinstance(desk, BundleDesk):
        raise TypeError("the application was not made by verifier.app.create_app")
    return desk


@router.get("/verify/bundle", dependencies=[Depends(rate_limit("verify-bundle", "60/minute"))])
async def get_bundle(request: Request) -> Response:
    """All keys, lists and notes that a verification may need, in one ZIP."""
    made = await bundle_desk_of(request).current()
    headers = {
        "ETag": made.etag,
        "Cache-Control": f"public, max-age={context_of(request).settings.list_refresh_seconds}",
        "Content-Disposition": 'attachment; filename="bundle.zip"',
        **OPEN_TO_ALL_ORIGINS,
    }
    if request.headers.get("if-none-match") == made.etag:
        return Response(status_code=304, headers=headers)
    return Response(made.raw, media_type="application/zip", headers=headers)
