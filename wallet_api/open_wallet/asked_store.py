"""The rows of what verifiers asked holders for; every function is part of one transaction."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.open_wallet.tables import asked_request


class AskedState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    ANSWERED = "answered"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedRequest:
    """A request. ``sealed`` is None once it had its answer, ``receipt`` None before."""

    request_id: str
    holder_index: str
    request_index: str
    state: AskedState
    sealed: bytes | None
    receipt: bytes | None
    expires_at: datetime
    answered_at: datetime | None = None


def insert_request(connection: Connection, one: SealedRequest) -> SealedRequest | None:
    """Keep a request that is new for its holder; what is kept of it, or was before.

    None where another transaction kept it at this very moment: the next one sees that.
    """
    values = {
        "request_id": one.request_id,
        "holder_index": one.holder_index,
        "request_index": one.request_index,
        "state": one.state.value,
        "sealed": one.sealed,
        "expires_at": format_timestamp(one.expires_at),
    }
    # The same request may be opened twice at one moment; the index lets one of them in.
    with suppress(IntegrityError), connection.begin_nested():
        connection.execute(insert(asked_request).values(values))
    here = (asked_request.c.holder_index == one.holder_index) & (
        asked_request.c.request_index == one.request_index
    )
    row = connection.execute(select(asked_request).where(here)).mappings().first()
    return None if row is None else _request(row)


def request_or_none(connection: Connection, request_id: str, holder_index: str) -> SealedRequest | None:
    """The request with this id, of this holder."""
    query = select(asked_request).where(
        asked_request.c.request_id == request_id, asked_request.c.holder_index == holder_index
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _request(row)


def settle(
    connection: Connection, request_id: str, state: AskedState, receipt: bytes | None, now: datetime
) -> bool:
    """Give a request its one answer; False where it had one, or its time is over."""
    open_still = (
        (asked_request.c.request_id == request_id)
        & (asked_request.c.state == AskedState.OPEN.value)
        & (asked_request.c.expires_at > format_timestamp(now))
    )
    values = {"state": state.value, "sealed": None, "receipt": receipt, "answered_at": format_timestamp(now)}
    return connection.execute(update(asked_request).where(open_still).values(values)).rowcount == 1


def answered_of(connection: Connection, holder_index: str) -> tuple[SealedRequest, ...]:
    """What this holder answered, newest first."""
    query = select(asked_request).where(
        asked_request.c.holder_index == holder_index, asked_request.c.state == AskedState.ANSWERED.value
    )
    ordered = query.order_by(asked_request.c.answered_at.desc(), asked_request.c.request_id)
    return tuple(_request(row) for row in connection.execute(ordered).mappings())


def forget_over(connection: Connection, now: datetime, *, answered_before: datetime) -> None:
    """Delete requests whose time is over, and answers with their receipts from before then."""
    over = (asked_request.c.state == AskedState.OPEN.value) & (
        asked_request.c.expires_at <= format_timestamp(now)
    )
    connection.execute(delete(asked_request).where(over))
    old = asked_request.c.answered_at < format_timestamp(answered_before)
    connection.execute(delete(asked_request).where(old))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete everything of one holder here."""
    connection.execute(delete(asked_request).where(asked_request.c.holder_index == holder_index))


def _request(row: RowMapping) -> SealedRequest:
    answered_at = row["answered_at"]
    return SealedRequest(
        request_id=row["request_id"],
        holder_index=row["holder_index"],
        request_index=row["request_index"],
        state=AskedState(row["state"]),
        sealed=row["sealed"],
        receipt=row["receipt"],
        expires_at=parse_timestamp(row["expires_at"]),
        answered_at=None if answered_at is None else parse_timestamp(answered_at),
    )
