"""Nobody waits while a server looks through everything that it remembers."""

import gc
from collections.abc import Iterator

import pytest

from runtime.collecting import settle

_REMEMBERED = 300_000


@pytest.fixture
def settled() -> Iterator[None]:
    before = gc.get_threshold()
    settle()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("settled")
def test_only_the_newest_objects_are_looked_through_between_requests() -> None:
    passes: list[int] = []

    def note(phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            passes.append(told["generation"])

    gc.callbacks.append(note)
    try:
        remembered = [[number] for number in range(_REMEMBERED)]
    finally:
        gc.callbacks.remove(note)
    assert set(passes) == {0}
    assert len(passes) > 50, f"at most some thousands at a time, of {len(remembered)}"
