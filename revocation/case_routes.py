"""The fraud desk's API: what its pages do, for programs of the ministry."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse

from revocation.access import require_officer
from revocation.cases import CaseView
from revocation.desk import MAX_NAMED, Desk, NewCase
from revocation.models import MAX_NOTE
from revocation.service import visible_within_seconds
from revocation.values import URGENT, Reason
from runtime.auth import Principal
from runtime.service import context_of
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import MalformedValue

api = APIRouter(prefix="/revocation/api/cases")
_Officer = Annotated[Principal, Depends(require_officer)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=500)]


def desk_of(request: Request) -> Desk:
    """The fraud desk of the application that answers ``request``."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise TypeError("the application was not made by revocation.app.create_app")
    return desk


class SearchBody(BaseModel):
    """Which certificates a case is about; what is left out is not asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    centre: str | None = Field(default=None, max_length=64)
    assessor: str | None = Field(default=None, min_length=2, max_length=200)
    issued_from: date | None = None
    issued_to: date | None = None
    batch: str | None = Field(default=None, max_length=40)
    key: str | None = Field(default=None, max_length=80)


class CaseBody(BaseModel):
    """A new case: certificates named one by one, or a search. ``evidence`` is a SHA-256 in hex."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    reason: Reason
    note: str = Field(default="", max_length=MAX_NOTE)
    evidence: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    credentials: list[Named] = Field(default_factory=list, max_length=MAX_NAMED)
    search: SearchBody | None = None


@api.post("", status_code=201)
async def open_case(request: Request, principal: _Officer, body: CaseBody) -> JSONResponse:
    """Open a case and answer what it would touch; nothing happens to any certificate yet."""
    search = {} if body.search is None else body.search.model_dump(mode="json", exclude_none=True)
    if bool(search) == bool(body.credentials):
        raise MalformedValue("Name certificates, or say which to search for.", pointer="/credentials")
    new = NewCase(
        reason=body.reason, note=body.note, evidence=body.evidence, named=body.credentials, search=search
    )
    case_id = await desk_of(request).open(principal, new)
    return JSONResponse(case_json(request, await desk_of(request).view(case_id)), status_code=201)


@api.get("/{case_id}")
async def read_case(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """A case as it stands."""
    return await _answer(request, case_id)


@api.post("/{case_id}/suspend")
async def suspend(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Suspend what is in force, at once and on one officer's word."""
    await desk_of(request).suspend(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/renew")
async def renew(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Let the suspensions go on, as another officer."""
    await desk_of(request).renew(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/reinstate")
async def reinstate(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """End the suspensions; where a second officer had renewed them, ask for a second one again."""
    await desk_of(request).ask_to_reinstate(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/revoke")
async def revoke(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Lay the revocation before a second officer."""
    await desk_of(request).ask_to_revoke(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/agree")
async def agree(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Agree as the second officer: it is done now, or after its delay."""
    await desk_of(request).agree(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/stop")
async def stop(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Stop what waits."""
    await desk_of(request).stop(principal, case_id)
    return await _answer(request, case_id)


@api.post("/{case_id}/close")
async def close(request: Request, principal: _Officer, case_id: str) -> JSONResponse:
    """Put the case away."""
    await desk_of(request).close(principal, case_id)
    return await _answer(request, case_id)


async def _answer(request: Request, case_id: str) -> JSONResponse:
    return JSONResponse(case_json(request, await desk_of(request).view(case_id)))


def case_json(request: Request, seen: CaseView) -> dict[str, JsonValue]:
    """The case with figures; its certificates by id only."""
    waiting = seen.proposal("case.revoke", "case.reinstate")
    return {
        "case_id": seen.case.case_id,
        "reason": seen.case.reason.value,
        "state": "open" if seen.case.closed_at is None else "closed",
        "certificates": len(seen.members),
        "suspended": len(seen.suspended),
        "revoked": len(seen.ended),
        "in_force": len(seen.members) - len(seen.standing),
        "by_centre": dict(counts(member.centre for member in seen.members)),
        "by_kind": dict(counts(member.kind for member in seen.members)),
        "credential_ids": [member.credential_id for member in seen.members],
        "waiting": None
        if waiting is None
        else {
            "act": waiting.act,
            "asked_by": waiting.maker.name,
            "agreed_by": [person.name for person in waiting.approvers],
            "due_at": None if waiting.due_at is None else format_timestamp(waiting.due_at),
        },
        "suspended_until": min(
            (format_timestamp(c.logged.until) for c in seen.suspended if c.logged.until is not None),
            default=None,
        ),
        "visible_within_seconds": visible_within_seconds(
            context_of(request).settings, urgent=seen.case.reason in URGENT
        ),
    }


def counts(values: Iterable[str]) -> list[tuple[str, int]]:
    """How often each value comes, the most frequent first."""
    return Counter(values).most_common()
