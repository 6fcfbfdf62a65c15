"""The doors for those who watch a process: is it alive, is it ready, what has it counted.

``/health`` touches nothing. ``/ready`` names what is missing in closed words, and answers 503 only where the
service can do none of its work. ``/metrics`` is for the operator alone: with a token, or in a demo for
whoever sits at this machine.
"""

import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.auth import NotAuthenticated, bearer_or_none
from runtime.measures import measure_readiness
from runtime.readiness import Status
from runtime.route_templates import route_templates
from runtime.service import ServiceContext, context_of
from vc.errors import NotFound

router = APIRouter(include_in_schema=False)

_TEXT_FORMAT: Final = "text/plain; version=0.0.4; charset=utf-8"
# What a proxy adds. Behind one on this machine everybody seems to sit at it.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@router.get("/health")
async def health() -> dict[str, str]:
    """Whether the process answers; says nothing about anyone."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Whether the services of this process can do their work, and what each of their parts is."""
    found = await context_of(request).readiness.look()
    parts: dict[str, dict[str, str]] = {}
    for (service, part), state in found.parts.items():
        parts.setdefault(service, {})[part.value] = state.value
    answer = {"status": found.status.value, "services": parts}
    return JSONResponse(answer, status_code=503 if found.status is Status.NOT_READY else 200)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """What this process counted, in the text format of Prometheus."""
    context = context_of(request)
    _require_operator(request, context)
    return Response(await context.metrics.scrape(), media_type=_TEXT_FORMAT)


def add_probes(app: FastAPI) -> None:
    """Give an application that faces a port of its own the three doors."""
    app.include_router(router)
    context: ServiceContext = app.state.context
    context.metrics.declare_routes(context.service, route_templates(router.routes))
    measure_readiness(context.metrics, context.service, context.readiness)


def _require_operator(request: Request, context: ServiceContext) -> None:
    """Raise ``NotAuthenticated`` or, where nobody could be let in by that way, ``NotFound``."""
    token = context.settings.metrics_token
    if token is not None:
        given = bearer_or_none(request) or ""
        if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            raise NotAuthenticated("The metrics are for the operator of this deployment.")
    elif not context.settings.is_demo or not _sits_here(request):
        raise NotFound("There is nothing at this address.")


def _sits_here(request: Request) -> bool:
    """Whether this came from this very machine, straight and under one of its own names."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return _is_loopback(host) and _is_loopback(request.client.host if request.client else "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
