"""The shell around the verifier: what it fetches, how often, and what it does when that fails."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime import documents, fetch, verification
from runtime.documents import Edition, edition_of
from runtime.exhibits import MAX_URLS
from runtime.least_recently_used import LeastRecentlyUsed
from runtime.settings import Settings, SettingsError
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell, policy_from_settings
from tests.simulator import (
    CENTRE_DID,
    CENTRE_URL,
    NOTES_URL,
    STATUS_DID_URL,
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
    RecordingFetcher,
    did_key_signer,
    signer_for,
)
from vc.errors import EvidenceUnavailable, ParseError
from vc.model.evidence import Need
from vc.model.verdict import Answer, Outcome, Question, Reason, Verification
from vc.trust.decide import decide

REFRESH = timedelta(seconds=5)
JUST_OVER = REFRESH + timedelta(seconds=1)


@pytest.fixture(params=["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def world(request: pytest.FixtureRequest) -> IssuerWorld:
    return IssuerWorld(request.param)


@pytest.fixture
def jcs_world() -> IssuerWorld:
    return IssuerWorld("eddsa-jcs-2022")


def shell_of(world: IssuerWorld, **options: Any) -> VerificationShell:
    settings: dict[str, Any] = {
        "fetcher": world.fetcher,
        "clock": world.clock,
        "policy": world.policy,
        "list_refresh_seconds": 5,
        "memory": TrustMemory.of_this_process(),
    }
    return VerificationShell(**settings | options)


def verify(shell: VerificationShell, raw: bytes) -> Verification:
    return asyncio.run(shell.verify(raw))


def outcome(shell: VerificationShell, raw: bytes) -> Outcome:
    return decide(verify(shell, raw)).outcome


def reason(result: Verification, question: Question) -> Reason:
    return result.verdicts[question].reason


# What is fetched ---------------------------------------------------------------------------------


def test_a_genuine_credential_is_accepted_after_each_document_was_fetched_once(world: IssuerWorld) -> None:
    assert outcome(shell_of(world), world.issue()) is Outcome.ACCEPTED
    assert world.fetcher.urls == [TRUST_LIST_URL, TRUST_ROOT_URL, CENTRE_URL, world.list_url, STATUS_DID_URL]


def test_a_second_verification_while_everything_is_fresh_fetches_nothing(world: IssuerWorld) -> None:
    shell = shell_of(world)
    verify(shell, world.issue(0))
    asked = len(world.fetcher.requests)
    assert outcome(shell, world.issue(1)) is Outcome.ACCEPTED
    assert len(world.fetcher.requests) == asked


def test_the_notes_are_fetched_only_for_a_revoked_credential(world: IssuerWorld) -> None:
    shell = shell_of(world)
    world.publish_status({7})
    verify(shell, world.issue(6))
    assert NOTES_URL not in world.fetcher.urls
    result = verify(shell, world.issue(7))
    assert NOTES_URL in world.fetcher.urls
    assert result.verdicts[Question.IN_FORCE].since == world.now.date().isoformat()


def test_a_changed_list_has_its_notes_asked_for_again(jcs_world: IssuerWorld) -> None:
    shell = shell_of(jcs_world)
    jcs_world.publish_status({7})
    verify(shell, jcs_world.issue(0))
    jcs_world.clock.advance(timedelta(seconds=3))
    verify(shell, jcs_world.issue(7))
    jcs_world.publish_status({7, 8})
    jcs_world.clock.advance(timedelta(seconds=3))
    assert verify(shell, jcs_world.issue(8)).verdicts[Question.IN_FORCE].since is not None
    asked = jcs_world.fetcher.urls.count(NOTES_URL)
    verify(shell, jcs_world.issue(8))
    assert jcs_world.fetcher.urls.count(NOTES_URL) == asked == 2


@pytest.mark.parametrize("kind", ["did_web", "did_key"])
def test_nothing_named_by_an_unknown_issuer_is_contacted(jcs_world: IssuerWorld, kind: str) -> None:
    did, signer = did_key_signer("stranger")
    status = jcs_world.status_entry(0) | {"statusListCredential": "https://attacker.example.com/list"}
    if kind == "did_key":
        document = jcs_world.unsigned(issuer={"id": did}, credentialStatus=status)
        raw = jcs_world.sign(document, signer=signer)
    else:
        document = jcs_world.unsigned(issuer={"id": "did:web:attacker.example.com"}, credentialStatus=status)
        raw = jcs_world.sign(document)
    result = verify(shell_of(jcs_world), raw)
    assert reason(result, Question.ENTITLED) is Reason.ISSUER_UNKNOWN
    assert jcs_world.fetcher.urls == [TRUST_LIST_URL, TRUST_ROOT_URL]


def test_bytes_that_are_no_credential_are_an_error_and_contact_nobody(jcs_world: IssuerWorld) -> None:
    with pytest.raises(ParseError):
        verify(shell_of(jcs_world), b'{"a": 1, "a": 2}')
    assert jcs_world.fetcher.requests == []


def test_more_lists_than_the_bound_are_not_fetched_and_could_not_be_checked(jcs_world: IssuerWorld) -> None:
    url = "https://{}.lists.example.com/status"
    entries = [
        jcs_world.status_entry(n) | {"statusListCredential": url.format(n), "id": None} for n in range(16)
    ]
    for entry in entries:
        del entry["id"]
    result = verify(shell_of(jcs_world), jcs_world.issue(credentialStatus=entries))
    assert reason(result, Question.IN_FORCE) is Reason.STATUS_UNAVAILABLE
    assert len(jcs_world.fetcher.requests) == MAX_URLS


def test_a_core_that_never_stops_asking_ends_in_an_answer_after_bounded_fetches(
    jcs_world: IssuerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def insatiable(*_arguments: object) -> Need:
        nonlocal count
        count += 1
        return Need(urls=frozenset({f"https://{count}.example.com/"}))

    monkeypatch.setattr(verification, "step", insatiable)
    with pytest.raises(EvidenceUnavailable):
        verify(shell_of(jcs_world), jcs_world.issue())
    assert len(jcs_world.fetcher.requests) < verification.MAX_ROUNDS


# Refreshing --------------------------------------------------------------------------------------


def test_a_revocation_is_seen_once_the_list_is_due_again(world: IssuerWorld) -> None:
    shell, raw = shell_of(world), world.issue(3)
    assert outcome(shell, raw) is Outcome.ACCEPTED
    world.clock.advance(timedelta(seconds=1))
    world.publish_status({3})
    assert outcome(shell, raw) is Outcome.ACCEPTED, "the list at hand is not due yet"
    world.clock.advance(REFRESH)
    result = verify(shell, raw)
    assert reason(result, Question.IN_FORCE) is Reason.REVOKED
    assert outcome(shell, world.issue(4)) is Outcome.ACCEPTED


def test_what_did_not_change_is_asked_for_conditionally_and_counts_as_fresh(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    verify(shell, raw)
    jcs_world.fetcher.requests.clear()
    jcs_world.clock.advance(JUST_OVER)
    result = verify(shell, raw)
    assert all(etag is not None for _, etag in jcs_world.fetcher.requests)
    assert len(jcs_world.fetcher.requests) == 5
    (basis,) = result.verdicts[Question.IN_FORCE].against[1:]
    assert basis.fetched_at == jcs_world.now
    jcs_world.fetcher.requests.clear()
    verify(shell, raw)
    assert jcs_world.fetcher.requests == []


def test_parallel_verifications_share_one_flight_per_document(jcs_world: IssuerWorld) -> None:
    class Slow(RecordingFetcher):
        async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
            await asyncio.sleep(0.01)
            return await super().get(url, etag=etag)

    slow = Slow(jcs_world.documents, jcs_world.clock)
    shell = shell_of(jcs_world, fetcher=slow)

    async def many() -> list[Verification]:
        return await asyncio.gather(*(shell.verify(jcs_world.issue(n)) for n in range(20)))

    results = asyncio.run(many())
    assert all(decide(result).outcome is Outcome.ACCEPTED for result in results)
    assert sorted(slow.urls) == sorted(set(slow.urls))


def test_a_caller_who_hangs_up_does_not_take_the_answer_from_the_others(jcs_world: IssuerWorld) -> None:
    gate = asyncio.Event()

    class Gated(RecordingFetcher):
        async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
            await gate.wait()
            return await super().get(url, etag=etag)

    shell = shell_of(jcs_world, fetcher=Gated(jcs_world.documents, jcs_world.clock))

    async def scene() -> Verification:
        impatient = asyncio.create_task(shell.verify(jcs_world.issue()))
        patient = asyncio.create_task(shell.verify(jcs_world.issue()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        impatient.cancel()
        gate.set()
        return await patient

    assert decide(asyncio.run(scene())).outcome is Outcome.ACCEPTED


def test_a_clock_set_back_asks_again_instead_of_trusting_the_future(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    verify(shell, raw)
    jcs_world.fetcher.requests.clear()
    jcs_world.clock.advance(-timedelta(minutes=2))
    verify(shell, raw)
    assert TRUST_LIST_URL in jcs_world.fetcher.urls


# Trouble -----------------------------------------------------------------------------------------


def test_while_publishers_are_down_the_bytes_at_hand_serve_with_their_true_age(world: IssuerWorld) -> None:
    shell, raw = shell_of(world), world.issue()
    got_at = world.now
    verify(shell, raw)
    world.go_offline()
    world.clock.advance(timedelta(hours=12))
    result = verify(shell, raw)
    assert decide(result).outcome is Outcome.ACCEPTED
    assert result.verdicts[Question.IN_FORCE].against[1].fetched_at == got_at


def test_a_list_kept_beyond_its_validity_clears_nobody(world: IssuerWorld) -> None:
    shell, raw = shell_of(world), world.issue()
    world.publish_trust_list(valid_until=world.now + timedelta(days=9))
    verify(shell, raw)
    world.go_offline()
    world.clock.advance(timedelta(hours=25))
    result = verify(shell, raw)
    assert reason(result, Question.IN_FORCE) is Reason.STATUS_STALE
    assert decide(result).outcome is Outcome.UNDETERMINED


@pytest.mark.parametrize(
    ("lost", "question", "expected"),
    [
        (TRUST_LIST_URL, Question.ENTITLED, Reason.TRUST_LIST_UNAVAILABLE),
        (CENTRE_URL, Question.AUTHENTIC, Reason.KEY_UNAVAILABLE),
        ("list", Question.IN_FORCE, Reason.STATUS_UNAVAILABLE),
        (STATUS_DID_URL, Question.IN_FORCE, Reason.STATUS_INVALID),
    ],
    ids=["trust_list", "issuer_key", "status_list", "registry_key"],
)
def test_what_could_never_be_fetched_is_undetermined(
    jcs_world: IssuerWorld, lost: str, question: Question, expected: Reason
) -> None:
    jcs_world.go_offline(jcs_world.list_url if lost == "list" else lost)
    result = verify(shell_of(jcs_world), jcs_world.issue())
    assert reason(result, question) is expected
    assert result.verdicts[question].answer is Answer.COULD_NOT_CHECK
    assert decide(result).outcome is Outcome.UNDETERMINED


def test_failures_are_retried_after_growing_pauses(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    jcs_world.go_offline()
    asked_at = []
    for second in range(64):
        before = len(jcs_world.fetcher.requests)
        verify(shell, raw)
        if len(jcs_world.fetcher.requests) > before:
            asked_at.append(second)
        jcs_world.clock.advance(timedelta(seconds=1))
    assert asked_at == [0, 1, 3, 7, 15, 30, 45, 60]
    jcs_world.come_back()
    jcs_world.clock.advance(timedelta(seconds=15))
    assert outcome(shell, raw) is Outcome.ACCEPTED


def test_an_older_status_list_is_not_taken_for_a_newer_one(world: IssuerWorld) -> None:
    shell, raw = shell_of(world), world.issue(3)
    yesterday = world.documents[world.list_url]
    world.clock.advance(timedelta(hours=1))
    world.publish_status({3})
    assert reason(verify(shell, raw), Question.IN_FORCE) is Reason.REVOKED
    world.documents[world.list_url] = yesterday
    world.clock.advance(JUST_OVER)
    assert reason(verify(shell, raw), Question.IN_FORCE) is Reason.REVOKED


def test_a_replayed_status_list_does_not_clear_who_is_not_in_the_newer_one(jcs_world: IssuerWorld) -> None:
    """The frozen list stays the evidence, so its age runs and in the end it clears nobody."""
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    old = jcs_world.documents[jcs_world.list_url]
    jcs_world.publish_trust_list(valid_until=jcs_world.now + timedelta(days=9))
    jcs_world.clock.advance(timedelta(minutes=1))
    jcs_world.publish_status({9})
    got_at = jcs_world.now
    verify(shell, raw)
    jcs_world.documents[jcs_world.list_url] = old
    jcs_world.clock.advance(timedelta(hours=2))
    assert verify(shell, raw).verdicts[Question.IN_FORCE].against[1].fetched_at == got_at


def test_an_older_trust_list_version_is_not_taken_for_a_newer_one(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    generous = jcs_world.documents[TRUST_LIST_URL]
    jcs_world.publish_trust_list(issuers=[])
    assert reason(verify(shell, raw), Question.ENTITLED) is Reason.ISSUER_UNKNOWN
    jcs_world.documents[TRUST_LIST_URL] = generous
    jcs_world.clock.advance(JUST_OVER)
    assert reason(verify(shell, raw), Question.ENTITLED) is Reason.ISSUER_UNKNOWN


def test_an_older_chain_of_roots_is_not_taken_for_a_longer_one(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    shorter = jcs_world.documents[TRUST_ROOT_URL]
    jcs_world.publish_root()
    verify(shell, raw)
    jcs_world.documents[TRUST_ROOT_URL] = shorter
    jcs_world.clock.advance(JUST_OVER)
    against = verify(shell, raw).verdicts[Question.ENTITLED].against
    assert (against[0].kind, against[0].version) == ("trustRoot", "2")


def test_a_forged_list_with_a_high_version_does_not_lock_out_the_true_one(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    verify(shell, raw)
    true_list = jcs_world.documents[TRUST_LIST_URL]
    jcs_world.publish_trust_list(version=1_000_000, signer=did_key_signer("forger")[1])
    jcs_world.clock.advance(JUST_OVER)
    assert reason(verify(shell, raw), Question.ENTITLED) is Reason.TRUST_LIST_INVALID
    jcs_world.documents[TRUST_LIST_URL] = true_list
    jcs_world.clock.advance(JUST_OVER)
    assert outcome(shell, raw) is Outcome.ACCEPTED


def test_a_rotated_key_is_found_when_the_lists_are_due(world: IssuerWorld) -> None:
    shell, old = shell_of(world), world.issue(0)
    verify(shell, old)
    world.clock.advance(timedelta(days=30))
    world.publish_status(set())
    world.rotate_issuer_key()
    world.clock.advance(timedelta(hours=1))
    new = world.sign(world.unsigned(1), created=world.now)
    assert outcome(shell, new) is Outcome.ACCEPTED
    assert outcome(shell, old) is Outcome.ACCEPTED


def test_a_key_announced_a_moment_ago_is_not_called_somebody_elses(world: IssuerWorld) -> None:
    shell = shell_of(world)
    verify(shell, world.issue(0))
    world.clock.advance(timedelta(seconds=2))
    world.rotate_issuer_key()
    new = world.sign(world.unsigned(1), created=world.now)
    assert outcome(shell, new) is Outcome.ACCEPTED


def test_an_issuer_listed_a_moment_ago_is_not_called_unknown(jcs_world: IssuerWorld) -> None:
    shell, raw = shell_of(jcs_world), jcs_world.issue()
    jcs_world.publish_trust_list(issuers=[])
    assert reason(verify(shell, raw), Question.ENTITLED) is Reason.ISSUER_UNKNOWN
    jcs_world.clock.advance(timedelta(seconds=2))
    jcs_world.publish_trust_list()
    assert outcome(shell, raw) is Outcome.ACCEPTED


def test_a_forger_has_the_list_asked_for_once_a_second_at_most(jcs_world: IssuerWorld) -> None:
    shell = shell_of(jcs_world)
    verify(shell, jcs_world.issue(0))
    jcs_world.clock.advance(timedelta(seconds=2))
    forged = [
        jcs_world.sign(jcs_world.unsigned(number), signer=signer_for("forger", CENTRE_DID, "key-9"))
        for number in range(5)
    ]
    answers = {reason(verify(shell, raw), Question.AUTHENTIC) for raw in forged}
    assert answers == {Reason.KEY_NOT_ISSUERS}
    assert jcs_world.fetcher.urls.count(TRUST_LIST_URL) == 2


def test_verifying_is_the_same_with_an_empty_and_with_a_full_memo(world: IssuerWorld) -> None:
    shell, raw = shell_of(world), world.issue()
    first = verify(shell, raw)
    assert verify(shell, raw).verdicts == first.verdicts
    assert verify(shell_of(world), raw).verdicts == first.verdicts


# Presentations -----------------------------------------------------------------------------------


def present(world: IssuerWorld, count: int) -> bytes:
    holder, _ = did_key_signer("holder")
    credentials = [world.issue(n, credentialSubject=world.subject(n) | {"id": holder}) for n in range(count)]
    # RDFC refuses to order the look-alike units of several credentials in one document.
    return world.present(*credentials, challenge="c-1", domain="recruiter.example", suite="eddsa-jcs-2022")


def test_a_presentation_binds_its_credentials_to_the_holder(world: IssuerWorld) -> None:
    answer = asyncio.run(
        shell_of(world).verify_presentation(present(world, 3), challenge="c-1", domain="recruiter.example")
    )
    assert [v.verdicts[Question.THIS_PERSONS].reason for v in answer.verifications] == [Reason.KEY_BOUND] * 3
    assert all(decide(v).outcome is Outcome.ACCEPTED for v in answer.verifications)


def test_a_presentation_for_another_challenge_is_refused(jcs_world: IssuerWorld) -> None:
    answer = asyncio.run(
        shell_of(jcs_world).verify_presentation(
            present(jcs_world, 1), challenge="c-2", domain="recruiter.example"
        )
    )
    assert decide(answer.verifications[0]).outcome is Outcome.REJECTED


# Parts -------------------------------------------------------------------------------------------


def test_the_memo_forgets_what_was_not_used_for_longest() -> None:
    memo: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(2)
    memo["a"], memo["b"] = 1, 2
    assert memo["a"] == 1
    memo["c"] = 3
    assert sorted(memo) == ["a", "c"]


def test_the_memo_keeps_within_its_bytes() -> None:
    memo: LeastRecentlyUsed[str, bytes] = LeastRecentlyUsed(9, max_bytes=10, size=len)
    memo["a"], memo["b"] = bytes(6), bytes(4)
    assert sorted(memo) == ["a", "b"]
    memo["a"] = bytes(5)
    assert sorted(memo) == ["a", "b"]
    memo["c"] = bytes(2)
    assert sorted(memo) == ["a", "c"]
    memo["d"] = bytes(11)
    assert sorted(memo) == ["a", "c"]


def test_the_store_keeps_within_its_bounds(jcs_world: IssuerWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [f"https://{n}.example.com/" for n in range(10)]
    jcs_world.documents.update(dict.fromkeys(urls, b"x" * 100))

    def held_after(filling: Callable[[documents.DocumentStore], Awaitable[object]]) -> int:
        store = documents.DocumentStore(fetcher=jcs_world.fetcher, clock=jcs_world.clock, refresh=REFRESH)
        asyncio.run(_run(filling(store)))
        return sum(store.fresh_or_none(url) is not None for url in urls)

    async def fill(store: documents.DocumentStore) -> None:
        for url in urls:
            await store.get(url)

    assert held_after(fill) == 10
    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 4)
    assert held_after(fill) == 4
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 250)
    assert held_after(fill) == 2


async def _run(work: Awaitable[object]) -> None:
    await work


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"not json", Edition()),
        (b"[]", Edition()),
        (b'{"credentialSubject": {"version": true}}', Edition()),
        (b'{"validFrom": "yesterday", "credentialSubject": {"version": 3}}', Edition()),
        (
            b'{"credentialSubject": {"version": 3}}',
            Edition(version=3, digest="828141ae3d925912cbb30bed6ceeaf8595fd157854d6a412e4ecbbf04a40ce0b"),
        ),
    ],
    ids=["not_json", "not_an_object", "version_is_boolean", "time_unreadable", "version"],
)
def test_the_edition_of_unreadable_bytes_is_unknown(body: bytes, expected: Edition) -> None:
    assert edition_of(body) == expected


def test_the_policy_of_a_production_verifier_refuses_demo_issuers(tmp_path: Path) -> None:
    anchor = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    demo = Settings(data_dir=tmp_path, trust_anchor=anchor)
    assert not policy_from_settings(demo).refuse_demo_issuers
    production = demo.model_copy(
        update={"mode": "production", "trust_list_url": "https://a.gov.kh/trust/list"}
    )
    policy = policy_from_settings(production)
    assert policy.refuse_demo_issuers
    assert policy.trust_list_url == "https://a.gov.kh/trust/list"


def test_there_is_no_policy_without_a_trust_anchor(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        policy_from_settings(Settings(data_dir=tmp_path))


def test_a_demo_issuer_is_refused_by_a_production_policy(jcs_world: IssuerWorld) -> None:
    shell = shell_of(jcs_world, policy=jcs_world.production_policy())
    result = verify(shell, jcs_world.issue())
    assert reason(result, Question.ENTITLED) is Reason.ISSUER_DEMO
    assert result.is_demo
    assert decide(result).outcome is Outcome.REJECTED


def test_the_simulator_signs_what_it_says(world: IssuerWorld) -> None:
    document = orjson.loads(world.issue(5, name="Mason", validUntil=None))
    assert document["name"] == "Mason"
    assert document["issuer"]["id"] == CENTRE_DID
    assert document["proof"]["cryptosuite"] == world.suite
