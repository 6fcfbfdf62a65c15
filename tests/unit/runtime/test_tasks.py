import asyncio

import pytest

from runtime.tasks import end_tasks

pytestmark = pytest.mark.anyio


async def test_a_task_that_loses_its_cancellation_is_told_again() -> None:
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end_tasks(task)
    assert task.cancelled()
    assert lost == 2


async def test_tasks_that_ended_by_themselves_are_left_alone() -> None:
    async def fail() -> None:
        raise ValueError

    async def succeed() -> None:
        return

    tasks = asyncio.create_task(fail()), asyncio.create_task(succeed())
    await asyncio.sleep(0)
    await end_tasks(*tasks)
    assert all(task.done() for task in tasks)
