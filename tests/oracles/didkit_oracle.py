"""Asking didkit, which runs in a process of its own for each batch of questions."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent / "didkit_runner.py"
SECONDS = 300

needs_didkit = pytest.mark.skipif(
    sys.version_info >= (3, 13) or importlib.util.find_spec("didkit") is None,
    reason="didkit is missing: it is published for Python 3.12 and earlier",
)


def ask(questions: Sequence[Sequence[str]]) -> list[str | None]:
    """What didkit answers to each question (see ``didkit_runner.py``); None where it raises."""
    done = subprocess.run(
        [sys.executable, str(RUNNER)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [answer if isinstance(answer, str) else None for answer in json.loads(done.stdout)]
