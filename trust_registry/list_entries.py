"""Accreditations and licences as members of the trust list. Pure: values in, JSON out."""

from collections.abc import Iterable
from datetime import datetime

from trust_registry.life import StandingAccreditation, StandingLicence, Suspension
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp


def accreditation_entry(entry: StandingAccreditation) -> JsonObject:
    """One of an issuer's ``accreditations``; members that say nothing are left out."""
    granted = entry.granted
    result: JsonObject = {
        "credentialTypes": list[JsonValue](sorted(granted.credential_types)),
        **_window(granted.valid_from, granted.valid_until),
    }
    if granted.qualification_codes is not None:
        result["qualificationCodes"] = list[JsonValue](sorted(granted.qualification_codes))
    if granted.cqf_levels is not None:
        result["cqfLevels"] = list[JsonValue](sorted(granted.cqf_levels))
    if entry.suspensions:
        result["suspensions"] = _suspensions(entry.suspensions)
    if entry.withdrawal is not None:
        result["withdrawn"] = {
            "from": format_timestamp(entry.withdrawal.begins),
            "earlierStand": entry.withdrawal.earlier_stand,
        }
    return result


def licence_entry(entry: StandingLicence) -> JsonObject:
    """One of the list's ``verifiers``. Ended ones stay, with their end."""
    facts = entry.facts
    result: JsonObject = {
        "licenceNumber": entry.number,
        "class": facts.licence_class.value,
        "name": dict[str, JsonValue](sorted(facts.names.items())),
        "office": facts.office,
        "phone": facts.phone,
        "countries": list[JsonValue](sorted(facts.countries)),
        "programmes": list[JsonValue](sorted(facts.programmes)),
        **_window(facts.valid_from, entry.valid_until),
    }
    if facts.inspection_grade is not None:
        result["inspectionGrade"] = facts.inspection_grade
    if facts.vouched_by is not None:
        result["vouchedBy"] = facts.vouched_by
    if entry.suspensions:
        result["suspensions"] = _suspensions(entry.suspensions)
    return result


def verifier_entries(licences: Iterable[StandingLicence]) -> list[JsonValue]:
    """The list's ``verifiers``, in the order given."""
    return [licence_entry(entry) for entry in licences]


def _window(begins: datetime, until: datetime | None) -> JsonObject:
    result: JsonObject = {"validFrom": format_timestamp(begins)}
    if until is not None:
        result["validUntil"] = format_timestamp(until)
    return result


def _suspensions(suspensions: Iterable[Suspension]) -> list[JsonValue]:
    entries: list[JsonValue] = []
    for item in suspensions:
        entry: JsonObject = {"from": format_timestamp(item.begins)}
        if item.until is not None:
            entry["until"] = format_timestamp(item.until)
        entries.append(entry)
    return entries
