"""A host of status lists that is slow, falls silent, or is dead from the beginning, and who waits for it.

Requests come at a given rate and do not wait for one another, so that one that waits is seen as one. Half of
them are about the list of that host, half about another host's; the second half must not notice anything.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
import orjson

from loadtest.bodies import JSON_TYPE
from loadtest.faults.results import Acts, FaultRun
from loadtest.origin import Host, Mood, hosts
from loadtest.verifiers import verifiers
from loadtest.world import FORMATS, REVOKED_ONE_IN, SECOND_ORIGIN, LoadWorld
from runtime.clock import SystemClock
from tests.simulator import ORIGIN

_MADE: Final = FORMATS["eddsa-jcs-2022"]
_PAUSE_SECONDS: Final = 0.04
_LONG_SECONDS: Final = 1.0
_TIMEOUT: Final = 30
_FRESH_SECONDS: Final = 1
ACCEPTED, OPEN = "accepted", "undetermined"
OTHER: Final = "other host"
_JSON: Final = {"Content-Type": JSON_TYPE, "Accept": JSON_TYPE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One request: about which host's list, how long it took, and the decision."""

    about: str
    seconds: float
    outcome: str


def silent_host(*, seconds: float = 20.0) -> FaultRun:
    """Each state of the host for so long. Figures are by state; see the facts for who waited."""
    began = time.monotonic()
    world = LoadWorld(SystemClock().now().replace(microsecond=0))
    found: dict[str, list[Asked]] = {}
    with (
        TemporaryDirectory(prefix="passport-silent-") as folder,
        hosts(world.documents, ORIGIN, SECOND_ORIGIN) as (first, second),
    ):
        with _verifier(Path(folder) / "warm", world, (first, second)) as url:
            for state, mood in (("well", Mood.WELL), ("slow", Mood.SLOW), ("silent", Mood.SILENT)):
                second.mood = mood
                found[state] = asyncio.run(_ask(url, world, seconds))
            second.mood = Mood.WELL
            found["well again"] = asyncio.run(_ask(url, world, seconds / 2))
        second.mood = Mood.SILENT
        with _verifier(Path(folder) / "cold", world, (first, second)) as url:
            found["never heard of"] = asyncio.run(_ask(url, world, seconds))
    return FaultRun(
        fault="slow, silent and dead status host",
        seconds=time.monotonic() - began,
        acts=[_acts(f"{state}, {about}", asked) for state, about, asked in _by_host(found)],
        facts=_facts(found),
        broken=tuple(_broken(found)),
    )


@contextmanager
def _verifier(folder: Path, world: LoadWorld, served: Sequence[Host]) -> Iterator[str]:
    """The address of a verifier, for as long as it is used."""
    folder.mkdir()
    with verifiers(folder, world, served, refresh_seconds=_FRESH_SECONDS) as (running,):
        yield running.url


async def _ask(url: str, world: LoadWorld, seconds: float) -> list[Asked]:
    bodies = {
        about: [world.body(_MADE, index, on_second_host=about != OTHER) for index in range(1, REVOKED_ONE_IN)]
        for about in ("its list", OTHER)
    }
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=400)
    async with (
        httpx2.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False, limits=limits) as client,
        asyncio.TaskGroup() as group,
    ):
        asked = []
        until, turn = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            for about, some in bodies.items():
                asked.append(group.create_task(_one(client, about, some[turn % len(some)])))
            turn += 1
            await asyncio.sleep(_PAUSE_SECONDS)
    return [task.result() for task in asked]


async def _one(client: httpx2.AsyncClient, about: str, body: bytes) -> Asked:
    began = time.monotonic()
    answer = await client.post("/credentials/verify", content=body, headers=_JSON)
    outcome = str(orjson.loads(answer.content)["decision"]["outcome"]) if answer.is_success else "failed"
    return Asked(about=about, seconds=time.monotonic() - began, outcome=outcome)


def _by_host(found: Mapping[str, Sequence[Asked]]) -> list[tuple[str, str, list[Asked]]]:
    return [
        (state, about, [one for one in asked if one.about == about])
        for state, asked in found.items()
        for about in ("its list", OTHER)
    ]


def _acts(name: str, asked: Sequence[Asked]) -> Acts:
    times = sorted(one.seconds for one in asked)
    return Acts(
        act=name,
        count=len(asked),
        failed=sum(one.outcome not in (ACCEPTED, OPEN) for one in asked),
        open=sum(one.outcome == OPEN for one in asked),
        longest_gap_seconds=times[-1],
        p50_ms=1000 * times[len(times) // 2],
        p99_ms=1000 * times[int(len(times) * 0.99)],
    )


def _facts(found: Mapping[str, Sequence[Asked]]) -> dict[str, float]:
    facts = {}
    for state, about, asked in _by_host(found):
        waited = sum(one.seconds > _LONG_SECONDS for one in asked)
        facts[f"share_that_waited_over_a_second_({state},_{about})"] = waited / len(asked)
    return facts


def _broken(found: Mapping[str, Sequence[Asked]]) -> list[str]:
    """*Accepted* where the list is at hand, *could not check* where it never was; nothing else ever."""
    broken = []
    for state, about, asked in _by_host(found):
        never = state == "never heard of" and about != OTHER
        wanted = {OPEN} if never else {ACCEPTED}
        wrong = sum(one.outcome not in wanted for one in asked)
        if wrong:
            broken.append(f"{state}, {about}: {wrong} of {len(asked)} answers are not {wanted.pop()}")
    return broken
