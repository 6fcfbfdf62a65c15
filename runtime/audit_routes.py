"""The door at which each service tells the head of its audit log, written once for all."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from runtime.audit_log import require_head
from runtime.auth import Principal, require_service
from runtime.service import context_of

HEAD_PATH = "/api/audit/head"


def audit_router(prefix: str) -> APIRouter:
    """``GET <prefix>/api/audit/head``, for the trust registry only."""
    router = APIRouter(prefix=prefix)

    @router.get(HEAD_PATH)
    async def audit_head(
        request: Request, _: Annotated[Principal, Depends(require_service("trust_registry"))]
    ) -> dict[str, Any]:
        """Service, number of entries, and the hash of the last."""
        head = await context_of(request).database.read(require_head)
        return {"service": head.service, "size": head.size, "hash": head.hash}

    return router
