"""A day-old backup put back, with and without its write-ahead log: nothing is undone, no index twice."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from revocation import ledger
from revocation.ledger import RegistryDegraded
from revocation.published_files import read_published
from tests.unit.revocation.registry_world import World

SUFFIXES = ("-wal", "-shm")


def back_up(world: World, folder: Path, *, with_log: bool) -> None:
    """Copy the database as it lies there; the log only where it is wanted."""
    folder.mkdir()
    shutil.copy(world.database_file, folder / "db")
    for suffix in SUFFIXES if with_log else ():
        log = Path(f"{world.database_file}{suffix}")
        if log.exists():
            shutil.copy(log, folder / f"db{suffix}")


def put_back(world: World, folder: Path) -> None:
    world.database.close()
    for suffix in ("", *SUFFIXES):
        Path(f"{world.database_file}{suffix}").unlink(missing_ok=True)
        if (folder / f"db{suffix}").exists():
            shutil.copy(folder / f"db{suffix}", f"{world.database_file}{suffix}")
    world.reopen()


@pytest.mark.parametrize("with_log", [True, False], ids=["with the log", "without the log"])
def test_a_day_old_backup_undoes_nothing(world: World, tmp_path: Path, with_log: bool) -> None:
    before = world.allocate(*(f"old{n}" for n in range(50)))
    for n in range(0, 50, 5):
        world.revoke(f"old{n}")
    world.publish(before[0].list_id)
    back_up(world, tmp_path / "backup", with_log=with_log)
    world.clock.advance(timedelta(days=1))
    after = world.allocate(*(f"new{n}" for n in range(50)))
    for n in range(25):
        world.revoke(f"old{2 * n + 1}")
        world.revoke(f"new{n}")
    world.suspend("new40")
    world.publish(before[0].list_id)
    world.revoke("new49")  # acknowledged, and in no published list yet
    put_back(world, tmp_path / "backup")
    if not with_log:
        # Most of it was in the log: the registry stops and says so until an operator has it rebuilt.
        with pytest.raises(RegistryDegraded, match="passport lists recover"):
            world.start()
        with pytest.raises(RegistryDegraded):
            world.revoke("old1")
        published = tuple(world.files.bits())
        world.database.write_now(ledger.recover, world.journal, published, now=world.clock.now())
    world.start()
    given = {(entry.list_id, entry.index) for entry in (*before, *after)}
    again = {(entry.list_id, entry.index) for entry in world.allocate(*(f"later{n}" for n in range(50)))}
    assert not given & again, "an index was given out again"
    world.publish(before[0].list_id)
    file = world.files.read_or_none(before[0].list_id, "token-jwt")
    assert file is not None
    said = read_published(file.body, "token-jwt")
    revoked = {before[n].index for n in range(0, 50, 5)} | {before[2 * n + 1].index for n in range(25)}
    revoked |= {after[n].index for n in (*range(25), 49)}
    assert said.ended == frozenset(revoked)
    assert said.suspended == frozenset({after[40].index})


def test_without_its_journal_a_restored_registry_stops_and_says_so(world: World, tmp_path: Path) -> None:
    (entry,) = world.allocate("a")
    world.publish(entry.list_id)
    back_up(world, tmp_path / "backup", with_log=True)
    world.revoke("a")
    put_back(world, tmp_path / "backup")
    world.journal.path.unlink()
    with pytest.raises(RegistryDegraded, match="passport lists recover"):
        world.start()
    with pytest.raises(RegistryDegraded):
        world.revoke("a")
