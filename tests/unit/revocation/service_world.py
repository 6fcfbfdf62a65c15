"""The revocation service as an application, with an issuer beside it that knows one certificate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from revocation.app import create_app
from revocation.service import Registry
from runtime.auth import Principal, Role, service_token
from runtime.clients import Peers
from runtime.clock import Clock
from runtime.database import Database
from runtime.fetch import Fetcher
from runtime.keyring import Keyring
from runtime.pages import Pages
from runtime.service import ServiceContext
from runtime.settings import Settings
from tests.signed_in import access_token, session_cookie

OFFICER = Principal(subject="officer-1", name="Officer", role=Role.FRAUD_OFFICER, organisation_id="mlvt")
CERTIFICATE = {
    "credential_id": "urn:uuid:a",
    "title": "Electrical Installation Level 2",
    "holder_name": "SOK Dara",
    "issuer_name": "Poipet Training Centre",
    "centre": "Poipet",
    "issued_on": "2026-11-20",
    "certificate_number": "PPT-2026-000123",
    "kind": "RplCertificate",
}


async def lookup(request: Request) -> Response:
    """The issuer's answer to an officer's search."""
    if request.headers.get("authorization", "").startswith("Bearer ") is False:
        return Response(status_code=401)
    query = request.query_params["query"]
    if query == "BROKEN":
        return Response(b"<html>", status_code=200)
    if query == "DOWN":
        return Response(status_code=503)
    if query in ("7K3M-9QXA", "urn:uuid:a"):
        return JSONResponse(CERTIFICATE)
    if query == "UNREGISTERED":
        return JSONResponse(CERTIFICATE | {"credential_id": "urn:uuid:elsewhere"})
    return Response(status_code=404)


@dataclass
class TrustRegistry:
    """What the trust registry is told; it is away for the first ``absences`` calls."""

    absences: int = 0
    told: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """The answer to a key that is announced."""
        if self.absences:
            self.absences -= 1
            return Response(status_code=503)
        self.told.append(await request.json())
        return JSONResponse({"created": len(self.told) == 1, "version": 1})


@dataclass
class Service:
    """The running application and clients of several persons."""

    app: FastAPI
    settings: Settings
    clock: Clock
    database: Database

    @property
    def registry(self) -> Registry:
        registry = self.app.state.registry
        assert isinstance(registry, Registry)
        return registry

    def client(self, **headers: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=self.settings.base_url, headers=headers)

    def as_service(self, caller: str = "issuer") -> httpx2.AsyncClient:
        token = service_token(
            caller=caller, audience="revocation", settings=self.settings, now=self.clock.now()
        )
        return self.client(authorization=f"Bearer {token}")

    def as_officer(self, principal: Principal = OFFICER) -> httpx2.AsyncClient:
        return self.client(authorization=f"Bearer {access_token(self.app, principal)}")

    def in_browser(self, principal: Principal = OFFICER, language: str = "en") -> httpx2.AsyncClient:
        ((name, token),) = session_cookie(self.app, principal).items()
        return self.client(
            cookie=f"{name}={token}",
            accept="text/html",
            origin=self.settings.base_url,
            **{"accept-language": language},
        )


def make_context(
    settings: Settings, database: Database, clock: Clock, trust_registry: TrustRegistry | None = None
) -> ServiceContext:
    """A context whose peers are the issuer above, this trust registry, and a verifier that counts nothing."""
    pages: Any = Pages(settings)
    issuer: Any = Starlette(routes=[Route("/issuer/api/credentials/lookup", lookup)])
    take = (trust_registry or TrustRegistry()).take
    registry: Any = Starlette(routes=[Route("/trust/api/issuer-keys", take, methods=["POST"])])
    verifier: Any = Starlette()
    apps = {"issuer": issuer, "trust_registry": registry, "verifier": verifier}
    return ServiceContext(
        service="revocation",
        settings=settings,
        clock=clock,
        database=database,
        keyring=Keyring.open(settings, "revocation"),
        peers=Peers(settings, clock, "revocation", apps),
        fetcher=Fetcher(settings, clock),
        pages=pages,
    )


@asynccontextmanager
async def running(
    settings: Settings, database: Database, clock: Clock, trust_registry: TrustRegistry | None = None
) -> AsyncIterator[Service]:
    """The service with its lifespan: started on entry, stopped on exit."""
    context = make_context(settings, database, clock, trust_registry)
    app = create_app(context)
    async with app.router.lifespan_context(app):
        yield Service(app=app, settings=settings, clock=clock, database=database)
    await context.peers.aclose()


def intents(*names: str, cryptosuite: str = "eddsa-rdfc-2022") -> dict[str, Any]:
    """A body for POST /revocation/api/entries."""
    return {
        "intents": [
            {
                "intent_id": f"intent-{name}",
                "credential_id": f"urn:uuid:{name}",
                "issuer": "did:web:passport.example:centres:poipet",
                "cryptosuite": cryptosuite,
            }
            for name in names
        ]
    }


def moment(text: str) -> datetime:
    """An RFC 3339 time of an answer."""
    return datetime.fromisoformat(text)
