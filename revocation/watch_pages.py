"""The fraud desk's pages about what others tell it, and whom it tells: reports, and watching verifiers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from revocation import watch_store
from revocation.access import require_officer
from revocation.public_pages import suspicions_of
from revocation.suspecting import WHATS
from revocation.suspicion_store import SuspicionState
from revocation.watching import Watching
from runtime.auth import Principal
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.service import context_of
from vc.errors import ConflictError, MalformedValue

router = APIRouter()
_Officer = Annotated[Principal, Depends(require_officer)]


def watching_of(request: Request) -> Watching:
    """The webhooks of the application that answers ``request``."""
    found = request.app.state.watching
    if not isinstance(found, Watching):
        raise TypeError("the application was not made by revocation.app.create_app")
    return found


@router.get("/revocation/reports")
async def show_reports(request: Request, principal: _Officer) -> Response:
    """What others suspect, oldest first."""
    return context_of(request).pages.render(
        request,
        "revocation/reports.html",
        reports=await suspicions_of(request).open_reports(),
        whats=WHATS,
    )


@router.post("/revocation/reports/{report_id}/{state}")
async def decide(request: Request, principal: _Officer, report_id: str, state: SuspicionState) -> Response:
    """Note what becomes of a report: a case is opened next, it went to the registrar, or nothing comes."""
    reports = await suspicions_of(request).open_reports()
    await suspicions_of(request).decide(principal, report_id, state)
    found = next((one for one in reports if one.report_id == report_id), None)
    if state is SuspicionState.CASE and found is not None and found.credential_id is not None:
        return RedirectResponse(f"/revocation/cases/new?certificates={found.credential_id}", status_code=303)
    return RedirectResponse("/revocation/reports", status_code=303)


@router.get("/revocation/watchers")
async def show_watchers(request: Request, principal: _Officer) -> Response:
    """Who is told when a list changes."""
    return await _watchers(request)


@router.post("/revocation/watchers")
async def add_watcher(
    request: Request,
    principal: _Officer,
    name: Annotated[str, Form(max_length=1_000)] = "",
    url: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Tell another one from now on."""
    try:
        await watching_of(request).add(principal, name, url.strip())
    except (MalformedValue, ConflictError) as error:
        return await _watchers(request, error=str(error), values={"name": name[:200], "url": url[:500]})
    return RedirectResponse("/revocation/watchers", status_code=303)


@router.post("/revocation/watchers/{watcher_id}/remove")
async def remove_watcher(request: Request, principal: _Officer, watcher_id: str) -> Response:
    """Tell one no more."""
    await watching_of(request).remove(principal, watcher_id)
    return RedirectResponse("/revocation/watchers", status_code=303)


@router.get("/status/webhook-key")
async def get_webhook_key(request: Request) -> JSONResponse:
    """The key that verifies webhooks (Standard Webhooks, ``v1a``)."""
    return JSONResponse({"key": await watching_of(request).public_key()}, headers=OPEN_TO_ALL_ORIGINS)


async def _watchers(request: Request, *, error: str = "", values: dict[str, str] | None = None) -> Response:
    context = context_of(request)
    return context.pages.render(
        request,
        "revocation/watchers.html",
        status_code=400 if error else 200,
        watchers=await context.database.read(watch_store.watchers),
        error=error,
        values=values or {"name": "", "url": ""},
    )
