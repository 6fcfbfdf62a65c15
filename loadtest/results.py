"""The results file: what was measured, on which machine, of which versions; read back by pages and plots.

Times of answers are milliseconds, CPU is in microseconds or seconds as the names say, memory in MiB. A
*ratio* is the CPU time of one thing over that of one Ed25519 check by PyNaCl in the same run; figures
without one are this machine's alone. No name of a machine and no path stands in a file.
"""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

FOLDER: Final = Path(__file__).with_name("results")
SCHEMA: Final = FOLDER / "load-schema.json"
_GIB: Final = 1024**3
_ROOT: Final = Path(__file__).parents[1]
_LIBRARIES: Final = ("uvicorn", "fastapi", "pynacl", "cryptography", "pyoxigraph", "orjson", "locust")


@dataclass(frozen=True, kw_only=True, slots=True)
class InProcess:
    """One verification without HTTP: of new bytes, and of the same bytes once more."""

    format: str
    cold_microseconds: float
    again_microseconds: float
    cold_ratio: float
    again_ratio: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """As many requests as are answered, each for a credential that the verifier has not in memory.

    ``cpu_to_in_process`` is server CPU for a request over that of the verification in process.
    """

    format: str
    processes: int
    requests: int
    per_second: float
    per_server_cpu_second: float
    cpu_microseconds: float
    ratio: float
    cpu_to_in_process: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    errors: int
    resident_mib: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Batches of ``rows`` files in one call; figures are credentials, times are of whole calls.

    ``share_of_in_process`` is credentials for a server CPU second over verifications in process for one.
    """

    format: str
    rows: int
    calls: int
    per_second: float
    per_server_cpu_second: float
    share_of_in_process: float
    p50_ms: float
    p99_ms: float
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Paced:
    """Answers of one process to independent people, so many that it should be busy for ``share`` of the time.

    ``busy`` is for what share it was.

    Of the rounds whose ``ratios`` of p99 to p50 are named, this is the middle one.
    """

    format: str
    share: float
    busy: float
    per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p99_to_p50: float
    ratios: Sequence[float]
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Poison:
    """What hostile requests of one kind, ``share`` of all, do to the answers of everybody else.

    Of the rounds whose ``ratios`` of p99 with and without are named, this is the middle one.
    """

    kind: str
    share: float
    p99_without_ms: float
    p99_with_ms: float
    p99_ratio: float
    ratios: Sequence[float]
    poison_p99_ms: float
    statuses: Mapping[str, int]
    errors_of_others: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The answers to one act of people; ``failed`` had no decision, or another than can be known."""

    act: str
    count: int
    failed: int
    p50_ms: float
    p90_ms: float
    p99_ms: float


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """One scenario: its mix, its answers, what failed and what was wrong (reason → count), what it used."""

    scenario: str
    users: int
    seconds: float
    mix: Mapping[str, Any]
    answers: Sequence[Answered]
    why_failed: Mapping[str, int]
    wrong: Mapping[str, int]
    facts: Mapping[str, float]
    cpu_seconds: float
    resident_mib: float


@dataclass(kw_only=True, slots=True)
class Results:
    """Everything of one run; ``unit_microseconds`` is CPU for one PyNaCl check."""

    name: str
    day: str
    commit: str
    is_clean: bool
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    unit_microseconds: float = 0.0
    unit_spread: Sequence[float] = ()
    bodies: int = 0
    seconds: float = 0.0
    load_before: float = 0.0
    load_after: float = 0.0
    in_process: list[InProcess] = field(default_factory=list)
    throughput: list[Throughput] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    paced: list[Paced] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    people: list[People] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """Requests to which no answer came, or one that was refused where it must not be."""
        counts = [one.errors for one in self.throughput]
        counts += [one.errors for one in self.batches]
        counts += [one.errors for one in self.paced]
        counts += [one.errors_of_others for one in self.poison]
        counts += [answered.failed for scenario in self.people for answered in scenario.answers]
        return sum(counts)

    @property
    def wrong(self) -> int:
        """Answers that said something untrue."""
        return sum(sum(scenario.wrong.values()) for scenario in self.people)

    def write(self, folder: Path) -> Path:
        """Write the file, named by day and name; returns where."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.day}-load-{self.name}.json"
        path.write_bytes(orjson.dumps(rounded(asdict(self)), option=orjson.OPT_INDENT_2) + b"\n")
        return path


def begin(name: str, day: date, *, wrk: str) -> Results:
    """Results without figures yet: machine, versions, commit."""
    libraries = {library: version(library) for library in _LIBRARIES}
    return Results(
        name=name,
        day=day.isoformat(),
        commit=_git("rev-parse", "--short=12", "HEAD"),
        is_clean=not _git("status", "--porcelain", "--untracked-files=no"),
        machine={
            "cpu": _cpu_model(),
            "cores": os.cpu_count() or 1,
            "memory_gib": psutil.virtual_memory().total / _GIB,
            "system": platform.system(),
        },
        versions={"python": platform.python_version(), "wrk": wrk, **libraries},
        load_before=os.getloadavg()[0],
    )


def rounded(value: Any) -> Any:
    """``value`` with every float at four significant digits or more than noise leaves of it."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, Mapping):
        return {name: rounded(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(member) for member in value]
    return value


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
