"""The registrar's desk: withdrawing with two officers, and the queue of what waits for the second."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.approvals import Approver
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import context_of
from trust_registry import forms
from trust_registry.accreditations import require_standing
from trust_registry.forms import Errors, act_of, read_form, text
from trust_registry.life import StandingAccreditation
from trust_registry.registrar_pages import (
    DAY_WANTED,
    Registrar,
    accreditation_page,
    blast_radius,
    reason_errors,
)
from trust_registry.routes import publication_of
from trust_registry.withdrawals import (
    approve_withdrawal,
    cancel_withdrawal,
    propose_withdrawal,
    waiting_withdrawals,
)
from vc.errors import NotFound, ProtocolError

router = APIRouter()
Officer = Annotated[Principal, Depends(require_role(Role.REGISTRAR, Role.SECOND_OFFICER))]
_SAY_EARLIER: Final = gettext_noop("Say whether what was given before stays good.")


@router.get("/trust/registrar/accreditations/{number}/withdraw")
async def before_withdrawing(request: Request, _: Registrar, number: int) -> Response:
    """What a withdrawal would touch, and then the form to propose it."""
    standing = await context_of(request).database.read(require_standing, number)
    return await _withdraw_page(request, standing, request.query_params.get("from", ""), ())


@router.post("/trust/registrar/accreditations/{number}/withdraw")
async def propose(request: Request, principal: Registrar, number: int) -> Response:
    """Lay a withdrawal before a second officer."""
    context = context_of(request)
    form = await read_form(request)
    act = act_of(request, principal, form)
    standing = await context.database.read(require_standing, number)
    errors = reason_errors(form)
    if text(form, "earlier") not in ("stand", "fall"):
        errors = (*errors, ("earlier", _SAY_EARLIER))
    if errors:
        return await _withdraw_page(request, standing, text(form, "from"), errors)
    await context.database.write(
        propose_withdrawal,
        number,
        effective_from=forms.beginning(text(form, "from"), act.at),
        earlier_stand=text(form, "earlier") == "stand",
        act=act,
        maker=_person(principal),
    )
    return RedirectResponse("/trust/registrar/waiting?proposed=1", status_code=303)


@router.get("/trust/registrar/waiting")
async def waiting(request: Request, principal: Officer) -> Response:
    """What waits for a second officer."""
    context = context_of(request)
    return context.pages.render(
        request,
        "trust_registry/waiting.html",
        proposals=await context.database.read(waiting_withdrawals),
        own=principal.subject,
        proposed=request.query_params.get("proposed") == "1",
    )


@router.post("/trust/registrar/waiting/{proposal}/{decision}")
async def decide(request: Request, principal: Officer, proposal: int, decision: str) -> Response:
    """Approve (then it happens and is published) or cancel."""
    context = context_of(request)
    now, person = context.clock.now(), _person(principal)
    if decision == "approve":
        await context.database.write(approve_withdrawal, proposal, approver=person, now=now)
        await publication_of(request).publish()
    elif decision == "cancel":
        await context.database.write(cancel_withdrawal, proposal, by=person, now=now)
    else:
        raise NotFound("There is no such decision.")
    return RedirectResponse("/trust/registrar/waiting", status_code=303)


def _person(principal: Principal) -> Approver:
    return Approver(subject=principal.subject, name=principal.name, identity=principal.identity)


async def _withdraw_page(
    request: Request, standing: StandingAccreditation, written: str, errors: Errors
) -> Response:
    now = context_of(request).clock.now()
    try:
        since = forms.beginning(written, now)
    except ProtocolError:
        since, written, errors = now, "", (*errors, ("from", DAY_WANTED))
    return await accreditation_page(
        request,
        "trust_registry/withdraw.html",
        standing,
        errors=errors,
        status_code=400 if errors else 200,
        begins=written,
        since=since,
        counts=await blast_radius(request, standing, since),
    )
