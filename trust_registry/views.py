"""How the register reads on pages: plain values for the templates."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from babel import Locale

from runtime.i18n import gettext_noop
from trust_registry.catalogue import titles
from trust_registry.forms import first_day, last_day
from trust_registry.life import (
    AccreditationDecision,
    AccreditationEvent,
    AccreditationState,
    LicenceDecision,
    LicenceEvent,
    LicenceState,
    StandingAccreditation,
    StandingLicence,
    Suspension,
    VerifierClass,
)
from trust_registry.model import OrganisationKind, Register

# Tone of the badge and word: a state is never told by colour alone.
ACCREDITATION_STATES: Final[Mapping[AccreditationState, tuple[str, str]]] = {
    AccreditationState.IN_FORCE: ("good", gettext_noop("In force")),
    AccreditationState.SUSPENDED: ("wait", gettext_noop("Suspended")),
    AccreditationState.WITHDRAWN: ("bad", gettext_noop("Withdrawn")),
    AccreditationState.ENDED: ("plain", gettext_noop("Ended")),
    AccreditationState.NOT_YET: ("info", gettext_noop("Not begun")),
}
LICENCE_STATES: Final[Mapping[LicenceState, tuple[str, str]]] = {
    LicenceState.LICENSED: ("good", gettext_noop("Licensed")),
    LicenceState.SUSPENDED: ("wait", gettext_noop("Suspended")),
    LicenceState.EXPIRED: ("bad", gettext_noop("Expired")),
    LicenceState.NOT_YET: ("info", gettext_noop("Not begun")),
    LicenceState.UNKNOWN: ("bad", gettext_noop("Not known")),
}
DECISIONS: Final[Mapping[str, str]] = {
    AccreditationDecision.GRANTED: gettext_noop("Granted"),
    AccreditationDecision.SUSPENDED: gettext_noop("Suspended"),
    AccreditationDecision.LIFTED: gettext_noop("Suspension lifted"),
    AccreditationDecision.WITHDRAWN: gettext_noop("Withdrawn"),
    LicenceDecision.AMENDED: gettext_noop("Changed"),
    LicenceDecision.ENDED: gettext_noop("Ended"),
}
CLASSES: Final[Mapping[VerifierClass, str]] = {
    VerifierClass.AGENCY: gettext_noop("Recruitment agency"),
    VerifierClass.FOREIGN_ORGANISATION: gettext_noop("Accepting organisation abroad"),
    VerifierClass.EMPLOYER: gettext_noop("Employer in Cambodia"),
    VerifierClass.PUBLIC_BODY: gettext_noop("Public body"),
}


def centres(register: Register, now: datetime) -> list[dict[str, Any]]:
    """Centres with their accreditations, last days shown inclusive as people say them."""
    return [
        {
            "organisation": entry,
            "accreditations": [
                accreditation(item, now)
                for item in register.accreditations
                if item.organisation_id == entry.id
            ],
        }
        for entry in register.organisations
        if entry.kind is OrganisationKind.CENTRE
    ]


def found_centres(shown: Iterable[dict[str, Any]], query: str, trade: str) -> list[dict[str, Any]]:
    """Those whose name or place holds ``query`` and that may certify ``trade``; empty means any."""
    wanted = query.casefold()
    result = []
    for centre in shown:
        entry = centre["organisation"]
        if wanted and not any(
            wanted in name.casefold() for name in (entry.name_en, entry.name_km, entry.place)
        ):
            continue
        may = [item for item in centre["accreditations"] if not trade or _covers(item, trade)]
        if may or not trade:
            result.append({"organisation": entry, "accreditations": may})
    return result


def _covers(item: Mapping[str, Any], trade: str) -> bool:
    if item["codes"] is not None:
        return trade in item["codes"]
    return trade in titles() and titles()[trade].credential_type in item["types"]


def accreditation(entry: StandingAccreditation, now: datetime) -> dict[str, Any]:
    """One accreditation as the templates want it."""
    granted, state = entry.granted, entry.state_at(now)
    tone, word = ACCREDITATION_STATES[state]
    return {
        "id": entry.id,
        "organisation_id": entry.organisation_id,
        "types": sorted(granted.credential_types),
        "codes": None if granted.qualification_codes is None else sorted(granted.qualification_codes),
        "levels": None if granted.cqf_levels is None else sorted(granted.cqf_levels),
        "first_day": first_day(granted.valid_from),
        "last_day": None if granted.valid_until is None else last_day(granted.valid_until),
        "state": state.value,
        "tone": tone,
        "word": word,
        "suspensions": spans(entry.suspensions),
        "withdrawal": entry.withdrawal,
        "is_suspended": any(item.until is None for item in entry.suspensions),
        "history": history(entry.events),
    }


def licence(entry: StandingLicence, now: datetime, language: str) -> dict[str, Any]:
    """One licence as the templates want it."""
    facts, state = entry.facts, entry.state_at(now)
    tone, word = LICENCE_STATES[state]
    return {
        "number": entry.number,
        "facts": facts,
        "class_name": CLASSES[facts.licence_class],
        "local_names": [(code, name) for code, name in facts.names.items() if code not in ("en", "km")],
        "countries": country_names(facts.countries, language),
        "first_day": first_day(facts.valid_from),
        "last_day": None if entry.valid_until is None else last_day(entry.valid_until),
        "state": state.value,
        "tone": tone,
        "word": word,
        "suspensions": spans(entry.suspensions),
        "is_suspended": any(item.until is None for item in entry.suspensions),
        "is_ended": any(event.decision is LicenceDecision.ENDED for event in entry.events),
        "history": history(entry.events),
    }


def spans(suspensions: Iterable[Suspension]) -> list[tuple[date, date | None]]:
    """Suspensions as days: the first, and the day it was lifted."""
    return [
        (first_day(item.begins), None if item.until is None else first_day(item.until))
        for item in suspensions
    ]


def history(events: Iterable[AccreditationEvent | LicenceEvent]) -> list[dict[str, Any]]:
    """Decisions, newest first."""
    shown = [
        {
            "word": DECISIONS[event.decision],
            "effective_from": event.effective_from,
            "actor": event.act.actor,
            "approver": event.act.approver,
            "reason": event.act.reason,
            "at": event.act.at,
        }
        for event in events
    ]
    return shown[::-1]


def country_names(codes: Iterable[str], language: str) -> list[str]:
    """Countries in the reader's language; a code nobody knows stays as it is."""
    names = Locale(language).territories
    return [str(names.get(code, code)) for code in codes]
