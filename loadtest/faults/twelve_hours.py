"""Twelve hours without the database, by a clock that is moved: checks and lists are answered throughout.

It is gone at the worst moment: the trust list is almost as old as it gets before it is signed anew. The
clock then goes on until the first answer changes, which says how long it would have lasted, and the answer
must then be that it could not be checked. At last the database is back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio
import orjson

from loadtest.faults.own_world import OwnWorld, own_world
from loadtest.faults.results import FaultRun
from passport.demo_world.people import draw_people
from runtime.clock import FixedClock, SystemClock
from tests.cheap_costs import cheap_key_stretching
from trust_registry.publication import RESIGN_AFTER
from vc.encoding.timestamps import parse_timestamp

HOURS: Final = 12
_STEP: Final = timedelta(minutes=15)
_LONGEST: Final = timedelta(hours=48)
_OFFICERS: Final = ("fraud-officer-1", "fraud-officer-2")
_GOOD, _REVOKED, _OPEN = "accepted", "rejected", "undetermined"
_ROWS: Final = 4
_WAIT_SECONDS: Final = 90


def twelve_hours(folder: Path) -> FaultRun:
    """Make the run. ``folder`` must be one that PostgreSQL's own user may enter."""
    with cheap_key_stretching():
        return anyio.run(_run, folder)


async def _run(folder: Path) -> FaultRun:
    clock, people = FixedClock(SystemClock().now().replace(microsecond=0)), draw_people()
    async with own_world(folder, people, clock=clock) as world:
        _, raws = await world.issue(people[:_ROWS], seconds=_WAIT_SECONDS)
        await _revoke(world, orjson.loads(raws[0])["id"])
        await _until(world, clock, raws[0], _REVOKED)
        await _let_grow_old(world, clock, raws)
        dead_at = clock.now()
        world.postgres.kill()
        broken, answers = await _without(world, clock, raws)
        lasted = await _lasted(world, clock, raws, dead_at, broken)
        world.postgres.start()
        back = clock.now()
        await _require_back(world, clock, raws, back, broken)
    return FaultRun(
        fault="twelve hours without the database",
        issued=len(raws),
        revoked=1,
        facts={"hours": HOURS, "answers": answers, "hours_until_it_could_not_be_checked": lasted},
        broken=tuple(broken),
    )


async def _revoke(world: OwnWorld, credential_id: str) -> None:
    await world.sign_in(_OFFICERS[0])
    body = {"credentials": [credential_id], "reason": "FRAUD"}
    case = (await world.ask("POST", "/revocation/api/cases", json=body))["case_id"]
    await world.ask("POST", f"/revocation/api/cases/{case}/revoke", json={})
    await world.sign_in(_OFFICERS[1])
    await world.ask("POST", f"/revocation/api/cases/{case}/agree", json={})
    world.client.cookies.clear()


async def _until(world: OwnWorld, clock: FixedClock, raw: bytes, outcome: str) -> None:
    with anyio.fail_after(_WAIT_SECONDS):
        while (await world.outcome(raw))[0] != outcome:
            # The clock stands still for whoever waits, and a verifier asks again by it.
            clock.advance(timedelta(seconds=1))
            await anyio.sleep(0.3)


async def _let_grow_old(world: OwnWorld, clock: FixedClock, raws: Sequence[bytes]) -> None:
    """Until the trust list is about to be signed anew; status lists are younger, they are signed oftener."""
    signed = await _signed_at(world, "/trust/list")
    clock.advance(signed + RESIGN_AFTER - timedelta(minutes=2) - clock.now())
    with anyio.fail_after(_WAIT_SECONDS):
        while clock.now() - await _signed_at(world, _list_of(raws[0])) > timedelta(minutes=16):  # noqa: ASYNC110
            await anyio.sleep(0.5)


async def _signed_at(world: OwnWorld, path: str) -> datetime:
    """When the published document at ``path`` was signed."""
    answer = await world.client.get(path, headers={"Accept": "application/vc"})
    if answer.status_code != 200:
        raise RuntimeError(f"a published document was answered with {answer.status_code}")
    return parse_timestamp(orjson.loads(answer.content)["validFrom"])


def _list_of(raw: bytes) -> str:
    status = orjson.loads(raw)["credentialStatus"]
    entry = status[0] if isinstance(status, list) else status
    return urlsplit(str(entry["statusListCredential"])).path


async def _without(world: OwnWorld, clock: FixedClock, raws: Sequence[bytes]) -> tuple[list[str], int]:
    """Every quarter of an hour every certificate and both lists: what was not as it must be, and how many."""
    broken: list[str] = []
    answers = 0
    for step in range(int(timedelta(hours=HOURS) / _STEP)):
        clock.advance(_STEP)
        for number, raw in enumerate(raws):
            outcome, _ = await world.outcome(raw)
            answers += 1
            if outcome != (_GOOD if number else _REVOKED):
                broken.append(f"after {(step + 1) / 4:.2f} hours a check says {outcome}")
        for path in ("/trust/list", _list_of(raws[0])):
            answers += 1
            answer = await world.client.get(path, headers={"Accept": "application/vc"})
            if answer.status_code != 200:
                broken.append(f"after {(step + 1) / 4:.2f} hours a list is answered {answer.status_code}")
    return broken, answers


async def _lasted(
    world: OwnWorld, clock: FixedClock, raws: Sequence[bytes], dead_at: datetime, broken: list[str]
) -> float:
    """Hours without the database until a good certificate is called anything else."""
    while clock.now() - dead_at < _LONGEST:
        outcome, _ = await world.outcome(raws[1])
        if outcome != _GOOD:
            if outcome != _OPEN:
                broken.append(f"when its lists are over a good certificate is {outcome}")
            if (await world.outcome(raws[0]))[0] == _GOOD:
                broken.append("when its lists are over a revoked certificate is accepted")
            break
        clock.advance(_STEP)
    return (clock.now() - dead_at) / timedelta(hours=1)


async def _require_back(
    world: OwnWorld, clock: FixedClock, raws: Sequence[bytes], back: datetime, broken: list[str]
) -> None:
    """Lists are signed anew, everything is told as before, and another certificate can be revoked."""
    await _until(world, clock, raws[1], _GOOD)
    await _until(world, clock, raws[0], _REVOKED)
    for path in ("/trust/list", _list_of(raws[0])):
        if await _signed_at(world, path) < back:
            broken.append(f"{path.split('/')[1]}: the list was not signed anew when the database was back")
    await _revoke(world, orjson.loads(raws[2])["id"])
    await _until(world, clock, raws[2], _REVOKED)
    await _until(world, clock, raws[3], _GOOD)
