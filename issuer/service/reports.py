"""A holder says that something on a certificate is wrong; the centre corrects it, or says why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from issuer import report_store, store
from issuer.data_classes import OF_ROLES
from issuer.sealing import place
from issuer.service import endings
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from issuer.store import Connection, Record
from issuer.unsealed import Intent
from runtime.auth import Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.personal_data import DataErased
from vc.errors import MalformedValue, NotFound

MAX_NOTE: Final = 500
_TABLE: Final = "report"

WRONG: Final[Mapping[str, str]] = {
    "name": gettext_noop("The name"),
    "birth-date": gettext_noop("The date of birth"),
    "skill": gettext_noop("The skill or course"),
    "date": gettext_noop("A date"),
    "not-mine": gettext_noop("It is not mine"),
    "other": gettext_noop("Something else"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A report out of its seal. ``wrong`` is a key of ``WRONG``; ``answer`` is empty until there is one."""

    report_id: str
    intent_id: str
    wrong: str
    note: str
    reported_at: str
    state: str
    answer: str
    certificate_number: str = ""


async def add(desk: Desk, credential_id: str, wrong: str, note: str) -> Report:
    """Keep what the holder of a certificate reports, for its centre.

    Raises ``ConflictError`` where it is not in force or was reported already; ``MalformedValue``,
    ``NotFound``.
    """
    if wrong not in WRONG or len(note) > MAX_NOTE:
        raise MalformedValue(gettext_noop("Choose what is wrong."), pointer="/wrong")
    database = desk.context.database
    record: Intent = await database.read(desk.sealed.issued, store.issued_by_id, credential_id)
    await endings.require_replaceable(desk, record)
    await database.write(_add, desk, record, wrong, note.strip())
    found = await of_credential(desk, credential_id)
    if found is None:
        raise NotFound("There is no such report.")
    return found


async def of_credential(desk: Desk, credential_id: str) -> Report | None:
    """The last report about a certificate; None where there was none, or its holder was erased."""

    def read(connection: Connection) -> Report | None:
        record = report_store.last_of(connection, credential_id)
        return None if record is None else next(iter(_open(connection, desk, [record])), None)

    return await desk.context.database.read(read)


async def open_reports(desk: Desk, principal: Principal) -> tuple[Report, ...]:
    """What is reported to a centre and not settled, oldest first, as far as the role reads such data."""

    def read(connection: Connection) -> tuple[Report, ...]:
        slug, classes = slug_of(principal), OF_ROLES[principal.role]
        return _open(connection, desk, report_store.open_reports(connection, slug, classes))

    return await desk.context.database.read(read)


async def answer(desk: Desk, principal: Principal, report_id: str, text: str) -> None:
    """Tell the holder why nothing is changed. Raises ``MalformedValue``, ``ConflictError``, ``NotFound``."""
    if not text.strip() or len(text) > MAX_NOTE:
        raise MalformedValue(gettext_noop("Write an answer that the holder reads."), pointer="/answer")
    await desk.context.database.write(_answer, desk, principal, report_id, text.strip())


def of_person(connection: Connection, desk: Desk, person: str) -> tuple[Report, ...]:
    """Everything this person reported, oldest first."""
    return _open(connection, desk, report_store.of_person(connection, person))


def _add(connection: Connection, desk: Desk, record: Intent, wrong: str, note: str) -> None:
    report_id = random_token(128)
    keys = desk.sealed.personal.keys(connection, [record.person], record.data_class)
    if record.person not in keys:
        raise DataErased("There is no such credential.")
    values = {
        "report_id": report_id,
        "intent_id": record.intent_id,
        "centre_slug": record.centre_slug,
        "person": record.person,
        "data_class": record.data_class,
        "wrong": wrong,
        "note": keys.seal(record.person, note.encode(), place(_TABLE, report_id, "note")),
    }
    report_store.add(connection, values, desk.context.clock.now())


def _answer(connection: Connection, desk: Desk, principal: Principal, report_id: str, text: str) -> None:
    slug = slug_of(principal)
    record = report_store.get(connection, report_id, slug)
    keys = desk.sealed.personal.keys(connection, [record.person], record.data_class)
    if record.data_class not in OF_ROLES[principal.role] or record.person not in keys:
        raise NotFound("There is no such report.")
    sealed = keys.seal(record.person, text.encode(), place(_TABLE, report_id, "answer"))
    now = desk.context.clock.now()
    report_store.answer(connection, report_id, slug, sealed, actor=principal.subject, now=now)


def _open(connection: Connection, desk: Desk, records: Sequence[Record]) -> tuple[Report, ...]:
    opened = []
    for record in records:
        keys = desk.sealed.personal.keys(connection, [record.person], record.data_class)
        if record.person not in keys:
            continue
        texts = {
            column: keys.unseal(record.person, sealed, place(_TABLE, record.report_id, column)).decode()
            for column in ("note", "answer")
            if (sealed := getattr(record, column))
        }
        opened.append(
            Report(
                report_id=record.report_id,
                intent_id=record.intent_id,
                wrong=record.wrong,
                note=texts.get("note", ""),
                reported_at=record.reported_at,
                state=record.state,
                answer=texts.get("answer", ""),
                certificate_number=getattr(record, "certificate_number", ""),
            )
        )
    return tuple(opened)
