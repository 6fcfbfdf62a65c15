"""The fraud desk's pages about appeals: what waits, and one of them with everything known about it."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from revocation.access import require_officer
from revocation.appeal_routes import appeals_of
from revocation.appeal_store import Appeal, AppealState, Grounds, Refusal
from revocation.appeals import AppealView, may_decide
from revocation.clients import FoundCredential, find_credential
from revocation.desk import person_of
from revocation.reasons import REASON_TEXTS
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import EvidenceUnavailable
from vc.status.fold import ChangeKind

router = APIRouter(prefix="/revocation/appeals")
_Officer = Annotated[Principal, Depends(require_officer)]

GROUNDS_TEXTS: Final = {
    Grounds.EARNED.value: gettext_noop("I did the course or the test myself"),
    Grounds.NOT_MY_FAULT.value: gettext_noop("If something was wrong, it was not my doing"),
    Grounds.WRONG_PERSON.value: gettext_noop("It is about another person"),
    Grounds.NOT_TOLD.value: gettext_noop("Nobody told me why"),
    Grounds.OTHER.value: gettext_noop("Another reason: please call me"),
}
REFUSAL_TEXTS: Final = {
    Refusal.EVIDENCE_STANDS.value: gettext_noop("The evidence was looked at again, and stands"),
    Refusal.NOT_ENTITLED.value: gettext_noop("The centre or the assessor had no right to give it"),
    Refusal.NOT_CHECKABLE.value: gettext_noop("What was said cannot be checked"),
}


@router.get("")
async def home(request: Request, principal: _Officer) -> Response:
    """What waits for an officer, oldest first."""
    found = await appeals_of(request).queue()
    return context_of(request).pages.render(
        request,
        "revocation/appeals.html",
        appeals=[(seen, answer_by(request, seen.appeal)) for seen in found],
        grounds_texts=GROUNDS_TEXTS,
        reason_texts=REASON_TEXTS,
    )


@router.get("/{appeal_id}")
async def show(request: Request, principal: _Officer, appeal_id: str) -> Response:
    """One appeal: the certificate, what was done to it and why, what its holder says."""
    return await _page(request, principal, await appeals_of(request).view(appeal_id))


@router.post("/{appeal_id}/refuse")
async def refuse(
    request: Request,
    principal: _Officer,
    appeal_id: str,
    answer: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Refuse it, with a reason that the holder reads."""
    if answer not in REFUSAL_TEXTS:
        seen = await appeals_of(request).view(appeal_id)
        return await _page(request, principal, seen, asks_again=True)
    await appeals_of(request).refuse(principal, appeal_id, Refusal(answer))
    return RedirectResponse("/revocation/appeals", status_code=303)


@router.post("/{appeal_id}/grant")
async def ask_to_grant(request: Request, principal: _Officer, appeal_id: str) -> Response:
    """Ask a second officer to grant it."""
    await appeals_of(request).ask_to_grant(principal, appeal_id)
    return RedirectResponse(f"/revocation/appeals/{appeal_id}", status_code=303)


@router.post("/{appeal_id}/agree")
async def agree(request: Request, principal: _Officer, appeal_id: str) -> Response:
    """Grant it as the second officer."""
    await appeals_of(request).agree_to_grant(principal, appeal_id)
    return RedirectResponse(f"/revocation/appeals/{appeal_id}", status_code=303)


@router.post("/{appeal_id}/stop")
async def stop(request: Request, principal: _Officer, appeal_id: str) -> Response:
    """Take back what waits for a second officer."""
    await appeals_of(request).stop(principal, appeal_id)
    return RedirectResponse(f"/revocation/appeals/{appeal_id}", status_code=303)


async def _page(
    request: Request, principal: Principal, seen: AppealView, *, asks_again: bool = False
) -> Response:
    officer = person_of(principal)
    maker = None if seen.waiting is None else seen.waiting.maker
    return context_of(request).pages.render(
        request,
        "revocation/appeal.html",
        status_code=400 if asks_again else 200,
        seen=seen,
        described=await _described(request, seen.appeal.credential_id),
        answer_by=answer_by(request, seen.appeal),
        is_open=seen.appeal.state is AppealState.OPEN,
        is_suspension=seen.change.logged.kind is ChangeKind.SUSPENDED,
        mine_to_decide=may_decide(seen, officer),
        mine_to_agree=maker is not None and officer.subject != maker.subject,
        asks_again=asks_again,
        grounds_texts=GROUNDS_TEXTS,
        refusal_texts=REFUSAL_TEXTS,
        reason_text=REASON_TEXTS[seen.change.reason],
    )


def answer_by(request: Request, made: Appeal) -> datetime:
    """Until when its holder is to have an answer."""
    return made.made_at + timedelta(days=context_of(request).settings.appeal_answer_days)


async def _described(request: Request, credential_id: str) -> FoundCredential | None:
    try:
        return await find_credential(context_of(request).peers.client("issuer"), credential_id)
    except EvidenceUnavailable:
        # The officer sees what the registry knows, and that the issuer is silent.
        return None
