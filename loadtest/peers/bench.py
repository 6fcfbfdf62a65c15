"""Time one verifier in this process: ``python -m loadtest.peers.bench <module> <set> <options as JSON>``.

First it must accept a good credential and refuse the altered and the revoked one; then it prints one line,
``{"ready": true}`` or ``{"ready": false, "problem"}``. Each line of standard input, ``{"seconds"}``, is
answered by ``{"count", "seconds", "cpu_seconds", "p50", "p99"}``, the last two in microseconds. The programs
in ``node/`` speak the same.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

Verify = Callable[[str], bool]


def require_right(verify: Verify, given: Mapping[str, Any], *, sees_status: bool) -> None:
    """Raise ``ValueError`` unless good credentials are accepted and others refused."""
    if not verify(given["credentials"][0]):
        raise ValueError("it refuses a good credential")
    if any(verify(text) for text in given["tampered"]):
        raise ValueError("it accepts an altered credential")
    if sees_status and verify(given["revoked"]):
        raise ValueError("it accepts a revoked credential")


def measure(verify: Verify, credentials: Sequence[str], seconds: float) -> dict[str, float]:
    """Verify them in turn for about ``seconds``."""
    times: list[float] = []
    turn = cycle(credentials)
    cpu, start = time.process_time(), time.perf_counter()
    before, end = start, start + seconds
    while before < end:
        if not verify(next(turn)):
            raise ValueError("a good credential was refused while the time ran")
        now = time.perf_counter()
        times.append(now - before)
        before = now
    used = time.process_time() - cpu
    times.sort()
    return {
        "count": len(times),
        "seconds": before - start,
        "cpu_seconds": used,
        "p50": _quantile(times, 0.5),
        "p99": _quantile(times, 0.99),
    }


def _quantile(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] * 1e6


def answer(value: Mapping[str, Any]) -> None:
    """Write one line for whoever started this process."""
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def main(module: str, file: str, options: str) -> int:
    """Answer until standard input ends."""
    given = json.loads(Path(file).read_bytes())
    chosen = json.loads(options)
    try:
        verify: Verify = importlib.import_module(f"loadtest.peers.{module}").prepare(given, chosen)
        require_right(verify, given, sees_status=chosen["seesStatus"])
    except Exception as error:  # noqa: BLE001 - whatever another's library raises is its answer
        answer({"ready": False, "problem": f"{type(error).__name__}: {error}"})
        return 1
    answer({"ready": True})
    for line in sys.stdin:
        answer(measure(verify, given["credentials"], json.loads(line)["seconds"]))
    return 0


if __name__ == "__main__":
    # didkit crashes in the interpreter's usual clean-up.
    os._exit(main(*sys.argv[1:4]))
