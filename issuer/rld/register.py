"""The register in the issuer's own database, for a deployment that has no RLD to ask.

Each record is sealed under the data key of its person, found by blind indexes of number and birth date.
What an import changes becomes events, as the RLD would send them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from issuer.class_list import Sex
from issuer.rld.port import EventKind, EventPage, RldEvent, RldPerson
from issuer.rld.register_file import RegisterRow
from issuer.tables import register_event, register_person
from runtime.audit_log import Entry, record, rows_root
from runtime.personal_data import PersonalData, Place

_PAGE: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What a part of an import came to, in records."""

    new: int
    changed: int


def put_rows(
    connection: Connection, personal: PersonalData, rows: Sequence[RegisterRow], *, actor: str, now: datetime
) -> Imported:
    """Take rows over; a row that is there already as it is changes nothing."""
    owners = {row.person.rld_number: personal.person(row.person.rld_number) for row in rows}
    keys = personal.ensure_keys(connection, owners.values())
    known = {person.rld_number: person for person in persons(connection, personal, owners)}
    new = changed = 0
    for row in rows:
        number, owner = row.person.rld_number, owners[row.person.rld_number]
        before = known.get(number)
        for kind in _events_of(before, row):
            body = json.dumps({"rld_number": number, "merged_into": row.merged_into}).encode()
            event_id = f"{owner[:32]}-{kind.value}-{int(now.timestamp())}"
            sealed = keys.seal(owner, body, _place("register_event", event_id))
            values = {"event_id": event_id, "kind": kind.value, "person": owner, "at": now.isoformat()}
            connection.execute(insert(register_event).values(**values, body=sealed))
        if before == row.person and row.merged_into is None:
            continue
        connection.execute(delete(register_person).where(register_person.c.person == owner))
        if row.merged_into is None:
            born = _born(personal, row.person.birth_date)
            sealed = keys.seal(owner, _to_bytes(row.person), _place("register_person", owner))
            connection.execute(insert(register_person).values(person=owner, born=born, record=sealed))
        new, changed = (new + 1, changed) if before is None else (new, changed + 1)
    root = rows_root(sorted(owners.values()))
    record(connection, Entry(actor=actor, act="register.import", object="rld", rows_root=root), now=now)
    return Imported(new=new, changed=changed)


def persons(connection: Connection, personal: PersonalData, numbers: Iterable[str]) -> list[RldPerson]:
    """The records of these numbers that there are."""
    owners = [personal.person(number) for number in numbers]
    return _opened(connection, personal, register_person.c.person.in_(owners))


def born_on(connection: Connection, personal: PersonalData, day: date) -> list[RldPerson]:
    """Everybody who was born that day."""
    return _opened(connection, personal, register_person.c.born == _born(personal, day))


def events_after(connection: Connection, personal: PersonalData, cursor: str) -> EventPage:
    """What imports changed behind ``cursor``, without who was erased."""
    seq = int(cursor) if cursor.isascii() and cursor.isdigit() else 0
    query = select(register_event).where(register_event.c.seq > seq).order_by(register_event.c.seq)
    rows = connection.execute(query.limit(_PAGE)).all()
    keys = personal.keys(connection, [row.person for row in rows])
    events = []
    for row in rows:
        if row.person in keys and row.body:
            body = json.loads(keys.unseal(row.person, row.body, _place("register_event", row.event_id)))
            events.append(
                RldEvent(
                    event_id=row.event_id,
                    kind=EventKind(row.kind),
                    rld_number=body["rld_number"],
                    happened_at=datetime.fromisoformat(row.at),
                    merged_into=body["merged_into"],
                )
            )
    return EventPage(events=tuple(events), cursor=str(rows[-1].seq) if rows else cursor)


def forget(connection: Connection, person: str) -> None:
    """Delete what the register holds of a person."""
    connection.execute(delete(register_person).where(register_person.c.person == person))
    connection.execute(update(register_event).where(register_event.c.person == person).values(body=b""))


def _events_of(before: RldPerson | None, row: RegisterRow) -> list[EventKind]:
    if before is None:
        return []
    names = (before.name_km, before.name_latin) != (row.person.name_km, row.person.name_latin)
    happened = {
        EventKind.MERGED: row.merged_into is not None,
        EventKind.DIED: row.person.deceased and not before.deceased,
        EventKind.PROTECTED: row.person.protected and not before.protected,
        EventKind.NAME_CORRECTED: names and row.merged_into is None,
    }
    return [kind for kind, is_so in happened.items() if is_so]


def _opened(connection: Connection, personal: PersonalData, condition: Any) -> list[RldPerson]:
    rows = connection.execute(select(register_person).where(condition)).all()
    keys = personal.keys(connection, [row.person for row in rows])
    return [
        _from_bytes(keys.unseal(row.person, row.record, _place("register_person", row.person)))
        for row in rows
        if row.person in keys
    ]


def _born(personal: PersonalData, day: date) -> str:
    return personal.blind_index("register-born", day.isoformat())


def _to_bytes(person: RldPerson) -> bytes:
    values = {name: getattr(person, name) for name in _STORED}
    values |= {"birth_date": person.birth_date.isoformat(), "sex": person.sex.value}
    return json.dumps(values, ensure_ascii=False).encode()


def _from_bytes(data: bytes) -> RldPerson:
    values = json.loads(data)
    values |= {"birth_date": date.fromisoformat(values["birth_date"]), "sex": Sex(values["sex"])}
    return RldPerson(**values)


_STORED: Final = (
    "rld_number",
    "name_km",
    "name_latin",
    "birth_date",
    "sex",
    "province_code",
    "protected",
    "deceased",
    "passport_name_latin",
)


def _place(table: str, row: str) -> Place:
    return Place(table=table, row=row, column="record" if table == "register_person" else "body")
