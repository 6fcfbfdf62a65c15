"""Real processes that act at the same moment, for the promises that hold between processes."""

import subprocess
from collections.abc import Sequence


def run_at_once(programs: Sequence[Sequence[str]]) -> None:
    """Start each program, wait until each has written a line, then let them all go on; all must succeed."""
    started = [
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for program in programs
    ]
    ready = [process.stdout.readline() for process in started if process.stdout]
    assert len(ready) == len(started)
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=100)
    assert [process.returncode for process in started] == [0] * len(started)
