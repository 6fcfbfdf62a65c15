"""The rows of offers, of credentials from elsewhere and of awaited ones.

Every function is part of one transaction; values are sealed before they come here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.open_wallet.tables import awaited, intake, received_copy, received_document


class IntakeState(StrEnum):
    """How far an offer is."""

    OPEN = "open"
    AWAY = "away"
    """Its holder was sent to sign in at the issuer."""
    TAKING = "taking"
    """It is being redeemed, by one request alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedIntake:
    """An offer that a holder looks at."""

    intake_id: str
    holder_index: str
    state: IntakeState
    sealed: bytes
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedDocument:
    """A credential from elsewhere, without its texts."""

    document_id: str
    holder_index: str
    description: bytes
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedReceivedCopy:
    """One text of a credential from elsewhere; ``holder_key`` is under what the holder's PIN opens."""

    copy_id: str
    document_id: str
    holder_index: str
    text: bytes
    holder_key: bytes
    uses: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedAwaited:
    """Credentials that are to be asked for again at ``due_at``, until ``expires_at``.

    Or a note that they do not come, which is forgotten at ``due_at``; what is sealed says which.
    """

    awaited_id: str
    holder_index: str
    sealed: bytes
    due_at: datetime
    expires_at: datetime


def insert_intake(connection: Connection, one: SealedIntake) -> None:
    """Keep an offer while its holder looks at it."""
    connection.execute(
        insert(intake).values(
            intake_id=one.intake_id,
            holder_index=one.holder_index,
            state=one.state.value,
            sealed=one.sealed,
            expires_at=format_timestamp(one.expires_at),
        )
    )


def intake_or_none(
    connection: Connection, intake_id: str, holder_index: str, now: datetime
) -> SealedIntake | None:
    """The offer with this id, of this holder, while its time lasts."""
    query = select(intake).where(
        intake.c.intake_id == intake_id,
        intake.c.holder_index == holder_index,
        intake.c.expires_at > format_timestamp(now),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return SealedIntake(
        intake_id=row["intake_id"],
        holder_index=row["holder_index"],
        state=IntakeState(row["state"]),
        sealed=row["sealed"],
        expires_at=parse_timestamp(row["expires_at"]),
    )


def move_intake(
    connection: Connection,
    intake_id: str,
    before: IntakeState,
    after: IntakeState,
    *,
    sealed: bytes | None = None,
) -> bool:
    """Take an offer from one state to another; False where somebody else was first."""
    here = (intake.c.intake_id == intake_id) & (intake.c.state == before.value)
    values: dict[str, object] = {"state": after.value}
    if sealed is not None:
        values["sealed"] = sealed
    return connection.execute(update(intake).where(here).values(values)).rowcount == 1


def forget_intake(connection: Connection, intake_id: str) -> None:
    """Delete an offer: it was taken, or cannot be any more."""
    connection.execute(delete(intake).where(intake.c.intake_id == intake_id))


def insert_document(
    connection: Connection, document: SealedDocument, copies: Iterable[SealedReceivedCopy]
) -> None:
    """Keep a credential and its texts."""
    connection.execute(
        insert(received_document).values(
            document_id=document.document_id,
            holder_index=document.holder_index,
            description=document.description,
            received_at=format_timestamp(document.received_at),
        )
    )
    for one in copies:
        connection.execute(
            insert(received_copy).values(
                copy_id=one.copy_id,
                document_id=one.document_id,
                holder_index=one.holder_index,
                text=one.text,
                holder_key=one.holder_key,
                uses=one.uses,
            )
        )


def documents_of(connection: Connection, holder_index: str) -> tuple[SealedDocument, ...]:
    """What this holder has from elsewhere, newest first."""
    query = select(received_document).where(received_document.c.holder_index == holder_index)
    ordered = query.order_by(received_document.c.received_at.desc(), received_document.c.document_id)
    return tuple(
        SealedDocument(**{**row, "received_at": parse_timestamp(row["received_at"])})
        for row in connection.execute(ordered).mappings()
    )


def copies_of(connection: Connection, holder_index: str, document_id: str) -> tuple[SealedReceivedCopy, ...]:
    """The texts of a credential of this holder, the least used first."""
    query = select(received_copy).where(
        received_copy.c.holder_index == holder_index, received_copy.c.document_id == document_id
    )
    rows = connection.execute(query.order_by(received_copy.c.uses, received_copy.c.copy_id)).mappings()
    return tuple(SealedReceivedCopy(**row) for row in rows)


def use_copy(connection: Connection, copy: SealedReceivedCopy) -> bool:
    """Count one use of a copy; False where somebody used it meanwhile."""
    here = (received_copy.c.copy_id == copy.copy_id) & (received_copy.c.uses == copy.uses)
    return connection.execute(update(received_copy).where(here).values(uses=copy.uses + 1)).rowcount == 1


def forget_document(connection: Connection, holder_index: str, document_id: str) -> bool:
    """Delete a credential from elsewhere of this holder; False where there is none."""
    here = (received_document.c.document_id == document_id) & (
        received_document.c.holder_index == holder_index
    )
    if connection.execute(select(received_document.c.document_id).where(here)).first() is None:
        return False
    connection.execute(delete(received_copy).where(received_copy.c.document_id == document_id))
    return connection.execute(delete(received_document).where(here)).rowcount == 1


def forget_copies(connection: Connection, holder_index: str) -> None:
    """Delete every text whose key was under the secret of a PIN that is gone."""
    connection.execute(delete(received_copy).where(received_copy.c.holder_index == holder_index))
    connection.execute(delete(awaited).where(awaited.c.holder_index == holder_index))


def insert_awaited(connection: Connection, one: SealedAwaited) -> None:
    """Keep what to ask for later."""
    connection.execute(
        insert(awaited).values(
            awaited_id=one.awaited_id,
            holder_index=one.holder_index,
            sealed=one.sealed,
            due_at=format_timestamp(one.due_at),
            expires_at=format_timestamp(one.expires_at),
        )
    )


def claim_due(
    connection: Connection, now: datetime, *, until: datetime, limit: int
) -> tuple[SealedAwaited, ...]:
    """Take what is to be asked for now; nobody else gets it before ``until``."""
    query = select(awaited).where(awaited.c.due_at <= format_timestamp(now)).order_by(awaited.c.due_at)
    claimed = []
    for row in connection.execute(query.limit(limit)).mappings().all():
        here = (awaited.c.awaited_id == row["awaited_id"]) & (awaited.c.due_at == row["due_at"])
        changed = connection.execute(update(awaited).where(here).values(due_at=format_timestamp(until)))
        if changed.rowcount == 1:
            claimed.append(_awaited(row))
    return tuple(claimed)


def awaited_of(connection: Connection, holder_index: str) -> tuple[SealedAwaited, ...]:
    """What this holder waits for."""
    query = select(awaited).where(awaited.c.holder_index == holder_index).order_by(awaited.c.due_at)
    return tuple(_awaited(row) for row in connection.execute(query).mappings())


def put_off(connection: Connection, awaited_id: str, until: datetime) -> None:
    """Ask again at ``until``."""
    here = awaited.c.awaited_id == awaited_id
    connection.execute(update(awaited).where(here).values(due_at=format_timestamp(until)))


def forget_awaited(connection: Connection, awaited_id: str) -> bool:
    """Delete what is not waited for any more; False where that was done."""
    return connection.execute(delete(awaited).where(awaited.c.awaited_id == awaited_id)).rowcount == 1


def forget_over(connection: Connection, now: datetime) -> None:
    """Delete offers whose time is over."""
    connection.execute(delete(intake).where(intake.c.expires_at <= format_timestamp(now)))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete everything of one holder here."""
    for table in (intake, awaited, received_copy, received_document):
        connection.execute(delete(table).where(table.c.holder_index == holder_index))


def _awaited(row: RowMapping) -> SealedAwaited:
    return SealedAwaited(
        awaited_id=row["awaited_id"],
        holder_index=row["holder_index"],
        sealed=row["sealed"],
        due_at=parse_timestamp(row["due_at"]),
        expires_at=parse_timestamp(row["expires_at"]),
    )
