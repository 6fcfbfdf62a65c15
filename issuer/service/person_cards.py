"""Passport cards of one person, of whatever centre: the missing ones made, all renewed, all ended.

Who asks acts for the ministry or for the holder. Each card is signed by the key of its own centre, by the
laws of ``issuer.service.cards``.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from issuer import card_store, store
from issuer.sealed_cards import KeptCard
from issuer.service import cards
from issuer.service.card_views import KIND_NAMES
from issuer.service.cards import sealed_cards
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.audit_log import Entry
from runtime.personal_data_table import GENERAL
from vc.card.claims import FACT_TYPES, CardKind
from vc.errors import NotFound

_ON_A_WORK_CARD: Final = frozenset(known.name for known in FACT_TYPES.values() if known.kind is CardKind.WORK)


async def make_missing(desk: Desk, certificates: Sequence[Intent], *, actor: str) -> None:
    """Make a work card of each of these certificates that has none, where its type has a place on one.

    A centre whose key has ended makes no new cards; its certificates stand without. Raises
    ``EvidenceUnavailable`` where the registry does not answer: what is left is then taken up later.
    """
    fitting = [
        one
        for one in certificates
        if one.data_class == GENERAL and one.details.credential_type in _ON_A_WORK_CARD
    ]
    wanted = await desk.context.database.read(_without_card, fitting)
    if not wanted:
        return
    new = await _reserved(desk, wanted)
    now = desk.context.clock.now()
    for person in dict.fromkeys(values["person"] for values in new):
        theirs = [values for values in new if values["person"] == person]
        entry = Entry(actor=actor, act="card.order", object=person)
        await desk.context.database.write(card_store.order, theirs, entry, now=now)
    await _run(desk, {(values["class_id"], values["centre_slug"]) for values in new})


async def renew(
    desk: Desk, person: str, certificates: Sequence[Intent], *, actor: str
) -> tuple[KeptCard, ...]:
    """End every issued card of a person at once, and make others of these certificates; the new ones.

    ``certificates`` are those of the person that are in force. Raises ``ConflictError`` where a card changes
    meanwhile, and as ``make_missing``: then what is ended stays so, and the rest is made later.
    """
    database = desk.context.database
    issued = await database.read(card_store.of_people, [person], (card_store.ISSUED,))
    keys = await _open_keys(desk, {card.centre_slug for card in issued})
    in_force = {one.intent_id for one in certificates}
    pairs = [
        (card, cards.reservation(desk, keys[card.centre_slug]))
        for card in issued
        if card.centre_slug in keys and in_force.issuperset(_intents_of(card))
    ]

    def replace_all(connection: Connection) -> None:
        now = desk.context.clock.now()
        for card, successor in pairs:
            card_store.replace(connection, card.card_id, card.centre_slug, successor, actor=actor, now=now)
        # What has no successor, as its certificate or its centre's key ended, is ended all the same.
        card_store.end_of_person(connection, person, actor=actor, now=now)

    await database.write(replace_all)
    await _run(desk, {(card.class_id, card.centre_slug) for card in issued})
    await make_missing(desk, certificates, actor=actor)
    return await database.read(sealed_cards(desk).of_people, [person], (card_store.ISSUED,))


async def end_all(desk: Desk, rld_number: str, *, actor: str) -> int:
    """End every card that a person may have in hand; how many that were.

    Asked again it ends what was left, and nothing a second time. Raises ``EvidenceUnavailable`` where the
    registry has not acknowledged all of them; they are then ended in the background, or when asked again.
    """
    person = desk.sealed.personal.person(rld_number)
    now = desk.context.clock.now()
    ending = await desk.context.database.write(card_store.end_of_person, person, actor=actor, now=now)
    await _run(desk, {(card.class_id, card.centre_slug) for card in ending})
    return len(ending)


def _without_card(connection: Connection, certificates: Sequence[Intent]) -> list[Intent]:
    people = list({one.person for one in certificates})
    kind = KIND_NAMES[CardKind.WORK]
    standing = {
        name
        for card in card_store.of_people(connection, people, card_store.STANDING)
        if card.kind == kind
        for name in _intents_of(card)
    }
    return [one for one in certificates if one.intent_id not in standing]


def _intents_of(card: card_store.Record) -> tuple[str, ...]:
    return (card.intent_id,) if card.second_intent_id is None else (card.intent_id, card.second_intent_id)


async def _reserved(desk: Desk, certificates: Sequence[Intent]) -> list[dict[str, Any]]:
    keys = await _open_keys(desk, {one.centre_slug for one in certificates})
    return [
        cards.reservation(desk, keys[one.centre_slug]) | cards.place_of(one)
        for one in certificates
        if one.centre_slug in keys
    ]


async def _open_keys(desk: Desk, slugs: Iterable[str]) -> dict[str, store.Record]:
    found = {}
    for slug in sorted(slugs):
        try:
            found[slug] = await desk.context.database.read(store.current_key, slug)
        except NotFound:
            continue
    return found


async def _run(desk: Desk, classes: Iterable[tuple[str, str]]) -> None:
    for class_id, slug in sorted(classes):
        await cards.run(desk, class_id, slug)
