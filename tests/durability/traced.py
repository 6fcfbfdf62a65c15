"""What a process wrote, synced and acknowledged, in the order the kernel was asked for it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CALLS = (
    "write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,sync_file_range,"
    "rename,renameat,renameat2,link,linkat,mkdir,mkdirat"
)
_OPTIONS = (
    *("-f", "--seccomp-bpf", "-y", "-qq", "-s", "64"),
    *("-e", f"trace={_CALLS}", "-e", "signal=none"),
)
_ON_FILE = re.compile(r'(?:\d+ +)?(\w+)\(\d+<([^>]+)>(?:, "([^"]*)")?.* = \d+$')
_ON_NAMES = re.compile(r'(?:\d+ +)?(?:rename|link)\w*\(.*?"([^"]+)", .*?"([^"]+)".* = 0$')
_ON_FOLDER = re.compile(r'(?:\d+ +)?mkdir\w*\(.*?"([^"]+)", .* = 0$')
_SYNCS = frozenset({"fsync", "fdatasync"})
# What only lives as long as the processes that share it.
_PASSING = re.compile(r"(-shm|\.lock)$")


@dataclass(kw_only=True)
class Acknowledgement:
    """One promise: what was synced for it, in order, and what was left to luck when it was made."""

    name: str
    synced: list[str] = field(default_factory=list)
    unsynced: set[str] = field(default_factory=set)


@cache
def strace() -> str:
    """The path of a strace that works here; the test skips, saying why, where there is none."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is missing: install the package strace")
    command = [found, *_OPTIONS, "-o", os.devnull, "true"]
    tried = subprocess.run(command, capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("strace may not trace here: ptrace is forbidden")
    return found


def trace(module: str, folder: Path) -> list[Acknowledgement]:
    """Run ``python -m module FOLDER/data FOLDER/acknowledged`` and read what it did to its files."""
    data, acknowledged, log = folder / "data", folder / "acknowledged", folder / "trace"
    program = [sys.executable, "-m", module, str(data), str(acknowledged)]
    command = [strace(), *_OPTIONS, "-o", str(log), *program]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return list(_read(log.read_text(encoding="utf-8", errors="replace"), data, acknowledged))


def _read(log: str, data: Path, acknowledged: Path) -> Iterator[Acknowledgement]:
    synced: list[str] = []
    unsynced: set[str] = set()
    for line in log.splitlines():
        if str(data.parent) not in line:
            continue
        # Calls of several threads that overlap would have no order that can be told.
        assert "<unfinished" not in line
        if named := _ON_NAMES.fullmatch(line):
            source, target = named.groups()
            unsynced.add(str(Path(target).parent))
            if source in unsynced:
                unsynced.add(target)
            continue
        if made := _ON_FOLDER.fullmatch(line):
            unsynced.add(str(Path(made[1]).parent))
            continue
        on_file = _ON_FILE.fullmatch(line)
        if on_file is None:
            continue
        call, path, content = on_file.groups()
        if path == str(acknowledged):
            yield Acknowledgement(name=content.removesuffix("\\n"), synced=synced, unsynced=unsynced)
            synced, unsynced = [], set()
        elif call in _SYNCS:
            unsynced.discard(path)
            synced.append(path)
        elif not _PASSING.search(path):
            unsynced.add(path)
