"""One process for each subject: started and checked once, then asked to measure round after round."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.peers.subjects import NODE_FOLDER, Subject

_ROOT = Path(__file__).parents[2]
_LAST_WORDS = 400


class NotReadyError(Exception):
    """A subject could not be started, or gave a wrong answer before it was timed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One turn of one subject: ``p50`` and ``p99`` in microseconds a verification."""

    count: int
    seconds: float
    cpu_seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Verified in a second."""
        return self.count / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Verified in a second of processor time, that of all its threads."""
        return self.count / self.cpu_seconds


class SubjectProcess:
    """A running subject that has accepted a good credential and refused the others."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def measure(self, seconds: float) -> Measured:
        """Let it verify for about ``seconds``. Raises NotReadyError where it ended instead."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"seconds": seconds}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise NotReadyError("its process ended") from error
        answer = self.read()
        if "count" not in answer:
            raise NotReadyError(str(answer.get("problem")))
        return Measured(**answer)

    def read(self) -> dict[str, Any]:
        """The next line of its answers. Raises NotReadyError where there is none."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NotReadyError("its process ended without an answer")
        return dict(json.loads(line))

    def peak_memory(self) -> int:
        """The most memory it has held, in bytes (resident set).

        Not asked of ``getrusage``, where a child's figure begins at that of the parent.
        """
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        match = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        assert match is not None
        return int(match.group(1)) * 1024


@contextmanager
def running(subject: Subject, credentials: Path, *, node: Sequence[str]) -> Iterator[SubjectProcess]:
    """Start a subject over a file of credentials; it ends with the block.

    ``node`` is the command for Node.js. Raises NotReadyError with the reason.
    """
    with ExitStack() as stack:
        complaints = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))
        process = subprocess.Popen(
            _command(subject, credentials, node),
            cwd=NODE_FOLDER if subject.program == "node" else _ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )
        stack.callback(_end, process)
        started = SubjectProcess(process)
        try:
            answer: Mapping[str, Any] = started.read()
        except NotReadyError as error:
            complaints.seek(0)
            raise NotReadyError(f"{error}: {complaints.read()[-_LAST_WORDS:].strip()}") from error
        if not answer["ready"]:
            raise NotReadyError(answer["problem"])
        yield started


def _command(subject: Subject, credentials: Path, node: Sequence[str]) -> list[str]:
    told = [subject.module, str(credentials), subject.options_text()]
    if subject.program == "node":
        return [*node, *subject.flags, "bench.mjs", *told]
    return [sys.executable, "-m", "loadtest.peers.bench", *told]


def _environment() -> dict[str, str]:
    """Nothing of the caller's settings, so that everybody's runs are alike."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
