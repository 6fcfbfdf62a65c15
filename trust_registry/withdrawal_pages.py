"""The registrar's desk: proposing to withdraw an accreditation."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

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
from trust_registry.two_officers import person_of
from trust_registry.withdrawals import propose_withdrawal
from vc.errors import ProtocolError

router = APIRouter()
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
        maker=person_of(principal),
    )
    return RedirectResponse("/trust/registrar/waiting?proposed=1", status_code=303)


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
