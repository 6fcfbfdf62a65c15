"""What one verifier and two can do, what a batch spares, how answers come at 70 %, and what poison moves.

Correctness comes first: before anything is timed, each format is accepted where it is good, rejected where
it is revoked and where it was altered, over HTTP by the very process that is then measured.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeVar

import httpx2

from loadtest import paced, wrk
from loadtest.bodies import BATCH_ROWS, JSON_TYPE, MULTIPART_TYPE, batches, read_bodies, write_bodies
from loadtest.hostile import hostile_bodies
from loadtest.paced import Answers, Stream, wire
from loadtest.results import Batch, InProcess, Paced, Poison, Throughput
from loadtest.unit import Unit
from loadtest.verifiers import api_key, spent_by
from loadtest.world import REVOKED_ONE_IN, Format, LoadWorld
from runtime.collecting import settle
from runtime.verification import MAX_MEMO_ENTRIES, new_memo
from tests.served_demo import ServedDemo
from vc.model.evidence import Evidence
from vc.model.verdict import Outcome
from vc.trust.decide import decide

_Round = TypeVar("_Round", Paced, Poison)

SHARE_OF_CAPACITY: Final = 0.7
POISON_SHARE: Final = 0.02
ROUNDS: Final = 3
"""Of each measurement of the slowest answers: a moment in which the machine had other work decides them."""
_POISON_LOAD: Final = 0.4
_CONNECTIONS: Final = 16
_BATCH_CONNECTIONS: Final = 2
_BATCHES: Final = 50
_AGAIN: Final = 200
_WARM_UP: Final = 50
_PATIENCE: Final = 10
"""How many times as long is measured where a busy machine has answered nothing."""
COLD_BODIES: Final = MAX_MEMO_ENTRIES * 3 // 4 + 1_000
"""More than two verifiers remember between them, three entries for each, so that none is found again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What is measured against: the world, one or more verifiers, and where files of bodies go."""

    world: LoadWorld
    verifiers: Sequence[ServedDemo]
    folder: Path
    unit: Unit

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the verifiers' processes."""
        return tuple(one.pid for one in self.verifiers)


def in_process(bench: Bench, made: Format, indexes: Sequence[int], *, seconds: float) -> InProcess:
    """The CPU time of one verification, for at most ``seconds`` on new bytes and as long on the same."""
    world = bench.world
    evidence = Evidence(items=world.world.evidence().items, memo=new_memo())
    issued = [world.issue(made, index) for index in indexes]
    # What a process does once, such as compiling contexts for a shape, is no part of a verification.
    for one in issued[:_WARM_UP]:
        if decide(world.check(made, one, evidence)).outcome is not Outcome.ACCEPTED:
            raise RuntimeError("a wrong answer is not worth timing")
    warm = Evidence(items=evidence.items, memo=new_memo())
    world.check(made, issued[0], warm)
    settle()
    count, new, began = 0, issued[_WARM_UP:], time.process_time()
    while (cold := time.process_time() - began) < seconds and count < len(new):
        world.check(made, new[count], evidence)
        count += 1
    cold, repeats, began = cold / count, 0, time.process_time()
    while (again := time.process_time() - began) < seconds or not repeats:
        for _ in range(_AGAIN):
            world.check(made, issued[0], warm)
        repeats += _AGAIN
    bench.unit.sample()
    unit = bench.unit.microseconds
    return InProcess(
        format=made.name,
        cold_microseconds=cold * 1e6,
        again_microseconds=again / repeats * 1e6,
        cold_ratio=cold * 1e6 / unit,
        again_ratio=again / repeats * 1e6 / unit,
    )


def require_right(bench: Bench, made: Format) -> None:
    """Raises ``RuntimeError`` unless every verifier accepts, and rejects what is revoked or altered."""
    for served in bench.verifiers:
        good, revoked = (bench.world.body(made, index) for index in (1, REVOKED_ONE_IN))
        last = good.rindex(b"A")
        altered = good[:last] + b"B" + good[last + 1 :]
        for body, wanted in ((good, {"accepted"}), (revoked, {"rejected"}), (altered, {"rejected", "400"})):
            outcome = _outcome(served.url + made.path, body)
            if outcome not in wanted:
                raise RuntimeError(f"{made.name} is {outcome} where it is {wanted}")


def _outcome(url: str, body: bytes) -> str:
    """The outcome of the decision; the status, where there is none."""
    headers = {"Content-Type": JSON_TYPE, "Accept": JSON_TYPE}
    response = httpx2.post(url, content=body, headers=headers, trust_env=False, timeout=30)
    if response.status_code != httpx2.codes.OK:
        return str(response.status_code)
    return str(response.json()["decision"]["outcome"])


def throughput(bench: Bench, made: Format, bodies: Path, alone: InProcess, *, seconds: float) -> Throughput:
    """As much as the verifiers of ``bench`` answer, over connections that are kept."""
    urls = [served.url + made.path for served in bench.verifiers]
    # The first requests fetch lists and fill caches; that is another scenario's subject.
    wrk.drive(urls, bodies, seconds=1, connections=_CONNECTIONS)
    for longer in (1, _PATIENCE):
        before = spent_by(*bench.pids)
        runs = wrk.drive(urls, bodies, seconds=seconds * longer, connections=_CONNECTIONS)
        after = spent_by(*bench.pids)
        requests, cpu = sum(run.requests for run in runs), after.since(before)
        if requests:
            break
    else:
        raise RuntimeError("not one request was answered in this time")
    bench.unit.sample()
    return Throughput(
        format=made.name,
        processes=len(urls),
        requests=requests,
        per_second=sum(run.rate for run in runs),
        per_server_cpu_second=requests / cpu,
        cpu_microseconds=cpu / requests * 1e6,
        ratio=cpu / requests * 1e6 / bench.unit.microseconds,
        cpu_to_in_process=cpu / requests * 1e6 / alone.cold_microseconds,
        p50_ms=max(run.p50_ms for run in runs),
        p90_ms=max(run.p90_ms for run in runs),
        p99_ms=max(run.p99_ms for run in runs),
        errors=sum(run.refused + run.broken for run in runs),
        resident_mib=after.resident_mib,
    )


def batch(bench: Bench, made: Format, alone: InProcess, *, seconds: float) -> Batch:
    """Calls of 200 files by a licensed organisation to the first verifier, two at a time."""
    served = bench.verifiers[0]
    key = api_key(served, bench.world)
    bodies = write_bodies(bench.folder / "batches", batches(bench.world, made, _BATCHES))
    _require_batch(served, key, batches(bench.world, made, 1)[0])
    for longer in (1, _PATIENCE):
        before = spent_by(served.pid)
        (run,) = wrk.drive(
            [f"{served.url}/verify/batch"],
            bodies,
            seconds=seconds * longer,
            connections=_BATCH_CONNECTIONS,
            media_type=MULTIPART_TYPE,
            key=key,
        )
        cpu = spent_by(served.pid).since(before)
        if run.requests:
            break
    else:
        raise RuntimeError("not one batch was answered in this time")
    bench.unit.sample()
    checked = run.requests * BATCH_ROWS
    return Batch(
        format=made.name,
        rows=BATCH_ROWS,
        calls=run.requests,
        per_second=run.rate * BATCH_ROWS,
        per_server_cpu_second=checked / cpu,
        share_of_in_process=checked / cpu * alone.cold_microseconds / 1e6,
        p50_ms=run.p50_ms,
        p99_ms=run.p99_ms,
        errors=run.refused + run.broken,
    )


def _require_batch(served: ServedDemo, key: str, body: bytes) -> None:
    headers = {"Content-Type": MULTIPART_TYPE, "Accept": JSON_TYPE, "Authorization": f"Bearer {key}"}
    url = f"{served.url}/verify/batch"
    response = httpx2.post(url, content=body, headers=headers, trust_env=False, timeout=60)
    counts = response.json().get("counts") if response.status_code == 200 else None
    revoked = -(-BATCH_ROWS // REVOKED_ONE_IN)
    if counts is None or (counts["accepted"], counts["rejected"]) != (BATCH_ROWS - revoked, revoked):
        raise RuntimeError(f"a batch was answered {response.status_code} {counts}")


def at_share(bench: Bench, made: Format, bodies: Path, most: Throughput, *, seconds: float) -> Paced:
    """Answers of one verifier that is busy ``SHARE_OF_CAPACITY`` of the time, cold: the middle of ``ROUNDS``.

    A request that comes alone takes more of the processor than one among many that wait, so the rate comes
    from what it takes at half of ``most``.
    """
    served = bench.verifiers[0]
    askers = _Askers(served.url, made, bodies)

    def driven(rate: float) -> Paced:
        before = spent_by(served.pid)
        answers = askers.ask(rate, seconds)
        return _paced(made, answers, spent_by(served.pid).since(before), seconds)

    alone = driven(most.per_second / 2)
    rounds = [driven(SHARE_OF_CAPACITY * alone.per_second / alone.busy) for _ in range(ROUNDS)]
    bench.unit.sample()
    return _middle(rounds, [one.p99_to_p50 for one in rounds])


def _middle(rounds: Sequence[_Round], ratios: Sequence[float]) -> _Round:
    """The round with the middle one of ``ratios``, which are those of all rounds."""
    return replace(rounds[ratios.index(sorted(ratios)[len(ratios) // 2])], ratios=ratios)


class _Askers:
    """They ask one verifier about different credentials, and go on where they were."""

    def __init__(self, url: str, made: Format, bodies: Path) -> None:
        self._url, self._name = url, made.name
        self._wires = [wire(url, made.path, body, JSON_TYPE) for body in read_bodies(bodies)]
        self._asked = 0

    def ask(self, rate: float, seconds: float) -> Answers:
        """So many a second, for so long."""
        stream = Stream(name=self._name, wires=self._wires, rate=rate, first=self._asked)
        (answers,) = paced.drive(self._url, [stream], seconds=seconds)
        self._asked += len(answers.seconds)
        return answers


def _paced(made: Format, answers: Answers, cpu_seconds: float, seconds: float) -> Paced:
    p50, p99 = answers.percentile_ms(50), answers.percentile_ms(99)
    return Paced(
        format=made.name,
        share=SHARE_OF_CAPACITY,
        busy=cpu_seconds / seconds,
        per_second=len(answers.seconds) / seconds,
        p50_ms=p50,
        p90_ms=answers.percentile_ms(90),
        p99_ms=p99,
        p99_to_p50=p99 / p50 if p50 else 0.0,
        ratios=(),
        errors=len(answers.seconds) - answers.statuses.get(200, 0),
    )


def poisoned(bench: Bench, made: Format, bodies: Path, most: Throughput, *, seconds: float) -> list[Poison]:
    """Others' p99 with and without each kind of hostile request: of ``ROUNDS`` the middle one.

    Poison is sent by a process of its own: to send a megabyte takes the sender's time, too.
    """
    url = bench.verifiers[0].url
    rate, others = _POISON_LOAD * most.per_second, _Askers(url, made, bodies)
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        found = []
        for hostile in _hostile(url, bench.world, rate * POISON_SHARE):
            rounds = [
                _poisoned(partial(others.ask, rate, seconds), url, hostile, seconds=seconds, apart=apart)
                for _ in range(ROUNDS)
            ]
            found.append(_middle(rounds, [one.p99_ratio for one in rounds]))
        return found


def _hostile(url: str, world: LoadWorld, rate: float) -> list[Stream]:
    return [
        Stream(name=kind, wires=[wire(url, "/credentials/verify", body, JSON_TYPE)], rate=rate, connections=4)
        for kind, body in hostile_bodies(world).items()
    ]


def _poisoned(
    ask: Callable[[], Answers], url: str, hostile: Stream, *, seconds: float, apart: ProcessPoolExecutor
) -> Poison:
    # A new process takes a while to begin.
    apart.submit(abs, 0).result()
    quiet = ask()
    sending = apart.submit(paced.drive, url, [hostile], seconds=seconds)
    loud = ask()
    (poison,) = sending.result()
    before, after = quiet.percentile_ms(99), loud.percentile_ms(99)
    return Poison(
        kind=hostile.name,
        share=POISON_SHARE,
        p99_without_ms=before,
        p99_with_ms=after,
        p99_ratio=after / before if before else 0.0,
        ratios=(),
        poison_p99_ms=poison.percentile_ms(99),
        statuses={str(status): count for status, count in sorted(poison.statuses.items())},
        errors_of_others=len(loud.seconds) - loud.statuses.get(200, 0),
    )
