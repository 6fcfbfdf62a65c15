"""What all scenarios share: the plan they are given, a person who checks, and the figures they leave.

Locust runs a scenario in a process of its own. The plan is a JSON file named by ``LOADTEST_PLAN``: where the
bodies are, what each must be answered, when things happen. The figures go into the file it names. Times of
answers are kept in full and not in classes, so that a percentile is one.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from locust import FastHttpUser, events, task

from loadtest.bodies import BATCH_ROWS, JSON_TYPE, MULTIPART_TYPE, batch_body, read_bodies
from loadtest.mixes import BATCH, MIXES, PAGE, Draw, Mix
from runtime.clock import SystemClock
from vc.encoding.timestamps import parse_timestamp

# Set by ``loadtest.scenarios``.
PLAN_VARIABLE: Final = "LOADTEST_PLAN"
ACCEPTED, REJECTED, UNDETERMINED = "accepted", "rejected", "undetermined"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_HOT: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Pile:
    """Credentials of one format as bodies for ``path``: good ones, and revoked ones."""

    path: str
    good: Sequence[bytes]
    revoked: Sequence[bytes]


@dataclass(kw_only=True, slots=True)
class Record:
    """What happened so far: times in ms and failures by act and reason, wrong answers, errors of our own."""

    times: dict[str, list[float]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    why_failed: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def note_wrong(self, reason: str) -> None:
        """An answer said something untrue."""
        self.wrong[reason] = self.wrong.get(reason, 0) + 1


class Plan:
    """The plan of this run, read once."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.mix: Mix = MIXES[told["scenario"]]
        self.key: str | None = told.get("key")
        self.piles = {name: _pile(pile) for name, pile in told.get("piles", {}).items()}
        self._users = 0
        self._moments: dict[str, datetime] = {}

    def has_come(self, moment: str) -> bool:
        """Whether it is past a moment that whoever set the scenario up has named since it began."""
        path = Path(self.told["moments"])
        if moment not in self._moments and path.exists():
            told = orjson.loads(path.read_bytes())
            self._moments |= {name: parse_timestamp(at) for name, at in told.items()}
        return moment in self._moments and CLOCK.now() >= self._moments[moment]

    def next_user(self) -> int:
        """The number of the next person who comes."""
        self._users += 1
        return self._users


def _pile(told: Mapping[str, Any]) -> Pile:
    good, revoked = (read_bodies(Path(told[name])) for name in ("good", "revoked"))
    return Pile(path=told["path"], good=good, revoked=revoked)


def _read_plan() -> Plan:
    named = os.environ.get(PLAN_VARIABLE)
    if named is None:
        raise SystemExit(f"{PLAN_VARIABLE} names no plan: run python -m loadtest.run")
    return Plan(orjson.loads(Path(named).read_bytes()))


CLOCK: Final = SystemClock()
PLAN: Final = _read_plan()
RECORD: Final = Record()


@events.init.add_listener  # type: ignore[untyped-decorator]  # locust has no types
def refuse_other_machines(environment: Any, **_: object) -> None:
    """Load goes to this machine or nowhere."""
    if urlsplit(environment.host or "").hostname not in _LOOPBACK:
        raise SystemExit("this scenario loads only a server on this machine (127.0.0.1)")


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def say_that_it_begins(**_: object) -> None:
    """Leave a file that whoever set the scenario up waits for."""
    Path(PLAN.told["begun"]).touch()


@events.request.add_listener  # type: ignore[untyped-decorator]
def note_answer(name: str, response_time: float, exception: object, **_: object) -> None:
    """Keep the time of every answer, and whether it was one."""
    RECORD.times.setdefault(name, []).append(response_time)
    if exception is not None:
        RECORD.failed[name] = RECORD.failed.get(name, 0) + 1
        reason = f"{name}: {exception or type(exception).__name__}"
        RECORD.why_failed[reason] = RECORD.why_failed.get(reason, 0) + 1


@events.user_error.add_listener  # type: ignore[untyped-decorator]
def note_breaking(exception: Exception, **_: object) -> None:
    """Keep what broke a person: locust would go on without, and nobody would hear of it."""
    RECORD.broken.append(f"{type(exception).__name__}: {exception}")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_figures(environment: Any, **_: object) -> None:
    """Leave the figures where the plan says; failures are figures, and no reason to end badly."""
    environment.process_exit_code = 0
    figures = {
        "answers": [_figures(name, times) for name, times in sorted(RECORD.times.items())],
        "why_failed": RECORD.why_failed,
        "wrong": RECORD.wrong,
        "facts": RECORD.facts,
        "broken": RECORD.broken,
    }
    Path(PLAN.told["out"]).write_bytes(orjson.dumps(figures))


def _figures(name: str, times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "act": name,
        "count": len(ordered),
        "failed": RECORD.failed.get(name, 0),
        **{
            f"p{percent}_ms": ordered[math.ceil(percent / 100 * len(ordered)) - 1] for percent in (50, 90, 99)
        },
    }


class Person(FastHttpUser):
    """Acts as the plan's mix says, and judges every answer."""

    abstract = True
    connection_timeout = network_timeout = 30.0

    def on_start(self) -> None:
        """Come in."""
        self.draw = Draw(PLAN.next_user())
        self.turns: dict[str, int] = {}

    def wait_time(self) -> float:
        """Think for a while."""
        shortest, longest = PLAN.mix.think_seconds
        return self.draw.between(shortest, longest)

    @task
    def act(self) -> None:
        """Do the next thing."""
        self.act_on(self.draw.one_of(PLAN.mix.acts))

    def act_on(self, chosen: str) -> None:
        """Do what was chosen of the mix's acts."""
        if chosen == PAGE:
            self.client.get("/verify", name="open the page")
        elif chosen == BATCH:
            self.check_batch()
        else:
            self.check()

    def check(self) -> None:
        """Check one credential."""
        name = self.draw.one_of(PLAN.mix.formats)
        body, wanted = self.draw_body(name)
        self.post(name, PLAN.piles[name].path, body, (wanted,))

    def draw_body(self, name: str) -> tuple[bytes, str]:
        """A body of the pile ``name``, and what must come of it."""
        pile = PLAN.piles[name]
        if self.draw.happens(PLAN.mix.revoked):
            return self.draw.among(pile.revoked), REJECTED
        if self.draw.happens(PLAN.mix.hot):
            return self.draw.among(pile.good[:_HOT]), ACCEPTED
        turn = self.turns[name] = self.turns.get(name, self.draw.below(len(pile.good))) + 1
        return pile.good[turn % len(pile.good)], ACCEPTED

    def post(self, act: str, path: str, body: bytes, wanted: Sequence[str]) -> str | None:
        """Ask, and return the outcome. Anything but a decision among ``wanted`` failed.

        It is wrong where it said something untrue, which *undetermined* does not.
        """
        headers = {"Content-Type": JSON_TYPE, "Accept": JSON_TYPE}
        with self.send(path, body, headers, act) as response:
            try:
                outcome = str(orjson.loads(response.content)["decision"]["outcome"])
            except (ValueError, KeyError, TypeError):
                response.failure(f"no decision: {response.status_code}")
                return None
            if outcome in wanted:
                response.success()
                return outcome
            response.failure(outcome)
            if outcome != UNDETERMINED:
                RECORD.note_wrong(f"{act}: {outcome} where it is {' or '.join(wanted)}")
        return outcome

    def send(self, path: str, body: bytes, headers: Mapping[str, str], act: str) -> Any:
        """Post ``body``; a context manager over the answer, which says itself whether it failed."""
        sent: Any = body  # its type says text, and bytes are sent as they are
        return self.client.post(path, data=sent, headers=dict(headers), name=act, catch_response=True)

    def check_batch(self) -> None:
        """Check a folder of files at once; so many must be accepted and so many rejected."""
        rows = [self._file() for _ in range(PLAN.mix.batch_rows)]
        body = batch_body([content for content, _ in rows])
        headers = {"Content-Type": MULTIPART_TYPE, "Accept": JSON_TYPE}
        if PLAN.key is not None and PLAN.mix.batch_rows == BATCH_ROWS:
            headers["Authorization"] = f"Bearer {PLAN.key}"
        act = f"batch of {len(rows)}"
        with self.send("/verify/batch", body, headers, act) as response:
            try:
                counts = orjson.loads(response.content)["counts"]
            except (ValueError, KeyError, TypeError):
                response.failure(f"no answer: {response.status_code}")
                return
            wanted = sum(outcome == ACCEPTED for _, outcome in rows)
            if (counts[ACCEPTED], counts[REJECTED]) == (wanted, len(rows) - wanted):
                response.success()
                return
            response.failure("other counts")
            if counts[ACCEPTED] > wanted or counts[REJECTED] > len(rows) - wanted:
                RECORD.note_wrong(f"{act}: other counts than there are")

    def _file(self) -> tuple[bytes, str]:
        """A credential as a file, out of a body."""
        names = {name: share for name, share in PLAN.mix.formats.items() if name.startswith(("ed", "ec"))}
        whole = sum(names.values())
        name = self.draw.one_of({name: share / whole for name, share in names.items()})
        body, wanted = self.draw_body(name)
        return body.partition(b":")[2][:-1], wanted
