"""The registry's HTTP interface: entries and revocations for us, lists and notes for everybody."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from revocation.access import own_only, require_officer_or_service
from revocation.models import EntriesBody, RevocationBody
from revocation.representations import NOTES, at_path
from revocation.service import CredentialState, Registry, visible_within_seconds
from revocation.values import URGENT, Act, Intent, Reason, Revocation
from runtime.auth import Principal, require_service
from runtime.entropy import random_token
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, NotAuthorized, NotFound
from vc.status.fold import ChangeKind

api = APIRouter(prefix="/revocation/api")
public = APIRouter(prefix="/status")

_Service = Annotated[Principal, Depends(require_service())]
_WALLET = "wallet_api"
_Reader = Annotated[Principal, Depends(require_service("issuer", _WALLET))]
_Issuer = Annotated[Principal, Depends(require_service("issuer"))]
_OfficerOrService = Annotated[Principal, Depends(require_officer_or_service)]


_VC = "application/vc"
_SECOND_OFFICER = gettext_noop("A second officer must agree: open a case.")


def registry_of(request: Request) -> Registry:
    """The registry of the application that answers ``request``."""
    registry = request.app.state.registry
    if not isinstance(registry, Registry):
        raise TypeError("the application was not made by revocation.app.create_app")
    return registry


@api.post("/entries")
async def post_entries(request: Request, body: EntriesBody, principal: _Service) -> JSONResponse:
    """Give every intent a status entry; asking again gives the same one."""
    intents = [Intent(**intent.model_dump()) for intent in body.intents]
    entries = await registry_of(request).allocate(intents, actor=principal.subject)
    return JSONResponse(
        {
            "entries": [
                {"intent_id": intent.intent_id, "credentialStatus": entry}
                for intent, entry in zip(intents, entries, strict=True)
            ]
        }
    )


@api.post("/revocations")
async def post_revocation(
    request: Request, body: RevocationBody, principal: _OfficerOrService
) -> JSONResponse:
    """Revoke for ever: 201 the first time, 200 with the first date ever after.

    An officer alone may do so only where the holder asked for it; everything else is a case.
    """
    if own_only(principal) is None and body.reason is not Reason.HOLDER_REQUEST:
        raise NotAuthorized(_SECOND_OFFICER)
    if body.successor is not None and body.reason is not Reason.SUPERSEDED:
        raise MalformedValue("Only a superseded credential has a successor.", pointer="/successor")
    act = Act(
        reason=body.reason.value,
        note=body.note,
        actor=principal.subject,
        request_id=random_token(80),
        only_allocated_by=own_only(principal),
    )
    wish = Revocation(credential_id=body.credential_id, act=act, successor=body.successor)
    (done,) = await registry_of(request).revoke([wish])
    change = done.change
    answer: dict[str, JsonValue] = {
        "credential_id": change.credential_id,
        "state": change.logged.kind.value,
        "revoked_at": change.logged.at.isoformat(),
        "visible_within_seconds": visible_within_seconds(
            context_of(request).settings, urgent=change.reason in URGENT
        ),
    }
    return JSONResponse(answer, status_code=201 if done.is_new else 200)


@api.get("/changes")
async def get_changes(
    request: Request, principal: _Reader, after: Annotated[int, Query(ge=0, lt=1 << 62)] = 0
) -> JSONResponse:
    """What happened behind the change ``after``: what, how and when; never why.

    The wallet, which tells holders, sees every change; the issuer those of its own.
    """
    own = None if principal.subject == _WALLET else principal.subject
    changes, newest = await registry_of(request).changes_after(after, allocated_by=own)
    answer: dict[str, JsonValue] = {
        "changes": [
            {
                "credential_id": change.credential_id,
                # Who replaces what was revoked says the same as who replaces what is in force.
                "status": ChangeKind.SUPERSEDED.value
                if change.logged.kind is ChangeKind.SUCCEEDED
                else change.logged.kind.value,
                "at": change.logged.at.isoformat(timespec="microseconds"),
            }
            for change in changes
        ],
        "last": changes[-1].logged.seq if changes else after,
        "newest": newest,
    }
    return JSONResponse(answer)


@api.get("/credentials/{credential_id:path}")
async def get_credential(request: Request, credential_id: str, principal: _OfficerOrService) -> JSONResponse:
    """What the registry says about one credential."""
    registry = registry_of(request)
    state = await registry.state_of(credential_id, only_allocated_by=own_only(principal))
    return JSONResponse(_state_json(registry, state))


@api.get("/ended")
async def get_ended(
    request: Request,
    principal: _Issuer,
    issuer: Annotated[str, Query(max_length=500)],
    after: Annotated[str, Query(max_length=500)] = "",
) -> JSONResponse:
    """Which credentials of an issuer are revoked or superseded, a page at a time."""
    ids, next_after = await registry_of(request).ended(issuer, allocated_by=principal.subject, after=after)
    return JSONResponse({"credential_ids": list(ids), "next_after": next_after})


@public.api_route("/lists/{list_id}/{part}", methods=["GET", "HEAD"])
async def get_list(request: Request, list_id: str, part: str) -> Response:
    """The signed list of what has ended, secured with ``part``."""
    return _document(request, "lists", list_id, part)


@public.api_route("/suspensions/{list_id}/{part}", methods=["GET", "HEAD"])
async def get_suspensions(request: Request, list_id: str, part: str) -> Response:
    """The signed list of what is suspended, secured with ``part``."""
    return _document(request, "suspensions", list_id, part)


@public.api_route("/tokens/{list_id}/{part}", methods=["GET", "HEAD"])
async def get_token_list(request: Request, list_id: str, part: str) -> Response:
    """The Token Status List, as ``jwt`` or ``cwt``."""
    return _document(request, "tokens", list_id, part)


@public.get("/lists")
async def get_list_index(request: Request) -> JSONResponse:
    """The URL of every published status list, for those who watch that no bit is ever lost."""
    settings = context_of(request).settings
    headers = {"Cache-Control": f"public, max-age={settings.list_refresh_seconds}", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse({"lists": registry_of(request).list_urls()}, headers=headers)


@public.api_route("/notes/{list_id}", methods=["GET", "HEAD"])
async def get_notes(request: Request, list_id: str) -> Response:
    """The signed status notes beside a list: since when each set index is set."""
    return _document(request, NOTES.folder, list_id, NOTES.part)


@public.get("/did.json")
async def get_did_document(request: Request) -> JSONResponse:
    """The registry's controlled identifier document (did:web)."""
    headers = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL_ORIGINS}
    document = registry_of(request).did_document()
    return JSONResponse(document, media_type="application/did+json", headers=headers)


def _document(request: Request, folder: str, list_id: str, part: str) -> Response:
    """The same bytes for everybody: no cookie is read or set, nothing depends on who asks."""
    item = at_path(folder, part)
    if item is None:
        raise NotFound("There is no such status list.")
    file = registry_of(request).document(list_id, item.name)
    headers = {
        "ETag": file.etag,
        "Cache-Control": f"public, max-age={context_of(request).settings.list_refresh_seconds}",
        "Vary": "Accept",
        **OPEN_TO_ALL_ORIGINS,
    }
    if _matches(request.headers.get("if-none-match"), file.etag):
        return Response(status_code=304, headers=headers)
    media_type = item.media_type
    if media_type == _VC and _VC not in request.headers.get("accept", ""):
        media_type = "application/json"
    return Response(file.body, media_type=media_type, headers=headers)


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def _state_json(registry: Registry, state: CredentialState) -> dict[str, JsonValue]:
    change = state.change
    return {
        "credential_id": state.entry.credential_id,
        # The issuer may give a new one in its place, though this one is revoked.
        "appeal_granted": state.appeal_granted,
        "state": "inForce" if change is None else change.logged.kind.value,
        "since": None if change is None else change.logged.at.isoformat(),
        "credentialStatus": registry.credential_status(state.entry, suspends=state.suspends),
    }
