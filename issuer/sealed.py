"""Between service and store: what says anything of a person is sealed here, and opened here.

A certificate is sealed under the data key of its person. An uploaded sheet is about several: it is sealed
under a key of its own, which goes when any of them is erased. What was erased is skipped where many are
read, and not found where one is asked for.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from issuer import link_store, store
from issuer.rld import register
from issuer.store import Connection, Record
from runtime.personal_data import DataErased, DataKeys, PersonalData, Place, destroy_key
from vc.encoding.strict_json import JsonValue
from vc.errors import NotFound

_SHEET: Final = ("filename", "original", "problems")


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """Whom a certificate is for, and what it says of them; ``name`` is its title."""

    rld_number: str
    credential_type: str
    name: str
    subject: Mapping[str, JsonValue]

    def to_bytes(self) -> bytes:
        """As it is sealed."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Details":
        """What ``to_bytes`` wrote."""
        return cls(**json.loads(data))


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSheet:
    """A class list. ``original`` is None once the sheet was destroyed; no problem is known then."""

    id: str
    kind: str
    state: str
    uploaded_at: str
    row_count: int
    not_passed: int
    filename: str
    original: bytes | None
    problems: str
    trouble: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """One certificate that is to be issued."""

    class_id: str
    row: int
    title: str
    award_key: str
    certificate_number: str | None
    details: Details

    @property
    def holder_name_km(self) -> str:
        """The name in Khmer, as the RLD has it."""
        return str(self.details.subject["nameKhmer"])

    @property
    def holder_name_latin(self) -> str:
        """The name in Latin letters, as the RLD has it."""
        return str(self.details.subject["nameLatin"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A row of ``issuance`` out of its seal; ``person`` is the owner of its data key."""

    intent_id: str
    class_id: str
    row: int
    centre_slug: str
    credential_id: str
    award_key: str
    certificate_number: str
    token: str
    code: str
    person: str
    cryptosuite: str
    key_id: str
    created: str
    state: str
    details: Details
    document: bytes
    proof_config: bytes
    secured: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Who may be meant by a row without number. ``chosen`` is the number chosen, None where nobody is."""

    row: int
    candidates: Sequence[Mapping[str, Any]]
    chosen: str | None
    is_decided: bool


class Sealed:
    """The issuer's personal data. Every method takes the connection of one transaction first."""

    def __init__(self, personal: PersonalData) -> None:
        """``personal`` are the keys of the issuer."""
        self.personal = personal

    def award_key(self, award: str) -> str:
        """What stands for an award of a person (``issuer.award.award_name``)."""
        return self.personal.blind_index("award", award)

    def add_class(self, connection: Connection, new: store.NewClass) -> None:
        """Keep a class list: ``filename``, ``original``, ``problems`` plain, rows with ``details``."""
        class_id = new.values["id"]
        owner = self._sheet_owner(class_id)
        people = {row["row"]: self.personal.person(row["details"].rld_number) for row in new.rows}
        keys = self.personal.ensure_keys(connection, [owner, *people.values()])
        values = dict(new.values)
        for column in _SHEET:
            plain = values[column] if column == "original" else values[column].encode()
            values[column] = keys.seal(owner, plain, _place("class_list", class_id, column))
        rows = [_seal_row(keys, people[row["row"]], row) for row in new.rows]
        link_store.put_choices(connection, class_id, _seal_choices(keys, owner, new))
        store.add_class(connection, store.NewClass(values=values, rows=rows))

    def refill_class(self, connection: Connection, new: store.NewClass, *, actor: str, now: datetime) -> None:
        """``link_store.refill``: ``problems`` and the rows' ``details`` plain.

        Raises ``DataErased`` where the sheet was destroyed meanwhile.
        """
        class_id = new.values["id"]
        owner = self._sheet_owner(class_id)
        people = {row["row"]: self.personal.person(row["details"].rld_number) for row in new.rows}
        sheet = self.personal.keys(connection, [owner])
        problems = sheet.seal(
            owner, new.values["problems"].encode(), _place("class_list", class_id, "problems")
        )
        keys = self.personal.ensure_keys(connection, people.values())
        rows = [_seal_row(keys, people[row["row"]], row) for row in new.rows]
        values = {"problems": problems, "not_passed": new.values["not_passed"]}
        slug = new.values["centre_slug"]
        link_store.put_choices(connection, class_id, _seal_choices(sheet, owner, new))
        link_store.refill(connection, class_id, slug, values, rows, actor=actor, now=now)

    def choices_of(self, connection: Connection, class_id: str) -> tuple[Choice, ...]:
        """Who may be, or is, meant by rows without number; none once the sheet was destroyed."""
        owner = self._sheet_owner(class_id)
        keys = self.personal.keys(connection, [owner])
        if owner not in keys:
            return ()
        return tuple(
            _open_choice(keys, owner, record) for record in link_store.choices_of(connection, class_id)
        )

    def decide_choice(
        self,
        connection: Connection,
        class_id: str,
        row: int,
        position: int | None,
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Record that the candidate at ``position`` is meant, or nobody.

        Raises ``ConflictError``, ``NotFound``.
        """
        standing = {choice.row: choice for choice in self.choices_of(connection, class_id)}
        candidates = standing[row].candidates if row in standing else ()
        sealed = None
        if position is not None:
            if position >= len(candidates):
                raise NotFound("There is no such candidate.")
            owner = self._sheet_owner(class_id)
            place = _place("link_choice", f"{class_id}|{row}", "chosen")
            number = str(candidates[position]["rld_number"]).encode()
            sealed = self.personal.keys(connection, [owner]).seal(owner, number, place)
        link_store.decide_choice(connection, class_id, row, sealed, actor=actor, now=now)

    def get_class(self, connection: Connection, class_id: str, slug: str) -> ClassSheet:
        """One class list of this centre. Raises ``NotFound``."""
        record = store.get_class(connection, class_id, slug)
        keys = self.personal.keys(connection, [self._sheet_owner(class_id)])
        return self._sheet(keys, record, record.original, record.problems)

    def classes_of(self, connection: Connection, slug: str) -> tuple[ClassSheet, ...]:
        """The centre's class lists, newest first, without the uploaded bytes and problems."""
        records = store.classes_of(connection, slug)
        keys = self.personal.keys(connection, [self._sheet_owner(record.id) for record in records])
        return tuple(self._sheet(keys, record, None, None) for record in records)

    def rows_of(self, connection: Connection, class_id: str) -> tuple[ClassRow, ...]:
        """The rows to be issued, in the order of the sheet, without those of people who were erased."""
        records = store.rows_of(connection, class_id)
        keys = self.personal.keys(connection, [record.person for record in records])
        return tuple(
            ClassRow(
                class_id=class_id,
                row=record.row,
                title=record.title,
                award_key=record.award_key,
                certificate_number=record.certificate_number,
                details=Details.from_bytes(
                    keys.unseal(record.person, record.dataset, _row_place(class_id, record.row))
                ),
            )
            for record in records
            if record.person in keys and record.dataset
        )

    def reserve(self, connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
        """``store.reserve`` for intents with plain ``details``."""
        people = [self.personal.person(intent["details"].rld_number) for intent in intents]
        keys = self.personal.keys(connection, people)
        store.reserve(
            connection,
            [_seal_intent(keys, who, new) for who, new in zip(people, intents, strict=True) if who in keys],
        )

    def retire(self, connection: Connection, successors: Mapping[str, Mapping[str, Any]]) -> None:
        """``store.retire``; a successor takes the details over, and an erased person has none."""
        records = {record.intent_id: record for record in store.issued_by_intents(connection, [*successors])}
        keys = self.personal.keys(connection, [record.person for record in records.values()])
        sealed: dict[str, dict[str, Any] | None] = dict.fromkeys(successors)
        for intent_id, record in records.items():
            if record.person in keys:
                details = _open(keys, record).details
                successor = {**successors[intent_id], "details": details}
                sealed[intent_id] = _seal_intent(keys, record.person, successor)
        store.retire(connection, sealed)

    def intents_in(
        self, connection: Connection, class_id: str, state: str, limit: int | None = None
    ) -> tuple[Intent, ...]:
        """The intents of a class list in one state, in the order of the sheet, ``limit`` at most."""
        return self.open(connection, store.issuances_in(connection, class_id, state, limit))

    def record_intents(self, connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
        """``store.record_intents``, ``document`` plain; each names its ``person``."""
        store.record_intents(connection, self._sealed_anew(connection, intents, "document"))

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

    def open(self, connection: Connection, records: Iterable[Record]) -> tuple[Intent, ...]:
        """Intents out of their seals, without those of people who were erased."""
        records = tuple(records)
        keys = self.personal.keys(connection, [record.person for record in records])
        return tuple(_open(keys, record) for record in records if record.person in keys and record.dataset)

    def forget(self, connection: Connection, owner: str) -> None:
        """What goes with a person's data key: their rows, and the sheets they stand in."""
        register.forget(connection, owner)
        for class_id in store.forget_person(connection, owner):
            self.destroy_sheet(connection, class_id)

    def sweep(self, connection: Connection, *, previews_before: str, sheets_before: str) -> None:
        """Destroy what is over its limit: previews with their rows, and sheets that were issued."""
        for class_id in store.overdue_previews(connection, previews_before):
            self.destroy_sheet(connection, class_id)
            for person in store.drop_rows(connection, class_id):
                destroy_key(connection, person)
        for class_id in store.overdue_sheets(connection, sheets_before):
            self.destroy_sheet(connection, class_id)

    def destroy_sheet(self, connection: Connection, class_id: str) -> None:
        """Destroy what was uploaded; the certificates issued from it stay."""
        destroy_key(connection, self._sheet_owner(class_id))
        link_store.forget_choices(connection, class_id)
        store.forget_sheet(connection, class_id)

    def _sealed_anew(
        self, connection: Connection, items: Sequence[Mapping[str, Any]], column: str
    ) -> list[dict[str, Any]]:
        keys = self.personal.keys(connection, [item["person"] for item in items])
        return [
            {
                **item,
                column: keys.seal(
                    item["person"], item[column], _place("issuance", item["intent_id"], column)
                ),
            }
            for item in items
            if item["person"] in keys
        ]

    def _sheet(
        self, keys: DataKeys, record: Record, original: bytes | None, problems: bytes | None
    ) -> ClassSheet:
        owner = self._sheet_owner(record.id)

        def opened(column: str, sealed: bytes | None) -> bytes | None:
            if owner not in keys or not sealed:
                return None
            return keys.unseal(owner, sealed, _place("class_list", record.id, column))

        return ClassSheet(
            id=record.id,
            kind=record.kind,
            state=record.state,
            uploaded_at=record.uploaded_at,
            row_count=record.row_count,
            not_passed=record.not_passed,
            filename=(opened("filename", record.filename) or b"-").decode(),
            original=opened("original", original),
            problems=(opened("problems", problems) or b"[]").decode(),
            trouble=record.trouble,
        )

    def _sheet_owner(self, class_id: str) -> str:
        return self.personal.blind_index("class", class_id)


def _seal_choices(keys: DataKeys, owner: str, new: store.NewClass) -> list[dict[str, Any]]:
    class_id = new.values["id"]
    return [
        {
            "row": choice["row"],
            "candidates": keys.seal(
                owner,
                json.dumps(choice["candidates"], ensure_ascii=False).encode(),
                _place("link_choice", f"{class_id}|{choice['row']}", "candidates"),
            ),
        }
        for choice in new.choices
    ]


def _open_choice(keys: DataKeys, owner: str, record: Record) -> Choice:
    name = f"{record.class_id}|{record.row}"
    candidates = keys.unseal(owner, record.candidates, _place("link_choice", name, "candidates"))
    chosen = None
    if record.chosen is not None:
        chosen = keys.unseal(owner, record.chosen, _place("link_choice", name, "chosen")).decode()
    return Choice(
        row=record.row,
        candidates=json.loads(candidates),
        chosen=chosen,
        is_decided=record.decided_at is not None,
    )


def _seal_row(keys: DataKeys, person: str, row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name != "details"}
    place = _row_place(row["class_id"], row["row"])
    return {**values, "person": person, "dataset": keys.seal(person, row["details"].to_bytes(), place)}


def _seal_intent(keys: DataKeys, person: str, intent: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in intent.items() if name != "details"}
    place = _place("issuance", intent["intent_id"], "dataset")
    return {**values, "person": person, "dataset": keys.seal(person, intent["details"].to_bytes(), place)}


def _open(keys: DataKeys, record: Record) -> Intent:
    """One intent; what it has not come to yet is empty."""

    def opened(column: str, sealed: bytes | None) -> bytes:
        place = _place("issuance", record.intent_id, column)
        return keys.unseal(record.person, sealed, place) if sealed else b""

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
        cryptosuite=record.cryptosuite,
        key_id=record.key_id,
        created=record.created,
        state=record.state,
        details=Details.from_bytes(opened("dataset", record.dataset)),
        document=opened("document", record.document),
        proof_config=record.proof_config or b"",
        secured=opened("secured", record.secured),
    )


def _row_place(class_id: str, row: int) -> Place:
    return _place("class_row", f"{class_id}|{row}", "dataset")


def _place(table: str, row: str, column: str) -> Place:
    return Place(table=table, row=row, column=column)
