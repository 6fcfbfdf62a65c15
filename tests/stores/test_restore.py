"""The operator's files for copies of PostgreSQL: what comes back to which moment, and what is refused."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from loadtest.restore import SCRIPTS, receiving, rehearse
from tests.cheap_costs import cheap_key_stretching
from tests.postgresql_server import OwnServer, make_server, server_on, servers_folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """A server that is gone: its copy holds row 1, its log rows 2 and 3; ``moment`` lies between those."""

    folder: Path
    copy: Path
    moment: datetime
    server: OwnServer

    def restore(self, name: str, moment: str = "", *, copy: Path | None = None) -> OwnServer:
        """A server on a new data folder, not started."""
        restored = server_on(self.folder / name)
        script = SCRIPTS / "restore.sh"
        self.server.run(script, copy or self.copy, self.folder / "log", restored.data, moment)
        return restored


@pytest.fixture(scope="module")
def lost() -> Iterator[Lost]:
    with servers_folder() as folder:
        server = make_server(folder / "server")
        with receiving(server, folder / "log"), psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
            connection.execute("INSERT INTO kept VALUES (1)")
            copy = Path(server.run(SCRIPTS / "base-backup.sh", folder / "copies").strip())
            connection.execute("INSERT INTO kept VALUES (2)")
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            time.sleep(0.05)
            connection.execute("INSERT INTO kept VALUES (3)")
            assert row is not None
            server.destroy()
        yield Lost(folder=folder, copy=copy, moment=row[0], server=server)


def rows_of(server: OwnServer) -> list[int]:
    server.start()
    try:
        server.until_recovered()
        with psycopg.connect(server.url) as connection:
            # It takes writes again: what it acknowledges is for whoever receives its log next.
            connection.execute("INSERT INTO kept VALUES (4)")
            return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop()


def said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_everything_acknowledged_comes_back(lost: Lost) -> None:
    assert rows_of(lost.restore("to-the-end")) == [1, 2, 3, 4]


def test_what_came_after_the_moment_does_not(lost: Lost) -> None:
    assert rows_of(lost.restore("to-the-moment", said(lost.moment))) == [1, 2, 4]


def test_a_moment_that_the_log_does_not_reach_is_refused(lost: Lost) -> None:
    server = lost.restore("to-tomorrow", said(lost.moment + timedelta(days=1)))
    with pytest.raises(RuntimeError, match="recovery ended before configured recovery target was reached"):
        rows_of(server)


def test_a_copy_that_was_altered_is_refused(lost: Lost) -> None:
    altered = lost.folder / "altered"
    lost.server.run("cp", "--recursive", lost.copy, altered)
    with (altered / "PG_VERSION").open("a") as file:
        file.write(" ")
    with pytest.raises(RuntimeError, match="PG_VERSION"):
        lost.restore("from-altered", copy=altered)


def test_a_folder_with_something_in_it_is_left_alone(lost: Lost) -> None:
    (lost.folder / "full").mkdir()
    (lost.folder / "full" / "of").touch()
    with pytest.raises(RuntimeError, match="not empty"):
        lost.restore("full")


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_no_revocation_is_lost_whatever_is_restored() -> None:
    with cheap_key_stretching(), servers_folder() as folder:
        # Not the tests' own runner: what was on its way when the server was destroyed fails unseen.
        found = asyncio.run(rehearse(folder))
    assert [item.to for item in found] == ["the end", "after the revocation", "before it"]
    assert [item.lost_revocations for item in found] == [0, 0, 0]
    assert [item.no_longer_verify for item in found] == [0, 0, 0]
    assert [item.unknown_to_issuer for item in found] == [0, 10, 20]
