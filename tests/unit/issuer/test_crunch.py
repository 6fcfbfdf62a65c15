"""The heavy part over processes: in the order given, and again after one of them was killed."""

import os

import pytest

from issuer.crunch import CrunchInterrupted, InProcesses, InThread

pytestmark = pytest.mark.anyio


async def test_both_ways_answer_in_the_order_of_the_items() -> None:
    items = list(range(-120, 0))
    with InProcesses() as spread:
        for crunch in (spread, InThread()):
            assert await crunch(abs, items) == [-item for item in items]


async def test_an_error_comes_back_as_it_was_raised() -> None:
    with InProcesses() as crunch, pytest.raises(ValueError, match="invalid literal"):
        await crunch(int, ["1", "one"])


async def test_a_process_that_was_killed_interrupts_and_is_replaced() -> None:
    with InProcesses() as crunch:
        with pytest.raises(CrunchInterrupted):
            await crunch(os._exit, [1])
        assert await crunch(abs, [-1]) == [1]
