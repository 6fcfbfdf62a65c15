"""A disk without room: nothing is acknowledged, nothing half is published, and work goes on afterwards."""

import multiprocessing
import resource
import signal
from pathlib import Path

import pytest

from revocation import change_store
from revocation.published_files import read_published
from tests.unit.revocation.registry_world import World, open_world

NAMES = ("eddsa-rdfc-2022", "token-cwt", "notes")
# Room for the beginning of a record of the journal, and no more.
ROOM = 40


def _without_room(folder: Path, act: str) -> str:
    """In a process that may not make files longer than the journal is: what the act came to."""
    world = open_world(folder)
    list_id = world.files.list_ids()[0]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    most = world.journal.size() + ROOM
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        world.revoke("a") if act == "revoke" else world.publish(list_id)
    except Exception as error:  # noqa: BLE001 - whatever it is that a full disk raises
        return type(error).__name__
    return "acknowledged"


@pytest.mark.parametrize("act", ["revoke", "publish"])
def test_what_finds_no_room_is_not_acknowledged(world: World, act: str) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    before = {
        item: world.files.read_or_none(entry.list_id, item)
        for item in ("eddsa-rdfc-2022", "token-cwt", "notes")
    }
    journal = world.journal.path.read_bytes()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answer = pool.apply(_without_room, (world.settings.data_dir, act))
    assert answer != "acknowledged"
    assert world.journal.path.read_bytes() == journal
    for name, file in before.items():
        now = world.files.read_or_none(entry.list_id, name)
        assert file is not None
        assert now is not None
        read_published(now.body, name)
    world.reopen()
    world.start()
    assert world.database.read_now(change_store.change_or_none, "urn:uuid:a") is None
    assert world.revoke("a")[1] is True
    assert world.publish(entry.list_id) is True
    file = world.files.read_or_none(entry.list_id, "token-cwt")
    assert file is not None
    assert read_published(file.body, "token-cwt").ended == frozenset({entry.index})
