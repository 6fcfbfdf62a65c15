"""A journal: an append-only file that is on the disk before anybody hears "revoked" or "erased".

It is kept outside the database so that restoring a database of yesterday loses nothing that was
acknowledged today; put it on another volume than the database where there is one.

A frame is magic, length and CRC-32 (4 bytes each, big-endian), then the payload; the first frame
holds the journal's random identity. A writer holds its service's lock, so a frame that is cut short
at the end of the file is the rest of a crash, never somebody else's work in progress.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from runtime.secret_files import private_folder, write_atomically
from vc.errors import EvidenceUnavailable

_MAGIC = b"RJ1\n"
_HEADER_BYTES = 12
_MAX_PAYLOAD = 64 * 1024 * 1024


class JournalUnavailable(EvidenceUnavailable):
    """The journal could not be written or read; nothing was acknowledged."""


class JournalDamaged(JournalUnavailable):
    """Bytes in the *middle* of the journal are wrong: a matter for a person, not for a repair."""


class Journal:
    """One journal file. Offsets are bytes from its beginning and always lie between frames."""

    def __init__(self, path: Path) -> None:
        """Use the journal at ``path``; nothing is opened or made yet."""
        self.path = path

    def exists(self) -> bool:
        """Whether there is a journal file."""
        return self.path.exists()

    def create(self, identity: bytes) -> None:
        """Start a new journal named ``identity`` (random bytes); an existing one is an error.

        The caller holds the service's lock.
        """
        private_folder(self.path.parent)
        if self.exists():
            raise JournalUnavailable("There is a journal already.")
        try:
            # Whole or not there: a journal without its first frame belongs to nobody.
            write_atomically(self.path, _frame(identity))
        except OSError as error:
            raise JournalUnavailable("The journal could not be started.") from error

    def identity(self) -> str:
        """The journal's identity in hex; ``JournalDamaged`` if its first frame is not whole."""
        for _, payload in self.read(0, with_identity=True):
            return payload.hex()
        raise JournalDamaged("The journal has no beginning.")

    def size(self) -> int:
        """Bytes in the file, a torn last frame included; 0 where there is no file."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, payloads: Sequence[bytes], *, at: int) -> int:
        """Write frames at offset ``at``, which must be the end, and sync; returns the new end.

        Raises ``JournalUnavailable`` where that fails; the file is then as it was before.
        """
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise JournalUnavailable("The journal could not be opened.") from error
        try:
            if os.fstat(descriptor).st_size != at:
                raise JournalDamaged("The journal was written by somebody without the lock.")
            try:
                _write_durably(descriptor, b"".join(_frame(payload) for payload in payloads))
            except OSError as error:
                os.ftruncate(descriptor, at)
                raise JournalUnavailable("The journal could not be written.") from error
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def read(self, offset: int, *, with_identity: bool = False) -> Iterator[tuple[int, bytes]]:
        """(end offset, payload) of every whole frame from ``offset`` on; stops before a torn tail.

        Raises ``JournalDamaged`` where a bad frame is followed by a good one.
        """
        with self.path.open("rb") as file:
            file.seek(offset)
            position = offset
            while header := file.read(_HEADER_BYTES):
                payload = _read_payload(header, file.read(_payload_length(header)))
                if payload is None:
                    file.seek(position)
                    _require_torn_tail(file.read())
                    return
                position += _HEADER_BYTES + len(payload)
                if with_identity or position - len(payload) > _HEADER_BYTES:
                    yield position, payload

    def cut_torn_tail(self, *, at: int) -> None:
        """Remove what follows offset ``at``: bytes of a frame that never became whole."""
        with self.path.open("r+b") as file:
            file.truncate(at)
            os.fsync(file.fileno())


def _frame(payload: bytes) -> bytes:
    checksum = zlib.crc32(payload)
    return _MAGIC + len(payload).to_bytes(4, "big") + checksum.to_bytes(4, "big") + payload


def _write_durably(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _payload_length(header: bytes) -> int:
    if len(header) < _HEADER_BYTES or header[:4] != _MAGIC:
        return 0
    return min(int.from_bytes(header[4:8], "big"), _MAX_PAYLOAD)


def _read_payload(header: bytes, payload: bytes) -> bytes | None:
    whole = len(header) == _HEADER_BYTES and header[:4] == _MAGIC
    if not whole or len(payload) != int.from_bytes(header[4:8], "big"):
        return None
    return payload if zlib.crc32(payload) == int.from_bytes(header[8:12], "big") else None


def _require_torn_tail(rest: bytes) -> None:
    start = rest.find(_MAGIC, 1)
    while start != -1:
        header = rest[start : start + _HEADER_BYTES]
        body = start + _HEADER_BYTES
        if _read_payload(header, rest[body : body + _payload_length(header)]) is not None:
            raise JournalDamaged("A damaged record stands before a good one.")
        start = rest.find(_MAGIC, start + 1)
