"""What is long is done beside the event loop, one after another; what is short is answered meanwhile."""

import asyncio
import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from runtime.aside import LONG_BYTES, aside
from runtime.least_recently_used import LeastRecentlyUsed
from runtime.trust_memory import TrustMemory
from runtime.verification import VerificationShell
from tests.simulator import IssuerWorld
from vc.model.evidence import Evidence
from vc.model.verdict import Outcome
from vc.trust.decide import decide
from vc.verify import step

_PATIENCE = 10


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each step that was done: whether it was beside the event loop."""
    seen: list[bool] = []

    def watched(raw: bytes, evidence: Evidence, *others: Any) -> Any:
        seen.append(threading.current_thread() is not threading.main_thread())
        return step(raw, evidence, *others)

    monkeypatch.setattr("runtime.verification.step", watched)
    return seen


def shell_of(world: IssuerWorld) -> VerificationShell:
    return VerificationShell(
        fetcher=world.fetcher,
        clock=world.clock,
        policy=world.policy,
        list_refresh_seconds=int(timedelta(hours=1).total_seconds()),
        memory=TrustMemory.of_this_process(),
    )


def test_only_what_was_just_fetched_or_is_long_is_read_aside(threads: list[bool]) -> None:
    world = IssuerWorld()
    shell = shell_of(world)

    async def check() -> None:
        assert decide(await shell.verify(world.issue(1))).outcome is Outcome.ACCEPTED
        first, *after_fetching = threads
        assert not first
        assert after_fetching
        assert all(after_fetching)
        threads.clear()
        assert decide(await shell.verify(world.issue(2))).outcome is Outcome.ACCEPTED
        assert threads == [False]
        threads.clear()
        long = world.issue(3, description="A" * LONG_BYTES)
        assert decide(await shell.verify(long)).outcome is Outcome.ACCEPTED
        assert threads == [True]

    asyncio.run(check())


def test_long_work_waits_for_long_work_and_nothing_else_does() -> None:
    began, go = threading.Event(), threading.Event()

    def first() -> str:
        began.set()
        assert go.wait(_PATIENCE)
        return "first"

    async def work() -> None:
        long = asyncio.create_task(aside(first))
        second = asyncio.create_task(aside(lambda: "second"))
        while not began.is_set():
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not second.done()
        go.set()
        assert (await long, await second) == ("first", "second")

    asyncio.run(work())


def test_a_memo_keeps_its_bounds_while_threads_share_it() -> None:
    def let_others_in(value: int) -> int:
        time.sleep(0)
        return value

    memo: LeastRecentlyUsed[int, int] = LeastRecentlyUsed(50, max_bytes=400, size=let_others_in)
    errors = []

    def use(seed: int) -> None:
        try:
            for number in range(500):
                key = number * seed % 97
                memo[key] = key % 13
                memo.get((key + 1) % 97)
        except KeyError as error:
            errors.append(error)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, (1, 3, 5, 11)))
    assert not errors
    assert len(memo) <= 50
    assert sum(memo[key] for key in list(memo)) <= 400
    for key in list(memo):
        del memo[key]
    memo.update(dict.fromkeys(range(50), 8))
    assert len(memo) == 50, "what it counted is what it holds"


def test_what_another_thread_forgets_meanwhile_was_found_all_the_same() -> None:
    class Forgotten(str):
        """Found at its first look-up, and gone before the second."""

        looked_up = 0

        def __hash__(self) -> int:
            self.looked_up += 1
            if self.looked_up == 2:
                del memo[str(self)]
            return super().__hash__()

    memo: LeastRecentlyUsed[str, int] = LeastRecentlyUsed(2, max_bytes=9)
    memo["a"] = 1
    assert memo.get(Forgotten("a")) == 1
    memo["b"] = 2
    assert memo[Forgotten("b")] == 2
    assert not memo


def test_what_led_to_an_error_aside_is_given_back_at_once() -> None:
    class Body:
        """It tells when it is gone."""

    gone: list[str] = []

    def refuse(body: Body) -> None:
        weakref.finalize(body, gone.append, "gone")
        raise ValueError

    async def ask() -> None:
        with suppress(ValueError):
            await aside(partial(refuse, Body()))

    gc.disable()
    try:
        asyncio.run(ask())
        # The thread, told to end, lets go of its last work a moment later.
        for _ in range(_PATIENCE * 100):
            if gone:
                break
            time.sleep(0.01)
        assert gone == ["gone"], "nothing but a search would find it"
    finally:
        gc.enable()
