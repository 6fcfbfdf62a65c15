"""What the registry records, as entries of its audit log."""

from collections.abc import Iterable

from revocation.records import EntriesAllocated, Record, StatusChanged
from revocation.store import Connection
from runtime import audit_log
from runtime.audit_log import Entry, rows_root
from vc.encoding.strict_json import JsonValue


def account_for(connection: Connection, records: Iterable[Record]) -> None:
    """The audit log's entries of what was recorded; all indexes given out together are one entry."""
    for record in records:
        if isinstance(record, StatusChanged):
            entry = Entry(
                actor=record.actor,
                act="credential.revoke",
                object=record.credential_id,
                reason=record.reason,
                request_id=record.request_id,
            )
            audit_log.record(connection, entry, now=record.at)
        elif isinstance(record, EntriesAllocated) and record.entries:
            rows: list[JsonValue] = [
                {"index": entry.index, "intent": entry.intent_id, "credential": entry.credential_id}
                for entry in record.entries
            ]
            entry = Entry(
                actor=record.entries[0].allocated_by,
                act="status.allocate",
                object=record.list_id,
                rows_root=rows_root(rows),
            )
            audit_log.record(connection, entry, now=record.at)
