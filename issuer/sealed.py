"""Between service and store: what says anything of a person is sealed here, and opened here.

A certificate is sealed under the data key of its person. An uploaded sheet is about several: it is sealed
under a key of its own, which goes when any of them is erased. What was erased is skipped where many are
read, and not found where one is asked for.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from issuer import (
    card_store,
    copy_store,
    handover_store,
    link_store,
    people_store,
    photo_store,
    reservations,
    retention_store,
    store,
    visit_store,
)
from issuer.identity_link.name_search import NamedPerson, name_terms
from issuer.open_key import require_open
from issuer.openid4vci import fetched_store, grant_store
from issuer.rld import register
from issuer.sealed_choices import seal_choices
from issuer.sealing import place, row_place, seal_row, sheet_owner
from issuer.store import Connection, Record
from issuer.unsealed import ClassRow, ClassSheet, Details, Intent
from runtime.personal_data import DataErased, DataKeys, PersonalData, destroy_key

_SHEET: Final = ("filename", "original", "problems")


class Sealed:
    """The issuer's personal data. Every method takes the connection of one transaction first."""

    def __init__(self, personal: PersonalData) -> None:
        """``personal`` are the keys of the issuer."""
        self.personal = personal

    def award_key(self, award: str) -> str:
        """What stands for an award of a person (``issuer.award.award_name``)."""
        return self.personal.blind_index("award", award)

    def contact(self, reference: str | None) -> str:
        """What stands for a telephone or address that somebody has; empty where none is known."""
        return "" if reference is None else self.personal.blind_index("contact", reference)

    def terms(self, person: NamedPerson) -> frozenset[str]:
        """By what this person is found (``issuer.identity_link.name_search``)."""
        return frozenset(self.personal.blind_index("name", term) for term in name_terms(person))

    def add_class(self, connection: Connection, new: store.NewClass) -> None:
        """Keep a class list: ``filename``, ``original``, ``problems`` plain, rows with ``details``."""
        class_id = new.values["id"]
        owner = sheet_owner(self.personal, class_id)
        people = {row["row"]: self.personal.person(row["details"].rld_number) for row in new.rows}
        data_class = new.values["data_class"]
        keys = self.personal.ensure_keys(connection, [owner, *people.values()], data_class)
        values = dict(new.values)
        for column in _SHEET:
            plain = values[column] if column == "original" else values[column].encode()
            values[column] = keys.seal(owner, plain, place("class_list", class_id, column))
        rows = [seal_row(keys, people[row["row"]], row | {"data_class": data_class}) for row in new.rows]
        link_store.put_choices(connection, class_id, seal_choices(keys, owner, new))
        store.add_class(connection, store.NewClass(values=values, rows=rows))

    def get_class(self, connection: Connection, class_id: str, slug: str) -> ClassSheet:
        """One class list of this centre. Raises ``NotFound``."""
        record = store.get_class(connection, class_id, slug)
        keys = self.personal.keys(connection, [sheet_owner(self.personal, class_id)], record.data_class)
        return self._sheet(keys, record, record.original, record.problems)

    def seal_sent_back(self, connection: Connection, sheet: ClassSheet, reason: str) -> bytes:
        """Why a class list was sent back, under the key of its sheet. Raises ``DataErased``."""
        owner = sheet_owner(self.personal, sheet.id)
        keys = self.personal.keys(connection, [owner], sheet.data_class)
        if owner not in keys:
            raise DataErased("The uploaded list is not kept any more.")
        return keys.seal(owner, reason.encode(), place("class_list", sheet.id, "sent_back"))

    def row_mark(self, row: ClassRow) -> str:
        """What stands for everything that will be signed of a row; another row has another mark."""
        facts = (row.class_id, row.row, row.title, row.award_key, row.certificate_number)
        digest = hashlib.sha256(orjson.dumps(facts) + row.details.to_bytes()).hexdigest()
        return self.personal.blind_index("approved-row", digest)

    def classes_of(
        self, connection: Connection, slug: str, data_classes: Collection[str]
    ) -> tuple[ClassSheet, ...]:
        """The centre's lists of these classes of data, newest first, without uploaded bytes and problems."""
        records = store.classes_of(connection, slug, data_classes)
        owners = [(sheet_owner(self.personal, item.id), item.data_class) for item in records]
        keys = self._keys(connection, owners)
        return tuple(self._sheet(keys[record.data_class], record, None, None) for record in records)

    def rows_of(
        self, connection: Connection, class_id: str, *, skip: int = 0, limit: int | None = None
    ) -> tuple[ClassRow, ...]:
        """The rows to be issued, in the order of the sheet, without those of people who were erased.

        ``limit`` at most behind the first ``skip``, counted before anybody is left out.
        """
        return self._rows(connection, store.rows_of(connection, class_id, skip=skip, limit=limit))

    def row_page(
        self, connection: Connection, class_id: str, after: int, limit: int
    ) -> tuple[tuple[ClassRow, ...], int | None]:
        """``limit`` rows behind row ``after``, as ``rows_of``, and the last of them; None at the end."""
        records = store.rows_of(connection, class_id, after=after, limit=limit)
        return self._rows(connection, records), records[-1].row if records else None

    def rows_of_person(self, connection: Connection, owner: str) -> tuple[ClassRow, ...]:
        """The rows of class lists that one person stands in."""
        return self._rows(connection, store.rows_of_person(connection, owner))

    def _rows(self, connection: Connection, records: Sequence[Record]) -> tuple[ClassRow, ...]:
        keys = self._keys(connection, [(record.person, record.data_class) for record in records])
        return tuple(
            ClassRow(
                class_id=record.class_id,
                row=record.row,
                data_class=record.data_class,
                title=record.title,
                award_key=record.award_key,
                certificate_number=record.certificate_number,
                details=Details.from_bytes(
                    keys[record.data_class].unseal(
                        record.person, record.dataset, row_place(record.class_id, record.row)
                    )
                ),
            )
            for record in records
            if record.person in keys[record.data_class] and record.dataset
        )

    def reserve(self, connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
        """``reservations.reserve`` for intents with plain ``details``; their people are found from now on."""
        people = [self.personal.person(intent["details"].rld_number) for intent in intents]
        owners = [(who, new["data_class"]) for who, new in zip(people, intents, strict=True)]
        keys = self._keys(connection, owners)
        standing = [
            (who, new) for who, new in zip(people, intents, strict=True) if who in keys[new["data_class"]]
        ]
        reservations.reserve(
            connection, [_seal_intent(keys[new["data_class"]], who, new) for who, new in standing]
        )
        terms: dict[str, frozenset[str]] = {}
        for who, new in standing:
            terms[who] = terms.get(who, frozenset()) | self.terms(new["details"].named)
        people_store.add_terms(connection, terms)

    def retire(self, connection: Connection, successors: Mapping[str, Mapping[str, Any] | None]) -> None:
        """``store.retire``; a successor takes the details over, and an erased person has none."""
        records = {record.intent_id: record for record in store.issued_by_intents(connection, [*successors])}
        keys = self._keys(connection, [(one.person, one.data_class) for one in records.values()])
        sealed: dict[str, dict[str, Any] | None] = dict.fromkeys(successors)
        for intent_id, record in records.items():
            own = keys[record.data_class]
            successor = successors[intent_id]
            if record.person in own and successor is not None:
                details = _open(own, record).details
                sealed[intent_id] = _seal_intent(own, record.person, {**successor, "details": details})
        require_open(connection, [one for one in successors.values() if one is not None])
        store.retire(connection, sealed)

    def intents_in(
        self, connection: Connection, class_id: str, state: str, limit: int | None = None
    ) -> tuple[Intent, ...]:
        """The intents of a class list in one state, in the order of the sheet, ``limit`` at most."""
        return self.open(connection, store.issuances_in(connection, class_id, state, limit))

    def record_intents(self, connection: Connection, intents: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        """``store.record_intents``, ``document`` plain; each names its ``person``."""
        return store.record_intents(connection, self._sealed_anew(connection, intents, "document"))

    def record_issued(self, connection: Connection, done: Sequence[Mapping[str, Any]]) -> None:
        """``store.record_issued``, ``secured`` plain. Bytes for who was erased meanwhile go nowhere."""
        store.record_issued(connection, self._sealed_anew(connection, done, "secured"))

    def issued(self, connection: Connection, find: Callable[[Connection, str], Record], name: str) -> Intent:
        """The issued credential that a finder of the store gives. Raises ``NotFound``."""
        opened = self.open(connection, [find(connection, name)])
        if not opened:
            raise DataErased("There is no such credential.")
        return opened[0]

    def issued_by_intents(self, connection: Connection, intent_ids: Sequence[str]) -> tuple[Intent, ...]:
        """These issued credentials, in no order."""
        return self.open(connection, store.issued_by_intents(connection, intent_ids))

    def open_details(self, connection: Connection, records: Iterable[Record]) -> tuple[Intent, ...]:
        """As ``open``, of rows that were read without what is signed."""
        records = tuple(records)
        keys = self._keys(connection, [(record.person, record.data_class) for record in records])
        return tuple(
            _open(keys[record.data_class], record, whole=False)
            for record in records
            if record.person in keys[record.data_class] and record.dataset
        )

    def open(self, connection: Connection, records: Iterable[Record]) -> tuple[Intent, ...]:
        """Intents out of their seals, without those of people who were erased."""
        records = tuple(records)
        keys = self._keys(connection, [(record.person, record.data_class) for record in records])
        return tuple(
            _open(keys[record.data_class], record)
            for record in records
            if record.person in keys[record.data_class] and record.dataset
        )

    def forget(self, connection: Connection, owner: str) -> None:
        """What goes with a person's data key: their rows, cards and sheets, and what finds them."""
        people_store.forget_terms(connection, owner)
        card_store.forget_person(connection, owner)
        copy_store.forget_person(connection, owner)
        photo_store.forget_person(connection, owner)
        visit_store.forget_person(connection, owner)
        handover_store.forget_person(connection, owner)
        grant_store.forget_person(connection, owner)
        fetched_store.forget_person(connection, owner)
        register.forget(connection, owner)
        for class_id in retention_store.forget_person(connection, owner):
            self.destroy_sheet(connection, class_id)

    def sweep(self, connection: Connection, *, previews_before: str, sheets_before: str) -> None:
        """Destroy what is over its limit: previews with their rows, and sheets that were issued."""
        for class_id in retention_store.overdue_previews(connection, previews_before):
            self.destroy_sheet(connection, class_id)
            for person in retention_store.drop_rows(connection, class_id):
                destroy_key(connection, person)
        for class_id in retention_store.overdue_sheets(connection, sheets_before):
            self.destroy_sheet(connection, class_id)

    def destroy_sheet(self, connection: Connection, class_id: str) -> None:
        """Destroy what was uploaded; the certificates issued from it stay."""
        destroy_key(connection, sheet_owner(self.personal, class_id))
        link_store.forget_choices(connection, class_id)
        retention_store.forget_sheet(connection, class_id)

    def _sealed_anew(
        self, connection: Connection, items: Sequence[Mapping[str, Any]], column: str
    ) -> list[dict[str, Any]]:
        keys = self._keys(connection, [(item["person"], item["data_class"]) for item in items])
        return [
            {
                **item,
                column: keys[item["data_class"]].seal(
                    item["person"], item[column], place("issuance", item["intent_id"], column)
                ),
            }
            for item in items
            if item["person"] in keys[item["data_class"]]
        ]

    def _keys(self, connection: Connection, owners: Iterable[tuple[str, str]]) -> dict[str, DataKeys]:
        """Data keys of owners, by class of data: a row opens with its own class's key only."""
        wanted: dict[str, set[str]] = {}
        for owner, data_class in owners:
            wanted.setdefault(data_class, set()).add(owner)
        return {
            data_class: self.personal.keys(connection, theirs, data_class)
            for data_class, theirs in wanted.items()
        }

    def _sheet(
        self, keys: DataKeys, record: Record, original: bytes | None, problems: bytes | None
    ) -> ClassSheet:
        owner = sheet_owner(self.personal, record.id)

        def opened(column: str, sealed: bytes | None) -> bytes | None:
            if owner not in keys or not sealed:
                return None
            return keys.unseal(owner, sealed, place("class_list", record.id, column))

        return ClassSheet(
            id=record.id,
            kind=record.kind,
            data_class=record.data_class,
            state=record.state,
            uploaded_at=record.uploaded_at,
            row_count=record.row_count,
            not_passed=record.not_passed,
            has_failed=record.has_failed,
            filename=(opened("filename", record.filename) or b"-").decode(),
            original=opened("original", original),
            problems=(opened("problems", problems) or b"[]").decode(),
            proposal=record.proposal,
            sent_back=(opened("sent_back", record.sent_back) or b"").decode(),
            issue_at=record.issue_at,
            trouble=record.trouble,
            corrects=record.corrects,
            take_back=record.take_back,
        )


def _seal_intent(keys: DataKeys, person: str, intent: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in intent.items() if name != "details"}
    where = place("issuance", intent["intent_id"], "dataset")
    return {**values, "person": person, "dataset": keys.seal(person, intent["details"].to_bytes(), where)}


def _open(keys: DataKeys, record: Record, *, whole: bool = True) -> Intent:
    """One intent; what it has not come to yet is empty. Not ``whole``: what is signed is, too."""

    def opened(column: str, sealed: bytes | None) -> bytes:
        where = place("issuance", record.intent_id, column)
        return keys.unseal(record.person, sealed, where) if sealed else b""

    return Intent(
        intent_id=record.intent_id,
        class_id=record.class_id,
        row=record.row,
        centre_slug=record.centre_slug,
        credential_id=record.credential_id,
        award_key=record.award_key,
        certificate_number=record.certificate_number,
        token=record.token,
        code=record.code,
        person=record.person,
        data_class=record.data_class,
        cryptosuite=record.cryptosuite,
        key_id=record.key_id,
        created=record.created,
        state=record.state,
        details=Details.from_bytes(opened("dataset", record.dataset)),
        document=opened("document", record.document) if whole else b"",
        proof_config=(record.proof_config or b"") if whole else b"",
        secured=opened("secured", record.secured) if whole else b"",
        issued_at=record.issued_at,
        ended=record.ended,
    )
