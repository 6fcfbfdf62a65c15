"""The published documents on disk: whole or not there, and served from here without a database."""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from revocation.representations import (
    BITSTRING_LISTS,
    NOTES,
    REPRESENTATIONS,
    TOKEN_LISTS,
    Encoding,
    Representation,
)
from revocation.values import PublishedRepresentation
from runtime.documents import edition_of
from runtime.secret_files import private_folder, write_atomically
from vc.encoding.strict_json import JsonObject, Limits, parse_json_object
from vc.errors import EvidenceUnavailable, ProtocolError
from vc.jose.secured import parse_credential_jwt
from vc.status.bitstring_status_list import set_indexes
from vc.status.check import VerifiedStatusList, parse_status_list
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind
from vc.status.notes import VerifiedStatusNotes, parse_status_notes
from vc.status.token_documents import read_list_cwt, read_list_jwt
from vc.status.token_status_list import StatusType

# Those of one publication and of the one before it.
_DOCUMENTS_REMEMBERED = 4 * len(REPRESENTATIONS)
_TIMES_REMEMBERED = 256
_LIST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Our own documents: notes grow with the number of revocations, far beyond a stranger's document.
_OWN_LIMITS = Limits(max_bytes=64_000_000, max_depth=20, max_members=2_000_000)


class BitsLost(EvidenceUnavailable):
    """What was about to be published lacks bits that are published already; nothing was written."""


class PublishedUnreadable(EvidenceUnavailable):
    """A published file is not a document this registry wrote."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedFile:
    """A document as served: its bytes and their entity tag, quotes included."""

    body: bytes
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedBits:
    """What the files say about one list: every index set in any of them, and the days known.

    ``indexes`` are those that have ended; ``suspended`` those of the newest document alone.
    """

    list_id: str
    length: int
    version: int
    indexes: frozenset[int]
    suspended: frozenset[int]
    days: Mapping[int, date]


class PublishedFiles:
    """The folder of published documents of one registry; any number of processes may read it."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``; it is made at the first publication."""
        self._folder = folder
        self._held: dict[tuple[str, str], tuple[tuple[int, int, int], PublishedFile]] = {}

    def path(self, list_id: str, representation: str) -> Path | None:
        """Where a document stands; None for a name that no document can have."""
        if _LIST_ID.fullmatch(list_id) is None or representation not in REPRESENTATIONS:
            return None
        item = REPRESENTATIONS[representation]
        return self._folder / f"{item.path(list_id)}{item.suffix}"

    def read_or_none(self, list_id: str, representation: str) -> PublishedFile | None:
        """The current document, or None where there is none."""
        path = self.path(list_id, representation)
        if path is None:
            return None
        try:
            state = path.stat()
            identity = (state.st_ino, state.st_mtime_ns, state.st_size)
            held = self._held.get((list_id, representation))
            if held is not None and held[0] == identity:
                return held[1]
            body = path.read_bytes()
        except FileNotFoundError:
            return None
        file = PublishedFile(body=body, etag=etag_of(body))
        self._held[list_id, representation] = (identity, file)
        return file

    def install(self, documents: Iterable[PublishedRepresentation]) -> None:
        """Put documents in place, each atomically; one older than what stands there is left out.

        Raises ``BitsLost`` where a document lacks a bit that its predecessor has.
        """
        with self._locked():
            for document in documents:
                self._install(document)

    def list_ids(self) -> tuple[str, ...]:
        """Every list of which anything is published."""
        folders = self._folder / "lists"
        return tuple(sorted(path.name for path in folders.iterdir())) if folders.is_dir() else ()

    def signed_at(self) -> Iterator[datetime]:
        """When each list was signed; all its documents are signed at one moment. Raises as ``bits``."""
        for list_id in self.list_ids():
            file = self.read_or_none(list_id, BITSTRING_LISTS[0].name)
            if file is not None:
                yield _signed_at(file.body)

    def bits(self) -> Iterator[PublishedBits]:
        """What is published of every list. Raises ``PublishedUnreadable``."""
        for list_id in self.list_ids():
            found = {
                item: read_published(file.body, item.name)
                for item in (*BITSTRING_LISTS, *TOKEN_LISTS)
                if (file := self.read_or_none(list_id, item.name)) is not None
            }
            if found:
                yield self._bits_of(list_id, found)

    def _bits_of(self, list_id: str, found: Mapping[Representation, "PublishedList"]) -> PublishedBits:
        notes = self.read_or_none(list_id, NOTES.name)
        days = {} if notes is None else {i: n.since for i, n in read_notes(notes.body).notes.items()}
        newest = max(item.version for item in found.values())
        suspended = [item.suspended for item in found.values() if item.version == newest]
        return PublishedBits(
            list_id=list_id,
            length=next(iter(found.values())).length,
            version=newest,
            indexes=frozenset().union(*(item.ended or () for item in found.values())),
            suspended=frozenset().union(*(item or () for item in suspended)),
            days=days,
        )

    def _install(self, document: PublishedRepresentation) -> None:
        path = self.path(document.list_id, document.representation)
        if path is None:
            raise ValueError("a published document needs a list and a known representation")
        standing = self.read_or_none(document.list_id, document.representation)
        if standing is not None:
            if read_published(standing.body, document.representation).version >= document.version:
                return
            require_no_bit_lost(standing.body, document)
        private_folder(path.parent)
        write_atomically(path, document.body)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Comparing and replacing must be one act among all processes that publish into the folder.
        private_folder(self._folder)
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


@lru_cache(maxsize=_TIMES_REMEMBERED)
def _signed_at(body: bytes) -> datetime:
    found = edition_of(body).valid_from
    if found is None:
        raise PublishedUnreadable("A published status list says no time.")
    return found


def etag_of(body: bytes) -> str:
    """The strong entity tag of a document: a digest of its bytes, quotes included."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def version_of(valid_from: datetime) -> int:
    """The version of a publication: its ``validFrom`` in whole milliseconds since 1970.

    One number for both, so that order by version and order by time can never disagree.
    """
    return (valid_from - _EPOCH) // timedelta(milliseconds=1)


def valid_from_of(version: int) -> datetime:
    """The ``validFrom`` that belongs to a version."""
    return _EPOCH + timedelta(milliseconds=version)


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedList:
    """What one published document of any encoding says.

    ``ended`` and ``suspended`` are None where it does not speak of them; ``length`` counts entries, 0
    for the notes. A document with one word for each index does not say of an ended one that it is
    suspended too.
    """

    url: str
    version: int
    length: int
    ended: frozenset[int] | None
    suspended: frozenset[int] | None


@lru_cache(maxsize=_DOCUMENTS_REMEMBERED)
def read_published(body: bytes, representation: str) -> PublishedList:
    """A document this registry wrote to its own disk. Raises ``PublishedUnreadable``.

    Remembered, since one publication looks at each document several times.
    """
    item = REPRESENTATIONS[representation]
    if item.encoding is Encoding.NOTES:
        return _read_notes(body)
    if item.encoding is not Encoding.BITSTRING:
        return _read_token(body, item.encoding)
    document = read_list(body)
    bits = set_indexes(document.bits)
    is_passing = item.purpose is StatusPurpose.SUSPENSION
    return PublishedList(
        url=document.url,
        version=version_of(document.valid_from),
        length=len(document.bits) * 8,
        ended=None if is_passing else bits,
        suspended=bits if is_passing else None,
    )


def _read_notes(body: bytes) -> PublishedList:
    notes = read_notes(body)
    kinds = {index: note.kind for index, note in notes.notes.items()}
    suspended = frozenset(index for index, kind in kinds.items() if kind is ChangeKind.SUSPENDED)
    return PublishedList(
        url=notes.url,
        version=version_of(notes.valid_from),
        length=0,
        ended=frozenset(kinds) - suspended,
        suspended=suspended,
    )


def _read_token(body: bytes, encoding: Encoding) -> PublishedList:
    try:
        if encoding is Encoding.CWT:
            token = read_list_cwt(body, _OWN_LIMITS)[1]
        else:
            token = read_list_jwt(body.decode("ascii"), _OWN_LIMITS)[1]
        values = token.values_set()
    except (ProtocolError, UnicodeDecodeError) as error:
        raise PublishedUnreadable("A published token list cannot be read.") from error
    if token.version is None:
        raise PublishedUnreadable("A published token list has no version.")
    suspended = frozenset(index for index, value in values.items() if value == StatusType.SUSPENDED)
    return PublishedList(
        url=token.url,
        version=token.version,
        length=len(token.packed) * 8 // token.bits,
        ended=frozenset(values) - suspended,
        suspended=suspended,
    )


def read_list(body: bytes) -> VerifiedStatusList:
    """A list this registry wrote to its own disk. Raises ``PublishedUnreadable``."""
    try:
        document = _document_in(body)
        return parse_status_list(document, url=str(document.get("id")), digest=_digest(body))
    except (ProtocolError, UnicodeDecodeError) as error:
        raise PublishedUnreadable("A published status list cannot be read.") from error


def _document_in(body: bytes) -> JsonObject:
    """The credential in ``body``, which may be secured as ``vc+jwt``."""
    if body.startswith(b"{"):
        return parse_json_object(body, _OWN_LIMITS)
    return parse_credential_jwt(body.decode("ascii"), _OWN_LIMITS).document


def read_notes(body: bytes) -> VerifiedStatusNotes:
    """Notes this registry wrote to its own disk. Raises ``PublishedUnreadable``."""
    try:
        document = parse_json_object(body, _OWN_LIMITS)
        return parse_status_notes(document, url=str(document.get("id")), digest=_digest(body))
    except ProtocolError as error:
        raise PublishedUnreadable("Published status notes cannot be read.") from error


def require_no_bit_lost(standing: bytes, document: PublishedRepresentation) -> None:
    """Refuse a document that lacks an index which the ``standing`` one has."""
    before = read_published(standing, document.representation).ended or frozenset()
    lost = before - (read_published(document.body, document.representation).ended or frozenset())
    if lost:
        raise BitsLost("A published revocation is missing from the log.")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
