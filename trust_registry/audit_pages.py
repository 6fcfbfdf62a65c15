"""The auditor's pages: who did what in which service, and how far the last checkpoint reaches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import httpx2
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from runtime import checkpoints
from runtime.audit_log import SHOWN, entries_before
from runtime.audit_routes import ENTRIES_PATH
from runtime.auth import Principal, Role, require_role
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext, context_of
from trust_registry.checkpoints import PEERS, audit_did
from vc.crypto.checkpoint import Checkpoint
from vc.crypto.signed_note import NoteKey
from vc.encoding.strict_json import JsonValue, parse_json_object
from vc.errors import MalformedValue, ParseError

router = APIRouter()
Auditor = Annotated[Principal, Depends(require_role(Role.AUDITOR))]

OWN: Final = "trust_registry"
SERVICE_NAMES: Final = {
    OWN: gettext_noop("Trust registry"),
    "issuer": gettext_noop("Issuing"),
    "revocation": gettext_noop("Revocation"),
    "wallet_api": gettext_noop("Wallets"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """What an auditor looks for: ``before`` an entry's number, of one actor or object where named."""

    before: int | None
    actor: str
    concerned: str


@router.get("/trust/audit")
async def audit(
    *,
    request: Request,
    _: Auditor,
    service: Annotated[str, Query(max_length=40)] = OWN,
    before: Annotated[int | None, Query(ge=1)] = None,
    actor: Annotated[str, Query(max_length=200)] = "",
    concerned: Annotated[str, Query(max_length=500, alias="object")] = "",
) -> Response:
    """One service's log, newest first, each entry held against its hash; and the newest checkpoint."""
    if service not in SERVICE_NAMES:
        raise MalformedValue("There is no such log.")
    context = context_of(request)
    search = Search(before=before, actor=actor.strip(), concerned=concerned.strip())
    entries = await _entries_or_none(context, service, search)
    return context.pages.render(
        request,
        "trust_registry/audit.html",
        services=SERVICE_NAMES,
        service=service,
        search=search,
        entries=entries,
        is_full=entries is not None and len(entries) == SHOWN,
        checkpoint=await _newest_checkpoint(context),
    )


async def _entries_or_none(
    context: ServiceContext, service: str, search: Search
) -> tuple[Mapping[str, JsonValue], ...] | None:
    """The entries, or None where the service could not be asked."""
    if service == OWN:
        return await context.database.read_older(
            entries_before, search.before, actor=search.actor or None, concerned=search.concerned or None
        )
    query: dict[str, Any] = {"actor": search.actor, "object": search.concerned}
    if search.before is not None:
        query["before"] = search.before
    try:
        answer = await context.peers.client(service).get(PEERS[service] + ENTRIES_PATH, params=query)
        told = parse_json_object(answer.content).get("entries") if answer.status_code == 200 else None
    except (httpx2.HTTPError, ParseError):
        return None
    if not isinstance(told, list):
        return None
    return tuple(entry for entry in told if isinstance(entry, dict))


async def _newest_checkpoint(context: ServiceContext) -> Checkpoint | None:
    """The newest checkpoint, if its signature holds."""
    stored = await context.database.read(checkpoints.latest)
    if stored is None:
        return None
    name = checkpoints.origin_of(context.settings.did_host)
    signer = context.keyring.signer(checkpoints.KEY_ID, f"{audit_did(context)}#{checkpoints.KEY_ID}")
    return checkpoints.read_or_none(stored.note, NoteKey(name=name, public_key=signer.public_key))
