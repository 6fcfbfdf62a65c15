"""Checkpoints as the trust registry keeps them: signed over the heads of all audit logs, append-only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from runtime.audit_log import Head
from runtime.audit_tables import audit_checkpoint
from vc.crypto.checkpoint import Checkpoint, ServiceHead, next_checkpoint, parse_checkpoint
from vc.crypto.keys import Signer
from vc.crypto.merkle import Frontier
from vc.crypto.signed_note import NoteKey, open_note, sign_note
from vc.errors import EvidenceUnavailable, MalformedValue

KEY_ID: Final = "audit-1"
"""Name of the signing key in the keyring of the trust registry, and as DID URL fragment."""

_PAGE: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCheckpoint:
    """A signed checkpoint with its number, which is also its size."""

    number: int
    note: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointFault:
    """What is wrong with which checkpoint."""

    number: int
    detail: str


def origin_of(did_host: str) -> str:
    """The origin line, and the name of the key: a URL without scheme."""
    return f"{did_host}/audit"


def latest(connection: Connection) -> StoredCheckpoint | None:
    """The newest checkpoint."""
    query = select(audit_checkpoint).order_by(audit_checkpoint.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredCheckpoint(number=row["number"], note=row["note"])


def checkpoint_or_none(connection: Connection, number: int) -> StoredCheckpoint | None:
    """The checkpoint of this number."""
    query = select(audit_checkpoint).where(audit_checkpoint.c.number == number)
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredCheckpoint(number=row["number"], note=row["note"])


def page_of(connection: Connection, *, after: int, until: int) -> tuple[StoredCheckpoint, ...]:
    """The next checkpoints beyond number ``after`` and up to ``until``, a page of them."""
    query = (
        select(audit_checkpoint)
        .where(audit_checkpoint.c.number > after, audit_checkpoint.c.number <= until)
        .order_by(audit_checkpoint.c.number)
        .limit(_PAGE)
    )
    rows = connection.execute(query).mappings()
    return tuple(StoredCheckpoint(number=row["number"], note=row["note"]) for row in rows)


def append(
    connection: Connection,
    fresh: Mapping[str, Head],
    *,
    name: str,
    signer: Signer,
    now: datetime,
    at_least: timedelta,
) -> StoredCheckpoint:
    """Sign and keep the next checkpoint over ``fresh``; the newest one where it is younger than ``at_least``.

    A service that is not in ``fresh``, or whose log does not continue what was signed before, keeps
    its last head, marked as old. Signing inside the transaction is right: an Ed25519 signature over
    the same text is the same, and nothing leaves the process before the commit.
    """
    query = select(audit_checkpoint).order_by(audit_checkpoint.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    tree, before = Frontier(), None
    if row is not None:
        text = open_note(row["note"], NoteKey(name=name, public_key=signer.public_key))
        if text is None:
            raise EvidenceUnavailable("The newest checkpoint is not signed with the present key.")
        before = parse_checkpoint(text)
        tree = Frontier(row["number"], tuple(bytes.fromhex(peak) for peak in row["peaks"].split()))
        if tree.root() != before.root:
            raise EvidenceUnavailable("The newest checkpoint is not the one that was signed.")
        if now - before.at < at_least:
            return StoredCheckpoint(number=row["number"], note=row["note"])
    checkpoint, tree = next_checkpoint(tree, origin=name, at=now, heads=continued(before, fresh))
    note = sign_note(checkpoint.text, name, signer)
    peaks = " ".join(peak.hex() for peak in tree.peaks)
    connection.execute(insert(audit_checkpoint).values(number=checkpoint.size, note=note, peaks=peaks))
    return StoredCheckpoint(number=checkpoint.size, note=note)


def continued(before: Checkpoint | None, fresh: Mapping[str, Head]) -> dict[str, ServiceHead]:
    """The heads of the next checkpoint: what continues the one ``before``, the rest marked as old."""
    heads = {service: ServiceHead(size=head.size, hash=head.hash) for service, head in fresh.items()}
    for service, known in ({} if before is None else before.heads).items():
        told = heads.get(service)
        if told is None or not follows(known, told):
            since = known.since or (before.at if before is not None else None)
            heads[service] = ServiceHead(size=known.size, hash=known.hash, since=since)
    return heads


def follows(earlier: ServiceHead, later: ServiceHead) -> bool:
    """Whether both may be heads of one log that only grows."""
    return later.size > earlier.size or (later.size == earlier.size and later.hash == earlier.hash)


class CheckpointChecker:
    """Checks checkpoints one after another, in constant memory; ``tree`` covers those checked."""

    def __init__(
        self, key: NoteKey, *, tree: Frontier | None = None, before: Checkpoint | None = None
    ) -> None:
        """``key`` must have signed every one; its name is the origin.

        To go on where another check ended, give its ``tree`` and the checkpoint it saw last.
        """
        self._key = key
        self.tree = tree or Frontier()
        self._before = before

    def check(self, stored: StoredCheckpoint) -> Iterator[CheckpointFault]:
        """What is wrong with the next checkpoint."""
        number = self.tree.size + 1
        if stored.number != number:
            yield CheckpointFault(number=number, detail="this checkpoint is missing")
        checkpoint = read_or_none(stored.note, self._key)
        if checkpoint is None:
            yield CheckpointFault(number=stored.number, detail="its signature does not hold")
            self.tree = self.tree.append(b"")
            return
        self.tree = self.tree.append(checkpoint.leaf)
        if checkpoint.size != stored.number or checkpoint.origin != self._key.name:
            yield CheckpointFault(number=stored.number, detail="it is another checkpoint, or another log's")
        elif checkpoint.root != self.tree.root():
            yield CheckpointFault(number=stored.number, detail="its root does not cover those before it")
        if self._before is not None:
            yield from _check_order(self._before, checkpoint, stored.number)
        self._before = checkpoint


def read_or_none(note: bytes, key: NoteKey) -> Checkpoint | None:
    """The checkpoint in ``note`` if ``key`` signed it."""
    try:
        text = open_note(note, key)
        return None if text is None else parse_checkpoint(text)
    except MalformedValue:
        return None


def _check_order(before: Checkpoint, later: Checkpoint, number: int) -> Iterator[CheckpointFault]:
    if later.at < before.at:
        yield CheckpointFault(number=number, detail="it is older than the one before it")
    for service, known in before.heads.items():
        told = later.heads.get(service)
        if told is None:
            yield CheckpointFault(number=number, detail=f"the log of {service} is not in it any more")
        elif not follows(known, told):
            yield CheckpointFault(number=number, detail=f"the log of {service} does not continue")
