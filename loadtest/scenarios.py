"""Setting up the scenarios of ``loadtest.people`` and running locust over them, one after the other.

Each has what it needs by itself: a verifier beside hosts of published documents, or all services apart on
PostgreSQL. What must happen meanwhile (a host falls silent, the database dies) happens here, while locust
runs in a process of its own.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from loadtest.bodies import write_bodies
from loadtest.mixes import MIXES
from loadtest.origin import Host, Mood, hosts
from loadtest.results import Answered, People
from loadtest.verifiers import api_key, spent_by, verifiers
from loadtest.world import FORMATS, REVOKED_ONE_IN, SECOND_LIST_URL, SECOND_ORIGIN, LoadWorld
from runtime.clock import SystemClock
from tests.served_demo import ServedDemo
from tests.simulator import ORIGIN
from vc.encoding.timestamps import format_timestamp

# Read by ``loadtest.people.shared``, which is imported by locust alone.
PLAN_VARIABLE: Final = "LOADTEST_PLAN"
_PEOPLE: Final = Path(__file__).with_name("people")
_ROOT: Final = Path(__file__).parents[1]
_CLOCK: Final = SystemClock()
_BEGIN_SECONDS: Final = 120
_STOP_SECONDS: Final = 60
_SECOND_PILE: Final = "on the second host"
# A verifier asks for its lists again after so many seconds, where that matters.
_FRESH_SECONDS: Final = 1


Tell = Callable[[Mapping[str, datetime]], None]
"""Says to a running scenario when what has happened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How long each scenario goes on, with how many people, and how many credentials of each format."""

    seconds: float
    users: int
    credentials: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where a scenario plays: the address people ask, the processes that answer, a folder for files."""

    url: str
    pids: Sequence[int]
    folder: Path


def job_fair(world: LoadWorld, folder: Path, size: Size) -> People:
    """See ``loadtest.people.job_fair``."""
    with _verifier(world, folder) as (served, _):
        told = {"piles": _piles(world, folder, "job_fair", size)}
        return run_people("job_fair", _stage(served, folder), told, size)


def roster_day(world: LoadWorld, folder: Path, size: Size) -> People:
    """See ``loadtest.people.roster_day``; a tenth as many offices as there are people elsewhere."""
    with _verifier(world, folder) as (served, _):
        told = {"piles": _piles(world, folder, "roster_day", size), "key": api_key(served, world)}
        few = Size(seconds=size.seconds, users=max(2, size.users // 10), credentials=size.credentials)
        return run_people("roster_day", _stage(served, folder), told, few)


def cold_start(world: LoadWorld, folder: Path, size: Size) -> People:
    """See ``loadtest.people.cold_start``. The fact is how often the hosts were asked altogether."""
    told = {"piles": _piles(world, folder, "cold_start", size)}
    with _verifier(world, folder) as (served, published):
        asked_before = sum(host.asked.total() for host in published)
        found = run_people("cold_start", _stage(served, folder), told, size)
        asked = sum(host.asked.total() for host in published) - asked_before
        return with_facts(found, documents_fetched=float(asked))


def list_host_down(world: LoadWorld, folder: Path, size: Size) -> People:
    """See ``loadtest.people.list_host_down``; silent after a third, the list over after two thirds."""
    piles = _piles(world, folder, "list_host_down", size)
    piles[_SECOND_PILE] = _pile(world, folder, "eddsa-jcs-2022", size, on_second_host=True)
    with _verifier(world, folder, refresh_seconds=_FRESH_SECONDS) as (served, (_, second)):

        def fall_silent(tell: Tell) -> None:
            third = size.seconds / 3
            world.advance_to(_CLOCK.now().replace(microsecond=0))
            asked = second.asked[SECOND_LIST_URL]
            ends_at = world.publish_second_list(lasts=timedelta(seconds=round(2 * third)))
            time.sleep(third)
            # The list from before is good for a day: had it not been replaced, nothing would ever be unknown.
            _wait_until(lambda: second.asked[SECOND_LIST_URL] > asked, size.seconds)
            second.mood = Mood.SILENT
            tell({"silent": _CLOCK.now(), "certain": ends_at})

        return run_people("list_host_down", _stage(served, folder), {"piles": piles}, size, fall_silent)


@contextmanager
def _verifier(
    world: LoadWorld, folder: Path, *, refresh_seconds: int = 300
) -> Iterator[tuple[ServedDemo, tuple[Host, ...]]]:
    own = folder / f"served-{len(list(folder.iterdir()))}"
    own.mkdir()
    with (
        hosts(world.documents, ORIGIN, SECOND_ORIGIN) as published,
        verifiers(own, world, published, refresh_seconds=refresh_seconds) as (served,),
    ):
        yield served, published


def _wait_until(has_come: Callable[[], bool], seconds: float) -> None:
    """Return when it has. Raises ``RuntimeError`` if that takes longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while not has_come():
        if time.monotonic() > deadline:
            raise RuntimeError("what was waited for did not come")
        time.sleep(0.05)


def _stage(served: ServedDemo, folder: Path) -> Stage:
    return Stage(url=served.url, pids=(served.pid,), folder=folder)


def _piles(world: LoadWorld, folder: Path, scenario: str, size: Size) -> dict[str, Any]:
    return {name: _pile(world, folder, name, size) for name in MIXES[scenario].formats}


def _pile(
    world: LoadWorld, folder: Path, name: str, size: Size, *, on_second_host: bool = False
) -> dict[str, str]:
    made = FORMATS[name]
    indexes = range(1, size.credentials)
    told = {"path": made.path}
    for kind, is_revoked in (("good", False), ("revoked", True)):
        chosen = [index for index in indexes if (index % REVOKED_ONE_IN == 0) is is_revoked]
        where = folder / f"{name}-{on_second_host}-{kind}".replace(" ", "-")
        if not where.exists():
            write_bodies(where, (world.body(made, i, on_second_host=on_second_host) for i in chosen))
        told[kind] = str(where)
    return told


def run_people(
    scenario: str,
    stage: Stage,
    told: Mapping[str, Any],
    size: Size,
    meanwhile: Callable[[Tell], None] = lambda _: None,
) -> People:
    """Run locust over one scenario; ``meanwhile`` is called once people are there."""
    own = stage.folder / f"run-{scenario}"
    own.mkdir()
    plan, out, moments, begun = (own / name for name in ("plan.json", "out.json", "moments.json", "begun"))
    places = {"out": str(out), "moments": str(moments), "begun": str(begun)}
    plan.write_bytes(orjson.dumps({"scenario": scenario, **places, **told}))
    before = spent_by(*stage.pids)
    locust = _start_locust(scenario, stage.url, size, plan)
    try:
        _wait_for(begun, locust)
        meanwhile(lambda when: _tell(moments, when))
        said, _ = locust.communicate(timeout=size.seconds + _STOP_SECONDS)
    finally:
        locust.kill()
    after = spent_by(*stage.pids)
    if locust.returncode != 0 or not out.exists():
        raise RuntimeError(f"{scenario}: {said.decode(errors='replace')[-2000:]}")
    figures = orjson.loads(out.read_bytes())
    if figures["broken"]:
        raise RuntimeError(f"{scenario} is broken itself: {figures['broken'][0]}")
    if not figures["answers"]:
        raise RuntimeError(f"{scenario}: nobody was answered in this time")
    return People(
        scenario=scenario,
        users=size.users,
        seconds=size.seconds,
        mix=asdict(MIXES[scenario]),
        answers=[Answered(**answered) for answered in figures["answers"]],
        why_failed=figures["why_failed"],
        wrong=figures["wrong"],
        facts=figures["facts"],
        cpu_seconds=after.since(before),
        resident_mib=after.resident_mib,
    )


def _start_locust(scenario: str, url: str, size: Size, plan: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "locust", "-f", str(_PEOPLE / f"{scenario}.py"), "--headless"]
    command += ["--only-summary", "--loglevel", "WARNING", "--host", url, "--stop-timeout", "15"]
    command += ["-u", str(size.users), "-r", str(size.users), "-t", f"{round(size.seconds)}s"]
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, PLAN_VARIABLE: str(plan), "PYTHONPATH": paths}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _wait_for(begun: Path, locust: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _BEGIN_SECONDS
    while not begun.exists():
        if locust.poll() is not None or time.monotonic() > deadline:
            said = b"" if locust.stdout is None or locust.poll() is None else locust.stdout.read()
            raise RuntimeError(f"nobody came: {said.decode(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _tell(moments: Path, when: Mapping[str, datetime]) -> None:
    whole = moments.with_suffix(".new")
    whole.write_bytes(orjson.dumps({name: format_timestamp(moment) for name, moment in when.items()}))
    whole.rename(moments)


def with_facts(found: People, **facts: float) -> People:
    return replace(found, facts={**found.facts, **facts})
