"""A long steady load, and whether memory and file descriptors of any process grow with it.

A process that has just started fills its caches, and every measurement scatters. So the first third is left
out, the rest is cut into blocks, and something *grows* where the slope over the blocks' means is above zero
by more than its own uncertainty allows, and what it comes to in the time watched is more than can be noise.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import psutil

from loadtest.faults.house_faults import Under

_EVERY_SECONDS: Final = 1.0
_BLOCKS: Final = 12
_LEFT_OUT: Final = 1 / 3
# Student's t for ten degrees of freedom, one in two thousand on either side: a house has eleven processes
# and two figures of each, and a run that is well must not be called ill once in a week.
_T: Final = 4.6
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """What one figure did: its mean, its growth over the time watched, and the least growth that is sure."""

    mean: float
    growth: float
    sure_growth: float

    def is_above(self, share: float, least: float) -> bool:
        """Whether it grew for sure, and by more than ``share`` of its mean and more than ``least``."""
        return self.sure_growth > 0 and self.growth > max(share * self.mean, least)


def trend_of(samples: Sequence[float]) -> Trend:
    """The trend of figures taken at equal pauses; the first third of them is left out.

    Raises ``ValueError`` for fewer than two a block.
    """
    watched = samples[math.ceil(len(samples) * _LEFT_OUT) :]
    size = len(watched) // _BLOCKS
    if size < 2:
        raise ValueError("too few samples")
    # The means of blocks are as good as independent, which neighbours among the samples are not.
    means = [fmean(watched[n * size : (n + 1) * size]) for n in range(_BLOCKS)]
    middle, mean = (_BLOCKS - 1) / 2, fmean(means)
    spread = sum((n - middle) ** 2 for n in range(_BLOCKS))
    slope = sum((n - middle) * (value - mean) for n, value in enumerate(means)) / spread
    left = sum((value - mean - slope * (n - middle)) ** 2 for n, value in enumerate(means))
    error = math.sqrt(left / (_BLOCKS - 2) / spread)
    return Trend(mean=mean, growth=slope * _BLOCKS, sure_growth=(slope - _T * error) * _BLOCKS)


def soak(under: Under, *, seconds: float) -> None:
    """Watch every process for so long. Facts are MiB and descriptors; growth is for the time watched."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in under.house.pids}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for name, pid in under.house.pids.items():
            taken[name].append(_held(pid))
        time.sleep(_EVERY_SECONDS)
    for name, samples in taken.items():
        memory, files = (trend_of([sample[n] for sample in samples]) for n in (0, 1))
        under.facts |= _facts(name, memory, files)
        if memory.is_above(share=0.05, least=2):
            under.broken.append(f"the memory of {name} grows")
        if files.is_above(share=0.05, least=2):
            under.broken.append(f"the file descriptors of {name} grow")


def _facts(name: str, memory: Trend, files: Trend) -> Mapping[str, float]:
    return {
        f"{name}_mib": memory.mean,
        f"{name}_mib_growth": memory.growth,
        f"{name}_descriptors": files.mean,
        f"{name}_descriptors_growth": files.growth,
    }


def _held(pid: int) -> tuple[float, float]:
    """MiB that the process has for itself, with its children, and their open descriptors."""
    process = psutil.Process(pid)
    family = (process, *process.children(recursive=True))
    return (
        sum(one.memory_full_info().uss for one in family) / _MIB,
        float(sum(one.num_fds() for one in family)),
    )
