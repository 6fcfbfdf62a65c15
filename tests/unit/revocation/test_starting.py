"""A registry whose database goes away at the very moment of its start publishes when it is back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from revocation import publication
from revocation.service import Registry
from runtime.clock import SystemClock
from runtime.database import Database, StorageUnavailable
from runtime.settings import Settings
from runtime.tasks import end_tasks
from tests.unit.revocation.service_world import make_context

pytestmark = pytest.mark.anyio


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    settings = Settings(data_dir=tmp_path, status_publish_interval_seconds=1)
    database = Database.open(settings, "revocation")
    database.upgrade()
    yield Registry(make_context(settings, database, SystemClock()))
    database.close()


async def test_it_starts_and_publishes_at_the_next_turn(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    due_lists = publication.due_lists

    def gone_at_first(*arguments: Any, **named: Any) -> tuple[str, ...]:
        turns.append("asked")
        if len(turns) == 1:
            raise StorageUnavailable("It is gone.")
        return due_lists(*arguments, **named)

    monkeypatch.setattr(publication, "due_lists", gone_at_first)
    assert await registry.start()
    assert registry.trouble is None
    running = asyncio.create_task(registry.run())
    with anyio.fail_after(10):
        while len(turns) < 2 and not running.done():
            await anyio.sleep(0.05)
    await end_tasks(running)
    assert len(turns) >= 2, "nothing was published any more"
