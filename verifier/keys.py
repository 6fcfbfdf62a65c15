"""API keys of verifiers: made and shown once, looked up on every call, dead with their licence.

A key is ``spk_<id>_<secret>``. No worker remembers one, so a revoked key is refused by the next call on
every worker. Without a key the API stays open; a key that is not good is never taken for nobody. Every
key stands under a licence of the trust list; while no list is in force, that cannot be checked.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from runtime.auth import VERIFIERS, NotAuthenticated, Principal
from runtime.entropy import random_token
from runtime.i18n import gettext_noop
from runtime.service import ServiceContext
from vc.errors import MalformedValue, NotAuthorized, NotFound, RangeError, RateLimited
from vc.trust.licences import Licence, licence_stands
from verifier import store
from verifier.store import ApiKey, Connection

PREFIX: Final = "spk_"
SCOPES: Final = ("verify:credentials", "verify:presentations")
MAX_LIFETIME_DAYS: Final = 366
MAX_QUOTA: Final = 10_000_000
MAX_NETWORKS: Final = 20
_MAX_NAME: Final = 100
_ID_BITS, _SECRET_BITS = 50, 256
_KEY: Final = re.compile(r"spk_([0-9A-HJKMNP-TV-Z]{10})_[0-9A-HJKMNP-TV-Z]{52}")
_BAD: Final = "The API key is not good."
LICENCE_NOT_IN_FORCE: Final = gettext_noop("The licence of your organisation is not in force.")
NO_LICENCE: Final = gettext_noop(
    "No licence is on file for your organisation. Ask the registrar to register it under its licence."
)


class LicenceSource(Protocol):
    """What keys need of ``runtime.verification.VerificationShell``."""

    async def licences(self) -> Mapping[str, Licence]:
        """Those of the trust list in force, by number. Raises ``EvidenceUnavailable`` without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedKey:
    """A key somebody asks for. ``networks`` are addresses or CIDR; empty means any."""

    name: str
    scopes: frozenset[str]
    networks: tuple[str, ...]
    daily_quota: int | None
    days: int


async def create_key(
    context: ServiceContext,
    wanted: WantedKey,
    *,
    source: LicenceSource,
    organisation_id: str,
    licence_number: str,
    created_by: str,
) -> str:
    """Make a key under the organisation's licence; returns it, for the only time.

    Raises ``MalformedValue`` or ``RangeError`` for a key that cannot be, ``NotAuthorized`` while the
    licence is not in force, ``EvidenceUnavailable`` where no trust list says how it stands.
    """
    _require(wanted)
    if not licence_stands(await source.licences(), licence_number, context.clock.now()):
        raise NotAuthorized(LICENCE_NOT_IN_FORCE)
    key_id = random_token(_ID_BITS)
    key = f"{PREFIX}{key_id}_{random_token(_SECRET_BITS)}"
    now = context.clock.now()
    entry = ApiKey(
        key_id=key_id,
        key_hash=_digest(key),
        organisation_id=organisation_id,
        licence_number=licence_number,
        name=wanted.name,
        scopes=wanted.scopes,
        networks=tuple(_network(text) for text in wanted.networks) or None,
        daily_quota=wanted.daily_quota,
        created_by=created_by,
        created=now,
        expires=now + timedelta(days=wanted.days),
    )
    await context.database.write(store.insert_key, entry)
    return key


async def revoke_key(context: ServiceContext, key_id: str, *, organisation_id: str) -> None:
    """Revoke a key of one's own organisation, for ever. Raises ``NotFound`` for any other."""
    found = await context.database.write(store.revoke_key, key_id, organisation_id, context.clock.now())
    if not found:
        raise NotFound("There is no such key.")


async def require_key(
    context: ServiceContext, key: str, *, source: LicenceSource, scope: str, address: str
) -> ApiKey:
    """The entry of a good key that has ``scope`` and is used from where it may be.

    Raises ``NotAuthenticated`` for a key that is unknown, wrong, expired, revoked or whose licence is
    not in force, ``EvidenceUnavailable`` where no trust list says how that stands;
    ``NotAuthorized`` for another scope or address; ``RateLimited`` when the day's quota is used up.
    """
    match = _KEY.fullmatch(key)
    entry = None if match is None else await context.database.read(store.key_or_none, match[1])
    expected = _digest("") if entry is None else entry.key_hash
    if not hmac.compare_digest(expected, _digest(key)) or entry is None:
        raise NotAuthenticated(_BAD)
    now = context.clock.now()
    if entry.revoked is not None or now >= entry.expires:
        raise NotAuthenticated(_BAD)
    if not licence_stands(await source.licences(), entry.licence_number, now):
        raise NotAuthenticated(_BAD)
    if scope not in entry.scopes:
        raise NotAuthorized("This key may not do this.")
    if entry.networks is not None and not _is_within(address, entry.networks):
        raise NotAuthorized("This key may not be used from here.")
    if entry.daily_quota is not None:
        await _require_quota(context, entry.key_id, entry.daily_quota, now)
    return entry


async def require_licence(context: ServiceContext, principal: Principal, *, source: LicenceSource) -> None:
    """Let a verifier's program with an access token in only while its organisation's licence is in force.

    Raises ``NotAuthenticated`` where it is not, ``NotAuthorized`` without one on file,
    ``EvidenceUnavailable`` where no trust list says how it stands.
    """
    number = principal.licence_number
    if number is None:
        if principal.role in VERIFIERS:
            raise NotAuthorized(NO_LICENCE)
        return
    if not licence_stands(await source.licences(), number, context.clock.now()):
        raise NotAuthenticated("The licence behind the access token is not in force.")


async def _require_quota(context: ServiceContext, key_id: str, quota: int, now: datetime) -> None:
    uses = await context.database.write(store.count_use, key_id, _day_of(now))
    if uses > quota:
        raise RateLimited("The key's quota of today is used up.", retry_after=_seconds_left(now))


async def require_quota_for(context: ServiceContext, key: ApiKey, *, more: int) -> None:
    """Count ``more`` uses of a key beside the one of the call itself.

    Raises ``RateLimited``, and counts none, where the day's quota has not so many left.
    """
    if key.daily_quota is None or more <= 0:
        return
    now = context.clock.now()
    if not await context.database.write(store.count_uses, key.key_id, _day_of(now), more, key.daily_quota):
        raise RateLimited(
            "The key's quota of today has not so many checks left.", retry_after=_seconds_left(now)
        )


def _day_of(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _seconds_left(now: datetime) -> int:
    today = now.astimezone(UTC)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int((midnight - today).total_seconds()) + 1


async def apply_licences(context: ServiceContext, licences: Mapping[str, Licence]) -> None:
    """Let keys live and die with their licences, by those of a verified trust list.

    A licence that is not in the list, not yet or no longer valid, or suspended now, suspends its keys;
    one that is in force again lets them work again.
    """
    now = context.clock.now()
    in_force = frozenset(number for number in licences if licence_stands(licences, number, now))
    await context.database.write(_apply, in_force, now)


def _apply(connection: Connection, in_force: frozenset[str], now: datetime) -> None:
    for number in store.licence_numbers(connection):
        if number in in_force:
            store.resume_keys(connection, number)
        else:
            store.suspend_keys(connection, number, now)


def _require(wanted: WantedKey) -> None:
    if not 0 < len(wanted.name) <= _MAX_NAME:
        raise MalformedValue(gettext_noop("A key has a name of at most 100 characters."))
    if not wanted.scopes or not wanted.scopes <= set(SCOPES):
        raise MalformedValue(gettext_noop("Choose what the key may do."))
    if not 1 <= wanted.days <= MAX_LIFETIME_DAYS:
        raise RangeError(gettext_noop("A key lasts from 1 to 366 days."))
    if wanted.daily_quota is not None and not 1 <= wanted.daily_quota <= MAX_QUOTA:
        raise RangeError(gettext_noop("A daily quota is from 1 to 10 million."))
    if len(wanted.networks) > MAX_NETWORKS:
        raise RangeError(gettext_noop("At most 20 addresses can be named."))


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise MalformedValue(gettext_noop("This is no address and no network.")) from None


def _is_within(address: str, networks: Iterable[str]) -> bool:
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(client, ipaddress.IPv6Address) and client.ipv4_mapped is not None:
        client = client.ipv4_mapped
    return any(client in ipaddress.ip_network(network) for network in networks)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
