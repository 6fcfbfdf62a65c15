"""A clock that jumps, for processes of fault runs: the machine's, and as many seconds as a file says.

The product asks the present of ``runtime.clock.SystemClock`` alone (the linter refuses every other way),
so this is what it would see if the clock of the machine were set. What counts time that passes goes on, as
monotonic clocks do, and so does PostgreSQL.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from runtime.clock import SystemClock

VARIABLE: Final = "LOADTEST_CLOCK"
"""Names the file, for every process of a house."""
_LONGEST: Final = 32


def follow(file: str) -> Callable[[], None]:
    """Have every ``SystemClock`` of this process follow ``file`` from now on; returns how to end that."""
    descriptor = os.open(file, os.O_RDONLY)
    unmoved = SystemClock.now

    def now(clock: SystemClock) -> datetime:
        return unmoved(clock) + timedelta(seconds=float(os.pread(descriptor, _LONGEST, 0)))

    def end() -> None:
        setattr(SystemClock, "now", unmoved)  # noqa: B010
        os.close(descriptor)

    setattr(SystemClock, "now", now)  # noqa: B010 - a method is exchanged on purpose
    return end


def move(file: Path, seconds: float) -> None:
    """Let the clocks that follow ``file`` be so far ahead of the machine's; in one write, of one length."""
    text = f"{seconds:+{_LONGEST}.3f}".encode()
    with file.open("r+b" if file.exists() else "wb", buffering=0) as whole:
        whole.write(text)
