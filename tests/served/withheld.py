"""How long the machine withheld its processors from the server: time that says nothing about the server.

Answers are timed as on a machine with nothing else to do, which no test can rely on. Linux counts for
each thread how long it was ready and did not run (proc_pid_schedstat); where it does not, nothing is
taken off and only the repeated shots remain.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_SAMPLE_SECONDS = 0.005


class Withheld:
    """Measures over a ``with`` block: processes ``pids``, and the children they have meanwhile.

    A child is looked at from time to time as long as it lives, so that its last moments are missed.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = (*pids, os.getpid())
        self._before = 0.0
        self._children: dict[int, float] = {}
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self._before = sum(map(_withheld_from, self._pids))
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._sampler.join()
        own = sum(map(_withheld_from, self._pids)) - self._before
        self.seconds = own + sum(self._children.values())

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            for pid in self._pids[:-1]:
                for child in _children_of(pid):
                    self._children[child] = max(self._children.get(child, 0.0), _withheld_from(child))


def _withheld_from(pid: int) -> float:
    """Seconds for which threads of a process were ready and had no processor, so far."""
    withheld = 0
    for task in _tasks_of(pid):
        with contextlib.suppress(OSError, IndexError, ValueError):
            withheld += int((task / "schedstat").read_text().split()[1])
    return withheld / 1e9


def _children_of(pid: int) -> Iterator[int]:
    for task in _tasks_of(pid):
        with contextlib.suppress(OSError, ValueError):
            yield from map(int, (task / "children").read_text().split())


def _tasks_of(pid: int) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []
