"""Processes of the ``passport`` command, forked from one that has imported the whole product already.

Importing takes seconds of a processor for each process; a layout has a dozen. What is forked is what the
command is from then on: its own process, with its own environment, log and id. They end when their
parent does, and it ends when whoever started it does.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psutil

from loadtest import moved_clock

_ROOT: Final = Path(__file__).parents[1]
_LATE: Final = ("passport.serving", "passport.apart", "passport.workers", "issuer.worker", "loadtest.cheap")
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWNET: Final = 0x40000000


class Forking:
    """The parent process of a layout."""

    def __init__(self, log: Path, *, is_cheap: bool) -> None:
        """Start it; ``is_cheap``: passwords are stretched by as little as can be, for tests."""
        command = [sys.executable, "-m", "loadtest.forking", *(["--cheap"] if is_cheap else [])]
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=_ROOT
            )

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        namespace: str | None = None,
    ) -> psutil.Process:
        """``passport`` with these arguments; it writes to the end of ``log``.

        ``namespace`` is the file of a network namespace to be in.
        """
        order = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "log": str(log),
            "namespace": namespace,
        }
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the parent was started with pipes")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return psutil.Process(int(self._process.stdout.readline()))

    def stop(self) -> None:
        """End it, and with it whatever it started that still runs."""
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()


def _serve() -> None:
    for late in _LATE:
        import_module(late)
    if "--cheap" in sys.argv:
        import_module("loadtest.cheap").make_cheap()
    # Nobody waits for the children here: whoever gave the order watches them by their id.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _become(order: dict[str, Any]) -> None:
    """Be the command from here on; never returns."""
    status = 1
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        if order["namespace"] is not None:
            _enter(libc, order["namespace"])
        os.environ.clear()
        os.environ.update(order["environment"])
        if moved_clock.VARIABLE in os.environ:
            moved_clock.follow(os.environ[moved_clock.VARIABLE])
        from passport.cli import run

        status = run(order["arguments"])
    except BaseException:  # noqa: BLE001 - the edge of this process
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _enter(libc: ctypes.CDLL, namespace: str) -> None:
    descriptor = os.open(namespace, os.O_RDONLY)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "the network namespace cannot be entered")
    os.close(descriptor)


if __name__ == "__main__":
    _serve()
