"""A small service behind the real doors, for the tests of the doors, and clients that ask it."""

import json
from typing import Annotated, Any

import httpx2
from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from runtime.auth import (
    SESSION_COOKIE,
    Principal,
    Role,
    current_principal_or_none,
    require_role,
    require_service,
    set_session,
)
from runtime.database import StorageUnavailable
from runtime.http import build_app
from runtime.rate_limit import rate_limit
from runtime.service import ServiceContext, context_of
from tests.signed_in import KnownSessions
from vc.errors import (
    ConflictError,
    EvidenceUnavailable,
    MalformedValue,
    NotAuthorized,
    NotFound,
    ParseError,
    RangeError,
    RateLimited,
    TransformationError,
    UnknownOption,
)

SECRET_TEXT = "សុខា-marker-71"
KNOWN = KnownSessions()
CLERK = Principal(subject="clerk-1", name="Sokha", role=Role.CLERK)
RECRUITER = Principal(subject="recruiter-1", name="Kim", role=Role.RECRUITER)

RAISED: dict[str, Exception] = {
    "parse": ParseError("It cannot be read."),
    "malformed": MalformedValue("A member is wrong.", pointer="/a/0"),
    "range": RangeError("Too far."),
    "option": UnknownOption("Not known."),
    "transformation": TransformationError("Lossy."),
    "evidence": EvidenceUnavailable("The list cannot be had."),
    "storage": StorageUnavailable("Full."),
    "conflict": ConflictError("Done already."),
    "absent": NotFound("None."),
    "forbidden": NotAuthorized("Not yours."),
    "often": RateLimited("Wait.", retry_after=7),
    "teapot": HTTPException(418, SECRET_TEXT),
    "bug": RuntimeError(SECRET_TEXT),
}


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=5)
    level: int


class Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: list[Row]
    labels: dict[str, int] = {}


router = APIRouter()


@router.post("/issuer/api/rows")
@router.post("/credentials/verify")
async def take_rows(request: Request, body: Rows) -> dict[str, Any]:
    again = json.loads(await request.body())
    return {"rows": len(body.rows), "same": again == request.state.json}


@router.post("/issuer/form")
async def take_form(name: Annotated[str, Form()]) -> dict[str, str]:
    return {"length": str(len(name))}


@router.post("/issuer/api/upload")
async def take_upload(file: UploadFile) -> dict[str, int]:
    return {"size": len(await file.read())}


@router.get("/issuer/api/raise/{name}")
@router.get("/issuer/raise/{name}")
async def raise_it(name: str) -> None:
    raise RAISED[name]


@router.get("/issuer/item/{number}")
@router.get("/issuer/api/item/{number}")
async def item(number: int, part: int = 0) -> dict[str, int]:
    return {"number": number, "part": part}


@router.get("/issuer/desk")
@router.get("/issuer/api/desk")
@router.post("/issuer/desk")
async def desk(principal: Annotated[Principal, Depends(require_role(Role.CLERK))]) -> dict[str, str]:
    return {"subject": principal.subject}


@router.get("/issuer/who")
async def who(
    request: Request, principal: Annotated[Principal | None, Depends(current_principal_or_none)]
) -> dict[str, Any]:
    return {"subject": principal and principal.subject, "state": request.state.principal is principal}


@router.get("/issuer/api/internal")
async def internal(caller: Annotated[Principal, Depends(require_service("revocation"))]) -> dict[str, str]:
    return {"caller": caller.subject}


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    response = Response()
    set_session(response, KNOWN.session(CLERK), settings=context_of(request).settings)
    return response


@router.get("/issuer/limited", dependencies=[Depends(rate_limit("test-page", "3/minute"))])
async def limited() -> dict[str, bool]:
    return {"ok": True}


@router.get("/issuer/cached")
async def cached() -> Response:
    return Response(b"x", headers={"ETag": '"1"', "Content-Security-Policy": "default-src 'none'"})


def client_of(context: ServiceContext, **options: Any) -> httpx2.AsyncClient:
    app = build_app(context, title="Test", routers=[router], sessions=KNOWN)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url=context.settings.base_url,
        trust_env=False,
        **options,
    )


def problem_in(response: httpx2.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "requestId"} <= body.keys()
    assert body["type"].startswith("http")
    assert body["requestId"] == response.headers["x-request-id"]
    return body


GOOD = {"rows": [{"name": "a", "level": 1}]}


def changed(context: ServiceContext, **limits: Any) -> ServiceContext:
    changed = context.settings.model_copy(update=limits)
    return ServiceContext(
        service=context.service,
        settings=changed,
        clock=context.clock,
        database=context.database,
        keyring=context.keyring,
        peers=context.peers,
        fetcher=context.fetcher,
        pages=context.pages,
    )


def session_of(principal: Principal) -> dict[str, str]:
    return {"Cookie": f"{SESSION_COOKIE}={KNOWN.session(principal)}"}


def bearer_of(principal: Principal) -> dict[str, str]:
    return {"Authorization": f"Bearer {KNOWN.access_token(principal)}"}
