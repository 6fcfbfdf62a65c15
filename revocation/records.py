"""The facts the registry may never forget, as they stand in the journal.

Each record holds everything needed to apply it to an empty database: the database is the state
that applying the journal from its beginning gives.
"""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from revocation.values import Pool
from vc.errors import EvidenceUnavailable
from vc.status.fold import ChangeKind


class RecordError(EvidenceUnavailable):
    """A journal record that this version of the product cannot read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOpened:
    """A new list of ``length`` entries. ``permutation_key`` shuffles its indexes, nothing more.

    A ``closed`` list was recovered from what was published: which of its indexes are taken is
    not known, so none is ever handed out again. ``suspends``: see ``StoredList``.
    """

    list_id: str
    pool: Pool
    suspends: bool
    length: int
    permutation_key: bytes
    closed: bool
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AllocatedEntry:
    """One index given to one credential, for ever. ``allocated_by`` may revoke it later.

    ``copy_of`` is the certificate that this is a bound copy of; records of before copies lack it.
    """

    list_id: str
    index: int
    intent_id: str
    credential_id: str
    issuer: str
    cryptosuite: str
    allocated_by: str
    copy_of: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EntriesAllocated:
    """A batch of entries in one list and where its counter stands afterwards."""

    list_id: str
    next_counter: int
    entries: tuple[AllocatedEntry, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ListClosed:
    """No further index of this list is handed out."""

    list_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusChanged:
    """One line of the status log: what happened to one index, why, by whom.

    ``copy_of`` names the certificate whose change this follows, where it is a bound copy's. Records of before
    suspensions and copies lack the last four members.
    """

    list_id: str
    index: int
    credential_id: str
    kind: ChangeKind
    reason: str
    note: str | None
    successor: str | None
    actor: str
    request_id: str
    at: datetime
    until: datetime | None = None
    approver: str | None = None
    case_id: str | None = None
    copy_of: str | None = None


Record = ListOpened | EntriesAllocated | ListClosed | StatusChanged

_NAMES: dict[str, type[Record]] = {
    "listOpened": ListOpened,
    "entriesAllocated": EntriesAllocated,
    "listClosed": ListClosed,
    "statusChanged": StatusChanged,
}


def encode_record(record: Record) -> bytes:
    """The record as one JSON object."""
    name = next(name for name, kind in _NAMES.items() if isinstance(record, kind))
    return json.dumps(
        {"record": name, **asdict(record)}, default=_encode_value, ensure_ascii=False, separators=(",", ":")
    ).encode()


def parse_record(payload: bytes) -> Record:
    """Read what ``encode_record`` wrote; ``RecordError`` for anything else."""
    try:
        members: dict[str, Any] = json.loads(payload)
        kind = _NAMES[members.pop("record")]
        members["at"] = datetime.fromisoformat(members["at"])
        if kind is EntriesAllocated:
            members["entries"] = tuple(AllocatedEntry(**entry) for entry in members["entries"])
        elif kind is ListOpened:
            members["permutation_key"] = base64.b64decode(members["permutation_key"], validate=True)
            _complete_list(members)
        elif kind is StatusChanged:
            members["kind"] = ChangeKind(members["kind"])
            if members.get("until") is not None:
                members["until"] = datetime.fromisoformat(members["until"])
        return kind(**members)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError("The journal holds a record of an unknown shape.") from error


def _complete_list(members: dict[str, Any]) -> None:
    """A list of before suspensions had one purpose, and takes no further entries."""
    if members.pop("purpose", None) is not None:
        members |= {"pool": Pool.GENERAL, "suspends": False, "closed": True}
    members["pool"] = Pool(members["pool"])


def _encode_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError("a record holds only texts, numbers, times and bytes")
