"""Small private files written so that a crash leaves the old content or the new, never half."""

import os
from itertools import takewhile
from pathlib import Path

from runtime.entropy import random_bytes, random_token


def private_folder(folder: Path) -> Path:
    """``folder``, made with mode 0700, durably, where it is not there yet."""
    missing = tuple(takewhile(lambda path: not path.exists(), (folder, *folder.parents)))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)
    return folder


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, mode 0600, durable when this returns."""
    temporary = _write_temporary(path, content)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def read_or_create(path: Path) -> str:
    """The text in ``path``; where there is none, 256 random bits that every process then agrees on."""
    if not path.exists():
        private_folder(path.parent)
        temporary = _write_temporary(path, random_token(256).encode("ascii"))
        try:
            # A link fails where a rename would overwrite: the first of several processes wins.
            path.hardlink_to(temporary)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
        sync_folder(path.parent)
    return path.read_text(encoding="ascii").strip()


def sync_folder(folder: Path) -> None:
    """Make renames and new names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_temporary(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{random_bytes(8).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary
