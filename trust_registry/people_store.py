"""What the trust registry keeps of people beside their accounts. See ``trust_registry.store``."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from trust_registry.people_tables import session
from vc.encoding.timestamps import format_timestamp, parse_timestamp


class Stage(StrEnum):
    """How far a sign-in has come."""

    FULL = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One sign-in of one browser, ended or not."""

    token_hash: str
    username: str
    stamp: str
    stage: Stage
    created: datetime
    last_seen: datetime
    expires: datetime
    revoked: datetime | None = None


def insert_session(connection: Connection, entry: Session) -> None:
    """Begin a session, and drop the rows of those that ended by themselves."""
    connection.execute(delete(session).where(session.c.expires < format_timestamp(entry.created)))
    connection.execute(
        insert(session).values(
            token_hash=entry.token_hash,
            username=entry.username,
            stamp=entry.stamp,
            stage=entry.stage.value,
            created=format_timestamp(entry.created),
            last_seen=format_timestamp(entry.last_seen),
            expires=format_timestamp(entry.expires),
            revoked=None,
        )
    )


def session_or_none(connection: Connection, token_hash: str) -> Session | None:
    """The session of this token, ended or not."""
    row = connection.execute(select(session).where(session.c.token_hash == token_hash)).first()
    if row is None:
        return None
    return Session(
        token_hash=row.token_hash,
        username=row.username,
        stamp=row.stamp,
        stage=Stage(row.stage),
        created=parse_timestamp(row.created),
        last_seen=parse_timestamp(row.last_seen),
        expires=parse_timestamp(row.expires),
        revoked=None if row.revoked is None else parse_timestamp(row.revoked),
    )


def see_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(
        update(session).where(session.c.token_hash == token_hash).values(last_seen=format_timestamp(now))
    )


def revoke_session(connection: Connection, token_hash: str, now: datetime) -> None:
    """End one session; one that has ended keeps its first moment."""
    connection.execute(
        update(session)
        .where(session.c.token_hash == token_hash, session.c.revoked.is_(None))
        .values(revoked=format_timestamp(now))
    )


def revoke_sessions_of(connection: Connection, username: str, now: datetime) -> None:
    """End every session of one account."""
    connection.execute(
        update(session)
        .where(session.c.username == username, session.c.revoked.is_(None))
        .values(revoked=format_timestamp(now))
    )
