"""Decisions about accreditations and licences as kept. Every function takes one open transaction."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from trust_registry.life import (
    AccreditationDecision,
    AccreditationEvent,
    Act,
    LicenceDecision,
    LicenceEvent,
    LicenceFacts,
    StandingLicence,
    VerifierClass,
)
from trust_registry.tables import accreditation_event, licence, licence_event
from vc.encoding.timestamps import format_timestamp, parse_timestamp


def append_accreditation_event(connection: Connection, event: AccreditationEvent) -> None:
    """Add a decision; there is no way to change or remove one."""
    connection.execute(
        insert(accreditation_event).values(
            accreditation_id=event.accreditation_id,
            decision=event.decision.value,
            effective_from=format_timestamp(event.effective_from),
            earlier_stand=event.earlier_stand,
            **_act_values(event.act),
        )
    )


def accreditation_events(connection: Connection) -> Mapping[int, tuple[AccreditationEvent, ...]]:
    """Every decision, oldest first, by accreditation."""
    found = defaultdict[int, list[AccreditationEvent]](list)
    for row in connection.execute(select(accreditation_event).order_by(accreditation_event.c.id)).mappings():
        found[row["accreditation_id"]].append(
            AccreditationEvent(
                accreditation_id=row["accreditation_id"],
                decision=AccreditationDecision(row["decision"]),
                effective_from=parse_timestamp(row["effective_from"]),
                earlier_stand=row["earlier_stand"],
                act=_act(row),
            )
        )
    return {number: tuple(events) for number, events in found.items()}


def insert_licence(connection: Connection, number: str, *, now: datetime) -> None:
    """Take a licence number, once for ever."""
    connection.execute(insert(licence).values(number=number, recorded_at=format_timestamp(now)))


def append_licence_event(connection: Connection, event: LicenceEvent) -> None:
    """Add a decision; there is no way to change or remove one."""
    connection.execute(
        insert(licence_event).values(
            number=event.number,
            decision=event.decision.value,
            effective_from=format_timestamp(event.effective_from),
            facts=None if event.facts is None else _facts_json(event.facts),
            **_act_values(event.act),
        )
    )


def licence_or_none(connection: Connection, number: str) -> StandingLicence | None:
    """The licence with this number."""
    query = select(licence_event).where(licence_event.c.number == number).order_by(licence_event.c.id)
    events = tuple(_licence_event(row) for row in connection.execute(query).mappings())
    return StandingLicence(number=number, events=events) if events else None


def licences(connection: Connection) -> tuple[StandingLicence, ...]:
    """Every licence ever granted, by number."""
    found = defaultdict[str, list[LicenceEvent]](list)
    query = select(licence_event).order_by(licence_event.c.number, licence_event.c.id)
    for row in connection.execute(query).mappings():
        found[row["number"]].append(_licence_event(row))
    return tuple(
        StandingLicence(number=number, events=tuple(events)) for number, events in sorted(found.items())
    )


def _licence_event(row: RowMapping) -> LicenceEvent:
    return LicenceEvent(
        number=row["number"],
        decision=LicenceDecision(row["decision"]),
        effective_from=parse_timestamp(row["effective_from"]),
        facts=None if row["facts"] is None else _facts(row["facts"]),
        act=_act(row),
    )


def _act_values(act: Act) -> dict[str, Any]:
    return {
        "actor": act.actor,
        "approver": act.approver,
        "reason": act.reason,
        "recorded_at": format_timestamp(act.at),
    }


def _act(row: RowMapping) -> Act:
    return Act(
        actor=row["actor"],
        approver=row["approver"],
        reason=row["reason"],
        at=parse_timestamp(row["recorded_at"]),
    )


def _facts_json(facts: LicenceFacts) -> dict[str, Any]:
    return {
        "class": facts.licence_class.value,
        "names": dict(facts.names),
        "office": facts.office,
        "phone": facts.phone,
        "countries": list(facts.countries),
        "programmes": list(facts.programmes),
        "valid_from": format_timestamp(facts.valid_from),
        "valid_until": None if facts.valid_until is None else format_timestamp(facts.valid_until),
        "inspection_grade": facts.inspection_grade,
        "registration_number": facts.registration_number,
        "vouched_by": facts.vouched_by,
    }


def _facts(stored: Mapping[str, Any]) -> LicenceFacts:
    until = stored["valid_until"]
    return LicenceFacts(
        licence_class=VerifierClass(stored["class"]),
        names=dict(stored["names"]),
        office=stored["office"],
        phone=stored["phone"],
        countries=tuple(stored["countries"]),
        programmes=tuple(stored["programmes"]),
        valid_from=parse_timestamp(stored["valid_from"]),
        valid_until=None if until is None else parse_timestamp(until),
        inspection_grade=stored["inspection_grade"],
        registration_number=stored["registration_number"],
        vouched_by=stored["vouched_by"],
    )
