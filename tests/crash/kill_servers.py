"""``python -m tests.crash.kill_servers folder database-url|-``: registries served by processes to be killed.

It has the product imported and forks a process for each ``start PORT`` on its standard input, answering
with the pid: a server that is killed is back within a moment.
"""

import os
import signal
import sys
from pathlib import Path

import uvicorn

from revocation.app import create_app
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.settings import Settings
from tests.unit.revocation.service_world import make_context


def settings_of(folder: Path, database_url: str | None) -> Settings:
    """One registry for all of them; what is not urgent is published within a second, too."""
    return Settings(data_dir=folder, database_url=database_url, status_publish_interval_seconds=1)


def _serve(settings: Settings, port: int) -> None:
    database = Database.open(settings, "revocation")
    app = create_app(make_context(settings, database, SystemClock()))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


def main(folder: str, database_url: str) -> None:
    """Fork servers until standard input ends."""
    settings = settings_of(Path(folder), None if database_url == "-" else database_url)
    database = Database.open(settings, "revocation")
    database.upgrade()
    database.close()
    # Whoever was killed is buried at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        port = int(line.split()[1])
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            # Nothing it says may be taken for an answer.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            _serve(settings, port)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
