"""Two JavaScript libraries read our lists, and find at every index what the log says."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from revocation.values import Reason
from runtime.database import Database
from runtime.settings import Settings
from tests.interop.node_reader import FOLDER, SECONDS, require_node
from tests.unit.revocation.registry_world import BASE_URL, World, open_world

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]
NAMES = ("token-jwt", "eddsa-rdfc-2022", "suspension-eddsa-rdfc-2022")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A registry that was started."""
    settings = Settings(data_dir=tmp_path, base_url=BASE_URL)
    database = Database.open(settings, "revocation")
    database.upgrade()
    database.close()
    world = open_world(tmp_path)
    world.start()
    return world


def test_every_reader_finds_what_the_log_says(world: World, tmp_path: Path) -> None:
    node = require_node()
    entries = world.allocate(*(f"n{number}" for number in range(60)))
    for number in range(0, 60, 3):
        world.revoke(f"n{number}", reason=Reason.FRAUD if number % 2 else Reason.SUPERSEDED)
    world.suspend(*(f"n{number}" for number in range(1, 60, 3)))
    world.reinstate("n4", "n7")
    list_id = entries[0].list_id
    world.publish(list_id)
    files = [world.files.path(list_id, name) for name in NAMES]
    command = [node, "status-lists.mjs", *map(str, files), *(str(entry.index) for entry in entries)]
    variables = {"PATH": os.environ.get("PATH", "")}
    done = subprocess.run(
        command, cwd=FOLDER, env=variables, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    read = json.loads(done.stdout)
    suspended = [number % 3 == 1 and number not in (4, 7) for number in range(60)]
    assert read["revoked"] == [number % 3 == 0 for number in range(60)]
    assert read["suspended"] == suspended
    assert read["token"] == [1 if n % 3 == 0 else 2 if suspended[n] else 0 for n in range(60)]
