"""A verifier as a queue: requests arrive, wait for their process, are checked in turn, and are answered.

One process checks one request at a time, in the order of arrival (the checks run in its event loop). Requests
are given to the processes in turn. What a request needs of the network is a status list: the first request
that needs one which its process does not hold, or has held for ``refresh_seconds``, has it fetched, and
whoever needs the same list meanwhile waits for the same answer while others are served. Times are in seconds.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - a simulation must give the same figures again; nothing secret is drawn
from typing import Any, Final

import simpy

Steps = Generator[simpy.Event, Any, None]
_SEED: Final = 20_261_127


@dataclass(frozen=True, kw_only=True, slots=True)
class Verifier:
    """What stands at the door. ``service`` is a sample of how long a process is busy with one request.

    ``waking`` is how much longer for a request that finds it idle, ``outside`` what an answer takes beside
    that (the line). Where one asker sends all requests and reads all answers, ``asker`` is how long it is
    busy with each, half before and half after, and ``asker_waking`` how much longer where it finds it idle,
    half each time. ``lists`` is how many status lists the credentials name,
    evenly, and ``fetch_seconds`` what fetching one takes. No lists, nothing is fetched.
    """

    service: Sequence[float]
    waking: float = 0.0
    outside: float = 0.0
    asker: float = 0.0
    asker_waking: float = 0.0
    processes: int = 1
    lists: int = 0
    refresh_seconds: float = 300.0
    fetch_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """So many ``seconds`` in which requests come at ``rate`` a second, each of ``size`` credentials."""

    seconds: float
    rate: float
    size: int = 1


@dataclass(kw_only=True, slots=True)
class Answered:
    """What came of a run: the time of every answer, in the order of the answers, and the counts."""

    seconds: list[float] = field(default_factory=list)
    arrived: int = 0
    unfinished: int = 0
    fetched: int = 0
    lasted: float = 0.0
    busy: float = 0.0

    def percentile(self, percent: float) -> float:
        """The time that ``percent`` of the answers took at most; 0 where there are none."""
        return percentile(self.seconds, percent)

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted if self.lasted else 0.0


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that ``percent`` of ``values`` do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(percent / 100 * len(ordered)))] if ordered else 0.0


def poisson(phases: Sequence[Phase], *, seed: int | str = _SEED) -> Iterator[tuple[float, int]]:
    """When requests of independent people come, and their sizes, over the phases in turn."""
    draws, began = Random(seed), 0.0
    for phase in phases:
        now = began
        while phase.rate > 0:
            now += draws.expovariate(1.0) / phase.rate
            if now >= began + phase.seconds:
                break
            yield now, phase.size
        began += phase.seconds


def simulate(
    verifier: Verifier,
    arrivals: Iterable[tuple[float, int]],
    *,
    until: float | None = None,
    seed: int = _SEED,
) -> Answered:
    """Let the requests through. With ``until``, what is not answered by then is counted as unfinished."""
    env, answered = simpy.Environment(), Answered()
    asker = simpy.Resource(env)
    processes = [_Process(env, verifier, answered, asker) for _ in range(verifier.processes)]
    env.process(_arrive(env, processes, arrivals, answered, Random(seed + 1)))
    env.run(until)
    answered.unfinished = answered.arrived - len(answered.seconds)
    answered.lasted = env.now
    return answered


def _arrive(
    env: simpy.Environment,
    processes: Sequence["_Process"],
    arrivals: Iterable[tuple[float, int]],
    answered: Answered,
    draws: Random,
) -> Steps:
    for number, (at, size) in enumerate(arrivals):
        # Drawn in the order of arrival, so that two runs that differ in one thing meet the same people.
        busy, wanted = processes[0].draw(draws, size)
        yield env.timeout(max(0.0, at - env.now))
        answered.arrived += 1
        env.process(processes[number % len(processes)].answer(busy, wanted))


class _Process:
    """One process of the verifier: one thing at a time, lists of its own, one flight for each."""

    def __init__(
        self, env: simpy.Environment, verifier: Verifier, answered: Answered, asker: simpy.Resource
    ) -> None:
        self._env, self._verifier, self._answered = env, verifier, answered
        self._turn, self._asker = simpy.Resource(env), asker
        self._due: dict[int, float] = {}
        self._flights: dict[int, simpy.Event] = {}

    def draw(self, draws: Random, size: int) -> tuple[float, int | None]:
        """How long a request of ``size`` credentials keeps a process busy, and the list that it names."""
        busy = sum(draws.choice(self._verifier.service) for _ in range(size))
        return busy, draws.randrange(self._verifier.lists) if self._verifier.lists else None

    def answer(self, busy: float, wanted: int | None) -> Steps:
        arrived = self._env.now
        yield from self._by_asker()
        if wanted is not None and self._due.get(wanted, 0.0) <= self._env.now:
            yield self._flights.get(wanted) or self._fly(wanted)
        if not self._turn.count:
            busy += self._verifier.waking
        yield from self._held(self._turn, busy)
        self._answered.busy += busy
        yield from self._by_asker()
        self._answered.seconds.append(self._env.now - arrived + self._verifier.outside)

    def _by_asker(self) -> Steps:
        if self._verifier.asker:
            waking = 0.0 if self._asker.count else self._verifier.asker_waking
            yield from self._held(self._asker, (self._verifier.asker + waking) / 2)

    def _held(self, resource: simpy.Resource, seconds: float) -> Steps:
        with resource.request() as mine:
            yield mine
            yield self._env.timeout(seconds)

    def _fly(self, wanted: int) -> simpy.Event:
        flight: simpy.Event = self._env.process(self._fetch(wanted))
        self._flights[wanted] = flight
        return flight

    def _fetch(self, wanted: int) -> Steps:
        self._answered.fetched += 1
        yield self._env.timeout(self._verifier.fetch_seconds)
        self._due[wanted] = self._env.now + self._verifier.refresh_seconds
        del self._flights[wanted]
