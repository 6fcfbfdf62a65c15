"""After a key was stolen: what the issuance log held stays good, what it did not hold is forged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.simulator import IssuerWorld
from vc.crypto.keys import KeyType
from vc.jose.envelope import envelop_credential
from vc.jose.secured import parse_credential_jwt, sign_credential_jwt
from vc.model.evidence import Evidence, Need
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.proof.data_integrity import hash_data
from vc.trust.decide import decide
from vc.verify import step

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def signed_bytes(raw: bytes, key_type: KeyType = KeyType.ED25519) -> bytes:
    """What the key signed, built from the published credential alone."""
    document = orjson.loads(raw)
    config = {name: value for name, value in document.pop("proof").items() if name != "proofValue"}
    return hash_data(document, config, key_type)


def verify(world: IssuerWorld, raw: bytes, evidence: Evidence | None = None) -> Verification:
    result = step(raw, evidence or world.evidence(), world.policy, world.now)
    assert isinstance(result, Verification)
    return result


@pytest.mark.parametrize(
    ("suite", "key_type"),
    [
        ("eddsa-jcs-2022", KeyType.ED25519),
        ("eddsa-rdfc-2022", KeyType.ED25519),
        ("ecdsa-jcs-2019", KeyType.P256),
        ("ecdsa-rdfc-2019", KeyType.P384),
    ],
)
def test_what_the_log_held_before_the_theft_is_judged_normally(suite: str, key_type: KeyType) -> None:
    world = IssuerWorld(suite, key_type=key_type)
    genuine = world.issue()
    world.lose_key(world.now - timedelta(hours=1), [signed_bytes(genuine, key_type)])
    assert decide(verify(world, genuine)).outcome is Outcome.ACCEPTED
    world.publish_status({0})
    assert verify(world, genuine).verdicts[Question.IN_FORCE].reason is Reason.REVOKED


def test_a_forgery_dated_before_the_theft_is_not_authentic() -> None:
    world = IssuerWorld()
    genuine, forged = world.issue(0), world.issue(1)
    world.lose_key(world.now - timedelta(hours=1), [signed_bytes(genuine)])
    verdicts = verify(world, forged).verdicts
    for question in (Question.AUTHENTIC, Question.ENTITLED):
        assert (verdicts[question].answer, verdicts[question].reason) == (Answer.NO, Reason.KEY_COMPROMISED)
    assert decide(verify(world, forged)).headline == "Not genuine"


@pytest.mark.parametrize(
    ("after", "answer"), [(-SECOND, Answer.YES), (0 * SECOND, Answer.NO), (SECOND, Answer.NO)]
)
def test_the_border_of_the_theft(after: timedelta, answer: Answer) -> None:
    world = IssuerWorld()
    theft = world.now - DAY
    raw = world.sign(world.unsigned(), created=theft + after)
    world.lose_key(theft, [signed_bytes(raw)])
    assert verify(world, raw).verdicts[Question.AUTHENTIC].answer is answer


def test_a_set_does_not_bring_back_a_key_whose_window_had_ended() -> None:
    world = IssuerWorld()
    raw = world.sign(world.unsigned(), created=world.centre_keys[0].valid_from - SECOND)
    world.lose_key(world.now, [signed_bytes(raw)])
    assert verify(world, raw).verdicts[Question.AUTHENTIC].reason is Reason.KEY_RETIRED


def altered(world: IssuerWorld, url: str) -> Evidence:
    world.documents[url] = world.documents[url].replace(b'"prefix"', b' "prefix"')
    return world.evidence()


def emptied(world: IssuerWorld, url: str) -> Evidence:
    world.documents[url] = b"{}"
    return world.evidence()


@pytest.mark.parametrize(
    "trouble",
    [lambda world, url: world.evidence(without=[url]), altered, emptied],
    ids=["away", "altered", "empty"],
)
def test_without_its_part_of_the_set_nothing_can_be_said(
    trouble: Callable[[IssuerWorld, str], Evidence],
) -> None:
    world = IssuerWorld()
    genuine = world.issue()
    urls = world.lose_key(world.now - timedelta(hours=1), [signed_bytes(genuine)], prefix_bits=0)
    result = verify(world, genuine, trouble(world, urls[0]))
    verdict = result.verdicts[Question.AUTHENTIC]
    assert (verdict.answer, verdict.reason) == (Answer.COULD_NOT_CHECK, Reason.KEY_DIGESTS_UNAVAILABLE)
    assert decide(result).outcome is Outcome.UNDETERMINED


def test_the_set_of_another_instant_says_nothing() -> None:
    world = IssuerWorld()
    genuine = world.issue()
    world.lose_key(world.now - timedelta(hours=1), [signed_bytes(genuine)])
    entries: list[Any] = world.trust_entries()
    entries[0]["keys"][0]["compromisedSince"] = "2026-11-22T02:30:00Z"
    world.publish_trust_list(issuers=entries)
    assert verify(world, genuine).verdicts[Question.AUTHENTIC].reason is Reason.KEY_DIGESTS_UNAVAILABLE


def test_only_the_part_the_credential_falls_into_is_asked_for() -> None:
    world = IssuerWorld()
    genuine = [world.issue(index) for index in range(20)]
    urls = world.lose_key(world.now, map(signed_bytes, genuine), prefix_bits=3)
    evidence = Evidence(items={url: item for url, item in world.evidence().items.items() if url not in urls})
    need = step(genuine[0], evidence, world.policy, world.now)
    assert isinstance(need, Need)
    assert len(need.urls) == 1
    assert need.urls <= set(urls)
    assert all(decide(verify(world, raw)).outcome is Outcome.ACCEPTED for raw in genuine)


def test_a_key_that_was_never_stolen_asks_for_no_set() -> None:
    world = IssuerWorld()
    genuine = world.issue()
    urls = world.lose_key(world.now - DAY - SECOND, [signed_bytes(genuine)])
    result = verify(world, world.issue(1), world.evidence(without=urls))  # signed after it
    assert result.verdicts[Question.AUTHENTIC].reason is Reason.KEY_COMPROMISED


@pytest.mark.parametrize("is_held", [True, False])
def test_tokens_are_named_by_their_signing_input(*, is_held: bool) -> None:
    world = IssuerWorld()
    token = sign_credential_jwt(world.unsigned(), world.centre, issued_at=world.now - DAY)
    held = [parse_credential_jwt(token).jws.signing_input] if is_held else []
    world.lose_key(world.now, held)
    result = verify(world, orjson.dumps(envelop_credential(token)))
    verdict = result.verdicts[Question.AUTHENTIC]
    assert verdict.reason is (Reason.PROOF_VALID if is_held else Reason.KEY_COMPROMISED)
    assert decide(result).outcome is (Outcome.ACCEPTED if is_held else Outcome.REJECTED)
