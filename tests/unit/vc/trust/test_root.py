"""The chain of root documents: who signed, how many, and what may follow what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import ROOT_DID, IssuerWorld, did_key_signer
from vc.crypto.keys import InMemorySigner
from vc.errors import MalformedValue, ProtocolError
from vc.trust.anchor import TrustAnchor, parse_anchor
from vc.trust.root import Root, parse_chain, require_chain

STRANGER = did_key_signer("stranger")[1]
FOURTH = did_key_signer("root 4")[1]
KEYS = [did_key_signer(f"root {number}")[1].public_key.multikey for number in (1, 2, 3)]


def chain_of(world: IssuerWorld, anchor: TrustAnchor | None = None) -> tuple[Root, ...]:
    body = orjson.dumps({"roots": world.roots})
    return require_chain(parse_chain(body), anchor or world.trust_anchor)


def test_an_anchor_reads_as_it_is_written() -> None:
    text = f"2:{KEYS[0]}, {KEYS[1]},{KEYS[2]}"
    anchor = parse_anchor(text, did=ROOT_DID)
    assert (anchor.threshold, list(anchor.keys)) == (2, KEYS)
    assert anchor.text == text.replace(" ", "")
    assert parse_anchor(KEYS[0], did=ROOT_DID).text == f"1:{KEYS[0]}"


P256 = "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{KEYS[0]},{KEYS[1]}", "how many"),
        (f"two:{KEYS[0]},{KEYS[1]}", "number of keys"),
        (f"-1:{KEYS[0]},{KEYS[1]}", "number of keys"),
        (f"2:{KEYS[0]}", "at least one and at most all"),
        (f"0:{KEYS[0]}", "at least one and at most all"),
        (f"99999999999999999999:{KEYS[0]}", "at least one and at most all"),
        (f"2:{KEYS[0]},{KEYS[0]}", "twice"),
        (f"1:{P256}", "Ed25519"),
        ("1:", "Ed25519"),
        ("z6Mk", "Ed25519"),
    ],
)
def test_an_anchor_that_cannot_be_is_refused_in_words_without_its_keys(text: str, words: str) -> None:
    with pytest.raises(MalformedValue) as refused:
        parse_anchor(text, did=ROOT_DID)
    assert words in str(refused.value)
    assert KEYS[0] not in str(refused.value)


def test_keys_may_change_one_after_the_other() -> None:
    world = IssuerWorld()
    first, second, third = world.root_keys
    world.publish_root(world.sign_root(world.root_document(keys=[second, third, FOURTH]), second, third))
    world.publish_root(world.sign_root(world.root_document(keys=[third, FOURTH]), third, FOURTH))
    assert [root.version for root in chain_of(world)] == [1, 2, 3]
    later = TrustAnchor(
        did=ROOT_DID, threshold=2, keys=(third.public_key.multikey, FOURTH.public_key.multikey)
    )
    assert [root.version for root in chain_of(world, later)] == [3]
    assert first.public_key.multikey not in chain_of(world)[-1].keys


def one_signature(world: IssuerWorld) -> None:
    world.roots = [world.sign_root(world.root_document(version=1), world.root_keys[0])]


def the_same_key_twice(world: IssuerWorld) -> None:
    key = world.root_keys[0]
    world.roots = [world.sign_root(world.root_document(version=1), key, key)]


def a_stranger_beside_one_key(world: IssuerWorld) -> None:
    world.roots = [world.sign_root(world.root_document(version=1), world.root_keys[0], STRANGER)]


def keys_of_its_own_only(world: IssuerWorld) -> None:
    document = world.root_document(version=1, keys=[STRANGER, FOURTH])
    world.roots = [world.sign_root(document, STRANGER, FOURTH)]


def pinned_keys_but_not_enough_of_its_own(world: IssuerWorld) -> None:
    first, second, _ = world.root_keys
    world.roots = [world.sign_root(world.root_document(version=1, threshold=3), first, second)]


def altered_afterwards(world: IssuerWorld) -> None:
    world.roots[0]["validUntil"] = "2036-01-01T00:00:00Z"


def context_added_afterwards(world: IssuerWorld) -> None:
    contexts: Any = world.roots[0]["@context"]
    contexts.append("https://www.w3.org/ns/credentials/examples/v2")


def another_purpose(world: IssuerWorld) -> None:
    document = world.root_document(version=1)
    for key in world.root_keys[:2]:
        document = orjson.loads(
            world.sign(document, signer=key, suite="eddsa-jcs-2022", proof_purpose="authentication")
        )
    world.roots = [document]


def a_gap(world: IssuerWorld) -> None:
    world.publish_root(world.sign_root(world.root_document(version=3), *world.root_keys))


def a_fork(world: IssuerWorld) -> None:
    world.publish_root()
    document = world.root_document(version=2, valid_until=world.now + timedelta(days=9))
    world.publish_root(world.sign_root(document, *world.root_keys))


def backwards(world: IssuerWorld) -> None:
    world.publish_root()
    world.roots.reverse()


def a_successor_its_predecessor_did_not_sign(world: IssuerWorld) -> None:
    document = world.root_document(keys=[STRANGER, FOURTH])
    world.publish_root(world.sign_root(document, STRANGER, FOURTH, world.root_keys[0]))


def a_successor_by_a_retired_key(world: IssuerWorld) -> None:
    first, second, third = world.root_keys
    world.publish_root(world.sign_root(world.root_document(keys=[second, third]), second, third))
    world.publish_root(world.sign_root(world.root_document(keys=[second, third]), first, second))


def a_successor_that_its_own_keys_did_not_sign(world: IssuerWorld) -> None:
    first, second, _ = world.root_keys
    world.publish_root(world.sign_root(world.root_document(keys=[STRANGER, FOURTH]), first, second))


def of_another_root(world: IssuerWorld) -> None:
    document = world.root_document(version=1) | {"issuer": "did:web:elsewhere.example:trust"}
    world.roots = [world.sign_root(document, *world.root_keys)]


def none(world: IssuerWorld) -> None:
    world.roots = []


@pytest.mark.parametrize(
    "fault",
    [
        one_signature,
        the_same_key_twice,
        a_stranger_beside_one_key,
        keys_of_its_own_only,
        pinned_keys_but_not_enough_of_its_own,
        altered_afterwards,
        context_added_afterwards,
        another_purpose,
        a_gap,
        a_fork,
        backwards,
        a_successor_its_predecessor_did_not_sign,
        a_successor_by_a_retired_key,
        a_successor_that_its_own_keys_did_not_sign,
        of_another_root,
        none,
    ],
)
def test_a_chain_that_does_not_hold_is_refused(fault: Callable[[IssuerWorld], None]) -> None:
    world = IssuerWorld()
    assert len(chain_of(world)) == 1
    fault(world)
    with pytest.raises(ProtocolError):
        chain_of(world)


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("version", 0, "version"),
        ("threshold", 4, "threshold"),
        ("threshold", 0, "threshold"),
        ("rootKeys", [KEYS[0], KEYS[0]], "rootKeys"),
        ("rootKeys", [P256], "rootKeys"),
        ("rootKeys", [], "rootKeys"),
        ("listKeys", [], "listKeys"),
        ("listKeys", [{"publicKeyMultibase": KEYS[0]}], "listKeys/0/validFrom"),
        ("listKeys", [{"publicKeyMultibase": P256, "validFrom": "2026-01-01T00:00:00Z"}], "listKeys"),
    ],
)
def test_a_malformed_root_names_the_place(member: str, value: Any, pointer: str) -> None:
    world = IssuerWorld()
    document: dict[str, Any] = world.root_document(version=1)
    document["credentialSubject"][member] = value
    world.roots = [world.sign_root(document, *world.root_keys)]
    with pytest.raises(MalformedValue) as refused:
        chain_of(world)
    assert refused.value.findings[0].pointer == f"/credentialSubject/{pointer}"


def test_a_signature_more_says_the_same_root() -> None:
    world, other = IssuerWorld(), IssuerWorld()
    signers: list[InMemorySigner] = world.root_keys
    other.roots = [other.sign_root(other.root_document(version=1), *signers)]
    assert chain_of(world)[0].digest == chain_of(other)[0].digest
