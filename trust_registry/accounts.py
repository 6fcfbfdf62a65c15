"""People and programs that may sign in, and the counting of tries.

A wrong name and a wrong password cost the same time and get the same answer. Tries are counted
before the password is looked at, in the database, so that a hundred guesses at once count as a
hundred and a restart forgives none.
"""

import hashlib
import hmac
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from runtime.audit_log import Entry, record, rows_root
from runtime.auth import Principal, Role
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.personal_data import PersonalData
from runtime.service import ServiceContext
from trust_registry import store
from trust_registry.account_details import AccountDetails, owner_of, seal_details
from trust_registry.model import Account, ApiClient
from trust_registry.registry_keys import registry_secret
from trust_registry.service import OPERATOR
from trust_registry.store import Connection
from vc.crypto.keys import KeyType, PublicKey
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue, NotAuthorized, NotFound, RateLimited

WINDOW: Final = timedelta(minutes=15)
MAX_TRIES_PER_CLIENT: Final = 5
# Higher, so that a stranger at another address does not lock the owner out with five tries.
MAX_TRIES_PER_ACCOUNT: Final = 20
MIN_PASSWORD: Final = 8
MAX_PASSWORD: Final = 200
MIN_CLIENT_SECRET: Final = 22
# EdDSA and ES256.
CLIENT_KEY_TYPES: Final = frozenset({KeyType.ED25519, KeyType.P256})
_USERNAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_HASHER: Final = PasswordHasher()


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAccount:
    """A person to be let in. ``rld_number`` is the returnee's own, None for everybody else."""

    username: str
    password: str
    role: Role
    name: str
    organisation_id: str | None = None
    rld_number: str | None = None


def create_accounts(database: Database, personal: PersonalData, accounts: Iterable[NewAccount]) -> None:
    """Write accounts, replacing those of the same username.

    Raises ``MalformedValue`` for a username that is not plain or a returnee without RLD number.
    """
    entries = [(new, _hash_of(new)) for new in accounts]
    database.write_now(_put_accounts, personal, entries, now=SystemClock().now())


def _put_accounts(
    connection: Connection, personal: PersonalData, new: Sequence[tuple[NewAccount, str]], *, now: datetime
) -> None:
    entries = [_account(connection, personal, *pair) for pair in new]
    for entry in entries:
        store.put_account(connection, entry)
    rows: list[JsonValue] = [{"account": entry.username, "role": entry.role} for entry in entries]
    named = entries[0].username if len(entries) == 1 else f"{len(entries)} accounts"
    written = Entry(actor=OPERATOR, act="account.write", object=named, rows_root=rows_root(rows))
    record(connection, written, now=now)


def _put_client(connection: Connection, entry: ApiClient, *, now: datetime) -> None:
    store.put_api_client(connection, entry)
    record(connection, Entry(actor=OPERATOR, act="client.write", object=entry.client_id), now=now)


def _hash_of(new: NewAccount) -> str:
    """The password as it is kept. Raises ``MalformedValue`` for an account that cannot be."""
    require_username(new.username)
    require_password(new.password)
    if new.role is Role.SERVICE or (new.role is Role.RETURNEE) != (new.rld_number is not None):
        raise MalformedValue("A returnee has an RLD number, nobody else has; services have no account.")
    return _HASHER.hash(new.password)


def _account(connection: Connection, personal: PersonalData, new: NewAccount, password_hash: str) -> Account:
    details = AccountDetails(name=new.name, rld_number=new.rld_number)
    owner = owner_of(personal, new.username, details)
    return Account(
        username=new.username,
        password_hash=password_hash,
        role=new.role.value,
        organisation_id=new.organisation_id,
        owner=owner,
        details=seal_details(connection, personal, owner, new.username, details),
        active=True,
    )


def create_api_client(
    database: Database,
    *,
    client_id: str,
    role: Role,
    secret: str | None = None,
    keys: Sequence[PublicKey] = (),
    organisation_id: str | None = None,
    scopes: frozenset[str] = frozenset(),
) -> None:
    """Write an API client, replacing one of the same id.

    ``secret`` must be random with at least 110 bits, as a token of 22 characters has: a plain hash
    protects nothing weaker. ``keys`` are those it may sign with. Raises ``MalformedValue``.
    """
    if not _USERNAME.fullmatch(client_id) or role is Role.SERVICE:
        raise MalformedValue("A client id is small letters, digits, dots and dashes; its role is a person's.")
    if secret is None and not keys:
        raise MalformedValue("A client shows itself by a secret or a key.")
    if secret is not None and not MIN_CLIENT_SECRET <= len(secret) <= MAX_PASSWORD:
        raise MalformedValue("A client secret has at least 22 random characters.")
    if not CLIENT_KEY_TYPES.issuperset(key.key_type for key in keys):
        raise MalformedValue("A client's key is Ed25519 or P-256.")
    entry = ApiClient(
        client_id=client_id,
        secret_hash=None if secret is None else _digest(secret),
        keys=tuple(key.multikey for key in keys),
        role=role.value,
        organisation_id=organisation_id,
        scopes=scopes,
    )
    database.write_now(_put_client, entry, now=SystemClock().now())


def remove_api_client(database: Database, client_id: str) -> None:
    """Take an API client away. Raises ``NotFound``."""
    if not database.write_now(_remove_client, client_id, now=SystemClock().now()):
        raise NotFound("There is no such client.")


def _remove_client(connection: Connection, client_id: str, *, now: datetime) -> bool:
    found = store.delete_api_client(connection, client_id)
    if found:
        record(connection, Entry(actor=OPERATOR, act="client.remove", object=client_id), now=now)
    return found


async def sign_in(context: ServiceContext, *, username: str, password: str, address: str) -> Account | None:
    """Whose account this is, or None: unknown, inactive and wrong password are not told apart.

    Raises ``RateLimited`` after ``MAX_TRIES_PER_CLIENT`` failures from one address, or
    ``MAX_TRIES_PER_ACCOUNT`` from anywhere, within ``WINDOW``.
    """
    name = username.strip().lower()
    buckets = await count_try(context, name, address)
    account = await context.database.read(store.account_or_none, name) if _USERNAME.fullmatch(name) else None
    password_hash = None if account is None else account.password_hash
    matches = await anyio.to_thread.run_sync(_matches, password_hash, password)
    if account is None or not account.active or not matches:
        return None
    await context.database.write(store.forget_attempts, tuple(buckets), now=context.clock.now())
    return account


async def authenticate_client(
    context: ServiceContext, *, client_id: str, client_secret: str, address: str
) -> Principal:
    """The program behind client credentials (RFC 6749 section 4.4).

    Raises ``NotAuthorized`` for any wrong pair, ``RateLimited`` as ``sign_in``.
    """
    buckets = await count_try(context, f"client {client_id}", address)
    client, licence_number = await context.database.read(client_with_licence, client_id)
    secret_hash = None if client is None else client.secret_hash
    matches = hmac.compare_digest(secret_hash or _digest(""), _digest(client_secret))
    if not matches or secret_hash is None or client is None:
        raise NotAuthorized("The client credentials are not good.")
    await context.database.write(store.forget_attempts, tuple(buckets), now=context.clock.now())
    return client_principal(client, licence_number)


def client_with_licence(connection: Connection, client_id: str) -> tuple[ApiClient | None, str | None]:
    """The API client with this id, and the licence its organisation holds."""
    client = store.api_client_or_none(connection, client_id)
    organisation_id = None if client is None else client.organisation_id
    return client, store.licence_number_or_none(connection, organisation_id)


def client_principal(client: ApiClient, licence_number: str | None) -> Principal:
    """Who a program is that has shown itself to be ``client``; the licence is its organisation's."""
    return Principal(
        subject=client.client_id,
        name=client.client_id,
        role=Role(client.role),
        organisation_id=client.organisation_id,
        scopes=tuple(sorted(client.scopes)),
        licence_number=licence_number,
    )


async def change_password(
    context: ServiceContext, account: Account, *, present: str, new: str, address: str
) -> Account | None:
    """``account`` with its new password, or None where ``present`` is not its password.

    Every session of the account ends with it. Raises ``MalformedValue`` for a password that cannot
    be one, ``RateLimited`` as ``sign_in``.
    """
    require_password(new)
    if not await password_matches(context, account, present, address):
        return None
    changed = replace(account, password_hash=await hash_password(new))
    await context.database.write(store.put_account, changed)
    return changed


async def password_matches(context: ServiceContext, account: Account, password: str, address: str) -> bool:
    """Whether ``password`` is the account's, asked again before something weighty. As ``sign_in``."""
    found = await sign_in(context, username=account.username, password=password, address=address)
    return found is not None


def require_username(username: str) -> None:
    """Raises ``MalformedValue`` for a text that cannot be a username."""
    if not _USERNAME.fullmatch(username):
        raise MalformedValue("A username is small letters, digits, dots and dashes, at most 64.")


async def hash_password(password: str) -> str:
    """A password as it is kept. Raises ``MalformedValue`` for one that cannot be."""
    require_password(password)
    return await anyio.to_thread.run_sync(_HASHER.hash, password)


def require_password(password: str) -> None:
    """Raises ``MalformedValue`` for a text that cannot be a password here."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise MalformedValue("A password has 8 to 200 characters.")


async def count_try(context: ServiceContext, name: str, address: str) -> dict[str, int]:
    """Count one try and return the buckets it was counted in; success empties them.

    Raises ``RateLimited``.
    """
    key = registry_secret(context.keyring, "sign-in tries")
    limits = {
        _bucket(key, "client", name, address): MAX_TRIES_PER_CLIENT,
        _bucket(key, "account", name): MAX_TRIES_PER_ACCOUNT,
    }
    now = context.clock.now()
    # The counts come back and the refusal is raised here: raised inside, it would undo the counting.
    counted = await context.database.write(_count_all, tuple(limits), now=now)
    ends = [end for bucket, (tries, end) in counted.items() if tries > limits[bucket]]
    if ends:
        seconds = math.ceil((max(ends) - now).total_seconds())
        raise RateLimited("Too many tries. Wait a quarter of an hour.", retry_after=max(1, seconds))
    return limits


def _count_all(
    connection: Connection, buckets: Iterable[str], *, now: datetime
) -> dict[str, tuple[int, datetime]]:
    ends = (now + WINDOW).replace(microsecond=0)
    return {bucket: store.count_attempt(connection, bucket, now=now, window_ends=ends) for bucket in buckets}


def _bucket(key: bytes, *parts: str) -> str:
    """A keyed hash: the table tells nobody who tried from where."""
    text = "\x1f".join(("sign-in", *parts))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _matches(password_hash: str | None, password: str) -> bool:
    """Argon2id check; an unknown username takes as long as a known one. Never in the event loop."""
    try:
        return _HASHER.verify(password_hash or _nobodys_hash(), password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    # One character more than any password may have, so that nothing matches it.
    return _HASHER.hash("x" * (MAX_PASSWORD + 2))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
