"""Requests to wallets while they are open, and what came of them until it was shown.

Every function takes the connection of one open transaction. Values are sealed before they come here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from verifier.tables import person_key, wallet_request

TABLE = wallet_request.name


class Status(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    JUDGING = "judging"
    """A response was taken; no other is from here on."""
    ANSWERED = "answered"
    REFUSED = "refused"
    """What came was no good answer."""
    DECLINED = "declined"
    """The wallet, or whoever holds it, said no."""


class Flow(StrEnum):
    """Where the wallet is."""

    CROSS_DEVICE = "cross_device"
    SAME_DEVICE = "same_device"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRequest:
    """One request. ``session`` and ``response_code`` are digests; ``purpose`` and the next are sealed.

    ``owner`` is the id of an API key, ``licence_number`` that under which a signed-in member asks.

    ``watch`` says what is to be watched with the holder's consent: ``until`` (ISO 8601), ``reference`` and
    ``licence_number``; None for nothing. ``programme`` is what is answered against:
    ``id``, ``variant`` ("" for none) and ``on`` (ISO 8601).
    """

    id: str
    session: str | None
    owner: str | None
    licence_number: str | None
    flow: Flow
    status: Status
    client_id: str
    response_mode: str
    nonce: str
    state: str
    query: dict[str, Any]
    purpose: bytes
    response_key: bytes | None
    created: datetime
    expires: datetime
    response_code: str | None = None
    result: bytes | None = None
    watch: dict[str, str] | None = None
    programme: dict[str, str] | None = None


def insert_request(connection: Connection, request: StoredRequest) -> None:
    """Add a request."""
    connection.execute(
        insert(wallet_request).values(
            id=request.id,
            session=request.session,
            owner=request.owner,
            licence_number=request.licence_number,
            flow=request.flow.value,
            status=request.status.value,
            client_id=request.client_id,
            response_mode=request.response_mode,
            nonce=request.nonce,
            state=request.state,
            query=request.query,
            purpose=request.purpose,
            response_key=request.response_key,
            created=format_timestamp(request.created),
            expires=format_timestamp(request.expires),
            watch=request.watch,
            programme=request.programme,
        )
    )


def request_or_none(connection: Connection, request_id: str, now: datetime) -> StoredRequest | None:
    """The request of this id, while its time lasts."""
    query = select(wallet_request).where(
        wallet_request.c.id == request_id, wallet_request.c.expires > format_timestamp(now)
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    values = dict(row)
    for name in ("created", "expires"):
        values[name] = parse_timestamp(values[name])
    return StoredRequest(**{**values, "flow": Flow(values["flow"]), "status": Status(values["status"])})


def take(connection: Connection, request_id: str, now: datetime) -> bool:
    """Take the one response that a request may have; False where it had one, or its time is over."""
    open_still = (
        (wallet_request.c.id == request_id)
        & (wallet_request.c.status == Status.WAITING.value)
        & (wallet_request.c.expires > format_timestamp(now))
    )
    # The key goes with the first response, whatever is in it.
    values = {"status": Status.JUDGING.value, "response_key": None}
    return connection.execute(update(wallet_request).where(open_still).values(values)).rowcount == 1


def finish(
    connection: Connection,
    request_id: str,
    status: Status,
    *,
    result: bytes | None,
    response_code: str | None,
    expires: datetime,
) -> None:
    """Say what came of a request that was taken, and until when that is kept."""
    taken = (wallet_request.c.id == request_id) & (wallet_request.c.status == Status.JUDGING.value)
    connection.execute(
        update(wallet_request)
        .where(taken)
        .values(
            status=status.value,
            result=result,
            response_code=response_code,
            expires=format_timestamp(expires),
        )
    )


def discard(connection: Connection, request_id: str) -> None:
    """Forget what was presented: it came back to another browser than the one that asked."""
    values = {"status": Status.REFUSED.value, "result": None, "response_code": None}
    connection.execute(update(wallet_request).where(wallet_request.c.id == request_id).values(values))


def over(connection: Connection, now: datetime) -> tuple[str, ...]:
    """The ids of requests whose time is over."""
    query = select(wallet_request.c.id).where(wallet_request.c.expires <= format_timestamp(now))
    return tuple(connection.execute(query).scalars())


def forget(connection: Connection, request_id: str, owner: str) -> None:
    """Delete a request and the data key it was sealed under."""
    connection.execute(delete(wallet_request).where(wallet_request.c.id == request_id))
    connection.execute(delete(person_key).where(person_key.c.owner == owner))
