"""The print-and-deliver list on the clerk's desk."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from issuer.pages import Clerk, download, render
from issuer.routes import desk_of
from issuer.service import letters
from runtime.i18n import gettext_noop

router = APIRouter(include_in_schema=False)

STATUS_WORDS = {
    "revoked": gettext_noop("Revoked"),
    "superseded": gettext_noop("Replaced by a corrected one"),
    "suspended": gettext_noop("Under review"),
    "reinstated": gettext_noop("In force again"),
}


@router.get("/issuer/letters")
async def show_letters(request: Request, principal: Clerk) -> Response:
    """Holders of this centre's certificates who are to be told something and gave no phone."""
    found = await letters.letters(desk_of(request), principal)
    return render(request, "issuer/letters.html", letters=found, words=STATUS_WORDS)


@router.get("/issuer/letters.pdf")
async def print_letters(request: Request, principal: Clerk) -> Response:
    """All of them, one page each."""
    pdf = await letters.print_letters(desk_of(request), principal)
    return download(pdf, "application/pdf", "letters.pdf", inline=True)


@router.post("/issuer/letters/{letter_id}/handed-over")
async def hand_over(request: Request, principal: Clerk, letter_id: str) -> Response:
    """Note that one was handed over."""
    await letters.hand_over(desk_of(request), principal, letter_id)
    return RedirectResponse("/issuer/letters", status_code=303)
