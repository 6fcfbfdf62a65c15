"""The audit log of one service: who did what, in a chain of hashes, in the transaction of the act.

The hash of an entry is SHA-256 over its canonical JSON (RFC 8785), which names the hash before it. The
chain's head is one row of the same database, and is taken as the last thing of a transaction: until the
commit nobody else can write an entry, so the order of entries is the order of commits. Checkpoints
(``runtime.checkpoints``) carry the heads out of the reach of whoever can change the database.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, insert, select, update

from runtime.audit_tables import audit_entry, audit_head
from runtime.entropy import random_token
from runtime.request_id import request_id_or_none
from vc.crypto.merkle import merkle_root
from vc.encoding import jcs
from vc.encoding.strict_json import JsonObject, JsonValue
from vc.encoding.timestamps import format_timestamp
from vc.errors import EvidenceUnavailable

BEGINNING: Final = "0" * 64
"""What the first entry names as the hash before it."""

SHOWN: Final = 50
"""How many entries a reader is shown at once."""

_REQUEST_ID_BITS: Final = 80
_PAGE: Final = 500
# Everything that is hashed, besides the service and the hash before.
_FACTS: Final = ("seq", "at", "actor", "act", "object", "reason", "approver", "request_id", "rows_root")


class AuditLogBroken(EvidenceUnavailable):
    """The head of the chain is gone: nothing is done here that could not be accounted for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One act. ``actor``, ``approver`` and ``object`` are pseudonyms or record ids, never names.

    ``act`` is "noun.verb". ``rows_root`` is the ``rows_root`` of a bulk act's rows, hexadecimal.
    ``request_id`` is that of the request being answered, where None is given.
    """

    actor: str
    act: str
    object: str
    reason: str | None = None
    approver: str | None = None
    request_id: str | None = None
    rows_root: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """How long the chain of ``service`` is, and the hash of its last entry (hexadecimal)."""

    service: str
    size: int
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tampering:
    """What is wrong, at which entry (from 1) of the chain of which service."""

    service: str
    seq: int
    detail: str


def record(connection: Connection, entry: Entry, *, now: datetime) -> None:
    """Write ``entry`` at the end of the chain. The last call of a store function, in its transaction.

    Raises ``AuditLogBroken`` where the chain has no head.
    """
    head = require_head(connection, lock=True)
    facts: dict[str, JsonValue] = {
        "seq": head.size + 1,
        "at": format_timestamp(now),
        "actor": entry.actor,
        "act": entry.act,
        "object": entry.object,
        "reason": entry.reason,
        "approver": entry.approver,
        "request_id": entry.request_id or request_id_or_none() or random_token(_REQUEST_ID_BITS),
        "rows_root": entry.rows_root,
    }
    digest = entry_hash(head.service, facts, previous=head.hash)
    connection.execute(insert(audit_entry).values(**facts, previous=head.hash, hash=digest))
    connection.execute(update(audit_head).values(size=head.size + 1, hash=digest))


def rows_root(rows: Iterable[JsonValue]) -> str:
    """The Merkle root (RFC 6962 section 2.1) over the canonical JSON of each row, hexadecimal."""
    return merkle_root(jcs.canonicalize(row) for row in rows).hex()


def require_head(connection: Connection, *, lock: bool = False) -> Head:
    """The head of this database's chain. Raises ``AuditLogBroken``."""
    query = select(audit_head)
    # On PostgreSQL who waited here for another transaction collides with it and runs again.
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise AuditLogBroken("The audit log has lost its head. See `passport audit verify`.")
    return Head(service=row["service"], size=row["size"], hash=row["hash"])


def entry_hash(service: str, facts: JsonObject, *, previous: str) -> str:
    """The hash of an entry whose members are ``facts``, hexadecimal."""
    return hashlib.sha256(jcs.canonicalize({"service": service, "previous": previous, **facts})).hexdigest()


def entries(connection: Connection, *, after: int = 0) -> Iterator[RowMapping]:
    """Every entry from ``after`` on in order of number, never more than a page of them in memory."""
    while True:
        query = select(audit_entry).where(audit_entry.c.seq > after).order_by(audit_entry.c.seq).limit(_PAGE)
        page = connection.execute(query).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]["seq"]


def entries_before(
    connection: Connection, before: int | None, *, actor: str | None, concerned: str | None
) -> tuple[dict[str, JsonValue], ...]:
    """Up to ``SHOWN`` entries below number ``before``, newest first, of one actor or object if named.

    Each with its facts and ``sound``: whether it is what was hashed, and follows the one before it.
    """
    head = require_head(connection)
    query = select(audit_entry).order_by(audit_entry.c.seq.desc()).limit(SHOWN)
    if before is not None:
        query = query.where(audit_entry.c.seq < before)
    if actor:
        query = query.where((audit_entry.c.actor == actor) | (audit_entry.c.approver == actor))
    if concerned:
        query = query.where(audit_entry.c.object == concerned)
    rows = connection.execute(query).mappings().all()
    earlier = select(audit_entry.c.seq, audit_entry.c.hash).where(
        audit_entry.c.seq.in_([row["seq"] - 1 for row in rows])
    )
    hashes = {0: BEGINNING, **{row.seq: row.hash for row in connection.execute(earlier)}}
    shown = []
    for row in rows:
        facts: dict[str, JsonValue] = {name: row[name] for name in _FACTS}
        follows = hashes.get(row["seq"] - 1) == row["previous"]
        hashed = row["hash"] == entry_hash(head.service, facts, previous=row["previous"])
        shown.append({**facts, "sound": follows and hashed})
    return tuple(shown)


def check_chain(
    connection: Connection, service: str, expected: Iterable[tuple[int, str]] = ()
) -> Iterator[Tampering]:
    """Everything wrong with the chain, in its order, in constant memory.

    ``expected`` are (size, hash) pairs that were published, by size rising: the chain must have
    passed through each.
    """
    waiting = iter(expected)
    mark = next(waiting, None)
    size, last = 0, BEGINNING
    for row in entries(connection):
        seq, digest = row["seq"], row["hash"]
        if seq != size + 1:
            yield Tampering(service=service, seq=size + 1, detail="this entry is missing")
        if row["previous"] != last and seq == size + 1:
            yield Tampering(service=service, seq=seq, detail="it does not follow the entry before it")
        if digest != entry_hash(service, {name: row[name] for name in _FACTS}, previous=row["previous"]):
            yield Tampering(service=service, seq=seq, detail="its content is not what was hashed")
        size, last = seq, digest
        while mark is not None and mark[0] <= size:
            if mark[0] == size and mark[1] != last:
                yield Tampering(service=service, seq=size, detail="a checkpoint says another hash here")
            mark = next(waiting, None)
    yield from _check_head(connection, service, size, last)
    while mark is not None:
        if mark[0] > size:
            detail = f"a checkpoint says {mark[0]} entries and only {size} are there"
            yield Tampering(service=service, seq=size + 1, detail=detail)
            return
        if mark[0] == 0 and mark[1] != BEGINNING:
            yield Tampering(service=service, seq=0, detail="a checkpoint says another beginning")
        mark = next(waiting, None)


def _check_head(connection: Connection, service: str, size: int, last: str) -> Iterator[Tampering]:
    row = connection.execute(select(audit_head)).mappings().first()
    if row is None:
        yield Tampering(service=service, seq=size, detail="the head of the chain is gone")
    elif row["service"] != service:
        yield Tampering(service=service, seq=size, detail="the head is another service's")
    elif row["size"] != size:
        detail = f"the head says {row['size']} entries and {size} are there"
        yield Tampering(service=service, seq=min(size, row["size"]) + 1, detail=detail)
    elif row["hash"] != last:
        yield Tampering(service=service, seq=size, detail="the head says another hash")
