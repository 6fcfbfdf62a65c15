"""One real verifier process on loopback, measured as the simulation needs it.

It is ``passport serve --only verifier`` over a world served beside it. *Alone*: one request after the other,
each when both sides have come to rest, gives the shape of the time of a request, and what it costs to wake
who answers and who asks. *Full*: many connections that never pause give how many requests the process can
answer, and so how long each keeps it busy. *At a share*: independent people ask at a share of that rate.
Whoever answers and whoever asks have cores of their own.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from loadtest.origin import hosts
from loadtest.paced import Stream, drive, run_to_the_microsecond, wire
from loadtest.simulation_model import Verifier, percentile
from loadtest.verifiers import spent_by, verifiers
from loadtest.world import FORMATS, SECOND_ORIGIN, LoadWorld, make_bodies
from runtime.clock import SystemClock
from tests.simulator import ORIGIN

CREDENTIALS: Final = 400
STREAM: Final = "checks"
_FULL_CONNECTIONS: Final = 16
# Long enough that both sides sleep, and what wakes them is part of the time of every request.
_REST_SECONDS: Final = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """The process and what to send to it."""

    url: str
    pid: int
    wires: Sequence[bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A real process: seconds of each request sent alone, and requests a second when it is full.

    ``cpu_seconds`` are those of one core for one request when it is full, which other work on the machine
    changes little, ``alone_cpu_seconds`` the same for one that comes alone. ``asker_seconds`` and
    ``alone_asker_seconds`` are those of whoever sends the requests.
    """

    alone: Sequence[float]
    full_rate: float
    cpu_seconds: float
    alone_cpu_seconds: float
    asker_seconds: float
    alone_asker_seconds: float

    @property
    def core_share(self) -> float:
        """How much of a core the process had when it was full; 1 on a quiet machine."""
        return self.full_rate * self.cpu_seconds

    def as_verifier(self) -> Verifier:
        """The queue that this process is: busy as long as when full, as unevenly as when alone.

        A request that finds it idle keeps it busy for as long as one that comes alone; so with the asker.
        """
        busy, mean = 1 / self.full_rate, statistics.fmean(self.alone)
        waking = max(0.0, self.alone_cpu_seconds - busy)
        asker_waking = max(0.0, self.alone_asker_seconds - self.asker_seconds)
        return Verifier(
            service=[busy * seconds / mean for seconds in self.alone],
            waking=waking,
            outside=max(0.0, mean - busy - waking - self.asker_seconds - asker_waking),
            asker=self.asker_seconds,
            asker_waking=asker_waking,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One load: answers a second, and two percentiles in seconds."""

    throughput: float
    p50: float
    p99: float


@contextmanager
def running(suite: str = "eddsa-jcs-2022") -> Iterator[Running]:
    """A verifier that has everything at hand, until the end of the block."""
    now = SystemClock().now()
    bodies = make_bodies(now, FORMATS[suite], range(1, CREDENTIALS + 1))
    world = LoadWorld(now)
    with (
        TemporaryDirectory() as folder,
        hosts(world.documents, ORIGIN, SECOND_ORIGIN) as served,
        verifiers(Path(folder), world, served) as (one,),
    ):
        wires = [wire(one.url, FORMATS[suite].path, body, "application/json") for body in bodies]
        with _apart(one.pid):
            yield Running(url=one.url, pid=one.pid, wires=wires)


@contextmanager
def _apart(pid: int) -> Iterator[None]:
    """Give that process a core of its own and this one the others, where there are several.

    Left to itself Linux puts two that wake each other on one core at times, and they wait for each other.
    """
    before = os.sched_getaffinity(0)
    first, *others = sorted(before)
    if not others:
        yield
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {first})
    os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure(process: Running, seconds: float) -> Measured:
    """Measure the process alone and full, for ``seconds`` each, after a warm start."""
    _closed(process, 1, min(1.0, seconds))
    alone = _closed(process, 1, seconds, rest=_REST_SECONDS)
    full = _closed(process, _FULL_CONNECTIONS, seconds)
    return Measured(
        alone=alone.took,
        full_rate=len(full.took) / seconds,
        cpu_seconds=full.cpu_seconds,
        alone_cpu_seconds=alone.cpu_seconds,
        asker_seconds=full.asker_seconds,
        alone_asker_seconds=alone.asker_seconds,
    )


def measure_at(process: Running, rate: float, seconds: float) -> Point:
    """Measure the process while independent people ask at ``rate``. Raises ``SystemExit`` for any failure."""
    began = time.perf_counter()
    (answers,) = drive(process.url, [Stream(name=STREAM, wires=process.wires, rate=rate)], seconds=seconds)
    lasted = time.perf_counter() - began
    if answers.statuses.keys() != {200}:
        raise SystemExit("a request was not answered: there is nothing to compare")
    return Point(
        throughput=len(answers.seconds) / lasted,
        p50=percentile(answers.seconds, 50),
        p99=percentile(answers.seconds, 99),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Closed:
    """Seconds of each request, and the processor's for one of the process and of the asker."""

    took: Sequence[float]
    cpu_seconds: float
    asker_seconds: float


def _closed(process: Running, connections: int, seconds: float, rest: float = 0.0) -> _Closed:
    """Ask over so many connections, on each again as soon as it is answered and has had its ``rest``."""
    before, asker = spent_by(process.pid), time.process_time()
    took = run_to_the_microsecond(_ask(process, connections, seconds, rest))
    used, asker = spent_by(process.pid).since(before), time.process_time() - asker
    return _Closed(took=took, cpu_seconds=used / len(took), asker_seconds=asker / len(took))


async def _ask(process: Running, connections: int, seconds: float, rest: float) -> list[float]:
    until = time.perf_counter() + seconds
    turns = cycle(process.wires)
    found = await asyncio.gather(*(_ask_on_one(process.url, turns, until, rest) for _ in range(connections)))
    return [took for some in found for took in some]


async def _ask_on_one(url: str, turns: Iterator[bytes], until: float, rest: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    took = []
    while (due := time.perf_counter() + rest) < until:
        if rest:
            await asyncio.sleep(rest)
        writer.write(next(turns))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        took.append(time.perf_counter() - due)
        if not head.startswith(b"http/1.1 200") or b'"outcome"' not in body:
            raise SystemExit("a wrong answer is not worth timing")
    writer.close()
    return took
