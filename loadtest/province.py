"""What a province costs: lists of two lengths through a worker process, in rows a second and in memory.

    python -m loadtest.province [--rows 10000 100000] [--suite eddsa-rdfc-2022]

The served demo gives status entries and takes deliveries; one worker and the processes it crunches in sign.
Every list is approved by two people before it begins, and every certificate counted afterwards. Memory is
what the worker and its processes hold together (proportional set size), at its highest. The last line says
how rate and memory of the longer list compare with those of the shorter one.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from tests.cheap_costs import cheap_key_stretching
from tests.workers.bulk import add_class, check_exactly_once, children_of, wait_until_done
from tests.workers.test_workers import Works, works

_LIMIT_SECONDS = 7_200
_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A list of ``rows``: seconds until all were issued, and the most bytes held meanwhile."""

    rows: int
    seconds: float
    bytes_held: int

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each length in turn, in one house."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--rows", type=int, nargs=2, default=(10_000, 100_000), help="two lengths, short first"
    )
    parser.add_argument("--suite", default="eddsa-rdfc-2022", help="the cryptosuite")
    chosen = parser.parse_args(arguments)
    with (
        cheap_key_stretching(),
        TemporaryDirectory() as folder,
        works(Path(folder), suite=chosen.suite) as running,
    ):
        short, long = (_measure(running, rows) for rows in chosen.rows)
    sys.stdout.write(
        f"{long.rows // short.rows} times the rows: {long.rate / short.rate:.2f} times the rate,"
        f" {long.bytes_held / short.bytes_held:.2f} times the memory\n"
    )


def _measure(running: Works, rows: int) -> Measured:
    (worker,) = running.workers
    class_id = add_class(running.url, running.desk, rows)
    started, over = time.perf_counter(), Event()
    highest = [0]
    watcher = Thread(target=_watch, args=(worker.pid, over, highest))
    watcher.start()
    wait_until_done(running.desk, class_id, seconds=_LIMIT_SECONDS)
    seconds = time.perf_counter() - started
    over.set()
    watcher.join()
    check_exactly_once(running.desk, class_id, rows)
    measured = Measured(rows=rows, seconds=seconds, bytes_held=highest[0])
    sys.stdout.write(
        f"{rows} rows in {seconds:.0f} s: {measured.rate:.0f} rows/s,"
        f" {measured.bytes_held / _MIB:.0f} MiB at most\n"
    )
    sys.stdout.flush()
    return measured


def _watch(pid: int, over: Event, highest: list[int]) -> None:
    while not over.wait(0.5):
        family = {pid} | children_of(pid)
        family |= {grandchild for child in family for grandchild in children_of(child)}
        highest[0] = max(highest[0], sum(_held(one) for one in family))


def _held(pid: int) -> int:
    """Bytes that a process holds, its share of what several hold; nothing once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
