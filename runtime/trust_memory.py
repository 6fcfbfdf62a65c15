"""What a verifier has seen of roots and trust lists, kept over restarts in one small file.

Without it, whoever answers in place of the registry could show a freshly started verifier an older
list that is still in its time. A damaged file is never read as "nothing seen".
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from runtime.secret_files import private_folder, write_atomically
from vc.errors import PassportError
from vc.model.evidence import Seen
from vc.trust.anchor import TrustAnchor

FILE_NAME: Final = "trust-seen.json"
_FORMAT: Final = 1


class TrustMemoryDamaged(PassportError):
    """The file cannot be relied on, so the verifier would not notice an older trust list."""

    def __init__(self) -> None:
        super().__init__(
            f"{FILE_NAME} in the data folder is damaged: the verifier no longer knows the newest trust "
            "list it saw. Restore the file; remove it only after comparing the list by another way."
        )


class TrustMemory:
    """The newest proven root and list for one anchor and list; shared by processes through the file."""

    def __init__(self, path: Path | None, name: str) -> None:
        """Use ``open`` or ``of_this_process``."""
        self._path = path
        self._name = name
        self._seen = self._read().get(name)

    @classmethod
    def open(cls, data_dir: Path, anchor: TrustAnchor, list_url: str) -> "TrustMemory":
        """The memory in ``data_dir``. Raises ``TrustMemoryDamaged``."""
        identity = f"{anchor.did}|{anchor.text}|{list_url}"
        return cls(data_dir / FILE_NAME, hashlib.sha256(identity.encode()).hexdigest())

    @classmethod
    def of_this_process(cls) -> "TrustMemory":
        """A memory that ends with the process, for one that has no folder."""
        return cls(None, "")

    @property
    def seen(self) -> Seen | None:
        """What is remembered."""
        return self._seen

    def must_learn(self, seen: Seen) -> bool:
        """Whether ``seen`` is not remembered yet."""
        return seen != self._seen

    def remember(self, seen: Seen) -> None:
        """Keep ``seen``, durable on return, unless another process saw a newer one meanwhile.

        Raises ``TrustMemoryDamaged`` and ``OSError``; this process then remembers all the same.
        """
        self._seen = seen
        if self._path is None:
            return
        private_folder(self._path.parent)
        with self._locked(self._path):
            entries = self._read()
            standing = entries.get(self._name)
            if standing is not None and _is_newer(standing, seen):
                self._seen = standing
                return
            entries[self._name] = seen
            self._write(self._path, entries)

    def _read(self) -> dict[str, Seen]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_bytes())
            if content["format"] != _FORMAT or content["check"] != _check(content["seen"]):
                raise TrustMemoryDamaged
            return {name: Seen(**entry) for name, entry in content["seen"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise TrustMemoryDamaged from None

    def _write(self, path: Path, entries: dict[str, Seen]) -> None:
        seen = {name: asdict(entry) for name, entry in entries.items()}
        content = {"format": _FORMAT, "check": _check(seen), "seen": seen}
        write_atomically(path, json.dumps(content, indent=1).encode("ascii"))

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _is_newer(one: Seen, other: Seen) -> bool:
    return (one.root_version, one.list_version) > (other.root_version, other.list_version)


def _check(seen: Any) -> str:
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
