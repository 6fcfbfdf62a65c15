"""Checking every audit log of a deployment against itself and against every checkpoint.

Nothing is written. Everything is read in pages, so that the memory needed does not grow with the logs.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, make_url

from runtime import checkpoints
from runtime.audit_log import Tampering, check_chain, require_head
from runtime.checkpoints import KEY_ID, CheckpointChecker, StoredCheckpoint, origin_of, read_or_none
from runtime.database import Database
from runtime.keyring import Keyring
from runtime.settings import Settings
from vc.crypto.checkpoint import Checkpoint
from vc.crypto.signed_note import NoteKey
from vc.errors import EvidenceUnavailable, NotFound

STORING: Final = ("trust_registry", "issuer", "revocation", "wallet_api")
"""The services that have an audit log."""

_HOLDER: Final = "trust_registry"
_CHECKPOINTS: Final = "checkpoints"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditReport:
    """What was found. ``entries``: service → length of its log; ``tampering`` is empty when all is well."""

    entries: dict[str, int]
    checkpoints: int
    tampering: tuple[Tampering, ...]


def check_deployment(settings: Settings, against: Sequence[bytes] = ()) -> AuditReport:
    """Check every log from its first entry. ``against``: checkpoints (notes) kept elsewhere.

    Raises ``StorageUnavailable`` or ``EvidenceUnavailable`` where something could not be checked.
    """
    holder = _open(settings, _HOLDER)
    try:
        newest = holder.read_now(checkpoints.latest)
        # What is signed while the check runs may be newer than the logs as they were read.
        until = 0 if newest is None else newest.number
        key = _key_or_none(settings)
        if key is None and (until or against):
            raise EvidenceUnavailable("The key that signed the checkpoints is not in the keyring.")
        kept = _kept_elsewhere(against, key)
        found = [] if key is None else list(_check_checkpoints(holder, key, until, kept))
        entries = {}
        for service in STORING:
            marks = _marks(holder, key, until, kept, service)
            entries[service], wrong = _check_service(settings, service, marks)
            found.extend(wrong)
    finally:
        holder.close()
    return AuditReport(entries=entries, checkpoints=until, tampering=tuple(found))


def _check_service(
    settings: Settings, service: str, marks: Iterator[tuple[int, str]]
) -> tuple[int, list[Tampering]]:
    def check(connection: Connection) -> tuple[int, list[Tampering]]:
        wrong = list(check_chain(connection, service, marks))
        try:
            return require_head(connection).size, wrong
        except EvidenceUnavailable:
            return 0, wrong

    database = _open(settings, service)
    try:
        return database.read_now(check)
    finally:
        database.close()


def _check_checkpoints(
    holder: Database, key: NoteKey, until: int, kept: Sequence[Checkpoint]
) -> Iterator[Tampering]:
    checker = CheckpointChecker(key)
    for stored in _stored(holder, until):
        for fault in checker.check(stored):
            yield Tampering(service=_CHECKPOINTS, seq=fault.number, detail=fault.detail)
    for checkpoint in kept:
        standing = holder.read_now(checkpoints.checkpoint_or_none, checkpoint.size)
        if standing is None:
            detail = "it was published, and is not here any more"
            yield Tampering(service=_CHECKPOINTS, seq=checkpoint.size, detail=detail)
        elif read_or_none(standing.note, key) != checkpoint:
            detail = "another one of this number was published: a split view"
            yield Tampering(service=_CHECKPOINTS, seq=checkpoint.size, detail=detail)


def _kept_elsewhere(against: Sequence[bytes], key: NoteKey | None) -> list[Checkpoint]:
    kept = []
    for note in against:
        checkpoint = None if key is None else read_or_none(note, key)
        if checkpoint is None:
            raise EvidenceUnavailable("A checkpoint kept elsewhere is not signed with this deployment's key.")
        kept.append(checkpoint)
    return sorted(kept, key=lambda checkpoint: checkpoint.size)


def _marks(
    holder: Database, key: NoteKey | None, until: int, kept: Sequence[Checkpoint], service: str
) -> Iterator[tuple[int, str]]:
    """(entries, hash) of ``service`` in every checkpoint, the ones kept elsewhere among them."""
    if key is None:
        return iter(())
    opened = (read_or_none(stored.note, key) for stored in _stored(holder, until))
    return heapq.merge(
        _heads((checkpoint for checkpoint in opened if checkpoint is not None), service),
        sorted(_heads(iter(kept), service)),
    )


def _heads(found: Iterator[Checkpoint], service: str) -> Iterator[tuple[int, str]]:
    for checkpoint in found:
        if service in checkpoint.heads:
            yield checkpoint.heads[service].size, checkpoint.heads[service].hash


def _stored(holder: Database, until: int) -> Iterator[StoredCheckpoint]:
    after = 0
    while page := holder.read_now(checkpoints.page_of, after=after, until=until):
        yield from page
        after = page[-1].number


def _key_or_none(settings: Settings) -> NoteKey | None:
    try:
        public_key = Keyring.open(settings, _HOLDER).public_key(KEY_ID)
    except NotFound:
        return None
    return NoteKey(name=origin_of(settings.did_host), public_key=public_key)


def _open(settings: Settings, service: str) -> Database:
    """The database of ``service``; never made here, an empty one would check as well as any."""
    url = settings.database_url_for(service)
    if url is None or url.startswith("sqlite"):
        path = Path(make_url(url).database or "") if url else settings.data_dir / f"{service}.sqlite3"
        if not path.exists():
            raise EvidenceUnavailable(f"There is no database of {service} here.")
    return Database.open(settings, service)
