"""Situations that lie in the key a card was signed with, and in where that is published."""

from dataclasses import replace
from datetime import timedelta

import orjson

from tests.simulator import (
    ACCREDITED_SINCE,
    CENTRE_DID,
    CENTRE_URL,
    TRUST_LIST_URL,
    IssuerWorld,
    WorldKey,
    signer_for,
)
from tests.unit.vc.card.cards import card, issue
from tests.unit.verifier.offline_case import GOOD, Case, altered, case_of, expect, not_authentic
from vc.card.text import parse_card
from vc.crypto.keys import KeyType


@expect(GOOD)
def old_card_of_a_rotated_key() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.clock.advance(timedelta(hours=1))
    world.rotate_issuer_key()
    return case_of(world, text)


@expect(not_authentic("-keyRetired"))
def new_card_of_a_retired_key() -> Case:
    world = IssuerWorld()
    old = world.centre
    world.clock.advance(timedelta(hours=1))
    world.rotate_issuer_key()
    late = card(world, issued_at=world.now + timedelta(seconds=1))
    return case_of(world, issue(world, late, signer=old))


@expect(not_authentic("-keyRetired"))
def key_began_later_by_the_trust_list() -> Case:
    world = IssuerWorld()
    world.centre_keys[0] = replace(world.centre_keys[0], valid_from=world.now)
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(not_authentic("-keyRetired"))
def key_revoked_by_the_did_document() -> Case:
    world = IssuerWorld()

    def revoke(body: bytes) -> bytes:
        document = orjson.loads(body)
        document["verificationMethod"][0]["revoked"] = "2026-11-01T00:00:00Z"
        return orjson.dumps(document)

    return altered(world, CENTRE_URL, revoke)


def _stolen(world: IssuerWorld, *, before: bool) -> str:
    """A card of a key that was stolen a day ago; issued before, or after."""
    text = issue(world, card(world, issued_at=ACCREDITED_SINCE + timedelta(days=1)) if before else None)
    theft = world.now - timedelta(days=1)
    world.centre_keys[0] = replace(world.centre_keys[0], compromised_since=theft)
    world.publish_trust_list()
    return text


@expect(not_authentic("-keyCompromised", "-keyCompromised"))
def signed_after_the_theft() -> Case:
    world = IssuerWorld()
    return case_of(world, _stolen(world, before=False))


@expect(not_authentic("?keyHistoryUncertain"))
def signed_before_the_theft_says_the_card() -> Case:
    world = IssuerWorld()
    return case_of(world, _stolen(world, before=True))


def _logged(world: IssuerWorld, *, held: bool) -> tuple[str, list[str]]:
    text = issue(world)
    signed = [parse_card(text).signed] if held else []
    return text, world.lose_key(world.now, [*signed, *(bytes([n]) for n in range(20))], prefix_bits=2)


@expect(GOOD)
def signed_before_the_theft_says_the_log() -> Case:
    world = IssuerWorld()
    return case_of(world, _logged(world, held=True)[0])


@expect(not_authentic("-keyCompromised", "-keyCompromised"))
def dated_back_by_a_thief() -> Case:
    world = IssuerWorld()
    return case_of(world, _logged(world, held=False)[0])


@expect(not_authentic("?keyDigestsUnavailable"))
def the_log_of_a_stolen_key_is_missing() -> Case:
    world = IssuerWorld()
    text, parts = _logged(world, held=True)
    return case_of(world, text, *parts)


@expect(not_authentic("?keyDigestsUnavailable"))
def the_log_of_a_stolen_key_written_anew_by_the_thief() -> Case:
    text, parts = _logged(world := IssuerWorld(), held=False)
    before = {url: world.documents[url] for url in (TRUST_LIST_URL, CENTRE_URL)}
    world.lose_key(world.now, [parse_card(text).signed], prefix_bits=2)
    assert all(url in world.documents for url in parts)
    world.documents.update(before)
    return case_of(world, text)


@expect(not_authentic("-keyNotIssuers"))
def key_not_in_the_did_document() -> Case:
    world = IssuerWorld()
    unpublished = signer_for("centre 9", CENTRE_DID, "key-9")
    published = world.documents[CENTRE_URL]
    world.centre_keys.append(WorldKey(signer=unpublished))
    world.publish_trust_list()
    world.documents[CENTRE_URL] = published
    return case_of(world, issue(world, signer=unpublished))


@expect(not_authentic("?keyUnavailable"))
def did_document_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), CENTRE_URL)


@expect(not_authentic("?keyUnavailable"))
def did_document_of_somebody_else() -> Case:
    return altered(IssuerWorld(), CENTRE_URL, lambda body: body.replace(b"centres:poipet", b"centres:pailin"))


@expect(GOOD)
def did_document_with_a_jwk() -> Case:
    world = IssuerWorld("eddsa-jcs-2022", KeyType.P256)

    def spell(body: bytes) -> bytes:
        document = orjson.loads(body)
        method = document["verificationMethod"][0]
        del method["publicKeyMultibase"]
        method |= {"type": "JsonWebKey", "publicKeyJwk": world.centre.public_key.jwk}
        return orjson.dumps(document)

    return altered(world, CENTRE_URL, spell)


@expect(not_authentic("?keyUnavailable"))
def did_document_with_a_private_part() -> Case:
    return altered(
        IssuerWorld(),
        CENTRE_URL,
        lambda body: body.replace(b'"type":"Multikey"', b'"type":"Multikey","privateKeyMultibase":"z1"'),
    )
