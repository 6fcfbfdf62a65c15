"""Load at a given rate, whether answers come or not: what people do, who do not wait for one another.

The time of an answer counts from when its request was due to be sent. A request for which no connection is
free waits, and that wait is part of its time, so that a server that stands still cannot look fast. The
pauses between requests are those of independent people (exponential), drawn the same in every run.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the same people come in every run; nothing secret is drawn
from typing import Final, TypeVar
from urllib.parse import urlsplit

_SEED: Final = 20_261_127
_ANSWER_SECONDS: Final = 30
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """One kind of requests: these ``wires`` in turn, ``rate`` a second, over its own ``connections``.

    ``first`` is where among the wires it begins: what came a moment ago is no longer new to a server.
    """

    name: str
    wires: Sequence[bytes]
    rate: float
    connections: int = 64
    first: int = 0


@dataclass(kw_only=True, slots=True)
class Answers:
    """What came back for one stream: seconds of each answer, and how many there were by status.

    Status 0 is a connection that broke or an answer that did not come.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def percentile_ms(self, percent: float) -> float:
        """The time that ``percent`` of the answers took at most, in milliseconds; 0 for none."""
        if not self.seconds:
            return 0.0
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, math.ceil(percent / 100 * len(ordered)) - 1)] * 1e3


def wire(url: str, path: str, body: bytes, media_type: str, *, key: str | None = None) -> bytes:
    """A POST as it goes over the connection."""
    authorization = "" if key is None else f"Authorization: Bearer {key}\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAccept: application/json\r\n"
        f"{authorization}Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def seed_of(stream: str) -> str:
    """What the pauses of this stream are drawn with, for whoever wants to know when its requests came."""
    return f"{_SEED} {stream}"


def drive(url: str, streams: Sequence[Stream], *, seconds: float) -> list[Answers]:
    """Send all ``streams`` to ``url`` (http://127.0.0.1:port) for so long; waits for the last answers."""
    return run_to_the_microsecond(_drive(url, streams, seconds))


def run_to_the_microsecond(asking: Coroutine[None, None, _T]) -> _T:
    """Run in a loop that wakes when it should: epoll counts whole milliseconds, and people would bunch."""
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        return runner.run(asking)


async def _drive(url: str, streams: Sequence[Stream], seconds: float) -> list[Answers]:
    return list(await asyncio.gather(*(_send(url, stream, seconds) for stream in streams)))


async def _send(url: str, stream: Stream, seconds: float) -> Answers:
    answers, waiting = Answers(name=stream.name), asyncio.Queue[tuple[float, bytes] | None]()
    port = urlsplit(url).port or 80
    workers = [asyncio.create_task(_answer(port, waiting, answers)) for _ in range(stream.connections)]
    # Pauses spread evenly over their distribution would never bunch, and nobody would queue.
    draws, number = Random(seed_of(stream.name)), stream.first
    began = due = time.perf_counter()
    while due < began + seconds:
        now = time.perf_counter()
        if due > now:
            await asyncio.sleep(due - now)
        waiting.put_nowait((due, stream.wires[number % len(stream.wires)]))
        number += 1
        due += draws.expovariate(stream.rate)
    for _ in workers:
        waiting.put_nowait(None)
    await asyncio.gather(*workers)
    return answers


async def _answer(port: int, waiting: "asyncio.Queue[tuple[float, bytes] | None]", answers: Answers) -> None:
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while (item := await waiting.get()) is not None:
        due, sent = item
        status = 0
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                connection = connection or await asyncio.open_connection("127.0.0.1", port)
                connection[1].write(sent)
                status, stays = await _read(connection[0])
        except (OSError, EOFError, TimeoutError, ValueError):
            stays = False
        answers.seconds.append(time.perf_counter() - due)
        answers.statuses[status] = answers.statuses.get(status, 0) + 1
        if not stays and connection is not None:
            connection[1].close()
            connection = None
    if connection is not None:
        connection[1].close()


async def _read(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status of one answer, and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1]), b"connection: close" not in head
