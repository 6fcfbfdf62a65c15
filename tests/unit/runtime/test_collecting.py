"""Nobody waits while a server looks through all that it remembers, and nothing in vain fills its memory."""

import asyncio
import gc
from collections import deque

import pytest

from runtime.collecting import keep_collecting, resident_bytes, settle
from runtime.tasks import end_tasks

_REMEMBERED = 100_000
_OF_ONE_REQUEST = 1_000


@pytest.fixture
def settled() -> None:
    settle()


@pytest.mark.usefixtures("settled")
def test_only_the_newest_objects_are_looked_through_between_requests() -> None:
    asyncio.run(_remember_and_forget())


async def _remember_and_forget() -> None:
    looked: list[tuple[int, int]] = []

    def note(phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            looked.append((told["generation"], len(gc.get_objects(generation=0))))

    memory = deque(([number] for number in range(_REMEMBERED)), maxlen=_REMEMBERED)
    gc.collect()
    task = asyncio.create_task(keep_collecting())
    gc.callbacks.append(note)
    try:
        for _ in range(2 * _REMEMBERED // _OF_ONE_REQUEST):
            # As much is forgotten as is remembered, so that Python counts nothing new.
            memory.extend([number] for number in range(_OF_ONE_REQUEST))
            await asyncio.sleep(0.005)
    finally:
        gc.callbacks.remove(note)
        await end_tasks(task)
    assert {generation for generation, _ in looked} == {0}
    assert max(newest for _, newest in looked) < _REMEMBERED / 2


class _InVain:
    """A large thing that refers to itself."""

    def __init__(self) -> None:
        self.itself = self
        self.body = bytearray(b"x") * 1_000_000


@pytest.mark.usefixtures("settled")
def test_what_was_in_use_at_each_look_does_not_fill_the_memory() -> None:
    asyncio.run(_hold_large_things_for_a_while())


async def _hold_large_things_for_a_while() -> None:
    before, task = resident_bytes(), asyncio.create_task(keep_collecting())
    held: deque[_InVain] = deque(maxlen=20)
    try:
        for _ in range(400):
            held.append(_InVain())
            await asyncio.sleep(0.01)
    finally:
        await end_tasks(task)
    assert resident_bytes() - before < 250_000_000
