"""ZIP files of strangers: opened in memory, each member within bounds, its name never used as a path.

A bomb is bounded four times: by the number of members, by the size each declares, by how far that is from
what it is packed into, and by the bytes that really come out.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from runtime.i18n import gettext_noop
from verifier.extract import MAX_BYTES

MAX_MEMBERS: Final = 1_000
MAX_INFLATED: Final = 64_000_000
MAX_RATIO: Final = 100
# Below this even a wild ratio is harmless, and small texts are packed well.
_RATIO_FROM: Final = 200_000
_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_IS_ENCRYPTED, _IS_UTF8 = 0x1, 0x800
_OFFICE: Final = frozenset({"[Content_Types].xml", "mimetype"})
# All that the ZIP reader was seen to raise about damaged files.
DAMAGES: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, LookupError, ValueError, NotImplementedError,
    RuntimeError, OverflowError,
)  # fmt: skip

DAMAGED: Final = gettext_noop("This ZIP file is damaged. Make it again, or send the files without it.")
LOCKED: Final = gettext_noop("This file is locked with a password. Send a copy without one.")
OFFICE: Final = gettext_noop("This is an Office file. Save a list of links or codes as CSV and send that.")
TOO_LARGE_INSIDE: Final = gettext_noop("This file is too large once it is unpacked. Send it by itself.")
TOO_MANY_MEMBERS: Final = gettext_noop("This ZIP holds more than 1,000 files. Send smaller ones.")


class UnreadableMember(Exception):
    """A member, or the whole archive, is not read; ``reason`` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file in an archive; ``read`` gives its bytes once, or raises ``UnreadableMember``."""

    name: str
    read: Callable[[], bytes]


def is_archive(data: bytes) -> bool:
    """Whether ``data`` begins as a ZIP file does; an Office file does, too."""
    return data.startswith(_MAGICS)


class Budget:
    """How many more bytes may be unpacked, out of all archives of one batch."""

    def __init__(self) -> None:
        self.left = MAX_INFLATED


def open_archive(data: bytes, budget: Budget) -> Iterator[Member]:
    """The files in a ZIP, as they stand in it; raises ``UnreadableMember`` where it is none that is read."""
    # Counted before the directory is read: each entry of it becomes an object.
    if data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise UnreadableMember(TOO_MANY_MEMBERS)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGES as error:
        raise UnreadableMember(DAMAGED) from error
    with archive:
        infos = archive.infolist()
        if any(info.filename in _OFFICE for info in infos):
            raise UnreadableMember(OFFICE)
        for info in infos:
            if not info.filename.endswith("/"):
                yield Member(name=_name_of(info), read=partial(_read, archive, info, budget))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    if info.flag_bits & _IS_ENCRYPTED:
        raise UnreadableMember(LOCKED)
    most = min(MAX_BYTES, budget.left)
    is_bomb = info.file_size > max(_RATIO_FROM, MAX_RATIO * info.compress_size)
    if info.file_size > most or is_bomb:
        raise UnreadableMember(TOO_LARGE_INSIDE)
    if info.compress_type not in _METHODS:
        raise UnreadableMember(DAMAGED)
    try:
        with archive.open(info) as stream:
            # One byte more than allowed tells "exactly full" from "too big" without inflating the rest.
            content = stream.read(most + 1)
    except DAMAGES as error:
        raise UnreadableMember(DAMAGED) from error
    budget.left -= len(content)
    if len(content) > most:
        raise UnreadableMember(TOO_LARGE_INSIDE)
    return content


def _name_of(info: zipfile.ZipInfo) -> str:
    """The member's name; many programs write UTF-8 without saying so, and Khmer names with it."""
    if info.flag_bits & _IS_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
