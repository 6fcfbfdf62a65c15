"""Bound copies of a certificate: each has an index of its own, and all end with the certificate."""

from collections.abc import Sequence
from dataclasses import replace

from revocation import change_store, store
from revocation.records import AllocatedEntry, Record, StatusChanged
from revocation.store import Connection
from revocation.values import Change, Intent
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, NotFound
from vc.status.fold import ChangeKind


def require_copyable(connection: Connection, intents: Sequence[Intent], *, actor: str) -> None:
    """Whether each of ``intents`` that is for a copy is for one of a certificate that stands.

    Asked in the transaction that gives the index: a certificate that ends later takes the copy with it.
    Raises ``NotFound`` for a certificate that this service has no entry for, ``ConflictError`` for one that
    is not in force, is a copy itself, has another issuer or lies in another pool.
    """
    copies = [intent for intent in intents if intent.copy_of is not None]
    if not copies:
        return
    names = list({str(intent.copy_of) for intent in copies})
    originals = store.entries_by_credential(connection, names)
    standing = change_store.standing_changes(connection, names)
    pools = {stored.list_id: stored.pool for stored in store.lists(connection)}
    for intent in copies:
        original = originals.get(str(intent.copy_of))
        if original is None or original.allocated_by != actor:
            raise NotFound(gettext_noop("The registry knows no such credential."))
        if original.credential_id in standing:
            raise ConflictError(gettext_noop("This certificate is not in force."))
        if original.copy_of is not None or original.issuer != intent.issuer:
            raise ConflictError("A copy has the issuer of its certificate, and is made of no other copy.")
        if pools[original.list_id] is not intent.pool:
            raise ConflictError("A copy stands in a list of the same pool as its certificate.")


def with_copies(connection: Connection, records: Sequence[Record]) -> list[Record]:
    """``records``, and after each change of a certificate the same change of its copies.

    What ended a copy by itself stays, and what changes a copy in ``records`` already is left alone.
    """
    changes = [item for item in records if isinstance(item, StatusChanged)]
    copies = store.copies_of(connection, [change.credential_id for change in changes])
    if not copies:
        return list(records)
    ids = [entry.credential_id for entries in copies.values() for entry in entries]
    standing = change_store.standing_changes(connection, ids)
    changed = {change.credential_id for change in changes}
    followed: list[Record] = []
    for item in records:
        followed.append(item)
        if isinstance(item, StatusChanged):
            followed.extend(
                _follow(item, entry)
                for entry in copies.get(item.credential_id, ())
                if entry.credential_id not in changed and _follows(item, standing.get(entry.credential_id))
            )
    return followed


def _follows(change: StatusChanged, standing: Change | None) -> bool:
    """Whether a copy for which ``standing`` holds takes part in a change of its certificate."""
    if change.kind is ChangeKind.REINSTATED:
        return standing is not None and standing.logged.kind is ChangeKind.SUSPENDED
    if change.kind is ChangeKind.SUCCEEDED:
        return standing is not None and standing.logged.kind is ChangeKind.REVOKED
    return standing is None or not standing.logged.kind.is_end


def _follow(change: StatusChanged, entry: AllocatedEntry) -> StatusChanged:
    """The same change at another index. No successor: nothing published ties copies to one another."""
    return replace(
        change,
        list_id=entry.list_id,
        index=entry.index,
        credential_id=entry.credential_id,
        successor=None,
        copy_of=change.credential_id,
    )
