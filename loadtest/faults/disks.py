"""A disk that is full: a house on a file system of its own, which is shrunk to what lies on it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from loadtest.faults.house_faults import Under
from loadtest.faults.load import CHECK, READ

_WHOLE_MIB: Final = 2_048
_KIB: Final = 1024


class NoFileSystem(Exception):
    """This machine lets us mount nothing."""


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder on a file system of its own, for as long as it is used. Raises ``NoFileSystem``."""
    with TemporaryDirectory(prefix="passport-disk-", ignore_cleanup_errors=True) as made:
        folder = Path(made) / "house"
        folder.mkdir()
        os.chmod(made, 0o755)
        _mount("-t", "tmpfs", "-o", f"size={_WHOLE_MIB}m,mode=0755", "passport-faults", str(folder))
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def fill(folder: Path) -> None:
    """Leave no block free."""
    state = os.statvfs(folder)
    used = (state.f_blocks - state.f_bfree) * state.f_frsize // _KIB
    # What is written meanwhile makes it too small; nothing is left of it then.
    for more in range(0, 4096, 64):
        try:
            _mount("-o", f"remount,size={used + more}k", str(folder))
        except NoFileSystem:
            continue
        return
    raise NoFileSystem("the file system cannot be made smaller")


def make_room(folder: Path) -> None:
    """Let the file system be as large as before."""
    _mount("-o", f"remount,size={_WHOLE_MIB}m", str(folder))


def _mount(*arguments: str) -> None:
    try:
        done = subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoFileSystem("the command mount is missing") from error
    if done.returncode:
        raise NoFileSystem(f"mount: {done.stderr.strip()[:200]}")


def fill_the_disk(under: Under, folder: Path, *, full_seconds: float = 15.0) -> None:
    """Fill the disk that everything of the house is on, database and logs too; then make room.

    Checks and lists are answered throughout; whatever else fails, says so. PostgreSQL may end when it cannot
    write, as it is made to; it is then started again, as a supervisor does.
    """
    began = time.monotonic()
    fill(folder)
    time.sleep(full_seconds)
    under.facts["full_seconds"] = time.monotonic() - began
    ended = [name for name, pid in under.house.pids.items() if not psutil.pid_exists(pid)]
    under.broken += [f"{name} ended when the disk was full" for name in ended]
    room = time.monotonic()
    make_room(folder)
    under.house.postgres.start()
    for name in ended:
        under.house.restart(name)
    under.facts["all_acts_succeed_after_seconds"] = under.until_all_succeed(room)
    under.require_answered(began, CHECK, READ)
