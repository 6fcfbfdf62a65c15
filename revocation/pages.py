"""The fraud officer's pages: find one credential, look at it, revoke it for ever, see it done."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from revocation.access import require_officer
from revocation.case_routes import desk_of
from revocation.clients import FoundCredential, find_credential
from revocation.desk import NewCase
from revocation.models import MAX_NOTE
from revocation.reasons import OFFICER_REASONS, REASON_TEXTS
from revocation.routes import registry_of
from revocation.service import CredentialState, visible_within_seconds
from revocation.values import URGENT, Act, Reason, Revocation
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.errors import ConflictError, EvidenceUnavailable, NotFound
from vc.status.fold import ChangeKind

router = APIRouter(prefix="/revocation")

_Officer = Annotated[Principal, Depends(require_officer)]
_Typed = Annotated[str, Form(max_length=500)]

KIND_TEXTS: Final = {
    ChangeKind.REVOKED.value: gettext_noop("Revoked"),
    ChangeKind.SUPERSEDED.value: gettext_noop("Replaced"),
    ChangeKind.SUSPENDED.value: gettext_noop("Suspended"),
    ChangeKind.REINSTATED.value: gettext_noop("In force again"),
    ChangeKind.SUCCEEDED.value: gettext_noop("Replaced after an appeal"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """What a search came to. ``described`` is None where only the registry knows the credential."""

    state: CredentialState | None = None
    described: FoundCredential | None = None
    issuer_silent: bool = False


@router.get("")
async def home(
    request: Request, principal: _Officer, query: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """The search, what it found, and the latest revocations."""
    query = query.strip()
    looked = await _look(request, query) if query else _Looked()
    registry = registry_of(request)
    return context_of(request).pages.render(
        request,
        "revocation/home.html",
        query=query,
        state=looked.state,
        ended=looked.state is not None and looked.state.has_ended,
        described=looked.described,
        issuer_silent=looked.issuer_silent,
        recent=await registry.recent(),
        trouble=registry.trouble is not None,
        reason_texts=REASON_TEXTS,
        kind_texts=KIND_TEXTS,
        reasons=[(reason.value, REASON_TEXTS[reason.value]) for reason in OFFICER_REASONS],
        max_note=MAX_NOTE,
    )


@router.post("/confirm")
async def confirm(
    *,
    request: Request,
    principal: _Officer,
    query: _Typed,
    credential_id: _Typed,
    reason: Annotated[Reason, Form()],
    note: Annotated[str, Form(max_length=MAX_NOTE)] = "",
) -> Response:
    """The last question before an act that cannot be undone."""
    looked = await _look(request, query)
    if looked.state is None or looked.state.entry.credential_id != credential_id:
        # What was looked at and what would be revoked must be one thing.
        raise ConflictError("The search no longer means the credential that was shown.")
    return context_of(request).pages.render(
        request,
        "revocation/confirm.html",
        query=query,
        state=looked.state,
        described=looked.described,
        reason=reason.value,
        reason_text=REASON_TEXTS[reason.value],
        note=note.strip(),
        needs_second=reason is not Reason.HOLDER_REQUEST,
    )


@router.post("/revoke")
async def revoke(
    *,
    request: Request,
    principal: _Officer,
    credential_id: _Typed,
    reason: Annotated[Reason, Form()],
    note: Annotated[str, Form(max_length=MAX_NOTE)] = "",
    suspend: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Revoke what its holder asked for; for any other reason open a case and ask a second officer."""
    if reason is not Reason.HOLDER_REQUEST:
        return await _ask(request, principal, credential_id, reason, note, suspend=bool(suspend))
    act = Act(
        reason=reason.value,
        note=note.strip() or None,
        actor=principal.subject,
        request_id=random_token(80),
    )
    await registry_of(request).revoke([Revocation(credential_id=credential_id, act=act)])
    return RedirectResponse(f"/revocation/done/{quote(credential_id)}", status_code=303)


async def _ask(
    request: Request, principal: Principal, credential_id: str, reason: Reason, note: str, *, suspend: bool
) -> Response:
    desk = desk_of(request)
    case_id = await desk.open(principal, NewCase(reason=reason, note=note, named=[credential_id]))
    if suspend:
        await desk.suspend(principal, case_id)
    await desk.ask_to_revoke(principal, case_id)
    return RedirectResponse(f"/revocation/cases/{case_id}", status_code=303)


@router.get("/done/{credential_id:path}")
async def done(request: Request, principal: _Officer, credential_id: str) -> Response:
    """When it was revoked, and when the last verifier will have seen it."""
    registry = registry_of(request)
    state = await registry.state_of(credential_id)
    if state.change is None or not state.has_ended:
        raise NotFound("The credential is not revoked.")
    context = context_of(request)
    seconds = visible_within_seconds(context.settings, urgent=state.change.reason in URGENT)
    seen = context.clock.now() >= state.change.logged.at + timedelta(seconds=seconds)
    return context.pages.render(
        request,
        "revocation/done.html",
        state=state,
        change=state.change,
        reason_text=REASON_TEXTS[state.change.reason],
        seconds=seconds,
        seen=seen,
    )


async def _look(request: Request, query: str) -> _Looked:
    """Ask the issuer what ``query`` means; the registry alone knows full credential ids too."""
    registry = registry_of(request)
    silent = False
    described = None
    try:
        described = await find_credential(context_of(request).peers.client("issuer"), query)
    except EvidenceUnavailable:
        silent = True
    try:
        state = await registry.state_of(query if described is None else described.credential_id)
    except NotFound:
        state = None
    return _Looked(state=state, described=described, issuer_silent=silent)
