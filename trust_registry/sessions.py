"""Sessions: begun at sign-in, looked up on every request, ended at once.

The browser holds a random token, this database its hash. A session ends by signing out, by time, by not
being used, and whenever its account changes: password, role, organisation, or being switched off.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from runtime.assertions import parse_access_token
from runtime.auth import SESSION_LIFETIME, Principal, Role
from runtime.database import StorageUnavailable
from runtime.entropy import random_token
from runtime.personal_data import PersonalData
from runtime.service import ServiceContext
from trust_registry import people_store, store
from trust_registry.account_details import AccountDetails, details_of
from trust_registry.accounting import account_for
from trust_registry.holder_views import scopes_of
from trust_registry.life import Act
from trust_registry.model import Account
from trust_registry.people_store import Session, Stage
from trust_registry.registry_keys import SessionKeys
from trust_registry.store import Connection
from vc.errors import EvidenceUnavailable

IDLE_LIFETIME: Final = timedelta(hours=2)
# A sign-in that waits for its second step.
UNFINISHED_LIFETIME: Final = timedelta(minutes=15)
_SEEN_EVERY: Final = timedelta(minutes=1)
_TOKEN_BITS: Final = 256


class OwnSessions:
    """The sessions of this very service; ``runtime.auth.Sessions`` without a way over the network."""

    def __init__(self, context: ServiceContext, keys: SessionKeys) -> None:
        self._context = context
        self._keys = keys

    async def by_session(self, token: str) -> Principal | None:
        """See ``runtime.auth.Sessions``."""
        try:
            return await principal_of(self._context, token)
        except StorageUnavailable:
            raise EvidenceUnavailable("Who is signed in cannot be checked now.") from None

    async def by_access_token(self, token: str) -> Principal:
        """See ``runtime.auth.Sessions``."""
        return parse_access_token(
            token,
            issuer=self._context.settings.base_url,
            keys=self._keys.public,
            now=self._context.clock.now(),
        )


async def begin(
    context: ServiceContext,
    account: Account,
    *,
    stage: Stage = Stage.FULL,
    replaces: str | None = None,
    act: str | None = None,
) -> str:
    """Sign ``account`` in; returns the token for the cookie. The session ``replaces`` named ends.

    ``act`` is what the audit log calls this sign-in, where it is written there.
    """
    token, now = random_token(_TOKEN_BITS), context.clock.now()
    entry = Session(
        token_hash=token_hash(token),
        username=account.username,
        stamp=stamp_of(account),
        stage=stage,
        created=now,
        last_seen=now,
        expires=now + (SESSION_LIFETIME if stage is Stage.FULL else UNFINISHED_LIFETIME),
    )
    old = None if replaces is None else token_hash(replaces)
    await context.database.write(_begin, entry, old, act)
    return token


def _begin(connection: Connection, entry: Session, replaces: str | None, act: str | None) -> None:
    if replaces is not None:
        people_store.revoke_session(connection, replaces, entry.created)
    people_store.insert_session(connection, entry)
    if act is not None:
        reason = f"stage {entry.stage.value}"
        account_for(
            connection, act, entry.username, Act(actor=entry.username, reason=reason, at=entry.created)
        )


async def principal_of(context: ServiceContext, token: str) -> Principal | None:
    """Whose session this is; None where it is nobody's, has ended, or the sign-in is not complete."""
    now = context.clock.now()
    found = await context.database.read(live_session_or_none, token_hash(token), now=now)
    if found is None or found[0].stage is not Stage.FULL:
        return None
    entry, account, identity = found
    if now - entry.last_seen >= _SEEN_EVERY:
        await context.database.write(people_store.see_session, entry.token_hash, now)
    return await principal_for(context, account, identity, entry=entry)


def live_session_or_none(
    connection: Connection, token_hash: str, *, now: datetime
) -> tuple[Session, Account, str | None] | None:
    """A session that has not ended, in whatever stage, with its account and identity as they are now."""
    entry = people_store.session_or_none(connection, token_hash)
    if entry is None or entry.revoked is not None:
        return None
    if now >= entry.expires or now >= entry.last_seen + IDLE_LIFETIME:
        return None
    account = store.account_or_none(connection, entry.username)
    if account is None or not account.active or stamp_of(account) != entry.stamp:
        return None
    return entry, account, people_store.identity_or_none(connection, account.username)


async def end(context: ServiceContext, token: str) -> None:
    """Sign out. A token that is nobody's changes nothing."""
    await context.database.write(people_store.revoke_session, token_hash(token), context.clock.now())


async def end_all(context: ServiceContext, username: str) -> None:
    """Sign an account out everywhere."""
    await context.database.write(people_store.revoke_sessions_of, username, context.clock.now())


async def principal_for(
    context: ServiceContext,
    account: Account,
    identity: str | None = None,
    *,
    entry: Session | None = None,
) -> Principal:
    """Who signs in with ``account``; ``identity`` is the blind index of the person's staff number.

    ``entry`` is the session, which of a holder says what it shows.
    """
    details, licence_number, scopes = await context.database.read(_who, context.personal, account, entry)
    return Principal(
        subject=account.username,
        name=details.name,
        role=Role(account.role),
        organisation_id=account.organisation_id,
        scopes=scopes,
        rld_number=details.rld_number,
        identity=identity,
        licence_number=licence_number,
    )


def _who(
    connection: Connection, personal: PersonalData, account: Account, entry: Session | None
) -> tuple[AccountDetails, str | None, tuple[str, ...]]:
    licence_number = store.licence_number_or_none(connection, account.organisation_id)
    scopes = () if entry is None else scopes_of(connection, personal, account, entry)
    return details_of(connection, personal, account), licence_number, scopes


def stamp_of(account: Account) -> str:
    """A digest of everything whose change must end the sessions of ``account``."""
    parts = (account.password_hash, account.role, account.organisation_id, account.owner)
    return hashlib.sha256("\x1f".join(part or "" for part in parts).encode()).hexdigest()


def token_hash(token: str) -> str:
    """What is kept of a token. It has 256 random bits, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()
