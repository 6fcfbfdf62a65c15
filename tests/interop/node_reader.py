"""Running one of the Node.js readers of this folder over files, with a mirror for a network."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
SECONDS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a reader says: "accepted", "revoked" or "refused", and why not."""

    verdict: str
    reason: str | None


def require_node() -> str:
    """The path of Node.js; skips the test, naming what is absent, where the readers cannot run."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is missing: install the package nodejs")
    if not (FOLDER / "node_modules" / ".package-lock.json").is_file():
        pytest.skip("the packages of tests/interop are missing: run make test-setup (npm ci)")
    return node


def read_with(
    reader: str, files: Iterable[Path], *, mirror: Path, expected: Mapping[str, Any], scratch: Path
) -> dict[Path, Verdict]:
    """Verify ``files`` in one process of ``<reader>.mjs``; ``expected`` as in ``cli.mjs``."""
    node = require_node()
    (scratch / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    names = [str(file) for file in files]
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "INTEROP_MIRROR": str(mirror),
        "INTEROP_EXPECTED": str(scratch / "expected.json"),
    }
    command = [node, "--import", "./mirror.mjs", f"{reader}.mjs", *names]
    done = subprocess.run(
        command, cwd=FOLDER, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["file"] for result in results] == names, done.stderr[-3000:]
    return {
        Path(result["file"]): Verdict(verdict=result["verdict"], reason=result.get("reason"))
        for result in results
    }
