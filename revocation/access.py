"""Who may use the registry's API: MLVT's fraud officers, and services of ours for their own."""

from starlette.requests import Request

from runtime.auth import NotAuthenticated, Principal, Role, require_role, require_service

_require_service = require_service()
require_officer = require_role(Role.FRAUD_OFFICER)


async def require_officer_or_service(request: Request) -> Principal:
    """FastAPI dependency: a fraud officer, or one of our services by its token."""
    try:
        return await _require_service(request)
    except NotAuthenticated:
        return await require_officer(request)


def own_only(principal: Principal) -> str | None:
    """The allocator whose credentials alone ``principal`` may touch; None for an officer."""
    return principal.subject if principal.role is Role.SERVICE else None
