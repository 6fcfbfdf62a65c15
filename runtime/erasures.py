"""The erasure journal: whose data keys were destroyed, on the disk before the database is touched.

It holds blind indexes and times, nothing else. Restoring yesterday's database does not restore who was
erased today: what the journal says is done again at every start.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import orjson

from runtime.entropy import random_bytes
from runtime.journal import Journal, JournalDamaged
from runtime.secret_files import private_folder
from runtime.settings import Settings, require_service_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """Data keys of ``owner`` (a blind index) and one class, up to ``version``, destroyed ``at`` a time."""

    owner: str
    data_class: str
    version: int
    at: str


class ErasureJournal:
    """The journal ``<data_dir>/journal/<service>.erasures`` of one service."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Nothing is opened or made yet."""
        name = f"{require_service_name(service)}.erasures"
        self._journal = Journal(settings.data_dir / "journal" / name)

    def append(self, erasures: Sequence[Erasure]) -> None:
        """Write erasures, durable on return. Raises ``JournalUnavailable``."""
        with self._locked():
            if not self._journal.exists():
                self._journal.create(random_bytes(16))
            self._journal.append([orjson.dumps(asdict(erasure)) for erasure in erasures], at=self._end())

    def read(self) -> Iterator[Erasure]:
        """Every erasure, oldest first. Raises ``JournalDamaged``."""
        if not self._journal.exists():
            return
        for _, payload in self._journal.read(0):
            try:
                yield Erasure(**orjson.loads(payload))
            except (ValueError, TypeError):
                raise JournalDamaged("A record of the erasure journal cannot be read.") from None

    def _end(self) -> int:
        """Where the next frame goes; the rest of a crash is cut off first."""
        end = max((end for end, _ in self._journal.read(0, with_identity=True)), default=0)
        if end < self._journal.size():
            self._journal.cut_torn_tail(at=end)
        return end

    @contextmanager
    def _locked(self) -> Iterator[None]:
        folder = private_folder(self._journal.path.parent)
        descriptor = os.open(folder / f"{self._journal.path.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
