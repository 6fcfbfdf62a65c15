"""What the verifier keeps: its API keys, and counts of nobody.

Every function takes the connection of one open transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from verifier.tables import api_key, api_key_use, presented


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A program's key. ``networks`` (CIDR) and ``daily_quota`` limit it where they are not None."""

    key_id: str
    key_hash: str
    organisation_id: str
    licence_number: str
    name: str
    scopes: frozenset[str]
    networks: tuple[str, ...] | None
    daily_quota: int | None
    created_by: str
    created: datetime
    expires: datetime
    revoked: datetime | None = None
    suspended: datetime | None = None


def insert_key(connection: Connection, key: ApiKey) -> None:
    """Add a key."""
    connection.execute(
        insert(api_key).values(
            key_id=key.key_id,
            key_hash=key.key_hash,
            organisation_id=key.organisation_id,
            licence_number=key.licence_number,
            name=key.name,
            scopes=sorted(key.scopes),
            networks=None if key.networks is None else list(key.networks),
            daily_quota=key.daily_quota,
            created_by=key.created_by,
            created=format_timestamp(key.created),
            expires=format_timestamp(key.expires),
        )
    )


def key_or_none(connection: Connection, key_id: str) -> ApiKey | None:
    """The key of this id, good or not."""
    row = connection.execute(select(api_key).where(api_key.c.key_id == key_id)).mappings().first()
    return None if row is None else _key(row)


def keys_of(connection: Connection, organisation_id: str) -> tuple[ApiKey, ...]:
    """The keys of one organisation, newest first."""
    query = (
        select(api_key)
        .where(api_key.c.organisation_id == organisation_id)
        .order_by(api_key.c.created.desc(), api_key.c.key_id)
    )
    return tuple(_key(row) for row in connection.execute(query).mappings())


def revoke_key(connection: Connection, key_id: str, organisation_id: str, now: datetime) -> bool:
    """Revoke a key for ever; False where this organisation has none of that id. The first date stays."""
    mine = (api_key.c.key_id == key_id) & (api_key.c.organisation_id == organisation_id)
    if connection.execute(select(api_key.c.key_id).where(mine)).first() is None:
        return False
    unrevoked = mine & api_key.c.revoked.is_(None)
    connection.execute(update(api_key).where(unrevoked).values(revoked=format_timestamp(now)))
    return True


def suspend_keys(connection: Connection, licence_number: str, now: datetime) -> int:
    """Suspend every key under a licence; how many were not yet."""
    result = connection.execute(
        update(api_key)
        .where(api_key.c.licence_number == licence_number, api_key.c.suspended.is_(None))
        .values(suspended=format_timestamp(now))
    )
    return result.rowcount


def resume_keys(connection: Connection, licence_number: str) -> int:
    """Let the keys under a licence work again; those revoked stay revoked."""
    result = connection.execute(
        update(api_key)
        .where(api_key.c.licence_number == licence_number, api_key.c.suspended.is_not(None))
        .values(suspended=None)
    )
    return result.rowcount


def licence_numbers(connection: Connection) -> frozenset[str]:
    """Every licence that some key stands under."""
    query = select(api_key.c.licence_number).distinct()
    return frozenset(connection.execute(query).scalars())


def count_use(connection: Connection, key_id: str, day: str) -> int:
    """Count one use of a key on a day (YYYY-MM-DD, UTC); the uses of that day so far."""
    mine = (api_key_use.c.key_id == key_id) & (api_key_use.c.day == day)
    uses = connection.execute(select(api_key_use.c.uses).where(mine)).scalar_one_or_none()
    if uses is None:
        connection.execute(delete(api_key_use).where(api_key_use.c.key_id == key_id))
        connection.execute(insert(api_key_use).values(key_id=key_id, day=day, uses=1))
        return 1
    connection.execute(update(api_key_use).where(mine).values(uses=uses + 1))
    return int(uses) + 1


def count_uses(connection: Connection, key_id: str, day: str, more: int, most: int) -> bool:
    """Count ``more`` uses of a key that was used on this day; False, and none counted, beyond ``most``."""
    mine = (api_key_use.c.key_id == key_id) & (api_key_use.c.day == day)
    within = mine & (api_key_use.c.uses <= most - more)
    return (
        connection.execute(update(api_key_use).where(within).values(uses=api_key_use.c.uses + more)).rowcount
        > 0
    )


def count_presented(connection: Connection, new: Mapping[tuple[str, str, str], int]) -> None:
    """Add to counts, by day, issuer and kind."""
    for (day, issuer, kind), number in new.items():
        mine = (presented.c.day == day) & (presented.c.issuer == issuer) & (presented.c.kind == kind)
        values = {"count": presented.c.count + number}
        if connection.execute(update(presented).where(mine).values(values)).rowcount == 0:
            connection.execute(insert(presented).values(day=day, issuer=issuer, kind=kind, count=number))


def presented_since(connection: Connection, day: str) -> Mapping[tuple[str, str, str], int]:
    """The counts of this day (YYYY-MM-DD) and later ones."""
    rows = connection.execute(select(presented).where(presented.c.day >= day))
    return {(row.day, row.issuer, row.kind): row[3] for row in rows}


def forget_access(connection: Connection, before: datetime) -> None:
    """Delete counts of days before then, and the keys that expired or were revoked before then."""
    at = format_timestamp(before)
    ended = select(api_key.c.key_id).where((api_key.c.expires < at) | (api_key.c.revoked < at))
    day = before.astimezone(UTC).date().isoformat()
    connection.execute(delete(presented).where(presented.c.day < day))
    old = (api_key_use.c.day < day) | api_key_use.c.key_id.in_(ended)
    connection.execute(delete(api_key_use).where(old))
    connection.execute(delete(api_key).where((api_key.c.expires < at) | (api_key.c.revoked < at)))


def _key(row: RowMapping) -> ApiKey:
    values = dict(row)
    for name in ("created", "expires", "revoked", "suspended"):
        values[name] = None if values[name] is None else parse_timestamp(values[name])
    networks = values["networks"]
    values["networks"] = None if networks is None else tuple(networks)
    return ApiKey(**{**values, "scopes": frozenset(values["scopes"])})
