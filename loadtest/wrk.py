"""Pure throughput: wrk posts the bodies of a file as fast as they are answered."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from loadtest.bodies import JSON_TYPE

_SCRIPT: Final = Path(__file__).with_name("rotate.lua")
_GRACE_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Pure:
    """What one run came to. ``refused`` were answered with another status than 2xx or 3xx; times in ms."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p90_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def version() -> str:
    """The version of wrk. Raises ``SystemExit`` where it is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: install the package wrk, as make test-setup does")
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    return said.split()[1]


def drive(
    urls: Sequence[str],
    bodies: Path,
    *,
    seconds: float,
    connections: int,
    media_type: str = JSON_TYPE,
    key: str | None = None,
) -> list[Pure]:
    """Post to all ``urls`` at the same time, each with ``connections`` of its own, for so many seconds.

    Raises ``RuntimeError`` where wrk does not end as it should.
    """
    arguments = [str(bodies), media_type, *([] if key is None else [key])]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
    started = [
        subprocess.Popen(
            [*command, "-s", str(_SCRIPT), url, "--", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for url in urls
    ]
    said = [one.communicate(timeout=seconds + _GRACE_SECONDS)[0] for one in started]
    if any(one.returncode for one in started):
        raise RuntimeError(said[0].decode(errors="replace")[-500:])
    return [_parse(output) for output in said]


def _parse(output: bytes) -> Pure:
    line = output.strip().rsplit(b"\n", 1)[-1]
    told = orjson.loads(line)
    return Pure(
        requests=told["requests"],
        seconds=told["microseconds"] / 1e6,
        refused=told["refused"],
        broken=told["broken"],
        p50_ms=told["p50"] / 1e3,
        p90_ms=told["p90"] / 1e3,
        p99_ms=told["p99"] / 1e3,
    )
