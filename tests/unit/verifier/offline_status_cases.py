"""Situations that lie in the status lists and in the notes beside them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import orjson

from tests.simulator import (
    CENTRE_DID,
    NOTES_URL,
    STATUS_DID,
    STATUS_DID_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from tests.unit.vc.card.cards import CARD_INDEX, FIRST_INDEX, SECOND_INDEX, card, issue, place
from tests.unit.verifier.offline_case import GOOD, Case, altered, case_of, expect, status
from vc.encoding import multibase
from vc.status.bitstring_status_list import encode_list
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind

_LATER: Final = timedelta(hours=25)


def _published(revoked: set[int], **options: Any) -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status(revoked, **options)
    return case_of(world, text)


def _later(world: IssuerWorld, text: str, *without: str) -> Case:
    """A day later, with a new trust list and the old status lists."""
    world.clock.advance(_LATER)
    world.publish_trust_list()
    return case_of(world, text, *without)


@expect(status("-revoked"))
def card_revoked() -> Case:
    return _published({CARD_INDEX})


@expect(status("-revoked"))
def first_certificate_revoked() -> Case:
    return _published({FIRST_INDEX})


@expect(status("-revoked"))
def second_certificate_revoked() -> Case:
    return _published({SECOND_INDEX})


@expect(GOOD)
def neighbours_revoked() -> Case:
    return _published({CARD_INDEX - 1, CARD_INDEX + 1, CARD_INDEX ^ 7, 0, 131_071})


@expect(status("-suspended"))
def card_suspended() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_suspensions({CARD_INDEX})
    return case_of(world, text)


@expect(status("-cardReplaced"))
def card_replaced() -> Case:
    return _published({CARD_INDEX}, kind=ChangeKind.SUPERSEDED)


@expect(status("-revoked"))
def card_replaced_without_notes() -> Case:
    return _published({CARD_INDEX}, kind=ChangeKind.SUPERSEDED, with_notes=False)


@expect(status("-revoked"))
def card_replaced_and_the_notes_tampered() -> Case:
    world = IssuerWorld()
    world.publish_status({CARD_INDEX}, kind=ChangeKind.SUPERSEDED)
    return altered(
        world, NOTES_URL, lambda body: body.replace(b'"effectiveDay":"2026', b'"effectiveDay":"2025')
    )


@expect(status("-revoked"))
def revoked_on_a_list_that_is_too_old() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX})
    return _later(world, text)


@expect(status("-revoked"))
def revoked_and_expired() -> Case:
    world = IssuerWorld()
    text = issue(world, card(world, expires_at=world.now))
    world.publish_status({CARD_INDEX})
    return case_of(world, text)


@expect(status("?statusStale"))
def list_too_old() -> Case:
    world = IssuerWorld()
    return _later(world, issue(world))


@expect(status("-expired"))
def list_too_old_and_the_card_expired() -> Case:
    world = IssuerWorld()
    return _later(world, issue(world, card(world, expires_at=world.now + timedelta(hours=1))))


@expect(status("?statusStale"))
def suspended_on_a_list_that_is_too_old() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_suspensions({CARD_INDEX})
    return _later(world, text)


@expect(status("?statusStale"))
def list_from_the_future() -> Case:
    world = IssuerWorld()
    text = issue(world)
    ahead = world.now + timedelta(seconds=301)
    world.publish_status(set(), valid_from=world.now)
    before = world.documents[world.list_url]
    world.publish_suspensions(set(), valid_from=ahead)
    _sign_again(world, world.suspension_url, lambda document: None)
    world.documents[world.list_url] = before
    return case_of(world, text)


@expect(status("?statusUnavailable"))
def list_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), world.list_url)


@expect(status("?statusUnavailable"))
def list_of_suspensions_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), world.suspension_url)


@expect(status("-revoked"))
def revoked_and_the_list_of_suspensions_missing() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX})
    return case_of(world, text, world.suspension_url)


def _on_a_second_list(world: IssuerWorld) -> str:
    """A card whose second certificate is on another list than the card."""
    first, second = card(world).facts
    return issue(world, card(world, facts=(first, replace(second, status=place(3, "2026-2")))))


@expect(status("?statusUnavailable"))
def fact_on_a_list_that_is_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, _on_a_second_list(world))


@expect(status("?statusInvalid"))
def another_list_in_the_place_of_the_second() -> Case:
    world = IssuerWorld()
    for url in (world.list_url, world.suspension_url):
        world.documents[url.replace("2026-1", "2026-2")] = world.documents[url]
    return case_of(world, _on_a_second_list(world))


@expect(status("?statusInvalid"))
def keys_of_the_registry_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), STATUS_DID_URL)


@expect(status("?statusInvalid"))
def list_signed_by_a_stranger() -> Case:
    return _published(set(), signer=did_key_signer("stranger")[1])


@expect(status("?statusInvalid"))
def list_signed_by_a_thief_in_the_registrys_name() -> Case:
    return _published(set(), signer=signer_for("thief", STATUS_DID, "status-1"))


@expect(status("?statusInvalid"))
def list_signed_by_the_centre_itself() -> Case:
    world = IssuerWorld()
    text = issue(world)
    _sign_again(
        world, world.list_url, lambda document: document.update(issuer=CENTRE_DID), signer=world.centre
    )
    return case_of(world, text)


@expect(status("?statusInvalid"))
def list_signed_with_a_key_stolen_before() -> Case:
    world = IssuerWorld()
    text = issue(world)
    key = world.status_keys[0]
    world.status_keys[0] = type(key)(signer=key.signer, compromised_since=world.now - timedelta(hours=1))
    world.publish_trust_list()
    return case_of(world, text)


@expect(status("?statusInvalid"))
def list_tampered() -> Case:
    world = IssuerWorld()
    world.publish_status({CARD_INDEX})
    clear = encode_list(131_072, set()).encode()
    marked = encode_list(131_072, {CARD_INDEX}).encode()
    return altered(world, world.list_url, lambda body: body.replace(marked, clear))


@expect(status("?statusInvalid"))
def lists_exchanged() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_status({CARD_INDEX})
    world.documents[world.list_url] = world.documents[world.suspension_url]
    return case_of(world, text)


@expect(status("?statusInvalid"))
def list_of_another_purpose() -> Case:
    return _published(set(), purpose=StatusPurpose.SUSPENSION)


def _sign_again(
    world: IssuerWorld, url: str, change: Callable[[dict[str, Any]], object], **options: Any
) -> None:
    """Publish the document at ``url`` with ``change`` made before it was signed."""
    document = orjson.loads(world.documents[url])
    del document["proof"]
    change(document)
    signer = options.get("signer", world.status_signer)
    world.documents[url] = world.sign(document, signer=signer, created=world.now)


def _rightly_signed(change: Callable[[dict[str, Any]], object]) -> Case:
    """A good card and a list that the registry signed with ``change`` in it."""
    world = IssuerWorld()
    text = issue(world)
    _sign_again(world, world.list_url, change)
    return case_of(world, text)


def _encoded(encoded: str) -> Case:
    return _rightly_signed(lambda document: document["credentialSubject"].update(encodedList=encoded))


@expect(status("?statusInvalid"))
def list_that_is_not_gzip() -> Case:
    return _encoded(multibase.encode_base64url(bytes(16_384)))


@expect(status("?statusInvalid"))
def list_cut_short() -> Case:
    raw = multibase.decode(encode_list(131_072, {5}), max_bytes=10**6)
    return _encoded(multibase.encode_base64url(raw[:-4]))


@expect(status("?statusInvalid"))
def list_followed_by_other_bytes() -> Case:
    raw = multibase.decode(encode_list(131_072, {5}), max_bytes=10**6)
    return _encoded(multibase.encode_base64url(raw + raw))


@expect(status("?statusInvalid"))
def list_without_the_index() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world, card(world, status=place(131_072))))


@expect(status("?statusInvalid"))
def list_of_two_bits_an_entry() -> Case:
    return _rightly_signed(lambda document: document["credentialSubject"].update(statusSize=2))


@expect(GOOD)
def list_with_more_than_it_must_have() -> Case:
    return _rightly_signed(lambda document: document.update(name="The list", extra=[1, {"id": "urn:x"}]))


@expect(status("?statusInvalid"))
def list_that_is_no_credential() -> Case:
    return _rightly_signed(lambda document: document.update(type=["BitstringStatusListCredential"]))


@expect(status("?statusInvalid"))
def list_with_an_unknown_context_added_on_the_way() -> Case:
    def add(body: bytes) -> bytes:
        document = orjson.loads(body)
        document["@context"].append("https://elsewhere.example/context")
        return orjson.dumps(document)

    world = IssuerWorld()
    return altered(world, world.list_url, add)


@expect(status("?statusInvalid"))
def list_with_a_member_twice() -> Case:
    world = IssuerWorld()
    return altered(
        world, world.list_url, lambda body: body.replace(b'"issuer":', b'"issuer":"urn:x","issuer":', 1)
    )


@expect(status("?statusInvalid"))
def list_without_a_proof() -> Case:
    world = IssuerWorld()

    def strip(body: bytes) -> bytes:
        document = orjson.loads(body)
        del document["proof"]
        return orjson.dumps(document)

    return altered(world, world.list_url, strip)


@expect(status("?statusInvalid"))
def list_signed_for_another_purpose() -> Case:
    world = IssuerWorld()
    text = issue(world)
    document = orjson.loads(world.documents[world.list_url])
    del document["proof"]
    world.documents[world.list_url] = world.sign(
        document, signer=world.status_signer, created=world.now, proof_purpose="authentication"
    )
    return case_of(world, text)


@expect(status("?statusInvalid"))
def list_signed_in_the_future() -> Case:
    world = IssuerWorld()
    text = issue(world)
    document = orjson.loads(world.documents[world.list_url])
    del document["proof"]
    created = world.now + timedelta(seconds=301)
    world.documents[world.list_url] = world.sign(document, signer=world.status_signer, created=created)
    return case_of(world, text)
