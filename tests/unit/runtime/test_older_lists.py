"""What lists lack that were got before the signature: asked for anew, and never a *no* where that fails."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from runtime.evidence_bundle import BundleSource, EvidenceBundle
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.simulator import CENTRE_DID, IssuerWorld, did_key_signer, signer_for
from tests.unit.vc.card.cards import card, issue
from vc.encoding.strict_json import JsonValue
from vc.model.credential import CREDENTIALS_V2
from vc.model.verdict import Outcome, Question, Reason, Verification
from vc.trust.decide import decide

REFRESH = 300
MOMENT = timedelta(seconds=2)


@pytest.fixture
def world() -> IssuerWorld:
    return IssuerWorld()


def shell_of(world: IssuerWorld) -> VerificationShell:
    """A shell that holds every list, got ``MOMENT`` ago."""
    shell = VerificationShell(
        fetcher=world.fetcher,
        clock=world.clock,
        policy=world.policy,
        list_refresh_seconds=REFRESH,
        memory=TrustMemory.of_this_process(),
    )
    assert decide(verify(shell, world.issue())).outcome is Outcome.ACCEPTED
    world.clock.advance(MOMENT)
    return shell


def verify(shell: VerificationShell, raw: bytes) -> Verification:
    return asyncio.run(shell.verify(raw))


def verify_card(shell: VerificationShell, text: str) -> Verification:
    return asyncio.run(shell.verify_card(text))


def forged_key(world: IssuerWorld, ahead: timedelta) -> bytes:
    """A certificate under a key of the centre that never was."""
    signer = signer_for("forger", CENTRE_DID, "key-9")
    return world.sign(world.unsigned(1), signer=signer, created=world.now + ahead)


def forged_issuer(world: IssuerWorld, ahead: timedelta) -> bytes:
    """A certificate of a stranger, who names an address of theirs as its status list."""
    did, signer = did_key_signer("stranger")
    status = world.status_entry(0) | {"statusListCredential": "https://attacker.example.com/list"}
    document = world.unsigned(1, issuer={"id": did}, credentialStatus=status)
    return world.sign(document, signer=signer, created=world.now + ahead)


def forged_card(world: IssuerWorld, ahead: timedelta) -> str:
    issued_at = world.now + ahead
    made = card(world, issued_at=issued_at, expires_at=issued_at + timedelta(days=9))
    return issue(world, made, signer=did_key_signer("stranger")[1])


def reason(result: Verification, question: Question) -> Reason:
    return result.verdicts[question].reason


AHEAD = pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=4)], ids=["now", "ahead"])


@AHEAD
def test_a_forger_who_writes_now_is_refused_at_once(world: IssuerWorld, ahead: timedelta) -> None:
    shell = shell_of(world)
    result = verify(shell, forged_key(world, ahead))
    assert reason(result, Question.AUTHENTIC) is Reason.KEY_NOT_ISSUERS
    world.clock.advance(MOMENT)
    result = verify(shell, forged_issuer(world, ahead))
    assert reason(result, Question.ENTITLED) is Reason.ISSUER_UNKNOWN
    world.clock.advance(MOMENT)
    result = verify_card(shell, forged_card(world, ahead))
    assert reason(result, Question.ENTITLED) is Reason.ISSUER_UNKNOWN
    assert decide(result).outcome is Outcome.REJECTED


@AHEAD
def test_lists_that_cannot_be_had_anew_leave_it_open(world: IssuerWorld, ahead: timedelta) -> None:
    shell = shell_of(world)
    world.fetcher.is_offline = True
    stranger = verify(shell, forged_issuer(world, ahead))
    assert reason(stranger, Question.ENTITLED) is Reason.ISSUER_NEWER_THAN_LIST
    assert reason(stranger, Question.IN_FORCE) is Reason.NOT_REACHED
    forged = verify(shell, forged_key(world, ahead))
    assert reason(forged, Question.AUTHENTIC) is Reason.KEY_NEWER_THAN_LIST
    on_card = verify_card(shell, forged_card(world, ahead))
    assert reason(on_card, Question.ENTITLED) is Reason.ISSUER_NEWER_THAN_LIST
    assert {decide(result).outcome for result in (stranger, forged, on_card)} == {Outcome.UNDETERMINED}
    assert "https://attacker.example.com/list" not in world.fetcher.urls


def test_a_presentation_by_a_key_of_no_document_is_refused(world: IssuerWorld) -> None:
    """Unchecked it would pass: who presents does not stop an acceptance."""
    shell = shell_of(world)
    world.fetcher.is_offline = True
    document: dict[str, JsonValue] = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": CENTRE_DID,
        "verifiableCredential": [orjson.loads(world.issue())],
    }
    signer = signer_for("forger", CENTRE_DID, "key-9")
    raw = world.sign(
        document, signer=signer, created=world.now, proof_purpose="authentication", challenge="c-1"
    )
    answer = asyncio.run(shell.verify_presentation(raw, challenge="c-1"))
    (verification,) = answer.verifications
    assert reason(verification, Question.THIS_PERSONS) is Reason.PRESENTATION_PROOF_INVALID
    assert decide(verification).outcome is Outcome.REJECTED


def test_within_the_second_in_which_the_list_was_had_it_is_left_open(world: IssuerWorld) -> None:
    shell = shell_of(world)
    verify(shell, forged_key(world, timedelta()))
    world.clock.advance(timedelta(milliseconds=500))
    raw = forged_key(world, timedelta())
    assert decide(verify(shell, raw)).outcome is Outcome.UNDETERMINED
    world.clock.advance(timedelta(seconds=1))
    assert reason(verify(shell, raw), Question.AUTHENTIC) is Reason.KEY_NOT_ISSUERS


def test_a_card_of_a_key_announced_a_moment_ago_is_good(world: IssuerWorld) -> None:
    """The list first says whose card it is, and only then is it known whose keys to have anew."""
    shell = shell_of(world)
    world.rotate_issuer_key()
    made = card(world, issued_at=world.now, expires_at=world.now + timedelta(days=9))
    assert decide(verify_card(shell, issue(world, made))).outcome is Outcome.ACCEPTED


def test_an_old_bundle_does_not_call_a_new_key_somebody_elses(world: IssuerWorld) -> None:
    items = world.evidence().items
    bundle = EvidenceBundle(
        made_at=world.now,
        base_url="https://skills-passport.example",
        did_host="skills-passport.example",
        trust_list_url=world.policy.trust_list_url,
        trust_root_url=world.policy.trust_root_url,
        anchor=world.trust_anchor.text,
        is_demo=True,
        items=items,
    )
    shell = VerificationShell(
        fetcher=BundleSource(bundle),
        clock=world.clock,
        policy=world.policy,
        list_refresh_seconds=REFRESH,
        memory=TrustMemory.of_this_process(),
    )
    old_forgery = forged_key(world, -timedelta(hours=1))
    world.clock.advance(timedelta(hours=3))
    world.rotate_issuer_key()
    new = world.sign(world.unsigned(1), created=world.now)
    assert reason(verify(shell, new), Question.AUTHENTIC) is Reason.KEY_NEWER_THAN_LIST
    assert decide(verify(shell, new)).outcome is Outcome.UNDETERMINED
    assert reason(verify(shell, old_forgery), Question.AUTHENTIC) is Reason.KEY_NOT_ISSUERS
