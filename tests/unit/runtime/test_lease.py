"""One process at a time holds a lease, and another takes over from one that is gone; on both databases."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text

from runtime.database import Database
from runtime.lease import Lease
from runtime.settings import Settings

pytestmark = pytest.mark.anyio

_HOLDER = """
import sys, time, anyio
from pathlib import Path
from runtime.database import Database
from runtime.lease import Lease
from runtime.settings import Settings
folder, url = Path(sys.argv[1]), sys.argv[2] or None
database = Database.open(Settings(data_dir=folder, database_url=url), "revocation")
lease = Lease(database, folder, "work")
print(anyio.run(lease.is_ours), flush=True)
time.sleep(600)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None


@pytest.fixture
def database(url: str | None, tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(Settings(data_dir=tmp_path, database_url=url), "revocation")
    yield opened
    opened.close()


@contextmanager
def held_elsewhere(folder: Path, url: str | None) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease and would hold it for long."""
    command = [sys.executable, "-c", _HOLDER, str(folder), url or ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


async def test_one_holds_it_and_another_has_it_once_it_is_released(
    database: Database, tmp_path: Path
) -> None:
    first, second, other = (Lease(database, tmp_path, name) for name in ("work", "work", "else"))
    assert [await first.is_ours(), await second.is_ours(), await first.is_ours()] == [True, False, True]
    assert await other.is_ours(), "a lease of another name is another lease"
    await first.release()
    assert [await second.is_ours(), await first.is_ours()] == [True, False]
    for lease in (first, second, other):
        await lease.release()


async def test_who_is_killed_holds_nothing(database: Database, tmp_path: Path, url: str | None) -> None:
    lease = Lease(database, tmp_path, "work")
    with held_elsewhere(tmp_path, url) as holder:
        assert not await lease.is_ours()
        holder.kill()
        holder.wait()
        with anyio.fail_after(20):
            while not await lease.is_ours():
                await anyio.sleep(0.05)
    await lease.release()


async def test_whose_connection_broke_says_so_and_can_take_it_again(
    postgresql_url: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=postgresql_url)
    database = Database.open(settings, "revocation")
    first, second = (Lease(database, tmp_path, "work") for _ in range(2))
    assert await first.is_ours()
    ended = text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks "
        "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
    )
    database.read_now(lambda connection: connection.execute(ended).all())
    assert not await first.is_ours(), "it must not go on as if it held it"
    assert await second.is_ours()
    assert not await first.is_ours()
    await second.release()
    database.close()


async def test_a_lease_takes_no_connection_from_the_requests(postgresql_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=postgresql_url, database_threads=1)
    database = Database.open(settings, "revocation")
    leases = [Lease(database, tmp_path, f"work {number}") for number in range(4)]
    assert all([await lease.is_ours() for lease in leases])
    assert database.read_now(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    for lease in leases:
        await lease.release()
    database.close()
