"""Nobody waits while a server looks through everything that it remembers."""

import asyncio
import gc
from collections import deque
from collections.abc import Iterator

import pytest

from runtime.collecting import keep_collecting, settle
from runtime.tasks import end_tasks

_REMEMBERED = 100_000
_OF_ONE_REQUEST = 1_000


@pytest.fixture
def settled() -> Iterator[None]:
    before = gc.get_threshold()
    settle()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


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
