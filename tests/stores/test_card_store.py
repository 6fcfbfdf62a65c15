"""``issuer.card_store`` on both databases: one card stands, none is signed twice, none survives erasure."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from issuer import card_store, store
from issuer.sealed import Sealed
from issuer.sealed_cards import SealedCards
from issuer.tables import card
from runtime import keyring as keyring_module
from runtime.audit_log import Entry
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.personal_data import PersonalData
from runtime.settings import Settings
from tests.stores.issuer_rows import CREATED, NOW, centre, key
from tests.stores.race import race
from vc.errors import ConflictError, NotFound

SERVICE = "issuer"
ENTRY = Entry(actor="clerk", act="card.order", object="class")
TEXT = "PC1:ខ្មែរ".encode()


@pytest.fixture
def sealed(settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sealed:
    monkeypatch.setitem(keyring_module._SCRYPT, "n", keyring_module._SCRYPT_LIMITS["n"][0])
    kept = settings.model_copy(update={"data_dir": tmp_path / "data"})
    database.write_now(store.register_centre, centre())
    database.write_now(store.register_centre_key, key("key"))
    return Sealed(PersonalData.open(kept, Keyring.open(kept, SERVICE)))


def reservation(name: str, **changes: Any) -> dict[str, Any]:
    values = {
        "card_id": f"urn:uuid:{name}",
        "intent_id": "intent",
        "class_id": "class",
        "row": 1,
        "centre_slug": "poipet",
        "kind": "work",
        "person": "person-1",
        "key_id": "key",
        "created": CREATED,
        "state": card_store.RESERVED,
    }
    return values | changes


def successor(name: str) -> dict[str, Any]:
    names = ("card_id", "key_id", "created", "state")
    return {part: reservation(name)[part] for part in names}


def order(database: Database, *cards: dict[str, Any]) -> None:
    database.write_now(card_store.order, cards, ENTRY, now=NOW)


def done(name: str, text: bytes = TEXT) -> dict[str, Any]:
    return {
        "card_id": f"urn:uuid:{name}",
        "person": "person-1",
        "text": text,
        "digest": b"digest",
        "sha256": "00",
        "issued_at": NOW.isoformat(),
    }


def states(database: Database) -> dict[str, str]:
    def read(connection: Connection) -> dict[str, str]:
        rows = connection.execute(select(card.c.card_id, card.c.state))
        return {row[0].rsplit(":", 1)[1]: row[1] for row in rows}

    return database.read_now(read)


def issue(database: Database, name: str) -> None:
    intent = {"card_id": f"urn:uuid:{name}", "payload": b"payload"}
    database.write_now(card_store.record_intents, [intent])
    database.write_now(card_store.record_issued, [done(name)])


def test_a_second_order_makes_no_second_card(database: Database) -> None:
    order(database, reservation("1"))
    order(database, reservation("2"))
    order(database, reservation("3", kind="health"))
    assert states(database) == {"1": "reserved", "3": "reserved"}


def test_cards_ordered_by_several_at_once_are_one(database: Database) -> None:
    offers = [[reservation(str(number))] for number in range(4)]
    made, refused = race(
        database, [partial(card_store.order, cards=offer, entry=ENTRY, now=NOW) for offer in offers]
    )
    assert (len(made), refused) == (4, [])
    assert list(states(database).values()) == ["reserved"]


def test_a_card_replaced_by_several_at_once_has_one_successor(database: Database) -> None:
    order(database, reservation("1"))
    issue(database, "1")
    replaced, refused = race(
        database,
        [
            partial(
                card_store.replace,
                card_id="urn:uuid:1",
                slug="poipet",
                successor=successor(str(number)),
                actor="clerk",
                now=NOW,
            )
            for number in range(2, 6)
        ],
    )
    assert len(replaced) == 1
    assert [type(refusal) for refusal in refused] == [ConflictError] * 3
    assert sorted(states(database).values()) == ["replaced", "reserved"]


def test_what_is_issued_keeps_its_text(database: Database) -> None:
    order(database, reservation("1"))
    issue(database, "1")
    database.write_now(card_store.record_issued, [done("1", b"other")])
    (kept,) = database.read_now(card_store.in_class, "class")
    assert (kept.state, kept.text) == ("issued", TEXT)


def test_nothing_is_issued_without_a_recorded_intent(database: Database) -> None:
    order(database, reservation("1"))
    database.write_now(card_store.record_issued, [done("1")])
    assert states(database) == {"1": "reserved"}


def test_a_card_is_signed_by_one_caller(database: Database) -> None:
    order(database, reservation("1"))
    database.write_now(card_store.record_intents, [{"card_id": "urn:uuid:1", "payload": b"p"}])
    first = database.write_now(card_store.begin_signing, ["urn:uuid:1"], CREATED)
    second = database.write_now(card_store.begin_signing, ["urn:uuid:1"], CREATED)
    assert (first, second) == (frozenset({"urn:uuid:1"}), frozenset())


def test_what_was_left_signing_is_given_up_and_followed(database: Database) -> None:
    order(database, reservation("1"))
    database.write_now(card_store.record_intents, [{"card_id": "urn:uuid:1", "payload": b"p"}])
    database.write_now(card_store.begin_signing, ["urn:uuid:1"], CREATED)
    database.write_now(card_store.abandon, "class", CREATED)
    order(database, reservation("2"))
    database.write_now(card_store.record_issued, [done("1")])
    assert states(database) == {"1": "abandoned"}, "the late text goes nowhere, and no second card stands"
    database.write_now(card_store.retire, "urn:uuid:1", successor("3"))
    database.write_now(card_store.retire, "urn:uuid:1", successor("4"))
    assert states(database) == {"1": "retired", "3": "reserved"}


def test_a_reprint_ends_one_card_once(database: Database) -> None:
    order(database, reservation("1"), reservation("9", intent_id="other", row=2))
    issue(database, "1")
    issue(database, "9")

    def replace(name: str, slug: str = "poipet") -> None:
        database.write_now(card_store.replace, "urn:uuid:1", slug, successor(name), actor="clerk", now=NOW)

    with pytest.raises(NotFound):
        replace("2", "elsewhere")
    replace("2")
    with pytest.raises(ConflictError):
        replace("3")
    assert states(database) == {"1": "replaced", "2": "reserved", "9": "issued"}
    assert database.read_now(card_store.unfinished_classes) == [("class", "poipet")]
    database.write_now(card_store.end, "urn:uuid:1")
    issue(database, "2")
    assert states(database) == {"1": "ended", "2": "issued", "9": "issued"}
    assert database.read_now(card_store.unfinished_classes) == []


def _ensure(connection: Connection, sealed: Sealed, person: str) -> None:
    sealed.personal.ensure_keys(connection, [person])


@pytest.mark.parametrize(("before", "after"), [("issued", "replaced"), ("refused", "retired")])
def test_a_card_by_choice_takes_the_place_of_the_one_that_stands(
    database: Database, before: str, after: str
) -> None:
    order(database, reservation("1"))
    new = reservation("2", second_intent_id="other")
    with pytest.raises(ConflictError):
        database.write_now(card_store.order_one, new, ENTRY, now=NOW)
    if before == "issued":
        issue(database, "1")
    else:
        database.write_now(card_store.refuse, ["urn:uuid:1"])
    database.write_now(card_store.order_one, new, ENTRY, now=NOW)
    assert states(database) == {"1": after, "2": "reserved"}


def test_the_texts_of_cards_are_kept_sealed(database: Database, sealed: Sealed) -> None:
    cards = SealedCards(sealed.personal)
    person = sealed.personal.person("RLD-1")
    database.write_now(_ensure, sealed, person)
    order(database, reservation("1", person=person))
    intent = {"card_id": "urn:uuid:1", "person": person, "payload": TEXT}
    database.write_now(cards.record_intents, [intent])
    database.write_now(cards.record_issued, [done("1") | {"person": person}])
    (raw,) = database.read_now(card_store.in_class, "class")
    assert TEXT not in raw.text
    assert TEXT not in raw.payload
    assert database.read_now(cards.get, "urn:uuid:1", "poipet").text.encode() == TEXT


def test_an_erasure_takes_the_cards_along(database: Database, sealed: Sealed) -> None:
    cards = SealedCards(sealed.personal)
    person = sealed.personal.person("RLD-1")
    database.write_now(_ensure, sealed, person)
    order(database, reservation("1", person=person), reservation("2", person=person, intent_id="b"))
    intent = {"card_id": "urn:uuid:1", "person": person, "payload": TEXT}
    database.write_now(cards.record_intents, [intent])
    database.write_now(cards.record_issued, [done("1") | {"person": person}])
    assert sealed.personal.erase(database, person, sealed.forget, at="2026-11-22T03:00:00Z")
    rows = database.read_now(card_store.in_class, "class", ("issued", "retired"))
    assert [(row.text, row.payload) for row in rows] == [(None, None), (None, None)]
    assert states(database) == {"1": "issued", "2": "retired"}
    with pytest.raises(NotFound):
        database.read_now(cards.get, "urn:uuid:1", "poipet")


def test_a_stolen_keys_record_names_cards_too(database: Database) -> None:
    database.write_now(store.register_centre, centre())
    database.write_now(store.register_centre_key, key("key"))
    order(database, reservation("1"), reservation("2", intent_id="b"))
    issue(database, "1")
    page = database.read_now(store.issued_with_key, "z6Mkkey", after="", limit=10)
    assert [(row.intent_id, row.digest) for row in page] == [("urn:uuid:1", b"digest")]
    assert not database.read_now(store.issued_with_key, "z6Mkkey", after="urn:uuid:1", limit=10)
