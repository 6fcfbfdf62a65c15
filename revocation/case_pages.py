"""The fraud desk's pages: what is unusual, cases, and what waits for a second officer."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from revocation.access import require_officer
from revocation.case_routes import counts, desk_of
from revocation.cases import REINSTATE, RENEW, REVOKE, CaseView
from revocation.clients import Anomaly
from revocation.desk import MAX_NAMED, SHOWN, NewCase
from revocation.models import MAX_NOTE
from revocation.public_pages import suspicions_of
from revocation.reasons import CASE_REASONS, REASON_TEXTS
from revocation.service import visible_within_seconds
from revocation.values import URGENT, Reason
from runtime.approvals import Approver
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.service import context_of
from vc.encoding.strict_json import JsonObject
from vc.errors import EvidenceUnavailable, MalformedValue
from vc.model.credential_types import types_by_slug

router = APIRouter(prefix="/revocation/cases")
_Officer = Annotated[Principal, Depends(require_officer)]
_Short = Annotated[str, Form(max_length=200)]

_DAY: Final = gettext_noop("Write the day as in 2026-11-26.")
_FIELDS: Final = (
    "reason",
    "note",
    "certificates",
    "centre",
    "assessor",
    "batch",
    "key",
    "issued_from",
    "issued_to",
)
ANOMALY_TEXTS: Final = {
    "many-assessments": gettext_noop("One assessor assessed very many people on one day."),
    "at-night": gettext_noop("Certificates were issued between ten at night and five in the morning."),
    "shared-contact": gettext_noop("Many people have one telephone or address."),
    "shared-photo": gettext_noop("One photo was printed for several people."),
    "burst": gettext_noop("Very many certificates were checked on one day."),
    "guessing": gettext_noop("Very many wrong codes were typed on one day."),
    "harvesting": gettext_noop("An organisation with a licence checked very many people in one hour."),
}


class DeskAct(StrEnum):
    """What a button on a case's page does."""

    SUSPEND = "suspend"
    RENEW = "renew"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    AGREE = "agree"
    STOP = "stop"
    CLOSE = "close"
    PUBLISH = "publish"


@router.get("")
async def home(request: Request, principal: _Officer) -> Response:
    """The latest cases, and what the issuer finds unusual."""
    unusual: tuple[Anomaly, ...] = ()
    is_silent = False
    try:
        unusual = await desk_of(request).anomalies()
    except EvidenceUnavailable:
        is_silent = True
    return context_of(request).pages.render(
        request,
        "revocation/cases.html",
        cases=await desk_of(request).latest(),
        anomalies=unusual,
        anomaly_texts=ANOMALY_TEXTS,
        issuer_silent=is_silent,
        reason_texts=REASON_TEXTS,
    )


@router.get("/new")
async def new_case(
    request: Request, principal: _Officer, centre: str = "", assessor: str = "", certificates: str = ""
) -> Response:
    """The form for a case; what is unusual, or was reported, fills it in."""
    values = {"centre": centre[:64], "assessor": assessor[:200], "certificates": certificates[:500]}
    return _form(request, values, [])


@router.post("")
async def open_case(
    *,
    request: Request,
    principal: _Officer,
    reason: Annotated[Reason, Form()],
    note: Annotated[str, Form(max_length=MAX_NOTE)] = "",
    certificates: Annotated[str, Form(max_length=MAX_NAMED * 500)] = "",
    centre: _Short = "",
    assessor: _Short = "",
    batch: _Short = "",
    key: _Short = "",
    issued_from: _Short = "",
    issued_to: _Short = "",
    evidence: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Open it and show what it would touch; nothing happens to any certificate yet."""
    values = {
        "centre": centre.strip(),
        "assessor": assessor.strip(),
        "batch": batch.strip(),
        "key": key.strip(),
        "issued_from": issued_from.strip(),
        "issued_to": issued_to.strip(),
    }
    try:
        search = _search(values)
        named = [line.strip() for line in certificates.splitlines() if line.strip()]
        if bool(search) == bool(named):
            raise MalformedValue(
                gettext_noop("Name certificates, or say which to search for: one of the two."),
                pointer="/certificates",
            )
    except MalformedValue as error:
        return _form(
            request, {**values, "reason": reason.value, "certificates": certificates, "note": note}, [error]
        )
    data = b"" if evidence is None else await evidence.read()
    new = NewCase(
        reason=reason,
        note=note,
        evidence=hashlib.sha256(data).hexdigest() if data else None,
        named=named,
        search=search,
    )
    case_id = await desk_of(request).open(principal, new)
    return RedirectResponse(f"/revocation/cases/{case_id}", status_code=303)


@router.get("/{case_id}")
async def show_case(
    request: Request, principal: _Officer, case_id: str, withdrawing: bool = False
) -> Response:
    """What the case touches, what was done, and what waits for whom."""
    seen = await desk_of(request).view(case_id)
    told = await suspicions_of(request).incident_of(case_id)
    presented = await desk_of(request).presented(seen)
    return context_of(request).pages.render(
        request,
        "revocation/case.html",
        told=told,
        presented=presented,
        withdrawing=withdrawing,
        **_values(request, principal, seen),
    )


@router.post("/{case_id}/withdraw")
async def withdraw(
    request: Request,
    principal: _Officer,
    case_id: str,
    effective_from: Annotated[str, Form(max_length=20)] = "",
    earlier: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Ask to withdraw the centre's accreditations from a day on; a second officer decides."""
    desk = desk_of(request)
    try:
        begins = date.fromisoformat(effective_from)
    except ValueError as error:
        raise MalformedValue(_DAY, pointer="/effective_from") from error
    if earlier not in ("stand", "fall"):
        raise MalformedValue(
            gettext_noop("Say whether what was issued before that day holds."), pointer="/earlier"
        )
    await desk.withdraw(principal, case_id, effective_from=begins, earlier_stand=earlier == "stand")
    return RedirectResponse(f"/revocation/cases/{case_id}?withdrawing=1", status_code=303)


@router.post("/{case_id}/{act}")
async def do(request: Request, principal: _Officer, case_id: str, act: DeskAct) -> Response:
    """Do what a button says, and show the case again."""
    desk = desk_of(request)
    match act:
        case DeskAct.SUSPEND:
            await desk.suspend(principal, case_id)
        case DeskAct.RENEW:
            await desk.renew(principal, case_id)
        case DeskAct.REINSTATE:
            await desk.ask_to_reinstate(principal, case_id)
        case DeskAct.REVOKE:
            await desk.ask_to_revoke(principal, case_id)
        case DeskAct.AGREE:
            await desk.agree(principal, case_id)
        case DeskAct.STOP:
            await desk.stop(principal, case_id)
        case DeskAct.CLOSE:
            await desk.close(principal, case_id)
        case DeskAct.PUBLISH:
            await suspicions_of(request).publish(principal, case_id)
    return RedirectResponse(f"/revocation/cases/{case_id}", status_code=303)


def _values(request: Request, principal: Principal, seen: CaseView) -> dict[str, Any]:
    settings = context_of(request).settings
    waiting, renewal = seen.proposal(REVOKE, REINSTATE), seen.proposal(RENEW)
    kinds = types_by_slug()
    ends = [change.logged.until for change in seen.suspended if change.logged.until is not None]
    return {
        "case": seen.case,
        "seen": seen,
        "members": seen.members[:SHOWN],
        "by_centre": counts(member.centre or "–" for member in seen.members),
        "by_kind": [
            (kinds[kind].titles if kind in kinds else {"en": "–", "km": "–"}, count)
            for kind, count in counts(member.kind for member in seen.members)
        ],
        "waiting": waiting,
        "waits_for_me": waiting is not None
        and waiting.missing > 0
        and not _is_mine(principal, waiting.maker),
        "renewable_by_me": renewal is not None and not _is_mine(principal, renewal.maker),
        "suspended_until": min(ends, default=None),
        "is_mass": len(seen.members) > settings.mass_revocation_count,
        "delay_minutes": settings.mass_revocation_delay_minutes,
        "suspension_days": settings.suspension_days,
        "seconds": visible_within_seconds(settings, urgent=seen.case.reason in URGENT),
        "reason_text": REASON_TEXTS[seen.case.reason.value],
    }


def _is_mine(principal: Principal, maker: Approver) -> bool:
    """Whether this person, under whichever account, is the maker: the button would be refused."""
    same_number = principal.identity is not None and principal.identity == maker.identity
    return principal.subject == maker.subject or same_number


def _search(values: dict[str, str]) -> JsonObject:
    for name in ("issued_from", "issued_to"):
        try:
            if values[name]:
                date.fromisoformat(values[name])
        except ValueError as error:
            raise MalformedValue(_DAY, pointer=f"/{name}") from error
    if values["assessor"] and len(values["assessor"]) < 2:
        raise MalformedValue(gettext_noop("Write more of the name."), pointer="/assessor")
    return {name: value for name, value in values.items() if value}


def _form(request: Request, values: dict[str, str], errors: list[MalformedValue]) -> Response:
    pages = context_of(request).pages
    return pages.render(
        request,
        "revocation/new_case.html",
        status_code=400 if errors else 200,
        values=dict.fromkeys(_FIELDS, "") | values,
        errors=[
            {"field": (finding.pointer or "").removeprefix("/"), "message": str(error)}
            for error in errors
            for finding in error.findings
        ],
        reasons=[(reason.value, REASON_TEXTS[reason.value]) for reason in CASE_REASONS],
        max_note=MAX_NOTE,
    )
