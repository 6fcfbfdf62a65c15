"""What the trust registry keeps of people beside their accounts. See ``trust_registry.store``."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from trust_registry.model import Account
from trust_registry.people_tables import invitation, passkey, recovery_code, session, staff_identity, totp
from trust_registry.provider_tables import provider_attempt, provider_link
from trust_registry.tables import account
from vc.encoding.timestamps import format_timestamp, parse_timestamp


class Stage(StrEnum):
    """How far a sign-in has come."""

    # Nothing but a second step, or the enrolment of one, is open to the first two.
    SECOND_STEP = "second_step"
    ENROLMENT = "enrolment"
    FULL = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One sign-in of one browser, ended or not; ``view`` as ``trust_registry.holder_views`` seals it."""

    token_hash: str
    username: str
    stamp: str
    stage: Stage
    created: datetime
    last_seen: datetime
    expires: datetime
    revoked: datetime | None = None
    challenge: str | None = None
    view: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Totp:
    """The shared secret of an authenticator app, sealed, and the last time step it was used for."""

    username: str
    sealed: bytes
    confirmed: bool
    last_step: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Passkey:
    """A WebAuthn credential; ``credential_id`` is base64url, ``public_key`` a COSE key."""

    credential_id: str
    username: str
    public_key: bytes
    sign_count: int
    created: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """Who is invited. ``code_hash`` is None where the link alone suffices; ``tries`` were wrong codes."""

    username: str
    code_hash: str | None
    tries: int


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
            view=entry.view,
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
        challenge=row.challenge,
        view=row.view,
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


def set_challenge(connection: Connection, token_hash: str, challenge: str) -> None:
    """Remember what a browser of this session is to answer next; an older question is dropped."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(challenge=challenge))


def take_challenge(connection: Connection, token_hash: str) -> str | None:
    """The question that stands open for this session, which is closed by asking."""
    challenge = connection.execute(
        select(session.c.challenge).where(session.c.token_hash == token_hash)
    ).scalar_one_or_none()
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(challenge=None))
    return None if challenge is None else str(challenge)


def totp_or_none(connection: Connection, username: str) -> Totp | None:
    """The authenticator app of an account, confirmed or not."""
    row = connection.execute(select(totp).where(totp.c.username == username)).mappings().first()
    return None if row is None else Totp(**dict(row))


def put_totp(connection: Connection, entry: Totp) -> None:
    """Write the authenticator app of an account, replacing the one before."""
    connection.execute(delete(totp).where(totp.c.username == entry.username))
    connection.execute(
        insert(totp).values(
            username=entry.username,
            sealed=entry.sealed,
            confirmed=entry.confirmed,
            last_step=entry.last_step,
        )
    )


def take_totp_step(connection: Connection, username: str, sealed: bytes, step: int) -> bool:
    """Use up a time step; False where it, or a later one, was used before. Confirms the app."""
    result = connection.execute(
        update(totp)
        .where(
            totp.c.username == username,
            totp.c.sealed == sealed,
            totp.c.last_step.is_(None) | (totp.c.last_step < step),
        )
        .values(last_step=step, confirmed=True)
    )
    return result.rowcount == 1


def passkeys_of(connection: Connection, username: str) -> tuple[Passkey, ...]:
    """The passkeys of an account, oldest first."""
    query = select(passkey).where(passkey.c.username == username).order_by(passkey.c.created)
    return tuple(
        Passkey(**{**dict(row), "created": parse_timestamp(row["created"])})
        for row in connection.execute(query).mappings()
    )


def insert_passkey(connection: Connection, entry: Passkey) -> bool:
    """Add a passkey; False where somebody has it already."""
    known = select(passkey.c.username).where(passkey.c.credential_id == entry.credential_id)
    if connection.execute(known).first() is not None:
        return False
    connection.execute(
        insert(passkey).values(
            credential_id=entry.credential_id,
            username=entry.username,
            public_key=entry.public_key,
            sign_count=entry.sign_count,
            created=format_timestamp(entry.created),
        )
    )
    return True


def count_passkey(connection: Connection, credential_id: str, sign_count: int) -> None:
    """Note how often the authenticator says it has signed."""
    connection.execute(
        update(passkey).where(passkey.c.credential_id == credential_id).values(sign_count=sign_count)
    )


def put_recovery_codes(connection: Connection, username: str, hashes: Iterable[str]) -> None:
    """Replace the recovery codes of an account."""
    connection.execute(delete(recovery_code).where(recovery_code.c.username == username))
    for code_hash in hashes:
        connection.execute(insert(recovery_code).values(code_hash=code_hash, username=username))


def take_recovery_code(connection: Connection, username: str, code_hash: str) -> bool:
    """Use up a recovery code; False where the account has none such."""
    result = connection.execute(
        delete(recovery_code).where(
            recovery_code.c.username == username, recovery_code.c.code_hash == code_hash
        )
    )
    return result.rowcount == 1


def recovery_codes_left(connection: Connection, username: str) -> int:
    """How many recovery codes an account still has."""
    query = select(recovery_code.c.code_hash).where(recovery_code.c.username == username)
    return len(connection.execute(query).all())


def forget_factors(connection: Connection, username: str) -> None:
    """Take every second factor from an account."""
    for table in (totp, passkey, recovery_code):
        connection.execute(delete(table).where(table.c.username == username))


def identity_or_none(connection: Connection, username: str) -> str | None:
    """The blind index of the staff number that was verified for an account."""
    query = select(staff_identity.c.identity_index).where(staff_identity.c.username == username)
    return connection.execute(query).scalar_one_or_none()


def put_identity(connection: Connection, username: str, identity_index: str) -> None:
    """Write the blind index of an account's staff number."""
    connection.execute(delete(staff_identity).where(staff_identity.c.username == username))
    connection.execute(insert(staff_identity).values(username=username, identity_index=identity_index))


def forget_identity(connection: Connection, username: str) -> None:
    """Nobody's staff number is verified for this account any more."""
    connection.execute(delete(staff_identity).where(staff_identity.c.username == username))


def accounts_of_identity(connection: Connection, identity_index: str) -> tuple[str, ...]:
    """The usernames for which this staff number was verified."""
    query = select(staff_identity.c.username).where(staff_identity.c.identity_index == identity_index)
    return tuple(connection.scalars(query))


def forget_ended(connection: Connection, before: datetime) -> None:
    """Delete sessions, invitations and attempts to sign in elsewhere that ended before then."""
    at = format_timestamp(before)
    connection.execute(delete(session).where((session.c.expires < at) | (session.c.revoked < at)))
    connection.execute(delete(invitation).where(invitation.c.expires < at))
    connection.execute(delete(provider_attempt).where(provider_attempt.c.expires < at))


def accounts_of_owner(connection: Connection, owner: str) -> tuple[Account, ...]:
    """The accounts whose details are sealed under this owner's data key, switched off or not."""
    query = select(account).where(account.c.owner == owner).order_by(account.c.username)
    return tuple(Account(**dict(row)) for row in connection.execute(query).mappings())


def session_times(connection: Connection, username: str) -> list[dict[str, str | None]]:
    """Of each session of this account ``created``, ``last_seen``, ``expires`` and ``revoked``."""
    columns = (session.c.created, session.c.last_seen, session.c.expires, session.c.revoked)
    query = select(*columns).where(session.c.username == username).order_by(session.c.created)
    return [dict(row) for row in connection.execute(query).mappings()]


def forget_owner(connection: Connection, owner: str) -> None:
    """Delete the accounts of somebody who is erased, and everything that hangs on them."""
    names = connection.scalars(select(account.c.username).where(account.c.owner == owner)).all()
    for table in (session, totp, passkey, recovery_code, staff_identity, invitation, provider_link):
        connection.execute(delete(table).where(table.c.username.in_(names)))
    connection.execute(delete(account).where(account.c.username.in_(names)))


def accounts_of(
    connection: Connection, roles: Collection[str], organisation_id: str | None
) -> tuple[Account, ...]:
    """Accounts of these roles, switched off or not; of one organisation where it is named."""
    query = select(account).where(account.c.role.in_(roles)).order_by(account.c.role, account.c.username)
    if organisation_id is not None:
        query = query.where(account.c.organisation_id == organisation_id)
    return tuple(Account(**dict(row)) for row in connection.execute(query).mappings())


def put_invitation(
    connection: Connection, token_hash: str, username: str, expires: datetime, code_hash: str | None = None
) -> None:
    """Invite an account; an earlier invitation of it is good no more."""
    connection.execute(delete(invitation).where(invitation.c.username == username))
    connection.execute(
        insert(invitation).values(
            token_hash=token_hash,
            username=username,
            expires=format_timestamp(expires),
            code_hash=code_hash,
            tries=0,
        )
    )


def invitation_or_none(connection: Connection, token_hash: str, now: datetime) -> Invitation | None:
    """The open invitation that this link belongs to."""
    query = select(invitation.c.username, invitation.c.code_hash, invitation.c.tries).where(
        invitation.c.token_hash == token_hash, invitation.c.expires > format_timestamp(now)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else Invitation(**dict(row))


def count_wrong_code(connection: Connection, username: str) -> None:
    """Note one wrong code for the invitation of an account."""
    connection.execute(
        update(invitation).where(invitation.c.username == username).values(tries=invitation.c.tries + 1)
    )


def forget_invitations(connection: Connection, username: str) -> None:
    """Close every invitation of an account."""
    connection.execute(delete(invitation).where(invitation.c.username == username))
