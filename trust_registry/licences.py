"""Licences of those who ask to see certificates; the functions run in one transaction each."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from trust_registry import register_store
from trust_registry.accounting import account_for
from trust_registry.life import (
    Act,
    LicenceDecision,
    LicenceEvent,
    LicenceFacts,
    LicenceState,
    StandingLicence,
    VerifierClass,
    require_reason,
)
from trust_registry.store import Connection
from vc.errors import ConflictError, MalformedValue, NotFound, RangeError

MAX_TEXT: Final = 200
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PROGRAMME: Final = re.compile(r"[a-z]{2}(?:-[a-z0-9]{1,12}){0,3}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
# Country code and number as people write them; a sign's phone number is compared by eye.
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{4,28}[0-9]")
_ACTS: Final = {
    LicenceDecision.GRANTED: "grant",
    LicenceDecision.AMENDED: "amend",
    LicenceDecision.SUSPENDED: "suspend",
    LicenceDecision.LIFTED: "lift",
    LicenceDecision.ENDED: "end",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAnswer:
    """What anybody is told who asks about a licence number.

    ``licence`` is None exactly where the state is unknown. ``voucher_lapsed`` says that nobody in
    good standing vouches for a foreign organisation any more, which suspends it.
    """

    number: str
    state: LicenceState
    licence: StandingLicence | None = None
    voucher_lapsed: bool = False


def is_phone(text: str) -> bool:
    """Whether ``text`` reads as a phone number."""
    return _PHONE.fullmatch(text) is not None


def check_agency(connection: Connection, number: str, *, now: datetime) -> AgencyAnswer:
    """How the licence ``number`` stands at ``now``."""
    licence = register_store.licence_or_none(connection, number)
    if licence is None:
        return AgencyAnswer(number=number, state=LicenceState.UNKNOWN)
    state = licence.state_at(now)
    if state is LicenceState.LICENSED and not _voucher_stands(connection, licence.facts.vouched_by, now):
        return AgencyAnswer(number=number, state=LicenceState.SUSPENDED, licence=licence, voucher_lapsed=True)
    return AgencyAnswer(number=number, state=state, licence=licence)


def _voucher_stands(connection: Connection, vouched_by: str | None, now: datetime) -> bool:
    if vouched_by is None or vouched_by.startswith("did:"):
        return True
    voucher = register_store.licence_or_none(connection, vouched_by)
    return voucher is not None and voucher.state_at(now) is LicenceState.LICENSED


def grant_licence(connection: Connection, number: str, facts: LicenceFacts, act: Act) -> StandingLicence:
    """Grant a licence; the identical one again changes nothing.

    Raises ``ConflictError`` for a number that is taken, ``NotFound`` for a voucher nobody knows,
    ``MalformedValue`` or ``RangeError`` for facts or a reason that cannot be.
    """
    wanted = _require_facts(connection, facts)
    require_reason(act)
    standing = register_store.licence_or_none(connection, number)
    if standing is not None:
        if standing.events[0].facts == wanted:
            return standing
        raise ConflictError("Another licence has this number.")
    register_store.insert_licence(connection, number, now=act.at)
    return _record(connection, number, LicenceDecision.GRANTED, wanted.valid_from, act, facts=wanted)


def amend_licence(connection: Connection, number: str, facts: LicenceFacts, act: Act) -> StandingLicence:
    """Replace what a licence says, as after a move or for another year; the old facts stay on record.

    Raises as ``grant_licence``; ``NotFound`` for a number nobody has.
    """
    wanted = _require_facts(connection, facts)
    require_reason(act)
    _require_running(connection, number)
    return _record(connection, number, LicenceDecision.AMENDED, act.at, act, facts=wanted)


def suspend_licence(
    connection: Connection, number: str, *, effective_from: datetime, act: Act
) -> StandingLicence:
    """Suspend until lifted. Raises ``NotFound``, ``MalformedValue`` or ``ConflictError``."""
    require_reason(act)
    standing = _require_running(connection, number)
    if any(item.until is None for item in standing.suspensions):
        raise ConflictError("This licence is suspended already.")
    return _record(connection, number, LicenceDecision.SUSPENDED, effective_from, act)


def lift_licence(connection: Connection, number: str, *, act: Act) -> StandingLicence:
    """End the suspension now. Raises ``NotFound``, ``MalformedValue`` or ``ConflictError``."""
    require_reason(act)
    standing = _require_running(connection, number)
    if all(item.until is not None for item in standing.suspensions):
        raise ConflictError("This licence is not suspended.")
    return _record(connection, number, LicenceDecision.LIFTED, act.at, act)


def end_licence(
    connection: Connection, number: str, *, effective_from: datetime, act: Act
) -> StandingLicence:
    """End for good, before its time. Raises ``NotFound``, ``MalformedValue`` or ``ConflictError``."""
    require_reason(act)
    _require_running(connection, number)
    return _record(connection, number, LicenceDecision.ENDED, effective_from, act)


def _require_running(connection: Connection, number: str) -> StandingLicence:
    standing = register_store.licence_or_none(connection, number)
    if standing is None:
        raise NotFound("There is no such licence.")
    if any(event.decision is LicenceDecision.ENDED for event in standing.events):
        raise ConflictError("This licence was ended.")
    return standing


def _record(
    connection: Connection,
    number: str,
    decision: LicenceDecision,
    effective_from: datetime,
    act: Act,
    *,
    facts: LicenceFacts | None = None,
) -> StandingLicence:
    event = LicenceEvent(
        number=number,
        decision=decision,
        effective_from=effective_from.replace(microsecond=0),
        act=act,
        facts=facts,
    )
    register_store.append_licence_event(connection, event)
    account_for(connection, f"licence.{_ACTS[decision]}", number, act)
    standing = register_store.licence_or_none(connection, number)
    if standing is None:
        raise NotFound("There is no such licence.")
    return standing


def _require_facts(connection: Connection, facts: LicenceFacts) -> LicenceFacts:
    """The facts in whole seconds. Raises unless they can stand in the trust list."""
    until = facts.valid_until
    wanted = replace(
        facts,
        valid_from=facts.valid_from.replace(microsecond=0),
        valid_until=None if until is None else until.replace(microsecond=0),
    )
    if wanted.valid_until is not None and wanted.valid_until <= wanted.valid_from:
        raise RangeError("A licence must end after it begins.")
    require_facts_texts(wanted)
    _require_voucher(connection, wanted)
    return wanted


def require_facts_texts(facts: LicenceFacts) -> None:
    """Raises ``MalformedValue`` unless names, office, phone, countries and programmes can be shown."""
    if not {"en", "km"} <= facts.names.keys() or not all(map(_LANGUAGE.fullmatch, facts.names)):
        raise MalformedValue("A licence needs the legal name in Khmer and in English.")
    optional = (facts.inspection_grade, facts.registration_number)
    texts = (*facts.names.values(), facts.office, *(text for text in optional if text is not None))
    if not all(text.strip() and len(text) <= MAX_TEXT for text in texts):
        raise MalformedValue("A name, office or grade is one to 200 characters.")
    if not is_phone(facts.phone):
        raise MalformedValue("A phone number is digits and spaces.")
    if not facts.countries or not all(_COUNTRY.fullmatch(code) for code in facts.countries):
        raise MalformedValue("A licence names the countries it is for.")
    if not all(_PROGRAMME.fullmatch(code) for code in facts.programmes):
        raise MalformedValue("A programme is small letters, digits and dashes.")
    if facts.licence_class is VerifierClass.EMPLOYER and facts.registration_number is None:
        raise MalformedValue("An employer has a registration number.")


def _require_voucher(connection: Connection, facts: LicenceFacts) -> None:
    """A foreign organisation is vouched for by an agency or by the authority; nobody else is."""
    if (facts.licence_class is VerifierClass.FOREIGN_ORGANISATION) != (facts.vouched_by is not None):
        raise MalformedValue("A foreign organisation is vouched for, and nobody else.")
    if facts.vouched_by is None or facts.vouched_by.startswith("did:"):
        return
    voucher = register_store.licence_or_none(connection, facts.vouched_by)
    if voucher is None:
        raise NotFound("No agency has the licence number that vouches.")
    if voucher.facts.licence_class is not VerifierClass.AGENCY:
        raise ConflictError("Only an agency or the authority vouches for a foreign organisation.")
