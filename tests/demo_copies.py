"""Demo worlds in this process that are copies of one made before: making one takes longer than most tests."""

import atexit
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import httpx2

from passport.demo_world import in_process
from passport.demo_world.people import DemoPerson
from runtime.clock import Clock, SystemClock
from runtime.settings import Settings

_ELSEWHERE: Final = ("database_url", "issuer_keyring")
"""Endings of the settings by which a part of the world lies outside its folder."""

_made: Final[dict[str, Settings]] = {}


@asynccontextmanager
async def demo_client(
    data_dir: Path,
    people: tuple[DemoPerson, ...],
    *,
    clock: Clock | None = None,
    has_phones: bool = False,
    **overrides: Any,
) -> AsyncIterator[httpx2.AsyncClient]:
    """As ``passport.demo_world.in_process.demo_client``.

    A copy wherever there is no world yet, and the whole of it lies in its folder.
    """
    if (data_dir.exists() and any(data_dir.iterdir())) or any(
        name.endswith(_ELSEWHERE) for name in overrides
    ):
        made = in_process.demo_client(data_dir, people, clock=clock, has_phones=has_phones, **overrides)
        async with made as client:
            yield client
        return
    settings = await _copied(data_dir, people, clock=clock, has_phones=has_phones, **overrides)
    async with in_process.running_client(settings, people, clock=clock or SystemClock()) as client:
        yield client


async def _copied(
    data_dir: Path, people: tuple[DemoPerson, ...], *, clock: Clock | None, has_phones: bool, **overrides: Any
) -> Settings:
    moment = clock and clock.now()
    name = repr((people, moment, has_phones, sorted(overrides.items())))
    if name not in _made:
        folder = Path(mkdtemp(prefix="passport-demo-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _made[name] = await in_process.make_demo(
            folder / "data", people, clock=clock or SystemClock(), has_phones=has_phones, **overrides
        )
    made = _made[name]
    shutil.copytree(made.data_dir, data_dir, dirs_exist_ok=True)
    return made.model_copy(update={"data_dir": data_dir})
