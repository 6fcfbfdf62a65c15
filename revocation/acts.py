"""What is done to credentials: revoke for ever, suspend, reinstate. Each function is one transaction.

All acts upon many credentials are whole: every change is on the disk, or none is. What an act finds
done already is answered with the change on record, so that asking again is safe. What is done to a
certificate is done to its bound copies, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from revocation import appeal_store, change_store, store
from revocation.accounting import account_for
from revocation.change_store import standing_changes
from revocation.copies import with_copies
from revocation.ledger import RegistryDegraded, catch_up, record
from revocation.records import AllocatedEntry, StatusChanged
from revocation.store import Connection
from revocation.values import LAPSED, Act, Change, Reason, Revocation
from runtime.i18n import gettext_noop
from runtime.journal import Journal
from vc.errors import ConflictError, NotFound
from vc.status.entries import StatusPurpose
from vc.status.fold import ChangeKind

_LAPSES: Final = 1_000
_NOT_KNOWN: Final = gettext_noop("The registry knows no such credential.")
_ENDED: Final = gettext_noop("A certificate in this list is revoked already. That is final.")
_NOT_SUSPENDED: Final = gettext_noop("A certificate in this list is not suspended.")
_NAMES_NO_LIST: Final = gettext_noop(
    "A certificate in this list was issued before there were suspensions, and does not name their list."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What an act came to: the change on record for each credential, and whether this act made it."""

    change: Change
    is_new: bool


def revoke(
    connection: Connection, journal: Journal, revocations: Sequence[Revocation], *, now: datetime
) -> tuple[Done, ...]:
    """Revoke credentials for ever, in the order given.

    A credential revoked before keeps its first date and reason; where an appeal against that was granted,
    what supersedes it now is its successor. Raises ``NotFound`` where the registry does not know one, or
    not for this actor; then none is revoked.
    """
    position = catch_up(connection, journal)
    entries = _entries(connection, [(wish.credential_id, wish.act) for wish in revocations])
    ended = _standing(connection, list(entries), StatusPurpose.REVOCATION)
    records = [
        _changed(
            entries[wish.credential_id],
            ChangeKind.SUPERSEDED if wish.act.reason == Reason.SUPERSEDED else ChangeKind.REVOKED,
            wish.act,
            now=now,
            successor=wish.successor,
        )
        for wish in {wish.credential_id: wish for wish in reversed(revocations)}.values()
        if wish.credential_id not in ended
    ]
    records += [
        _changed(
            entries[wish.credential_id], ChangeKind.SUCCEEDED, wish.act, now=now, successor=wish.successor
        )
        for wish in revocations
        if _may_succeed(connection, wish, ended.get(wish.credential_id))
    ]
    asked = [(wish.credential_id, wish.act.request_id) for wish in revocations]
    return _write(connection, journal, position, records, asked)


def suspend(
    connection: Connection,
    journal: Journal,
    credential_ids: Sequence[str],
    act: Act,
    *,
    until: datetime | None,
    now: datetime,
) -> tuple[Done, ...]:
    """Suspend credentials; without another word they are in force again at ``until``.

    Who is suspended already gets the new end, later or earlier. Raises ``NotFound``, and
    ``ConflictError`` for what is revoked or names no list of suspensions; then none is suspended.
    """
    position = catch_up(connection, journal)
    entries = _entries(connection, [(credential_id, act) for credential_id in credential_ids])
    if _standing(connection, list(entries), StatusPurpose.REVOCATION):
        raise ConflictError(_ENDED)
    naming = {item.list_id for item in store.lists(connection) if item.suspends}
    if not {entry.list_id for entry in entries.values()} <= naming:
        raise ConflictError(_NAMES_NO_LIST)
    records = [_changed(entry, ChangeKind.SUSPENDED, act, now=now, until=until) for entry in entries.values()]
    return _write(connection, journal, position, records, [(name, act.request_id) for name in credential_ids])


def reinstate(
    connection: Connection, journal: Journal, credential_ids: Sequence[str], act: Act, *, now: datetime
) -> tuple[Change, ...]:
    """End suspensions; returns the changes made.

    Raises ``NotFound``, and ``ConflictError`` for what is revoked or not suspended; then none is ended.
    """
    position = catch_up(connection, journal)
    entries = _entries(connection, [(credential_id, act) for credential_id in credential_ids])
    standing = standing_changes(connection, list(entries))
    kinds = {change.logged.kind for change in standing.values()}
    if kinds - {ChangeKind.SUSPENDED}:
        raise ConflictError(_ENDED)
    if len(standing) < len(entries):
        raise ConflictError(_NOT_SUSPENDED)
    records = [_changed(entry, ChangeKind.REINSTATED, act, now=now) for entry in entries.values()]
    record(connection, journal, position, with_copies(connection, records))
    account_for(connection, records)
    return tuple(change_store.history_of(connection, item.credential_id)[-1] for item in records)


def lapse(connection: Connection, journal: Journal, *, request_id: str, now: datetime) -> int:
    """End suspensions that nobody renewed in time; returns how many, at most 1,000."""
    position = catch_up(connection, journal)
    due = change_store.suspensions_due(connection, now=now, limit=_LAPSES)
    act = Act(reason=LAPSED, actor="registry", request_id=request_id)
    entries = store.entries_by_credential(connection, [change.credential_id for change in due])
    records = [_changed(entries[change.credential_id], ChangeKind.REINSTATED, act, now=now) for change in due]
    if records:
        record(connection, journal, position, with_copies(connection, records))
        account_for(connection, records)
    return len(records)


def _may_succeed(connection: Connection, wish: Revocation, end: Change | None) -> bool:
    is_succession = wish.act.reason == Reason.SUPERSEDED and wish.successor is not None
    if not is_succession or end is None or end.logged.kind is not ChangeKind.REVOKED:
        return False
    return appeal_store.is_granted(connection, end.logged.seq)


def _entries(connection: Connection, wanted: Sequence[tuple[str, Act]]) -> Mapping[str, AllocatedEntry]:
    entries = store.entries_by_credential(connection, [credential_id for credential_id, _ in wanted])
    for credential_id, act in wanted:
        entry = entries.get(credential_id)
        if entry is None or act.only_allocated_by not in (None, entry.allocated_by):
            raise NotFound(_NOT_KNOWN)
    return entries


def _standing(
    connection: Connection, credential_ids: Sequence[str], purpose: StatusPurpose
) -> Mapping[str, Change]:
    found = standing_changes(connection, credential_ids)
    return {name: change for name, change in found.items() if change.logged.kind.purpose is purpose}


def _changed(
    entry: AllocatedEntry,
    kind: ChangeKind,
    act: Act,
    *,
    now: datetime,
    successor: str | None = None,
    until: datetime | None = None,
) -> StatusChanged:
    return StatusChanged(
        list_id=entry.list_id,
        index=entry.index,
        credential_id=entry.credential_id,
        kind=kind,
        reason=act.reason,
        note=act.note,
        successor=successor,
        actor=act.actor,
        request_id=act.request_id,
        at=now,
        until=until,
        approver=act.approver,
        case_id=act.case_id,
    )


def _write(
    connection: Connection,
    journal: Journal,
    position: int,
    records: Sequence[StatusChanged],
    asked: Sequence[tuple[str, str]],
) -> tuple[Done, ...]:
    """Record, and answer each credential asked for; ``asked`` pairs it with the id of its request."""
    if records:
        record(connection, journal, position, with_copies(connection, records))
        account_for(connection, records)
    names = list(dict.fromkeys(name for name, _ in asked))
    standing = standing_changes(connection, names)
    if len(standing) < len(names):
        raise RegistryDegraded("A change was recorded and cannot be found.")
    # By its request: a transaction may run again after its record has reached the journal.
    return tuple(
        Done(change=standing[name], is_new=standing[name].request_id == request) for name, request in asked
    )
