"""The print-and-deliver list on the clerk's desk."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from issuer.pages import download, render
from issuer.routes import desk_of
from issuer.service import letters
from issuer.service.national import provinces
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop

router = APIRouter(include_in_schema=False)
LetterStaff = Annotated[
    Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK, Role.ASSISTED_OFFICER))
]
_Province = Annotated[str | None, Query(max_length=8)]

STATUS_WORDS = {
    "revoked": gettext_noop("Revoked"),
    "superseded": gettext_noop("Replaced by a corrected one"),
    "suspended": gettext_noop("Under review"),
    "reinstated": gettext_noop("In force again"),
}


@router.get("/issuer/letters")
async def show_letters(request: Request, principal: LetterStaff) -> Response:
    """Holders who are to be told something and gave no phone: of the own centre, for an officer of all."""
    found = await letters.letters(desk_of(request), principal)
    return render(
        request,
        "issuer/letters.html",
        letters=found,
        words=STATUS_WORDS,
        is_officer=principal.role is Role.ASSISTED_OFFICER,
        places=sorted(Counter(one.province for one in found).items()),
        provinces=provinces(),
    )


@router.get("/issuer/letters.pdf")
async def print_letters(request: Request, principal: LetterStaff, province: _Province = None) -> Response:
    """All of them, one page each; those of one province, to be sent to its communes, under a cover list."""
    pdf = await letters.print_letters(desk_of(request), principal, province)
    return download(pdf, "application/pdf", "letters.pdf", inline=True)


@router.post("/issuer/letters/{letter_id}/handed-over")
async def hand_over(request: Request, principal: LetterStaff, letter_id: str) -> Response:
    """Note that one was handed over."""
    await letters.hand_over(desk_of(request), principal, letter_id)
    return RedirectResponse("/issuer/letters", status_code=303)
