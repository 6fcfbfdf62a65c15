"""The issuer's JSON API: for centres' own systems, for the verify page, for the fraud desk.

Public is only ``/centres/<slug>/did.json``. What a QR token or typed code opens is given to the
verifier service alone, which shows a stranger what the paper shows.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from issuer import store
from issuer.background import Background
from issuer.rld.port import Trouble
from issuer.service import (
    approving,
    classes,
    corrections,
    delivery,
    digests,
    investigating,
    jobs,
    single,
    taking_back,
)
from issuer.service.counts import issued_counts
from issuer.service.desk import Desk
from issuer.service.flags import FLAG_TEXTS, flags_of
from issuer.service.investigating import Search
from issuer.service.linking import TROUBLES
from issuer.service.public_keys import did_document
from issuer.unsealed import ClassSheet, Intent
from runtime.approvals import Proposal
from runtime.auth import Principal, Role, require_role, require_service
from runtime.entropy import decode_code
from runtime.http import OPEN_TO_ALL_ORIGINS
from runtime.personal_data_table import GENERAL
from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.errors import NotFound
from vc.model.credential_types import types_by_slug

router = APIRouter()
Clerk = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK))]
DeskStaff = Annotated[Principal, Depends(require_role(Role.CLERK, Role.HEALTH_CLERK, Role.CENTRE_APPROVER))]
Verifier = Annotated[Principal, Depends(require_service("verifier"))]
Registry = Annotated[Principal, Depends(require_service("revocation"))]
TrustRegistry = Annotated[Principal, Depends(require_service("trust_registry"))]


class WorkChange(BaseModel):
    """What is to become of the issuing of a class list."""

    model_config = ConfigDict(extra="forbid")
    act: jobs.Act


def desk_of(request: Request) -> Desk:
    """The desk of this application."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise TypeError("the application was not made by issuer.app")
    return desk


def background_of(request: Request) -> Background:
    """The background work of this application."""
    background = request.app.state.background
    if not isinstance(background, Background):
        raise TypeError("the application was not made by issuer.app")
    return background


class OneCredential(BaseModel):
    """One certificate to issue: the columns of a class list, as members."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(max_length=40)
    row: dict[str, str] = Field(max_length=40)


@router.get("/centres/{slug}/did.json")
async def centre_did(request: Request, slug: str) -> Response:
    """The centre's DID document with every key it ever had."""
    document = await did_document(desk_of(request), slug)
    headers = {"Cache-Control": "public, max-age=300", **OPEN_TO_ALL_ORIGINS}
    return JSONResponse(document, media_type="application/did+json", headers=headers)


@router.post("/issuer/api/classes", status_code=201)
async def upload_class(
    request: Request, principal: Clerk, kind: Annotated[str, Form()], file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Read a class list (multipart: ``kind``, ``file``) and preview it. Nothing is signed."""
    desk = desk_of(request)
    data = await file.read()
    class_id = await classes.upload(
        desk, principal, kind=kind, filename=file.filename or "class list", data=data
    )
    background_of(request).expect()
    return await class_json(desk, principal, class_id)


@router.get("/issuer/api/classes/{class_id}")
async def read_class(request: Request, principal: DeskStaff, class_id: str) -> dict[str, Any]:
    """A class list: state, counts, problems, flags, and what has been issued so far."""
    return await class_json(desk_of(request), principal, class_id)


@router.post("/issuer/api/classes/{class_id}/work")
async def change_work(request: Request, principal: Clerk, class_id: str, body: WorkChange) -> dict[str, Any]:
    """Pause, resume or cancel the issuing of a class list; what is issued stays issued."""
    desk = desk_of(request)
    await jobs.change(desk, principal, class_id, body.act)
    background_of(request).issue(class_id, classes.slug_of(principal))
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/classes/{class_id}/compare")
async def compare_class(request: Request, principal: Clerk, class_id: str) -> dict[str, Any]:
    """Compare a list that waits, or a preview, with the labour database as it is now."""
    desk = desk_of(request)
    await classes.compare_again(desk, principal, class_id)
    return await class_json(desk, principal, class_id)


@router.post("/issuer/api/credentials", status_code=202)
async def issue_one(request: Request, principal: Clerk, body: OneCredential) -> dict[str, Any]:
    """Submit one certificate, by the same rules as a class list of one row: it waits for a second person."""
    desk = desk_of(request)
    class_id = await single.keep_row(desk, principal, kind=body.kind, filename="API", row=body.row)
    await approving.submit(desk, principal, class_id)
    return await class_json(desk, principal, class_id)


@router.get("/issuer/api/credentials/lookup")
async def lookup(request: Request, _: Registry, query: str) -> dict[str, Any]:
    """Find a credential for the fraud desk by verify link, typed code, certificate number or id."""
    record = await _find(desk_of(request), query.strip())
    if record.data_class != GENERAL:
        raise NotFound("There is no such credential.")
    centre = await desk_of(request).context.database.read(store.get_centre, record.centre_slug)
    view = await delivery.certificate_view(desk_of(request), record)
    return {
        "credential_id": record.credential_id,
        "title": view.title_en,
        "holder_name": view.holder_name_latin,
        "issuer_name": centre.name_en,
        "centre": centre.slug,
        "issued_on": view.issued_on.isoformat(),
        "certificate_number": record.certificate_number,
        "kind": delivery.type_of(record).slug,
    }


class SuspectedBody(BaseModel):
    """Which certificates a fraud case is about; what is left out is not asked about.

    ``issued_from`` and ``issued_to`` are days of Cambodia, both included.
    """

    model_config = ConfigDict(extra="forbid")
    centre: str | None = Field(default=None, max_length=64)
    assessor: str | None = Field(default=None, min_length=2, max_length=200)
    issued_from: date | None = None
    issued_to: date | None = None
    batch: str | None = Field(default=None, max_length=40)
    key: str | None = Field(default=None, max_length=80)
    after: str = Field(default="", max_length=60)


@router.post("/issuer/api/credentials/suspected")
async def suspected(request: Request, body: SuspectedBody, _: Registry) -> dict[str, Any]:
    """The certificates a fraud case is about, a page at a time; ids, centres, kinds and days only."""
    members, after = await investigating.matching(desk_of(request), Search(**body.model_dump()))
    return {"members": [asdict(member) for member in members], "next_after": after}


@router.get("/issuer/api/anomalies")
async def anomalies(request: Request, _: Registry) -> dict[str, Any]:
    """What was unusual in the last 30 days, for the fraud desk; it accuses nobody."""
    return {"anomalies": [asdict(item) for item in await investigating.anomalies(desk_of(request))]}


@router.get("/issuer/api/issuance-digests")
async def issuance_digests(
    request: Request,
    _: TrustRegistry,
    key: Annotated[str, Query(max_length=200)],
    before: Annotated[str, Query(max_length=40)],
    after: Annotated[str, Query(max_length=60)] = "",
) -> dict[str, Any]:
    """What was signed with a key before an instant, as digests, a page at a time."""
    page = await digests.digests_page(desk_of(request), key, before=parse_timestamp(before), after=after)
    return {"digests": page.digests, "next_after": page.next_after}


@router.get("/issuer/api/centres/{slug}/counts")
async def centre_counts(request: Request, _: TrustRegistry, slug: str, since: str) -> dict[str, Any]:
    """How many certificates a centre gave, by type and qualification; figures only."""
    return {"counts": await issued_counts(desk_of(request), slug, since=parse_timestamp(since))}


@router.get("/issuer/api/shared/{token}")
async def shared(request: Request, _: Verifier, token: str) -> dict[str, str]:
    """The exact credential behind a QR code's token, for the verify page only."""
    record = await desk_of(request).context.database.read(
        desk_of(request).sealed.issued, store.issued_by_token, token
    )
    return {"credential": record.secured.decode()}


@router.get("/issuer/api/shared-by-code/{code}")
async def shared_by_code(request: Request, _: Verifier, code: str) -> dict[str, str]:
    """The exact credential behind a typed code, for the verify page only."""
    record = await desk_of(request).context.database.read(
        desk_of(request).sealed.issued, store.issued_by_code, decode_code(code)
    )
    return {"credential": record.secured.decode()}


async def _find(desk: Desk, query: str) -> Intent:
    database, issued = desk.context.database, desk.sealed.issued
    prefix = f"{desk.context.settings.base_url}/v/"
    if query.startswith(prefix):
        return await database.read(issued, store.issued_by_token, query.removeprefix(prefix))
    if query.startswith("urn:uuid:"):
        return await database.read(issued, store.issued_by_id, query)
    try:
        return await database.read(issued, store.issued_by_number, query)
    except NotFound:
        return await database.read(issued, store.issued_by_code, decode_code(query))


async def class_json(desk: Desk, principal: Principal, class_id: str) -> dict[str, Any]:
    """A class list as the API and the pages show it."""
    database = desk.context.database
    record = await classes.readable_class(desk, principal, class_id)
    rows = await database.read(desk.sealed.rows_of, class_id)
    issued = await database.read(store.issued_in_class, class_id)
    problems = classes.problems_of(record)
    today = desk.context.clock.now().date()
    proposal = await approving.proposal_of(desk, record)
    take_back = await taking_back.open_proposal(desk, record)
    return {
        "id": record.id,
        "kind": record.kind,
        "filename": record.filename,
        "state": record.state,
        "has_failed": record.has_failed,
        "row_count": record.row_count,
        "ready_count": len(rows),
        "issued_count": len(issued),
        "not_passed_count": record.not_passed,
        "trouble": trouble_json(record.trouble),
        "problems": [
            {
                "row": problem.row,
                "column": problem.column,
                "key": problem.key,
                "rule": problem.rule,
                "message": problem.message.render(),
                "fix": problem.fix.render(),
                "severity": problem.severity.value,
            }
            for problem in problems
        ],
        "flags": [
            {"rule": flag.rule, "message": FLAG_TEXTS[flag.rule], "rows": flag.rows}
            for flag in flags_of(rows, desk.context.settings, today)
        ],
        "issue_at": record.issue_at,
        "changes": [
            {"column": change.titles["en"], "before": change.before, "after": change.after}
            for change in await corrections.changes_of(desk, record)
        ],
        "take_back": None if take_back is None else _take_back_json(take_back, issued),
        "corrects": record.corrects,
        "approval": None if proposal is None else _approval_json(proposal, record),
        "credentials": [_issued_json(desk, item, record.kind) for item in issued],
    }


def _approval_json(proposal: Proposal, record: ClassSheet) -> dict[str, Any]:
    return {
        "proposal": proposal.id,
        "state": proposal.state.value,
        "submitted_by": proposal.maker.subject,
        "submitted_at": format_timestamp(proposal.proposed_at),
        "decided_by": [vote.by.subject for vote in proposal.votes],
        "sent_back": record.sent_back or None,
    }


def _take_back_json(proposal: Proposal, issued: Sequence[store.Record]) -> dict[str, Any]:
    intents = taking_back.intents_of(proposal)
    return {
        "proposal": proposal.id,
        "rows": [item.row for item in issued if item.intent_id in intents],
        "reason": proposal.reason,
        "asked_by": proposal.maker.subject,
        "asked_at": format_timestamp(proposal.proposed_at),
    }


def trouble_json(trouble: str | None) -> dict[str, str] | None:
    """Why the labour database gave no answer, and what to do; None where it did."""
    if trouble is None:
        return None
    texts = TROUBLES[Trouble(trouble)]
    return {"kind": trouble, "message": texts.message, "fix": texts.fix}


def _issued_json(desk: Desk, record: store.Record, kind: str) -> dict[str, Any]:
    is_printed = types_by_slug()[kind].is_printed
    folder = f"/issuer/credentials/{record.intent_id}"
    return {
        "row": record.row,
        "credential_id": record.credential_id,
        "certificate_number": record.certificate_number,
        "verify_url": delivery.verify_url(desk, record.token),
        "correct": f"/issuer/api/credentials/{record.intent_id}/correct",
        "credential": f"{folder}/credential.json",
        "certificate": f"{folder}/certificate.pdf" if is_printed and record.ended is None else None,
        "ended": record.ended,
    }
