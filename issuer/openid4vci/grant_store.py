"""Rights to fetch certificates, the offers that carry them, and the access tokens that came of them.

Every function is part of one transaction, and every count and every "once" is one conditional UPDATE.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from issuer.openid4vci.granted import Granted
from issuer.openid4vci.tables import (
    openid_code,
    openid_deferred,
    openid_grant,
    openid_notification,
    openid_offer,
    openid_token,
)
from runtime.audit_log import Entry, record
from vc.encoding.timestamps import format_timestamp, parse_timestamp

MAX_TRIES: Final = 5
"""So many Transaction Codes may be tried with one offer."""

MAX_COPIES: Final = 200
"""So many copies may be fetched under one grant: each takes an index of a status list."""

GRANT_LIFETIME: Final = timedelta(hours=24)
"""What was begun under a grant can be finished for so long."""

WALLET: Final = "wallet"
"""Who acts, in the audit log, where a wallet does: nobody knows whose it is but by its grant."""

_OPEN, _REDEEMED, _DEAD = "open", "redeemed", "dead"
_OF_GRANTS = (openid_offer, openid_code, openid_token, openid_deferred, openid_notification)


class Refusal(StrEnum):
    """Why an offer is not redeemed."""

    NOT_OPEN = "not_open"
    """There is no such code, or its time is over, or it was used."""
    TX_CODE_MISSING = "tx_code_missing"
    TX_CODE_UNEXPECTED = "tx_code_unexpected"
    TX_CODE_WRONG = "tx_code_wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What may be fetched, and of whom. ``client_id`` is what the wallet called itself, None for nothing."""

    grant_id: str
    person: str
    certificates: tuple[Granted, ...]
    client_id: str | None
    created: datetime

    def to_row(self) -> dict[str, Any]:
        """A row of ``openid_grant`` under which nothing was fetched yet."""
        return {
            "grant_id": self.grant_id,
            "person": self.person,
            "certificates": [one.to_json() for one in self.certificates],
            "client_id": self.client_id,
            "copies": 0,
            "created": format_timestamp(self.created),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOffer:
    """An offer to be kept; ``tx_code_digest`` is None where there is no Transaction Code."""

    grant: Grant
    offer_digest: str
    code_digest: str
    tx_code_digest: str | None
    expires: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewToken:
    """An access token to be given. ``configurations`` are those it is narrowed to, None for all."""

    digest: str
    thumbprint: str | None
    configurations: tuple[str, ...] | None
    expires: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What an access token is good for; where it ``is_current``, also for asking for new credentials."""

    grant: Grant
    thumbprint: str | None
    configurations: tuple[str, ...] | None
    is_current: bool


def add_offer(connection: Connection, offer: NewOffer, *, actor: str, now: datetime) -> None:
    """Keep an offer and what it grants."""
    connection.execute(insert(openid_grant).values(**offer.grant.to_row()))
    connection.execute(
        insert(openid_offer).values(
            offer_digest=offer.offer_digest,
            code_digest=offer.code_digest,
            tx_code_digest=offer.tx_code_digest,
            tries=0,
            state=_OPEN,
            grant_id=offer.grant.grant_id,
            expires=format_timestamp(offer.expires),
        )
    )
    record(connection, Entry(actor=actor, act="offer.make", object=offer.grant.grant_id), now=now)


def open_offer(connection: Connection, offer_digest: str, now: datetime) -> tuple[Grant, bool] | None:
    """What an open offer grants, and whether it wants a Transaction Code; None where there is none."""
    offer = _open_offer(connection, openid_offer.c.offer_digest == offer_digest, now)
    if offer is None:
        return None
    return grant_of(connection, offer["grant_id"]), offer["tx_code_digest"] is not None


def offered(connection: Connection, code_digest: str, now: datetime) -> Grant | None:
    """What the code of an open offer grants, None where there is none."""
    offer = _open_offer(connection, openid_offer.c.code_digest == code_digest, now)
    return None if offer is None else grant_of(connection, offer["grant_id"])


def redeem_offer(
    connection: Connection, code_digest: str, tx_code_digest: str | None, token: NewToken, *, now: datetime
) -> Grant | Refusal:
    """Take an offer once, for an access token; or say why not, and count what was tried."""
    here = openid_offer.c.code_digest == code_digest
    offer = _open_offer(connection, here, now)
    if offer is None:
        return Refusal.NOT_OPEN
    expected: str | None = offer["tx_code_digest"]
    if expected is None and tx_code_digest is not None:
        return Refusal.TX_CODE_UNEXPECTED
    if expected is not None and tx_code_digest is None:
        return Refusal.TX_CODE_MISSING
    if expected is not None and tx_code_digest is not None:
        # Counted before it is looked at, so that whoever asks many times at once is counted as often.
        counted = update(openid_offer).where(here, openid_offer.c.tries < MAX_TRIES)
        if connection.execute(counted.values(tries=openid_offer.c.tries + 1)).rowcount != 1:
            return Refusal.NOT_OPEN
        if not hmac.compare_digest(expected, tx_code_digest):
            _kill_when_used_up(connection, code_digest, offer["grant_id"], now)
            return Refusal.TX_CODE_WRONG
    taken = update(openid_offer).where(here, openid_offer.c.state == _OPEN)
    if connection.execute(taken.values(state=_REDEEMED)).rowcount != 1:
        return Refusal.NOT_OPEN
    add_token(connection, offer["grant_id"], token)
    record(connection, Entry(actor=WALLET, act="offer.redeem", object=offer["grant_id"]), now=now)
    return grant_of(connection, offer["grant_id"])


def add_grant(connection: Connection, grant: Grant) -> None:
    """Keep a grant."""
    connection.execute(insert(openid_grant).values(**grant.to_row()))


def add_token(connection: Connection, grant_id: str, token: NewToken) -> None:
    """Keep an access token."""
    connection.execute(
        insert(openid_token).values(
            token_digest=token.digest,
            grant_id=grant_id,
            thumbprint=token.thumbprint,
            configurations=None if token.configurations is None else list(token.configurations),
            expires=format_timestamp(token.expires),
        )
    )


def end_grant(connection: Connection, grant_id: str, *, now: datetime) -> None:
    """Nothing is fetched under this grant any more, with whatever token."""
    standing = update(openid_grant).where(openid_grant.c.grant_id == grant_id, openid_grant.c.ended.is_(None))
    if connection.execute(standing.values(ended=format_timestamp(now))).rowcount == 1:
        record(connection, Entry(actor=WALLET, act="grant.end", object=grant_id), now=now)


def access_of(connection: Connection, token_digest: str, now: datetime) -> Access | None:
    """What a token is good for, None where there is none, or not any more."""
    token = (
        connection.execute(select(openid_token).where(openid_token.c.token_digest == token_digest))
        .mappings()
        .first()
    )
    if token is None:
        return None
    oldest = format_timestamp(now - GRANT_LIFETIME)
    standing = select(openid_grant).where(
        openid_grant.c.grant_id == token["grant_id"],
        openid_grant.c.ended.is_(None),
        openid_grant.c.created > oldest,
    )
    row = connection.execute(standing).mappings().first()
    if row is None:
        return None
    configurations = token["configurations"]
    return Access(
        grant=_read(row),
        thumbprint=token["thumbprint"],
        configurations=None if configurations is None else tuple(configurations),
        is_current=token["expires"] > format_timestamp(now),
    )


def count_copies(connection: Connection, grant_id: str, copies: int) -> bool:
    """Count copies that are about to be made; False where they would be too many."""
    within = update(openid_grant).where(
        openid_grant.c.grant_id == grant_id, openid_grant.c.copies <= MAX_COPIES - copies
    )
    return connection.execute(within.values(copies=openid_grant.c.copies + copies)).rowcount == 1


def grants_of_person(connection: Connection, person: str) -> tuple[Grant, ...]:
    """What may be fetched, or was in the last day, of a person; oldest first."""
    mine = select(openid_grant).where(openid_grant.c.person == person).order_by(openid_grant.c.created)
    return tuple(_read(row) for row in connection.execute(mine).mappings())


def forget_person(connection: Connection, person: str) -> None:
    """Delete everything that was granted of a person."""
    mine = select(openid_grant.c.grant_id).where(openid_grant.c.person == person)
    _drop(connection, connection.scalars(mine).all())


def sweep_grants(connection: Connection, before: datetime) -> None:
    """Delete what was granted before then, with all that came of it."""
    old = select(openid_grant.c.grant_id).where(openid_grant.c.created < format_timestamp(before))
    _drop(connection, connection.scalars(old).all())


def _drop(connection: Connection, grant_ids: Sequence[str]) -> None:
    for grant_id in grant_ids:
        for table in _OF_GRANTS:
            connection.execute(delete(table).where(table.c.grant_id == grant_id))
        connection.execute(delete(openid_grant).where(openid_grant.c.grant_id == grant_id))


def _open_offer(connection: Connection, condition: Any, now: datetime) -> RowMapping | None:
    query = select(openid_offer).where(
        condition, openid_offer.c.state == _OPEN, openid_offer.c.expires > format_timestamp(now)
    )
    return connection.execute(query).mappings().first()


def _kill_when_used_up(connection: Connection, code_digest: str, grant_id: str, now: datetime) -> None:
    used_up = update(openid_offer).where(
        openid_offer.c.code_digest == code_digest, openid_offer.c.tries >= MAX_TRIES
    )
    if connection.execute(used_up.values(state=_DEAD)).rowcount == 1:
        record(connection, Entry(actor=WALLET, act="offer.lock", object=grant_id), now=now)


def grant_of(connection: Connection, grant_id: str) -> Grant:
    """The grant with this id, which must be there."""
    query = select(openid_grant).where(openid_grant.c.grant_id == grant_id)
    return _read(connection.execute(query).mappings().one())


def _read(row: RowMapping) -> Grant:
    return Grant(
        grant_id=row["grant_id"],
        person=row["person"],
        certificates=tuple(Granted.from_json(one) for one in row["certificates"]),
        client_id=row["client_id"],
        created=parse_timestamp(row["created"]),
    )
