"""A process of the version before goes on working while the tables become those of this one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from runtime.database import Database
from runtime.settings import SERVICES, Settings
from tests.stores.postgresql import apply_roles, make_database, role_urls

ROOT = Path(__file__).parents[2]
# The last commit before the first migration that was made to run while others work. With the first release
# it becomes the release before this one.
BEFORE = "b752c0a"
BUILT = ("schemas/build", "runtime/build")

PROGRAM = """
import sys
from pathlib import Path

import anyio
import anyio.to_thread

import vc
from passport.demo_world.in_process import demo_client
from passport.demo_world.people import draw_people
from runtime.logging import configure_logging
from tests.crash.issuing_life import sheet_of
from tests.journey.conftest import cheap_key_stretching, revoke, sign_in
from tests.journey.test_first_journey import CLERK, check, issue
from tests.stores.postgresql import role_urls, url_settings


async def issue_check_and_revoke(client, people):
    await sign_in(client, CLERK)
    files = {"file": ("class.csv", sheet_of(people))}
    sent = await client.post("/issuer/api/classes", data={"kind": "rpl"}, files=files)
    issued = await issue(client, sent.json()["id"])
    assert len(issued) == len(people)
    raw = (await client.get(issued[0]["credential"])).content
    assert (await check(client, raw))["verified"]
    await revoke(client, issued[0]["credential_id"])
    with anyio.fail_after(60):
        while (await check(client, raw))["verified"]:
            await anyio.sleep(0.2)


async def main(folder, url):
    people = draw_people()
    settings = url_settings(role_urls(url)) | {"default_cryptosuite": "eddsa-jcs-2022"}
    async with demo_client(Path(folder), people, **settings) as client:
        await issue_check_and_revoke(client, people[:2])
        print("before", Path(vc.__file__).parents[1], flush=True)
        await anyio.to_thread.run_sync(sys.stdin.readline)
        await issue_check_and_revoke(client, people[2:4])
        print("after", flush=True)


configure_logging(level="ERROR")
with cheap_key_stretching():
    anyio.run(main, *sys.argv[1:])
"""


@pytest.fixture(scope="module")
def code_of_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the version before, and with what ``make setup`` builds for this one."""
    folder = tmp_path_factory.mktemp("before")
    archive = folder / "code.tar"
    packing = ["git", "-C", str(ROOT), "archive", "--output", str(archive), BEFORE]
    if subprocess.run(packing, capture_output=True, check=False).returncode:
        pytest.skip(f"the history of this repository is missing: there is no commit {BEFORE}")
    subprocess.run(["tar", "--extract", "--file", str(archive), "--directory", str(folder)], check=True)
    for name in BUILT:
        shutil.copytree(ROOT / name, folder / name)
    return folder


@contextmanager
def running(code: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program, run by the code in ``code``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PASSPORT_")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=code,
        env=environment | {"PYTHONPATH": str(code)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_version_before_goes_on_with_the_tables_of_this_one(
    code_of_before: Path, postgresql_url: str, tmp_path: Path
) -> None:
    url = make_database(postgresql_url, "rolling")
    apply_roles(url)
    with running(code_of_before, str(tmp_path / "data"), url) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["before", str(code_of_before)]
        upgrade_all(url, tmp_path)
        add_a_column_everywhere(url)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "after\n"


def upgrade_all(url: str, folder: Path) -> None:
    """As the first process of this version does when it starts."""
    for service in SERVICES:
        if service != "passport":
            settings = Settings(data_dir=folder, database_url=role_urls(url)[service])
            database = Database.open(settings, service)
            database.upgrade()
            database.close()


def add_a_column_everywhere(url: str) -> None:
    """What the rules let the migrations of a later version do."""
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"
    with psycopg.connect(url) as connection:
        found = connection.execute(tables, [list(SERVICES)]).fetchall()
        assert len(found) > 50
        for table in found:
            statement = sql.SQL("ALTER TABLE {} ADD COLUMN planted integer NOT NULL DEFAULT 7")
            connection.execute(statement.format(sql.Identifier(*table)))
