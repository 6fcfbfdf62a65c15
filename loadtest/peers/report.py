"""The results as JSON and as a page: everything is a ratio of figures of the same round."""

import os
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from loadtest.peers.processes import Measured
from loadtest.peers.subjects import OURS, TARGETS, Subject

_MEGABYTE = 1_000_000
_MICROSECONDS = 1e6
Rate = Callable[[Measured], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one subject did; ``peak_memory`` in bytes."""

    subject: Subject
    versions: Mapping[str, str]
    rounds: Sequence[Measured]
    peak_memory: int

    def median(self, rate: Rate) -> float:
        """The median of its rounds."""
        return statistics.median(rate(measured) for measured in self.rounds)


@dataclass(kw_only=True, slots=True)
class Run:
    """One run over all.

    ``sizes``: format → bytes of a credential; ``missing``: name → why it was not run.
    """

    made_at: datetime
    seconds: float
    rounds: int
    credentials: int
    node: str | None
    load_before: float
    sizes: dict[str, int] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def of(self, form: str) -> list[Result]:
        """The results of a format, ours first."""
        return [result for result in self.results if result.subject.format == form]

    def formats(self) -> list[str]:
        """The formats that anything was measured of."""
        return list(dict.fromkeys(result.subject.format for result in self.results))


def rate(measured: Measured) -> float:
    """Verifications in a second."""
    return measured.rate


def cpu_rate(measured: Measured) -> float:
    """Verifications in a second of processor time."""
    return measured.cpu_rate


def ratios(ours: Result, other: Result, by: Rate) -> list[float]:
    """How many times as much we did, round for round."""
    return [by(mine) / by(its) for mine, its in zip(ours.rounds, other.rounds, strict=True)]


def best_peer(results: Iterable[Result], by: Rate) -> Result | None:
    """The fastest library of others, however it was tuned."""
    subjects = ((result, result.subject) for result in results)
    peers = [result for result, subject in subjects if subject.who != OURS and not subject.is_yardstick]
    return max(peers, key=lambda result: result.median(by), default=None)


def as_json(run: Run) -> dict[str, Any]:
    """Everything measured, for a file."""
    return {
        "made_at": run.made_at.isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": run.load_before,
        "load_after": os.getloadavg()[0],
        "python": platform.python_version(),
        "node": run.node,
        "seconds_a_round": run.seconds,
        "credentials": run.credentials,
        "bytes_a_credential": run.sizes,
        "results": [_result_as_json(run, result) for result in run.results],
        "not_run": run.missing,
    }


def _result_as_json(run: Run, result: Result) -> dict[str, Any]:
    subject = result.subject
    made: dict[str, Any] = {
        "name": subject.name,
        "who": subject.who,
        "format": subject.format,
        "status_list": subject.status,
        "flags": list(subject.flags),
        "versions": dict(result.versions),
        "peak_memory_bytes": result.peak_memory,
        "rounds": [asdict(measured) for measured in result.rounds],
    }
    ours = _ours(run, subject.format)
    if ours is not None and subject.who != OURS:
        made["ours_by_time"] = [round(one, 3) for one in ratios(ours, result, rate)]
        made["ours_by_cpu"] = [round(one, 3) for one in ratios(ours, result, cpu_rate)]
    return made


def machine() -> dict[str, Any]:
    """The processor by name, its number of cores and the memory in bytes."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
    }


def as_page(run: Run) -> str:
    """The same as Markdown."""
    parts = [_heading(run), _targets(run), *(_table(run, form) for form in run.formats()), _missing(run)]
    return "\n".join(parts)


def _heading(run: Run) -> str:
    described = machine()
    return (
        f"# Our verification beside others, {run.made_at:%d %B %Y}\n\n"
        f"Machine: {described['processor']}, {described['cores']} cores, "
        f"{described['memory_bytes'] / 2**30:.0f} GiB; Python {platform.python_version()}, "
        f"Node.js {run.node or 'none'}; "
        f"load {run.load_before:.1f} before and {os.getloadavg()[0]:.1f} after. "
        f"{run.credentials} credentials in turn, one process each, one verification after the other; "
        f"rounds of {run.seconds:g} s with all of a format in turn, {run.rounds} of them; "
        "every figure is the median of the rounds, with the lowest and the highest behind a ratio. "
        "[Compare with other verifiers](../../docs/how-to/compare-with-peers.md) says what was done and what "
        "the figures do not show.\n"
    )


def _targets(run: Run) -> str:
    lines = [
        "## Against the fastest peer of each format",
        "",
        "| format | fastest by time | ours ÷ it | fastest by CPU | ours ÷ it | wanted | reached |",
        "| --- | --- | ---: | --- | ---: | ---: | --- |",
    ]
    for form, wanted in TARGETS.items():
        ours = _ours(run, form)
        best, thriftiest = best_peer(run.of(form), rate), best_peer(run.of(form), cpu_rate)
        if ours is None or best is None or thriftiest is None:
            continue
        by_time, by_cpu = ratios(ours, best, rate), ratios(ours, thriftiest, cpu_rate)
        lines.append(
            f"| {form} | {_label(best)} | {_with_range(by_time)} "
            f"| {_label(thriftiest)} | {_with_range(by_cpu)} "
            f"| {wanted:g} | {_reached(by_time, by_cpu, wanted)} |"
        )
    return "\n".join((*lines, ""))


def _reached(by_time: Sequence[float], by_cpu: Sequence[float], wanted: float) -> str:
    reached = [statistics.median(found) >= wanted for found in (by_time, by_cpu)]
    if all(reached):
        return "yes"
    if not any(reached):
        return "no"
    return "by time only" if reached[0] else "by CPU only"


def _table(run: Run, form: str) -> str:
    size = f", {run.sizes[form]:,} bytes" if form in run.sizes else ""
    lines = [
        f"## {form}{size}",
        "",
        "| verifier | status list | per second | µs | CPU µs | p99 µs | memory MB | ours ÷ it | by CPU |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_row(run, result) for result in run.of(form)]
    return "\n".join((*lines, ""))


def _row(run: Run, result: Result) -> str:
    ours, subject = _ours(run, result.subject.format), result.subject
    by_time = by_cpu = ""
    if ours is not None and subject.who != OURS:
        by_time = _with_range(ratios(ours, result, rate))
        by_cpu = _with_range(ratios(ours, result, cpu_rate))
    cells = (
        _label(result),
        subject.status,
        f"{result.median(rate):,.0f}",
        f"{_MICROSECONDS / result.median(rate):,.0f}",
        f"{_MICROSECONDS / result.median(cpu_rate):,.0f}",
        f"{result.median(lambda measured: measured.p99):,.0f}",
        f"{result.peak_memory / _MEGABYTE:,.0f}",
        by_time,
        by_cpu,
    )
    return f"| {' | '.join(cells)} |"


def _label(result: Result) -> str:
    subject = result.subject
    versions = ", ".join(f"{package} {number}" for package, number in result.versions.items())
    beside = "; ".join(part for part in (versions, *subject.flags, subject.note) if part)
    return f"{subject.who} ({beside})" if beside else subject.who


def _with_range(found: Sequence[float]) -> str:
    return f"{statistics.median(found):.2f} ({min(found):.2f}–{max(found):.2f})"


def _missing(run: Run) -> str:
    lines = ["## Not run", "", "| verifier | why |", "| --- | --- |"]
    lines += [f"| {name} | {' '.join(why.split())} |" for name, why in run.missing.items()]
    return "\n".join((*lines, ""))


def _ours(run: Run, form: str) -> Result | None:
    return next((result for result in run.of(form) if result.subject.who == OURS), None)
