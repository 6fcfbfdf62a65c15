"""Who waits for a host that takes its whole time to fail, and what they are told."""

import asyncio
import time
from datetime import timedelta

import pytest

from runtime import documents, fetch
from runtime.clock import FixedClock
from runtime.documents import FAILURE_KEPT, DocumentStore
from tests.simulator import RecordingFetcher
from vc.model.evidence import EvidenceItem, Fetched, Unavailable

URL, BODY = "https://lists.example/status/lists/1", b'{"validFrom": "2026-11-27T12:00:00Z"}'
REFRESH = timedelta(seconds=5)
TIMEOUT = 0.4

pytestmark = pytest.mark.anyio


class SilentFetcher(RecordingFetcher):
    """While it is silent, each fetch fails after ``TIMEOUT``; an answer takes ``delay`` seconds."""

    is_silent = False
    delay = 0.0

    async def get(self, url: str, *, etag: str | None = None) -> fetch.FetchResult:
        """See ``documents.Source``."""
        await asyncio.sleep(TIMEOUT if self.is_silent else self.delay)
        answer = await super().get(url, etag=etag)
        if self.is_silent:
            return fetch.Unavailable(url=url, reason=fetch.UnavailableReason.TIMEOUT)
        return answer


class Scene:
    """One document, one host, one store, and a clock that is moved."""

    def __init__(self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(documents, "PATIENCE_SECONDS", 0.05)
        self.clock = clock
        self.fetcher = SilentFetcher({URL: BODY}, clock)
        self.store = DocumentStore(fetcher=self.fetcher, clock=clock, refresh=REFRESH)

    async def ask(self) -> tuple[EvidenceItem, float]:
        began = time.monotonic()
        item = await self.store.get(URL)
        return item, time.monotonic() - began

    async def fail_once(self) -> EvidenceItem:
        """The first failure is waited for by whoever meets it."""
        self.fetcher.is_silent = True
        item, seconds = await self.ask()
        assert seconds >= TIMEOUT
        self.clock.advance(timedelta(seconds=2))
        return item


@pytest.fixture
def scene(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(clock, monkeypatch)


async def test_what_is_at_hand_is_the_answer_with_its_true_age_and_nobody_waits_again(scene: Scene) -> None:
    first, _ = await scene.ask()
    scene.clock.advance(REFRESH)
    assert await scene.fail_once() == first
    asked = len(scene.fetcher.requests)
    answers = await asyncio.gather(*(scene.ask() for _ in range(20)))
    assert {item for item, _ in answers} == {first}
    assert max(seconds for _, seconds in answers) < TIMEOUT / 2
    later, seconds = await scene.ask()
    assert (later, seconds < 0.04) == (first, True), "the patience is for a flight, not for each who asks"
    await asyncio.sleep(TIMEOUT)
    assert len(scene.fetcher.requests) == asked + 1, "they shared one flight, and it went on"


async def test_where_nothing_is_at_hand_it_could_not_be_had(scene: Scene) -> None:
    await scene.fail_once()
    item, seconds = await scene.ask()
    assert isinstance(item, Unavailable)
    assert seconds < TIMEOUT / 2
    await asyncio.sleep(TIMEOUT)


async def test_a_host_that_is_back_is_heard_by_the_next_who_asks(scene: Scene) -> None:
    await scene.fail_once()
    scene.fetcher.is_silent = False
    item, _ = await scene.ask()
    assert isinstance(item, Fetched)


async def test_an_answer_that_comes_late_is_there_for_the_next(scene: Scene) -> None:
    await scene.fail_once()
    scene.fetcher.is_silent, scene.fetcher.delay = False, 0.2
    assert isinstance((await scene.ask())[0], Unavailable)
    await asyncio.sleep(0.3)
    item, seconds = await scene.ask()
    assert isinstance(item, Fetched)
    assert seconds < 0.1


async def test_a_failure_of_long_ago_shortens_nobodys_answer(scene: Scene) -> None:
    await scene.fail_once()
    scene.clock.advance(FAILURE_KEPT)
    scene.fetcher.is_silent, scene.fetcher.delay = False, 0.2
    assert isinstance((await scene.ask())[0], Fetched)


async def test_a_host_that_is_only_slow_is_waited_for(scene: Scene) -> None:
    scene.fetcher.delay = 0.2
    assert isinstance((await scene.ask())[0], Fetched)
    scene.clock.advance(REFRESH)
    first = len(scene.fetcher.requests)
    item, seconds = await scene.ask()
    assert (isinstance(item, Fetched), len(scene.fetcher.requests)) == (True, first + 1)
    assert seconds >= 0.2
