"""A verifier of a whole country: thousands of issuers on the trust list, scores of status lists."""

import asyncio

import pytest

from loadtest.flat_world import WideWorld
from runtime import documents
from runtime.documents import edition_of
from tests.simulator import TRUST_LIST_URL, IssuerWorld
from vc.model.verdict import Outcome
from vc.trust.decide import decide

ISSUERS = 2_000
LISTS = 80


def test_a_trust_list_of_two_thousand_issuers_is_read_and_held_to_its_order() -> None:
    world = WideWorld(issuers=ISSUERS)
    shell = world.shell()
    for number in (0, ISSUERS - 1):
        assert decide(asyncio.run(shell.verify(world.issue_wide(number)))).outcome is Outcome.ACCEPTED
    assert edition_of(world.documents[TRUST_LIST_URL]).version == world.trust_list_version


def test_what_was_proven_is_not_read_again_at_every_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    world = WideWorld(lists=2)
    shell, read = world.shell(), []

    def counted(body: bytes) -> documents.Edition:
        read.append(body)
        return edition_of(body)

    monkeypatch.setattr(documents, "edition_of", counted)
    numbers = range(4)
    for number in numbers:
        asyncio.run(shell.verify(world.issue_wide(number)))
    assert len(read) == len(set(read))


def test_a_list_that_comes_again_is_still_held_to_the_newest_proven() -> None:
    world = IssuerWorld()
    store = documents.DocumentStore(fetcher=world.fetcher, clock=world.clock, refresh=documents.RENEW_AFTER)
    older = world.documents[TRUST_LIST_URL]
    newer = world.publish_trust_list()
    for body in (newer, older, newer):
        store.remember_proven(TRUST_LIST_URL, body)
    world.documents[TRUST_LIST_URL] = older
    item = asyncio.run(store.get(TRUST_LIST_URL))
    assert getattr(item, "reason", None) == documents.ROLLED_BACK


@pytest.mark.full
def test_a_worker_remembers_the_notes_of_every_list() -> None:
    world = WideWorld(lists=LISTS)
    shell = world.shell()

    async def check_all() -> None:
        for number in range(LISTS):
            decision = decide(await shell.verify(world.issue_wide(number, ended=True)))
            assert decision.outcome is Outcome.REJECTED

    asyncio.run(check_all())
    notes = [name for name in shell._memo if name.startswith("notes:")]
    assert len(notes) == LISTS


@pytest.mark.full
def test_a_worker_remembers_the_keys_of_every_issuer() -> None:
    world = WideWorld(issuers=ISSUERS)
    shell = world.shell()

    async def check_all() -> None:
        for number in range(ISSUERS):
            await shell.verify(world.issue_wide(number))

    asyncio.run(check_all())
    issuers = [name for name in shell._memo if name.startswith("did:did:web:")]
    assert len(issuers) == ISSUERS + 1
