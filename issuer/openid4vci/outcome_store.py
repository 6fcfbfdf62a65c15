"""What came of requests for credentials: those that wait, and what wallets said of what they were given.

Each function is part of one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update

from issuer.openid4vci import fetched_store
from issuer.openid4vci.grant_store import WALLET, Connection, grant_of
from issuer.openid4vci.tables import openid_deferred, openid_notification
from runtime.audit_log import Entry, record
from vc.encoding.strict_json import JsonObject
from vc.encoding.timestamps import format_timestamp
from vc.oid4vc.credential_request import Event
from vc.oid4vc.dcql import CredentialFormat

CLAIM_LEASE: Final = timedelta(minutes=1)
"""A transaction that a process took up and did not finish can be taken up again after so long."""


class Claim(StrEnum):
    """Why a transaction cannot be taken up now."""

    UNKNOWN = "unknown"
    BUSY = "busy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """Copies that wait to be made; ``keys`` are a public ``jwk`` each, and the ``did`` it goes by."""

    digest: str
    grant_id: str
    credential_id: str
    format: CredentialFormat
    keys: Sequence[JsonObject]


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Copies that were handed to a wallet; it may say of them what became of them."""

    digest: str
    grant_id: str
    credential_id: str


def defer(connection: Connection, deferred: Deferred, *, now: datetime) -> None:
    """Keep what could not be made now."""
    connection.execute(
        insert(openid_deferred).values(
            transaction_digest=deferred.digest,
            grant_id=deferred.grant_id,
            credential_id=deferred.credential_id,
            format=deferred.format.value,
            keys=list(deferred.keys),
        )
    )
    record(connection, Entry(actor=WALLET, act="copies.defer", object=deferred.credential_id), now=now)


def claim_deferred(connection: Connection, digest: str, grant_id: str, *, now: datetime) -> Deferred | Claim:
    """Take up a transaction, for one caller at a time."""
    here = (openid_deferred.c.transaction_digest == digest) & (openid_deferred.c.grant_id == grant_id)
    row = connection.execute(select(openid_deferred).where(here)).mappings().first()
    if row is None:
        return Claim.UNKNOWN
    lease = format_timestamp(now - CLAIM_LEASE)
    free = or_(openid_deferred.c.claimed_at.is_(None), openid_deferred.c.claimed_at < lease)
    taken = update(openid_deferred).where(here, free).values(claimed_at=format_timestamp(now))
    if connection.execute(taken).rowcount != 1:
        return Claim.BUSY
    return Deferred(
        digest=digest,
        grant_id=grant_id,
        credential_id=row["credential_id"],
        format=CredentialFormat(row["format"]),
        keys=tuple(row["keys"]),
    )


def release_deferred(connection: Connection, digest: str) -> None:
    """Let a transaction be taken up again."""
    here = openid_deferred.c.transaction_digest == digest
    connection.execute(update(openid_deferred).where(here).values(claimed_at=None))


def deny_deferred(connection: Connection, digest: str) -> None:
    """End a transaction that comes to nothing."""
    connection.execute(delete(openid_deferred).where(openid_deferred.c.transaction_digest == digest))


def hand_over(connection: Connection, given: Given, copies: int, *, now: datetime) -> None:
    """Record that copies go to a wallet, which may say what became of them; its holder is told."""
    connection.execute(
        insert(openid_notification).values(
            notification_digest=given.digest, grant_id=given.grant_id, credential_id=given.credential_id
        )
    )
    _record_handed_over(connection, given.grant_id, given.credential_id, copies, now)


def finish_deferred(connection: Connection, deferred: Deferred, *, now: datetime) -> None:
    """Record that the copies of a transaction go to a wallet, as ``hand_over``; the transaction is over."""
    deny_deferred(connection, deferred.digest)
    _record_handed_over(connection, deferred.grant_id, deferred.credential_id, len(deferred.keys), now)


def note_event(connection: Connection, digest: str, grant_id: str, event: Event, *, now: datetime) -> bool:
    """Keep what a wallet says became of copies; False where it was given none of this name.

    The same said again changes nothing (OpenID4VCI 1.0 section 11).
    """
    here: Any = (openid_notification.c.notification_digest == digest) & (
        openid_notification.c.grant_id == grant_id
    )
    row = connection.execute(select(openid_notification).where(here)).mappings().first()
    if row is None:
        return False
    if row["event"] != event.value:
        connection.execute(update(openid_notification).where(here).values(event=event.value))
        act = f"copies.{event.value.removeprefix('credential_')}"
        record(connection, Entry(actor=WALLET, act=act, object=row["credential_id"]), now=now)
    return True


def _record_handed_over(
    connection: Connection, grant_id: str, credential_id: str, copies: int, now: datetime
) -> None:
    """For the audit log, and for the holder's own. Last in its transaction."""
    fetched_store.add(connection, grant_of(connection, grant_id), credential_id, now=now)
    entry = Entry(actor=WALLET, act="copies.hand-over", object=credential_id, reason=str(copies))
    record(connection, entry, now=now)
