"""Applications: whoever wants to certify or to see certificates asks, a registrar answers.

An applicant is an organisation; no person is named. The answer is read with a receipt code, of
which only the digest is kept: lost is lost, and the applicant asks again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from runtime.entropy import decode_code
from runtime.settings import Settings
from trust_registry import application_store, service
from trust_registry.accounting import account_for
from trust_registry.application_store import Answer, AnswerEvent, Application
from trust_registry.licences import grant_licence
from trust_registry.life import Act, LicenceFacts, VerifierClass, require_reason
from trust_registry.model import OrganisationKind
from trust_registry.store import Connection
from vc.errors import ConflictError, MalformedValue, NotFound

RECEIPT_BITS: Final = 80
MAX_LONG_TEXT: Final = 1000
MAX_OPEN: Final = 5000
FINAL: Final = frozenset({Answer.GRANTED, Answer.REFUSED})


class ApplicationKind(StrEnum):
    """Who may apply: a new centre, or one of the classes of verifiers."""

    CENTRE = "centre"
    AGENCY = "agency"
    FOREIGN_ORGANISATION = "foreign-organisation"
    EMPLOYER = "employer"
    PUBLIC_BODY = "public-body"


_ACTS: Final = {Answer.GRANTED: "grant", Answer.REFUSED: "refuse", Answer.MORE_WANTED: "ask-more"}


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceTerms:
    """What a registrar adds to an application to make it a licence."""

    number: str
    valid_from: datetime
    valid_until: datetime | None = None
    inspection_grade: str | None = None
    vouched_by: str | None = None


def receipt_digest(code: str) -> str:
    """What is kept of a receipt code. Raises ``MalformedValue`` for what is no code."""
    return hashlib.sha256(decode_code(code).encode()).hexdigest()


def submit(
    connection: Connection,
    *,
    kind: ApplicationKind,
    language: str,
    facts: Mapping[str, str],
    receipt: str,
    now: datetime,
) -> int:
    """Take an application; returns its id. Raises ``ConflictError`` while too many wait."""
    if application_store.count_open(connection) >= MAX_OPEN:
        raise ConflictError("Too many applications wait. Please come back later.")
    number = application_store.insert_application(
        connection,
        kind=kind.value,
        language=language,
        facts=facts,
        receipt_digest=receipt_digest(receipt),
        now=now,
    )
    _append(connection, number, Answer.SUBMITTED, "", actor=None, now=now)
    return number


def application_of_receipt(connection: Connection, code: str) -> Application:
    """The application a receipt code opens. Raises ``NotFound``, also for what is no code."""
    try:
        digest = receipt_digest(code)
    except MalformedValue:
        raise NotFound("No application has this receipt code.") from None
    found = application_store.application_by_digest_or_none(connection, digest)
    if found is None:
        raise NotFound("No application has this receipt code.")
    return found


def supply(connection: Connection, code: str, *, text: str, now: datetime) -> Application:
    """Add what the registrar wanted to know. Raises ``ConflictError`` where nothing more is wanted."""
    application = application_of_receipt(connection, code)
    if application.answer is not Answer.MORE_WANTED:
        raise ConflictError("Nothing more is wanted for this application.")
    if not text.strip() or len(text) > MAX_LONG_TEXT:
        raise MalformedValue("The text is one to 1000 characters.")
    return _append(connection, application.id, Answer.SUPPLIED, text, actor=None, now=now)


def refuse(connection: Connection, number: int, act: Act) -> Application:
    """Refuse for a reason, which the applicant reads."""
    return _answer(connection, number, Answer.REFUSED, act)


def want_more(connection: Connection, number: int, act: Act) -> Application:
    """Ask the applicant for more; ``act.reason`` is the question."""
    return _answer(connection, number, Answer.MORE_WANTED, act)


def grant_as_licence(
    connection: Connection, number: int, *, name_km: str, terms: LicenceTerms, act: Act
) -> Application:
    """Grant a verifier's application: the licence begins with it, in the same transaction.

    Raises as ``grant_licence``, and ``ConflictError`` for an application that is answered, or a
    centre's.
    """
    application = require_open(connection, number)
    if application.kind == ApplicationKind.CENTRE:
        raise ConflictError("A centre gets no licence.")
    facts = _licence_facts(application, name_km, terms)
    grant_licence(connection, terms.number, facts, act)
    return _answer(connection, number, Answer.GRANTED, act)


def grant_as_centre(
    connection: Connection, number: int, *, settings: Settings, slug: str, name_km: str, act: Act
) -> Application:
    """Grant a centre's application: it is registered, and may certify nothing until accredited.

    Raises ``MalformedValue`` for an unusable slug or name, ``ConflictError`` for one that is taken.
    """
    application = require_open(connection, number)
    if application.kind != ApplicationKind.CENTRE:
        raise ConflictError("Only a centre is registered as a centre.")
    organisation = service.make_organisation(
        settings,
        organisation_id=slug,
        kind=OrganisationKind.CENTRE,
        name_en=application.facts["name_en"],
        name_km=name_km,
        place=application.facts["office"],
    )
    service.add_organisation(connection, organisation, actor=act.actor, now=act.at)
    return _answer(connection, number, Answer.GRANTED, act)


def require_open(connection: Connection, number: int) -> Application:
    """The application, if it is not answered for good. Raises ``NotFound`` or ``ConflictError``."""
    application = application_store.application_or_none(connection, number)
    if application is None:
        raise NotFound("There is no such application.")
    if application.answer in FINAL:
        raise ConflictError("This application is answered already.")
    return application


def _answer(connection: Connection, number: int, answer: Answer, act: Act) -> Application:
    require_reason(act)
    require_open(connection, number)
    answered = _append(connection, number, answer, act.reason, actor=act.actor, now=act.at)
    # Without the text: it is written to the applicant, and may name people.
    account_for(connection, f"application.{_ACTS[answer]}", str(number), replace(act, reason=""))
    return answered


def _append(
    connection: Connection, number: int, answer: Answer, text: str, *, actor: str | None, now: datetime
) -> Application:
    event = AnswerEvent(answer=answer, text=text, actor=actor, at=now)
    application_store.append_answer(connection, number, event)
    found = application_store.application_or_none(connection, number)
    if found is None:
        raise NotFound("There is no such application.")
    return found


def _licence_facts(application: Application, name_km: str, terms: LicenceTerms) -> LicenceFacts:
    sent = application.facts
    names = {"en": sent["name_en"], "km": name_km}
    if sent.get("name_local") and sent.get("local_language"):
        names[sent["local_language"]] = sent["name_local"]
    return LicenceFacts(
        licence_class=VerifierClass(application.kind),
        names=names,
        office=sent["office"],
        phone=sent["phone"],
        countries=tuple(sent["countries"].split()),
        programmes=tuple(sent["programmes"].split()),
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        inspection_grade=terms.inspection_grade,
        registration_number=sent.get("registration_number") or None,
        vouched_by=terms.vouched_by,
    )
