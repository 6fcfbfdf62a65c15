"""A demo served by the real command in a process of its own, for tests that need a socket."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

PASSWORD = "demo-passport"
START_SECONDS = 240
CHEAP = (sys.executable, "-P", str(Path(__file__).with_name("cheap_costs.py")))


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedDemo:
    """Where the demo answers, what it printed when it started, and the id of its process."""

    url: str
    announcement: Path
    data_dir: Path
    pid: int


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve_demo(
    folder: Path,
    scheme: str = "http",
    *,
    name: str = "127.0.0.1",
    arguments: Sequence[str] = (),
    port: int | str | None = None,
    program: Sequence[str] = (str(Path(sys.executable).parent / "passport"),),
    **environment: str,
) -> Iterator[ServedDemo]:
    """Start ``passport serve`` on a loopback port with its data in ``folder``; stop it after.

    The port is a free one unless given. ``name`` is how people call this machine; passkeys are made for a
    name and not for a number. As ``program``, ``CHEAP`` has passwords and key files of the lowest costs:
    ten seconds of a processor less.
    """
    port = int(port or free_port())
    url = f"{scheme}://{name}:{port}"
    announcement, log = folder / "announcement.txt", folder / "server.log"
    command = [*program, "serve", "--port", str(port), *arguments]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PASSPORT_")}
    variables |= {"PASSPORT_DATA_DIR": str(folder / "data"), **environment}
    if url != f"http://127.0.0.1:{port}":
        variables["PASSPORT_BASE_URL"] = url
    with announcement.open("wb") as out, log.open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=variables)
        try:
            _wait(url, process, log)
            yield ServedDemo(url=url, announcement=announcement, data_dir=folder / "data", pid=process.pid)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            # Only whether it answers: who it is, the tests ask with the certificate in hand.
            if httpx2.get(f"{url}/health", timeout=2, trust_env=False, verify=False).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start in time")
