"""The desk's search: who holds certificates of this centre, by name and birth date."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final

from issuer import people_store
from issuer.class_list.sheet import Cell
from issuer.class_list.values import read_date
from issuer.data_classes import may_read
from issuer.identity_link.name_search import ALIKE, NamedPerson, likeness
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import MalformedValue

MAX_NAME: Final = 200
_MAX_DATE: Final = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPerson:
    """Somebody who may be meant, and what this centre gave them. ``alike`` is 0.7 to 1.0."""

    name_km: str
    name_latin: str
    birth_date: date
    alike: float
    certificates: tuple[Intent, ...]


def wanted_person(*, name: str, birth_date: str) -> NamedPerson:
    """Who is looked for, from what a clerk typed: a name in either script, a day in any usual form.

    Raises ``MalformedValue``.
    """
    day = read_date(Cell(text=birth_date)).value if len(birth_date) <= _MAX_DATE else None
    if day is None:
        raise MalformedValue(gettext_noop("Write the birth date as day.month.year."), pointer="/birth_date")
    khmer = [word for word in name.split() if any("\u1780" <= letter <= "\u17ff" for letter in word)]
    latin = [word for word in name.split() if word not in khmer]
    if len(name) > MAX_NAME or not any(letter.isalpha() for letter in name):
        raise MalformedValue(gettext_noop("Write the person's name."), pointer="/name")
    return NamedPerson(name_km=" ".join(khmer), name_latin=" ".join(latin), birth_date=day)


async def find_people(desk: Desk, principal: Principal, wanted: NamedPerson) -> tuple[FoundPerson, ...]:
    """Whoever may be meant, the likest first; two of one name are both shown, and no one is chosen.

    Only what the clerk's own centre issued is searched. The search is in the audit log, without its words.
    """
    return await desk.context.database.write(_find, desk, principal, wanted)


def _find(
    connection: Connection, desk: Desk, principal: Principal, wanted: NamedPerson
) -> tuple[FoundPerson, ...]:
    slug = slug_of(principal)
    records = people_store.issued_to_found(connection, slug, desk.sealed.terms(wanted))
    readable = [item for item in records if may_read(principal, item.data_class)]
    intents = sorted(desk.sealed.open(connection, readable), key=attrgetter("person"))
    found = [_found(tuple(theirs), wanted) for _, theirs in groupby(intents, key=attrgetter("person"))]
    entry = Entry(actor=principal.subject, act="person.search", object=slug)
    record(connection, entry, now=desk.context.clock.now())
    alike = [person for person in found if person.alike >= ALIKE]
    return tuple(sorted(alike, key=lambda person: (-person.alike, person.name_latin)))


def _found(certificates: tuple[Intent, ...], wanted: NamedPerson) -> FoundPerson:
    """One person as their newest certificate names them, as like as any of them is."""
    newest = max(certificates, key=attrgetter("created")).details.named
    return FoundPerson(
        name_km=newest.name_km,
        name_latin=newest.name_latin,
        birth_date=newest.birth_date,
        alike=max(likeness(wanted, intent.details.named) for intent in certificates),
        certificates=certificates,
    )
