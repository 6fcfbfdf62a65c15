"""The queue of what waits for a second officer, and the decisions about it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.approvals import Proposal
from runtime.auth import Principal, Role, require_role
from runtime.service import context_of
from trust_registry import staff, store, waiting
from trust_registry.account_details import with_details
from trust_registry.doors import ROLE_NAMES
from trust_registry.model import Account
from trust_registry.routes import publication_of
from trust_registry.store import Connection
from trust_registry.two_officers import person_of
from vc.errors import NotFound

router = APIRouter()
Officer = Annotated[Principal, Depends(require_role(Role.REGISTRAR, Role.SECOND_OFFICER))]
_PATH = "/trust/registrar/waiting"


@router.get("/trust/registrar/waiting")
async def show_waiting(request: Request, principal: Officer) -> Response:
    """What waits for a second officer."""
    return await _page(request, principal)


@router.post("/trust/registrar/waiting/{proposal}/{decision}")
async def decide(request: Request, principal: Officer, proposal: int, decision: str) -> Response:
    """Approve (then it happens), reject as another person, or cancel."""
    context = context_of(request)
    now, person = context.clock.now(), person_of(principal)
    if decision == "approve":
        done = await waiting.approve(context, publication_of(request), proposal, approver=person)
        if done.token is not None:
            return await _page(request, principal, token=done.token, status_code=201)
    elif decision == "reject":
        await context.database.write(waiting.reject, proposal, by=person, now=now)
    elif decision == "cancel":
        await context.database.write(waiting.cancel, proposal, by=person, now=now)
    else:
        raise NotFound("There is no such decision.")
    return RedirectResponse(_PATH, status_code=303)


async def _page(
    request: Request, principal: Principal, *, token: str | None = None, status_code: int = 200
) -> Response:
    context = context_of(request)
    proposals = await context.database.read(waiting.waiting)
    concerned = await context.database.read(_accounts_in, proposals)
    people = await context.database.read(with_details, context.personal, concerned)
    return context.pages.render(
        request,
        "trust_registry/waiting.html",
        status_code=status_code,
        proposals=proposals,
        names={account.username: details.name for account, details in people},
        role_names=ROLE_NAMES,
        own=principal.subject,
        link=None if token is None else staff.invitation_link(context, token),
        proposed=request.query_params.get("proposed") == "1",
    )


def _accounts_in(connection: Connection, proposals: tuple[Proposal, ...]) -> tuple[Account, ...]:
    found = (
        store.account_or_none(connection, item.object_id)
        for item in proposals
        if item.act.startswith("account.")
    )
    return tuple(account for account in found if account is not None)
