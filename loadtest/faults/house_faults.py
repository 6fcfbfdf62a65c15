"""Faults of a whole house under load: processes killed, the database killed, verifiers restarted in turn."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadtest.faults import checks
from loadtest.faults.ledger import Ledger
from loadtest.faults.load import ACTS, CHECK, READ, READ_DIRECTLY, Load, Pace, loaded, wait_until
from loadtest.faults.results import FaultRun, acts_of
from loadtest.house import PROXY, House, Plan

VARIABLES: Final = {
    "PASSPORT_DEFAULT_CRYPTOSUITE": "eddsa-jcs-2022",
    "PASSPORT_HARVEST_PER_HOUR": "1000000",
    "PASSPORT_RATE_LIMITS": '{"sign-in": "100000/minute"}',
}
_BACK_SECONDS: Final = 120
_DEAD_SECONDS: Final = 1.0


@dataclass(kw_only=True)
class Under:
    """A house under load while a fault happens; the fault notes its figures and broken promises here."""

    house: House
    ledger: Ledger
    load: Load
    facts: dict[str, float] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def until_all_succeed(self, since: float) -> float:
        """Wait until every act succeeded that began after ``since`` (monotonic); seconds from then."""

        def has_come() -> bool:
            done = {
                answer.act
                for answer in self.ledger.since(since)
                if answer.is_good and answer.at - answer.seconds >= since
            }
            return self.load.error is not None or done >= set(ACTS)

        wait_until(has_come, _BACK_SECONDS, "the house does not do again what it did")
        return time.monotonic() - since

    def require_answered(self, since: float, *acts: str) -> None:
        """Note it as broken where one of ``acts`` failed or stayed open after ``since`` (monotonic)."""
        for answer in self.ledger.since(since):
            if answer.act in acts and not answer.is_good:
                self.broken.append(f"{answer.act} was not done")


Fault = Callable[[Under], None]


@contextmanager
def lived_in(
    folder: Path | None = None, variables: Mapping[str, str] | None = None
) -> Iterator[tuple[House, Ledger]]:
    """A house for faults, with two verifiers and two workers; in ``folder`` where one is given."""
    plan = Plan(verifiers=2, workers=2, variables={**VARIABLES, **(variables or {})})
    with (
        TemporaryDirectory(prefix="passport-house-", ignore_cleanup_errors=True) as made,
        House(folder or Path(made), plan).running() as house,
    ):
        yield house, Ledger()


def run_fault(name: str, house: House, ledger: Ledger, fault: Fault, pace: Pace | None = None) -> FaultRun:
    """Let ``fault`` happen under load, let the load end, and search for what was lost."""
    with loaded(house, ledger, pace) as load:
        under = Under(house=house, ledger=ledger, load=load)
        began = time.monotonic()
        fault(under)
        ended = time.monotonic()
    figures = acts_of([one for one in ledger.since(began) if one.at <= ended], began, ended)
    found = checks.search(house, ledger)
    return FaultRun(
        fault=name,
        seconds=ended - began,
        issued=found.issued,
        revoked=found.revoked,
        acts=figures,
        facts=under.facts,
        lost=found.lost,
        broken=tuple(under.broken),
    )


def kill_every_process(under: Under, *names: str) -> None:
    """kill -9 each process in turn, and start it again after a second; all of them without ``names``.

    What no check passes through may be missing without one being failed or left open.
    """
    house = under.house
    for name in names or house.names:
        killed = time.monotonic()
        house.kill(name)
        time.sleep(_DEAD_SECONDS)
        began = time.monotonic()
        house.restart(name)
        under.facts[f"{name}_answers_after_seconds"] = time.monotonic() - began
        under.until_all_succeed(time.monotonic())
        under.facts[f"{name}_all_acts_succeed_after_seconds"] = time.monotonic() - began
        missed = [one for one in under.ledger.since(killed) if one.act == CHECK and not one.is_good]
        under.facts[f"{name}_checks_missed"] = len(missed)
        if missed and not name.startswith((PROXY, "verifier")):
            under.broken.append(f"{len(missed)} checks were not done without {name}")


def kill_the_database(under: Under, *, dead_seconds: float = 6.0) -> None:
    """kill -9 every process of PostgreSQL; bring it back. Checks and lists must be answered throughout."""
    began = time.monotonic()
    under.house.postgres.kill()
    time.sleep(dead_seconds)
    under.facts["dead_seconds"] = time.monotonic() - began
    back = time.monotonic()
    under.house.postgres.start()
    under.facts["database_answers_after_seconds"] = time.monotonic() - back
    under.facts["all_acts_succeed_after_seconds"] = under.until_all_succeed(back)
    under.require_answered(began, CHECK, READ, READ_DIRECTLY)


def restart_verifiers_in_turn(under: Under, *, rounds: int = 2) -> None:
    """End one verifier in order and start it again, then the next; no check may fail."""
    began = time.monotonic()
    names = [name for name in under.house.names if name.startswith("verifier")]
    for _ in range(rounds):
        for name in names:
            under.house.restart(name)
            time.sleep(_DEAD_SECONDS)
    under.facts["restarts"] = rounds * len(names)
    under.require_answered(began, CHECK)
