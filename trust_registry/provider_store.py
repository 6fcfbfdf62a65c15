"""What is kept of signing in through an identity provider. See ``trust_registry.store``."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select

from trust_registry.provider_tables import provider_attempt, provider_link
from vc.encoding.timestamps import format_timestamp, parse_timestamp


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAttempt:
    """A browser that was sent to the provider: to link ``username``, or to sign in where that is None."""

    token_hash: str
    username: str | None
    session_hash: str | None
    wanted: str
    expires: datetime


def insert_attempt(connection: Connection, entry: StoredAttempt, now: datetime) -> None:
    """Remember an attempt, and drop those whose time is over."""
    connection.execute(delete(provider_attempt).where(provider_attempt.c.expires <= format_timestamp(now)))
    connection.execute(
        insert(provider_attempt).values(
            token_hash=entry.token_hash,
            username=entry.username,
            session_hash=entry.session_hash,
            wanted=entry.wanted,
            expires=format_timestamp(entry.expires),
        )
    )


def take_attempt(connection: Connection, token_hash: str, now: datetime) -> StoredAttempt | None:
    """Use an attempt up; None where there is none, or its time is over."""
    mine = provider_attempt.c.token_hash == token_hash
    row = connection.execute(select(provider_attempt).where(mine)).first()
    taken = connection.execute(delete(provider_attempt).where(mine)).rowcount == 1
    if row is None or not taken or parse_timestamp(row.expires) <= now:
        return None
    return StoredAttempt(
        token_hash=row.token_hash,
        username=row.username,
        session_hash=row.session_hash,
        wanted=row.wanted,
        expires=parse_timestamp(row.expires),
    )


def linked_account_or_none(connection: Connection, subject_index: str) -> str | None:
    """The account of whom the provider means."""
    query = select(provider_link.c.username).where(provider_link.c.subject_index == subject_index)
    return connection.execute(query).scalar_one_or_none()


def is_linked(connection: Connection, username: str) -> bool:
    """Whether somebody may sign in to this account through the provider."""
    query = select(provider_link.c.username).where(provider_link.c.username == username)
    return connection.execute(query).first() is not None


def linked_accounts(connection: Connection) -> frozenset[str]:
    """The accounts that may be signed in to through the provider."""
    return frozenset(connection.scalars(select(provider_link.c.username)))


def insert_link(connection: Connection, subject_index: str, username: str, now: datetime) -> bool:
    """Link an account; False where it, or whom the provider means, is linked already."""
    taken = or_(provider_link.c.subject_index == subject_index, provider_link.c.username == username)
    if connection.execute(select(provider_link.c.username).where(taken)).first() is not None:
        return False
    connection.execute(
        insert(provider_link).values(
            subject_index=subject_index, username=username, created=format_timestamp(now)
        )
    )
    return True


def delete_link(connection: Connection, username: str) -> bool:
    """Unlink an account; False where it was not linked."""
    return connection.execute(delete(provider_link).where(provider_link.c.username == username)).rowcount == 1
