"""The whole demo inside this process: the all-in-one application and an HTTP client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from passport.assembly import assemble, open_contexts
from passport.demo_world.holders import LOOPBACK_PINS, give_phones_and_pins
from passport.demo_world.people import DemoPerson
from passport.demo_world.world import create_demo_world
from passport.dispatch import Dispatcher
from passport.front import with_simulated_provider
from runtime.clock import Clock, SystemClock
from runtime.settings import Settings, load_settings

PASSWORD = "demo-passport"  # noqa: S105 - a world that lives in one folder, for one command or test


@asynccontextmanager
async def demo_client(
    data_dir: Path,
    people: tuple[DemoPerson, ...],
    *,
    clock: Clock | None = None,
    has_phones: bool = False,
    **overrides: Any,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A running demo world in ``data_dir`` and a client of it that sends our own origin.

    ``has_phones``: the returnees who sign in have phones and PINs, as where it is served on loopback.
    ``overrides`` are settings. Requests go over HTTP messages but through no socket.
    """
    clock = clock or SystemClock()
    settings = await make_demo(data_dir, people, clock=clock, has_phones=has_phones, **overrides)
    async with running_client(settings, people, clock=clock) as client:
        yield client


async def make_demo(
    data_dir: Path, people: tuple[DemoPerson, ...], *, clock: Clock, has_phones: bool, **overrides: Any
) -> Settings:
    """Make the world that ``demo_client`` runs; the settings to run it with."""
    settings = with_simulated_provider(load_settings(data_dir=data_dir, mode="demo", **overrides))
    contexts = open_contexts(settings, clock)
    _, anchor = create_demo_world(contexts, people, passwords=PASSWORD)
    if has_phones:
        await give_phones_and_pins(contexts, people, LOOPBACK_PINS, keeps=True)
    contexts.close()
    return settings.model_copy(update={"trust_anchor": anchor})


@asynccontextmanager
async def running_client(
    settings: Settings, people: tuple[DemoPerson, ...], *, clock: Clock
) -> AsyncIterator[httpx2.AsyncClient]:
    """The world that there is already in the data folder of ``settings``, as ``demo_client``."""
    async with running_world(settings, people, clock=clock) as app:
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=settings.base_url,
            headers={"Origin": settings.base_url},
        )
        async with client:
            yield client


@asynccontextmanager
async def running_world(
    settings: Settings, people: tuple[DemoPerson, ...], *, clock: Clock
) -> AsyncIterator[Dispatcher]:
    """The applications of the world in the data folder of ``settings``, running."""
    contexts = open_contexts(settings, clock)
    try:
        app = assemble(contexts, people)
        async with app.running():
            yield app
    finally:
        contexts.close()
