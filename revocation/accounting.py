"""What the registry records, as entries of its audit log."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from revocation.records import EntriesAllocated, Record, StatusChanged
from revocation.store import Connection
from runtime import audit_log
from runtime.audit_log import Entry, rows_root
from vc.encoding.strict_json import JsonValue
from vc.status.fold import ChangeKind

_ACTS: Final = {
    ChangeKind.REVOKED: "credential.revoke",
    ChangeKind.SUPERSEDED: "credential.revoke",
    ChangeKind.SUSPENDED: "credential.suspend",
    ChangeKind.REINSTATED: "credential.reinstate",
    ChangeKind.SUCCEEDED: "credential.succeed",
}


def account_for(connection: Connection, records: Iterable[Record]) -> None:
    """The audit log's entries of what was recorded: one for each act, whatever it was done to."""
    for _, same in groupby(filter(_is_own, records), _act_of):
        together = list(same)
        first = together[0]
        if isinstance(first, StatusChanged):
            changes = [item for item in together if isinstance(item, StatusChanged)]
            audit_log.record(connection, _change_entry(changes), now=first.at)
        elif isinstance(first, EntriesAllocated) and first.entries:
            audit_log.record(connection, _allocation_entry(first), now=first.at)


def _is_own(record: Record) -> bool:
    """Whether it is an act by itself: what happens to a copy is part of what is done to its certificate."""
    return not isinstance(record, StatusChanged) or record.copy_of is None


def _act_of(record: Record) -> object:
    """Changes of one request are one act; everything else is one of its own."""
    if isinstance(record, StatusChanged):
        return record.request_id, _ACTS[record.kind], record.reason, record.at
    return id(record)


def _change_entry(changes: Sequence[StatusChanged]) -> Entry:
    first = changes[0]
    rows: list[JsonValue] = [
        {"credential": item.credential_id, "list": item.list_id, "index": item.index, "kind": item.kind.value}
        for item in changes
    ]
    return Entry(
        actor=first.actor,
        act=_ACTS[first.kind],
        object=first.credential_id if len(changes) == 1 else first.case_id or first.list_id,
        reason=first.reason,
        approver=first.approver,
        request_id=first.request_id,
        rows_root=rows_root(rows) if len(changes) > 1 else None,
    )


def _allocation_entry(record: EntriesAllocated) -> Entry:
    """All indexes given out together are one entry."""
    rows: list[JsonValue] = [
        {"index": entry.index, "intent": entry.intent_id, "credential": entry.credential_id}
        for entry in record.entries
    ]
    return Entry(
        actor=record.entries[0].allocated_by,
        act="status.allocate",
        object=record.list_id,
        rows_root=rows_root(rows),
    )
