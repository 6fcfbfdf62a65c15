"""The doors at which each service tells its audit log, written once for all."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from runtime.audit_log import entries_before, require_head
from runtime.auth import Principal, require_service
from runtime.service import context_of

HEAD_PATH = "/api/audit/head"
ENTRIES_PATH = "/api/audit/entries"
_TrustRegistry = Annotated[Principal, Depends(require_service("trust_registry"))]


def audit_router(prefix: str) -> APIRouter:
    """``GET <prefix>/api/audit/head`` and ``…/entries``, for the trust registry only."""
    router = APIRouter(prefix=prefix)

    @router.get(HEAD_PATH)
    async def audit_head(request: Request, _: _TrustRegistry) -> dict[str, Any]:
        """Service, number of entries, and the hash of the last."""
        head = await context_of(request).database.read(require_head)
        return {"service": head.service, "size": head.size, "hash": head.hash}

    @router.get(ENTRIES_PATH)
    async def audit_entries(
        request: Request,
        _: _TrustRegistry,
        before: Annotated[int | None, Query(ge=1)] = None,
        actor: Annotated[str, Query(max_length=200)] = "",
        concerned: Annotated[str, Query(max_length=500, alias="object")] = "",
    ) -> dict[str, Any]:
        """The newest entries below number ``before``, of one actor or object if named."""
        shown = await context_of(request).database.read_older(
            entries_before, before, actor=actor or None, concerned=concerned or None
        )
        return {"entries": shown}

    return router
