"""What wallets fetched, until its holder's own log says it; each function is part of one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from issuer.openid4vci.grant_store import Grant
from issuer.openid4vci.tables import openid_fetched
from runtime.entropy import random_token
from vc.encoding.timestamps import format_timestamp, parse_timestamp

_ID_BITS = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """Copies of one certificate that went to a wallet, and how often that could not be told.

    ``client_id`` is what the wallet called itself, None where it said nothing.
    """

    fetch_id: str
    credential_id: str
    client_id: str | None
    fetched_at: datetime
    attempts: int


def add(connection: Connection, grant: Grant, credential_id: str, *, now: datetime) -> None:
    """Have it told that copies went to a wallet, in the transaction that records it."""
    connection.execute(
        insert(openid_fetched).values(
            fetch_id=random_token(_ID_BITS),
            person=grant.person,
            credential_id=credential_id,
            client_id=grant.client_id,
            fetched_at=format_timestamp(now),
            attempts=0,
            due_at=format_timestamp(now),
        )
    )


def due(connection: Connection, now: datetime, *, limit: int) -> tuple[Fetched, ...]:
    """What is to be told now, ``limit`` at most, what waits longest first."""
    query = select(openid_fetched).where(openid_fetched.c.due_at <= format_timestamp(now))
    rows = connection.execute(query.order_by(openid_fetched.c.due_at).limit(limit)).mappings()
    return tuple(
        Fetched(
            fetch_id=row["fetch_id"],
            credential_id=row["credential_id"],
            client_id=row["client_id"],
            fetched_at=parse_timestamp(row["fetched_at"]),
            attempts=row["attempts"],
        )
        for row in rows
    )


def drop(connection: Connection, fetch_id: str) -> None:
    """Forget what was told, or is told to nobody any more."""
    connection.execute(delete(openid_fetched).where(openid_fetched.c.fetch_id == fetch_id))


def put_off(connection: Connection, fetch_id: str, until: datetime) -> None:
    """Note that it could not be told, and when to try again."""
    here = openid_fetched.c.fetch_id == fetch_id
    values = {"attempts": openid_fetched.c.attempts + 1, "due_at": format_timestamp(until)}
    connection.execute(update(openid_fetched).where(here).values(values))


def forget_person(connection: Connection, person: str) -> None:
    """Delete what is still to be told a person who was erased."""
    connection.execute(delete(openid_fetched).where(openid_fetched.c.person == person))
