"""Between service and card store: what a card says of a person is sealed here, and opened here.

A card is sealed under the data key of its person, as ``issuer.sealed`` does with certificates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from issuer import card_store
from issuer.card_store import Connection, Record
from runtime.personal_data import DataErased, DataKeys, PersonalData, Place


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptCard:
    """A row of ``card`` out of its seal; what it has not come to yet is empty."""

    card_id: str
    intent_id: str
    second_intent_id: str | None
    class_id: str
    row: int
    centre_slug: str
    kind: str
    person: str
    key_id: str
    created: str
    state: str
    payload: bytes
    text: str

    @property
    def intent_ids(self) -> tuple[str, ...]:
        """The intents of the credentials on it."""
        return (self.intent_id,) if self.second_intent_id is None else (self.intent_id, self.second_intent_id)


class SealedCards:
    """The card store as the service uses it."""

    def __init__(self, personal: PersonalData) -> None:
        """``personal`` holds the keys of this service's people."""
        self.personal = personal

    def in_class(
        self, connection: Connection, class_id: str, states: Sequence[str] = card_store.STANDING
    ) -> tuple[KeptCard, ...]:
        """``card_store.in_class``, without those of people who were erased."""
        return self._open(connection, card_store.in_class(connection, class_id, states))

    def of_people(
        self, connection: Connection, people: Sequence[str], states: Sequence[str] = card_store.STANDING
    ) -> tuple[KeptCard, ...]:
        """``card_store.of_people``, without those of people who were erased."""
        return self._open(connection, card_store.of_people(connection, people, states))

    def get(self, connection: Connection, card_id: str, slug: str) -> KeptCard:
        """One card of this centre. Raises ``NotFound``."""
        opened = self._open(connection, [card_store.get(connection, card_id, slug)])
        if not opened:
            raise DataErased("There is no such card.")
        return opened[0]

    def by_id(self, connection: Connection, card_id: bytes) -> KeptCard:
        """The card of this id (16 bytes), of whatever centre and state. Raises ``NotFound``."""
        opened = self._open(connection, [card_store.by_id(connection, UUID(bytes=card_id).urn)])
        if not opened:
            raise DataErased("There is no such card.")
        return opened[0]

    def record_intents(self, connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
        """``card_store.record_intents``, ``payload`` plain; each names its ``person``."""
        card_store.record_intents(connection, self._sealed(connection, intents, "payload"))

    def record_issued(self, connection: Connection, done: Sequence[Mapping[str, Any]]) -> None:
        """``card_store.record_issued``, ``text`` plain. A text for who was erased meanwhile goes nowhere."""
        card_store.record_issued(connection, self._sealed(connection, done, "text"))

    def _sealed(
        self, connection: Connection, items: Sequence[Mapping[str, Any]], column: str
    ) -> list[dict[str, Any]]:
        keys = self.personal.keys(connection, [item["person"] for item in items])
        return [
            {**item, column: keys.seal(item["person"], item[column], _place(item["card_id"], column))}
            for item in items
            if item["person"] in keys
        ]

    def _open(self, connection: Connection, records: Sequence[Record]) -> tuple[KeptCard, ...]:
        keys = self.personal.keys(connection, [record.person for record in records])
        return tuple(_opened(keys, record) for record in records if record.person in keys)


def _opened(keys: DataKeys, record: Record) -> KeptCard:
    def out_of_seal(column: str, sealed: bytes | None) -> bytes:
        return keys.unseal(record.person, sealed, _place(record.card_id, column)) if sealed else b""

    return KeptCard(
        card_id=record.card_id,
        intent_id=record.intent_id,
        second_intent_id=record.second_intent_id,
        class_id=record.class_id,
        row=record.row,
        centre_slug=record.centre_slug,
        kind=record.kind,
        person=record.person,
        key_id=record.key_id,
        created=record.created,
        state=record.state,
        payload=out_of_seal("payload", record.payload),
        text=out_of_seal("text", record.text).decode(),
    )


def _place(card_id: str, column: str) -> Place:
    return Place(table="card", row=card_id, column=column)
