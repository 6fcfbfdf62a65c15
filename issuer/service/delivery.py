"""Handing out what was issued: to the wallet, to the verify page, to the printer."""

import json
from datetime import date, datetime

from issuer import store
from issuer.certificate import CertificateKind, CertificateView, UnitLine
from issuer.certificate.facts import facts_of
from issuer.class_list import code_list
from issuer.clients import deliver
from issuer.data_classes import may_read
from issuer.service.desk import Desk
from issuer.unsealed import Intent
from runtime.auth import Principal, Role
from runtime.entropy import format_code
from runtime.i18n import gettext_noop
from runtime.logging import get_logger
from vc.errors import ConflictError, EvidenceUnavailable, NotFound
from vc.model.credential_types import CredentialType, credential_types

CHUNK = 100
_log = get_logger("issuer")
_NEVER_PRINTED = gettext_noop("This is never printed: it is soon out of date. Show it from the passport.")
_OWN_LAYOUTS = frozenset({CertificateKind.RPL, CertificateKind.TRAINING})


async def deliver_all(desk: Desk) -> None:
    """Offer the wallet everything it has not acknowledged yet; what fails stays for next time."""
    database = desk.context.database
    try:
        waiting = await database.read(store.undelivered)
        for start in range(0, len(waiting), CHUNK):
            records = await database.read(desk.sealed.issued_by_intents, waiting[start : start + CHUNK])
            taken = [record.intent_id for record in records if await _offer(desk, record)]
            await database.write(store.record_delivered, taken, desk.context.clock.now())
            if len(taken) < len(records):
                _log.warning("wallet_refused", count=len(records) - len(taken))
    except EvidenceUnavailable:
        _log.warning("wallet_unreachable")


async def _offer(desk: Desk, record: Intent) -> bool:
    envelope = {
        "holder": record.details.rld_number,
        "credential": record.secured.decode(),
        "verify_url": verify_url(desk, record.token),
        "typed_code": format_code(record.code),
        "certificate_path": f"/issuer/credentials/{record.intent_id}/certificate.pdf",
    }
    return await deliver(desk.context.peers.client("wallet_api"), record.credential_id, envelope)


def verify_url(desk: Desk, token: str) -> str:
    """What the QR code holds: our origin and the random token, nothing else."""
    return f"{desk.context.settings.base_url}/v/{token}"


async def readable_issuance(desk: Desk, principal: Principal, intent_id: str) -> Intent:
    """An issued credential for its centre's clerk or its holder; to anyone else it does not exist."""
    record = await desk.context.database.read(desk.sealed.issued, store.issued_by_intent, intent_id)
    is_clerk = principal.role in (Role.CLERK, Role.HEALTH_CLERK)
    own_centre = is_clerk and principal.organisation_id == record.centre_slug
    own_paper = principal.role is Role.RETURNEE and principal.rld_number == record.details.rld_number
    if not (own_centre or own_paper) or not may_read(principal, record.data_class):
        raise NotFound("There is no such credential.")
    return record


def type_of(record: Intent) -> CredentialType:
    """The type of an issued credential."""
    return credential_types()[record.details.credential_type]


def file_stem(record: Intent) -> str:
    """A file name from the certificate number, in characters every system takes."""
    number = record.certificate_number
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in number)
    return kept or "certificate"


def require_standing(record: Intent) -> None:
    """Raise ``ConflictError`` for what its centre corrected or took back: it is shown to nobody any more."""
    if record.ended is not None:
        raise ConflictError(gettext_noop("This certificate was corrected or taken back already."))


def require_printed(record: Intent) -> None:
    """Raise ``ConflictError`` for what never stands on paper, and for what its centre ended."""
    require_standing(record)
    if not type_of(record).is_printed:
        raise ConflictError(_NEVER_PRINTED)


async def certificate_view(desk: Desk, record: Intent) -> CertificateView:
    """What is printed, read from the very document that was signed."""
    centre = await desk.context.database.read(store.get_centre, record.centre_slug)
    document = json.loads(record.document)
    subject = document["credentialSubject"]
    achievement = subject.get("achievement", {})
    credential_type = type_of(record)
    has_own_layout = credential_type.slug in _OWN_LAYOUTS
    alignment: dict[str, str] = next((a for a in achievement.get("alignment", []) if a.get("targetCode")), {})
    qualification = code_list("qualifications").get(achievement.get("humanCode", ""))
    unit_titles = {u.code: u.title_km for u in qualification.units} if qualification else {}
    return CertificateView(
        holder_name_km=subject["nameKhmer"],
        holder_name_latin=subject["nameLatin"],
        title_en=document["name"],
        title_km=subject["localized"]["title"]["km"],
        kind=CertificateKind(credential_type.slug) if has_own_layout else CertificateKind.FACTS,
        heading_en=credential_type.titles["en"],
        heading_km=credential_type.titles["km"],
        facts=() if has_own_layout else facts_of(document, credential_type),
        isco08=alignment.get("targetCode"),
        isco08_title=alignment.get("targetName"),
        cqf_level=achievement.get("cqfLevel"),
        units=tuple(
            UnitLine(
                code=u["unitCode"],
                title_en=u["unitTitle"],
                title_km=unit_titles.get(u["unitCode"]),
                result=u["unitResult"],
            )
            for u in subject.get("unitsOfCompetency", [])
        ),
        assessed_on=_day(subject.get("assessmentDate")),
        decided_on=_day(subject.get("decisionDate")),
        started_on=_day(subject.get("startDate")),
        ended_on=_day(subject.get("endDate")),
        hours=subject.get("trainingHours"),
        assessor_ids=tuple(subject.get("assessors", [])),
        certificate_number=subject["certificateNumber"],
        centre_name_en=centre.name_en,
        centre_name_km=centre.name_km,
        centre_place=centre.place,
        issued_on=datetime.fromisoformat(record.created).date(),
        verify_url=verify_url(desk, record.token),
        typed_code=format_code(record.code),
        hotline=desk.context.settings.hotline,
        demo=desk.context.settings.is_demo,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
