import asyncio

import pytest

from runtime.storage_errors import StorageUnavailable
from runtime.tasks import end_tasks, keep_doing

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


@pytest.mark.parametrize("error", [StorageUnavailable("It is gone."), OSError(28, "full"), ValueError("x")])
async def test_a_step_that_fails_is_done_again(error: Exception) -> None:
    done = 0

    async def step() -> None:
        nonlocal done
        done += 1
        if done == 1:
            raise error

    task = asyncio.create_task(keep_doing(step, every_seconds=0, failure="not done"))
    while done < 3 and not task.done():
        await asyncio.sleep(0)
    await end_tasks(task)
    assert done == 3
