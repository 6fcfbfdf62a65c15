"""Passport cards: order → reserve → prepare → record intent → sign → record done; and the reprint.

The laws are those of ``issuer.service.issuing``. Every step can be run again, and no transaction is open
while the registry is asked. A reprint ends one card and makes another; certificates are not touched.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import anyio.to_thread

from issuer import card_store, store
from issuer.clients import allocate_status, end_replaced_card, revoke_abandoned
from issuer.passport_card import render_card, render_sheet
from issuer.sealed_cards import KeptCard, SealedCards
from issuer.service.card_views import KIND_NAMES, decided_on, views_of
from issuer.service.classes import readable_class, slug_of
from issuer.service.delivery import readable_issuance, require_standing
from issuer.service.desk import Desk
from issuer.service.issuing import CHUNK, SIGNING_LEASE, created_under, whole_seconds
from issuer.unsealed import Intent
from runtime.audit_log import Entry
from runtime.auth import Principal
from runtime.entropy import random_uuid_urn, throwaway_signer
from runtime.personal_data_table import GENERAL
from runtime.qr import alphanumeric_matrix, png_of
from vc.card.claims import FACT_NUMBERS, FACT_TYPES, Card, CardKind, Fact, StatusPlace
from vc.card.document import LIST_CRYPTOSUITE
from vc.card.text import symbol_for
from vc.crypto.keys import Signer
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, MalformedValue, ProtocolError
from vc.issue.card import PreparedCard, complete_card, prepare_card, resume_card
from vc.trust.digests import signed_digest

WORK_VALIDITY: Final = timedelta(days=5 * 365)
"""How long a work card lasts. Its facts do not end, but cards wear out and names change."""


def sealed_cards(desk: Desk) -> SealedCards:
    """The desk's cards."""
    return SealedCards(desk.sealed.personal)


async def order(desk: Desk, principal: Principal, class_id: str) -> None:
    """Make the work card of every certificate of a class list that has none, and return when they are made.

    Raises ``NotFound``, ``ConflictError`` for a class list without certificates, ``EvidenceUnavailable``
    where the registry does not answer: what is left is then taken up later.
    """
    database, slug = desk.context.database, slug_of(principal)
    await readable_class(desk, principal, class_id)
    issued = [one for one in await database.read(store.issued_in_class, class_id) if one.ended is None]
    if not issued:
        raise ConflictError("This class list has no certificates yet.")
    key = await database.read(store.current_key, slug)
    new = [reservation(desk, key) | place_of(record) for record in issued]
    entry = Entry(actor=principal.subject, act="card.order", object=class_id)
    await database.write(card_store.order, new, entry, now=desk.context.clock.now())
    await run(desk, class_id, slug)


async def order_one(desk: Desk, principal: Principal, intent_ids: Sequence[str]) -> KeptCard:
    """Make one card of one or two certificates of a person; it takes the place of the first one's card.

    Raises ``NotFound``, ``MalformedValue`` for certificates of two people, and as ``order``.
    """
    database, slug = desk.context.database, slug_of(principal)
    found = [await readable_issuance(desk, principal, intent_id) for intent_id in intent_ids]
    for record in found:
        require_standing(record)
    if len(set(intent_ids)) != len(intent_ids) or len({record.person for record in found}) != 1:
        raise MalformedValue(
            "A card is made of different certificates of one person.", pointer="/credentials"
        )
    key = await database.read(store.current_key, slug)
    second = intent_ids[1] if len(intent_ids) > 1 else None
    new = reservation(desk, key) | place_of(found[0]) | {"second_intent_id": second}
    entry = Entry(actor=principal.subject, act="card.order", object=new["card_id"])
    await database.write(card_store.order_one, new, entry, now=desk.context.clock.now())
    await run(desk, found[0].class_id, slug)
    return await database.read(sealed_cards(desk).get, new["card_id"], slug)


async def reprint(desk: Desk, principal: Principal, card_id: str) -> KeptCard:
    """End a card and make another of the same credential; the successor.

    Raises ``NotFound``, ``ConflictError`` for a card that is not in force, and as ``order``.
    """
    database, slug = desk.context.database, slug_of(principal)
    key = await database.read(store.current_key, slug)
    successor = reservation(desk, key)
    await database.write(
        card_store.replace,
        card_id,
        slug,
        successor,
        actor=principal.subject,
        now=desk.context.clock.now(),
    )
    made = await database.read(sealed_cards(desk).get, successor["card_id"], slug)
    await run(desk, made.class_id, slug)
    return await database.read(sealed_cards(desk).get, made.card_id, slug)


async def run(desk: Desk, class_id: str, slug: str) -> None:
    """End what was replaced and make what was ordered; safe to run again after a crash."""
    database, cards = desk.context.database, sealed_cards(desk)
    registry = desk.context.peers.client("revocation")
    for record in await database.read(card_store.in_class, class_id, (card_store.REPLACED,)):
        await end_replaced_card(registry, record.card_id)
        await database.write(card_store.end, record.card_id)
    before = whole_seconds(desk.context.clock.now() - SIGNING_LEASE)
    await database.write(card_store.abandon, class_id, before)
    abandoned = await database.read(card_store.in_class, class_id, (card_store.ABANDONED,))
    # One given up because its key was stolen may have no index yet, which the registry could not revoke.
    if abandoned:
        await _entries(desk, abandoned)
    for record in abandoned:
        await revoke_abandoned(registry, record.card_id)
        key = await database.read(store.current_key, slug)
        await database.write(card_store.retire, record.card_id, reservation(desk, key))
    reserved = await database.read(cards.in_class, class_id, (card_store.RESERVED,))
    for start in range(0, len(reserved), CHUNK):
        await _intend(desk, reserved[start : start + CHUNK])
    intended = await database.read(cards.in_class, class_id, (card_store.INTENDED,))
    for start in range(0, len(intended), CHUNK):
        await _sign(desk, intended[start : start + CHUNK])


async def resume(desk: Desk) -> None:
    """Take up the cards that an earlier process, or a registry that was away, left unfinished."""
    for class_id, slug in await desk.context.database.read(card_store.unfinished_classes):
        await run(desk, class_id, slug)


async def sheet_of(desk: Desk, principal: Principal, class_id: str) -> bytes:
    """The issued cards of a class list as one PDF with cut marks. Raises ``NotFound``, ``ConflictError``."""
    database = desk.context.database
    await readable_class(desk, principal, class_id)
    kept = await database.read(sealed_cards(desk).in_class, class_id, (card_store.ISSUED,))
    if not kept:
        raise ConflictError("No cards of this class list have been made yet.")
    return await render_cards(desk, kept)


async def render_cards(desk: Desk, kept: Sequence[KeptCard]) -> bytes:
    """These issued cards as one PDF with cut marks; empty where there are none."""
    if not kept:
        return b""
    views = await views_of(desk, kept)
    return await anyio.to_thread.run_sync(render_sheet, views)


async def page_of(desk: Desk, principal: Principal, card_id: str) -> bytes:
    """One issued card as a PDF of its own size. Raises ``NotFound``."""
    (view,) = await views_of(desk, [await issued_card(desk, principal, card_id)])
    return await anyio.to_thread.run_sync(render_card, view)


async def picture_of(desk: Desk, principal: Principal, card_id: str) -> bytes:
    """The code of an issued card alone, as a PNG. Raises ``NotFound``."""
    text = (await issued_card(desk, principal, card_id)).text
    level = symbol_for(text).level
    return await anyio.to_thread.run_sync(lambda: png_of(alphanumeric_matrix(text, error_correction=level)))


async def issued_card(desk: Desk, principal: Principal, card_id: str) -> KeptCard:
    """An issued card of the principal's centre. Raises ``NotFound``, ``ConflictError`` where it was ended."""
    kept = await desk.context.database.read(sealed_cards(desk).get, card_id, slug_of(principal))
    if kept.state != card_store.ISSUED:
        raise ConflictError("This card is not in force any more.")
    return kept


def reservation(desk: Desk, key: store.Record) -> dict[str, Any]:
    """A new card under this key of a centre, without what it is of."""
    return {
        "card_id": random_uuid_urn(),
        "key_id": key.key_id,
        "created": created_under(desk, key),
        "state": card_store.RESERVED,
    }


def place_of(record: store.Record | Intent) -> dict[str, Any]:
    """What a work card is of, from its certificate."""
    names = ("intent_id", "class_id", "row", "centre_slug", "person")
    return {name: getattr(record, name) for name in names} | {"kind": KIND_NAMES[CardKind.WORK]}


async def _intend(desk: Desk, reserved: Sequence[KeptCard]) -> None:
    """Get status entries, prepare and lint, and record what we intend to sign."""
    database = desk.context.database
    credentials = {
        record.intent_id: record
        for record in await database.read(
            desk.sealed.issued_by_intents, [name for record in reserved for name in record.intent_ids]
        )
    }
    entries = await _entries(desk, reserved)

    def prepare_all() -> tuple[list[dict[str, Any]], list[str]]:
        prepared, refused = [], []
        for record in reserved:
            try:
                documents = [json.loads(credentials[name].document) for name in record.intent_ids]
                card = _card(record, documents, entries[record.card_id])
                permission = prepare_card(card, throwaway=_throwaway(desk, record.key_id))
            except ProtocolError:
                refused.append(record.card_id)
            else:
                intent = {"card_id": record.card_id, "person": record.person}
                prepared.append(intent | {"payload": permission.payload})
        return prepared, refused

    prepared, refused = await anyio.to_thread.run_sync(prepare_all)
    await database.write(sealed_cards(desk).record_intents, prepared)
    if refused:
        await database.write(card_store.refuse, refused)


async def _entries(desk: Desk, cards: Sequence[KeptCard] | Sequence[store.Record]) -> Any:
    """The status entry of each card, by its id; asking again gives the same."""
    return await allocate_status(
        desk.context.peers.client("revocation"),
        [
            {
                "intent_id": record.card_id,
                "credential_id": record.card_id,
                "issuer": desk.did_of(record.centre_slug),
                "cryptosuite": LIST_CRYPTOSUITE,
                # Only certificates of this class of data have a place on these cards.
                "pool": GENERAL,
            }
            for record in cards
        ],
    )


def _card(record: KeptCard, documents: Sequence[Mapping[str, Any]], status: Any) -> Card:
    """The card of credentials, read from the very documents that were signed; names are the newest's."""
    subject = max(documents, key=lambda document: str(document["validFrom"]))["credentialSubject"]
    created = parse_timestamp(record.created)
    ends = [parse_timestamp(document["validUntil"]) for document in documents if "validUntil" in document]
    facts = tuple(_fact(document) for document in documents)
    return Card(
        card_id=UUID(record.card_id).bytes,
        kind=FACT_TYPES[facts[0].type_number].kind,
        name_khmer=subject["nameKhmer"],
        name_latin=subject["nameLatin"],
        birth_year=date.fromisoformat(subject["birthDate"]).year,
        issued_at=created,
        expires_at=min([created + WORK_VALIDITY, *(end.replace(microsecond=0) for end in ends)]),
        status=_status_place(status),
        facts=facts,
    )


def _fact(document: Mapping[str, Any]) -> Fact:
    """A credential in short. Raises ``MalformedValue`` for one of a type that no card has a place for."""
    subject = document["credentialSubject"]
    achievement = subject.get("achievement", {})
    numbers = [FACT_NUMBERS[name] for name in document["type"] if name in FACT_NUMBERS]
    if len(numbers) != 1 or "humanCode" not in achievement:
        raise MalformedValue("A certificate of this type has no place on a card.", pointer="/type")
    return Fact(
        type_number=numbers[0],
        code=achievement["humanCode"],
        day=date.fromisoformat(decided_on(document)),
        status=_status_place(document["credentialStatus"]),
        level=achievement.get("cqfLevel"),
        is_part=subject.get("partial", False),
    )


def _status_place(status: Mapping[str, Any] | list[Mapping[str, Any]]) -> StatusPlace:
    """The place in a list; entries of other purposes stand at the same place."""
    entry = status[0] if isinstance(status, list) else status
    list_id = str(entry["statusListCredential"]).rsplit("/", 2)[1]
    return StatusPlace(list_id=list_id, index=int(entry["statusListIndex"]))


async def _sign(desk: Desk, intended: Sequence[KeptCard]) -> None:
    """Sign recorded intents and keep the texts."""
    database, keyring = desk.context.database, desk.context.keyring

    def permit_all() -> list[tuple[KeptCard, PreparedCard]]:
        return [
            (record, resume_card(record.payload, throwaway=_throwaway(desk, record.key_id)))
            for record in intended
        ]

    permissions = await anyio.to_thread.run_sync(permit_all)
    # Committed before the key is used, and after everything that may fail for another reason.
    only_once = [record.card_id for record, _ in permissions if not keyring.repeats_signatures(record.key_id)]
    mine: frozenset[str] = frozenset()
    if only_once:
        mine = await database.write(
            card_store.begin_signing, only_once, whole_seconds(desk.context.clock.now())
        )
    not_mine = frozenset(only_once) - mine

    def sign_all() -> list[dict[str, Any]]:
        issued_at = desk.context.clock.now().isoformat()
        return [
            _signed(record, prepared, desk.signer(record.key_id, record.centre_slug), issued_at)
            for record, prepared in permissions
            if record.card_id not in not_mine
        ]

    await database.write(sealed_cards(desk).record_issued, await anyio.to_thread.run_sync(sign_all))


def _signed(record: KeptCard, prepared: PreparedCard, signer: Signer, issued_at: str) -> dict[str, Any]:
    signed = complete_card(prepared, signer)
    text = signed.text.encode()
    return {
        "card_id": record.card_id,
        "person": record.person,
        "text": text,
        "digest": signed_digest(signed.signed),
        "sha256": hashlib.sha256(text).hexdigest(),
        "issued_at": issued_at,
    }


def _throwaway(desk: Desk, key_id: str) -> Signer:
    """A key that nobody keeps, of the kind that will sign."""
    return throwaway_signer(desk.context.keyring.public_key(key_id).key_type)
