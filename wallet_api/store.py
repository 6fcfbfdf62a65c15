"""What the wallet keeps: sealed bytes. Every function takes the connection of one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import RowMapping, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from wallet_api.tables import held_credential


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedCredential:
    """One row. ``credential`` and ``delivery`` are sealed; see ``runtime.personal_data``."""

    id: str
    holder_index: str
    credential: bytes
    delivery: bytes
    received_at: datetime
    taken_back_at: datetime | None = None


def insert_credential(connection: Connection, sealed: SealedCredential) -> None:
    """Keep a credential whose id is new."""
    connection.execute(
        insert(held_credential).values(
            id=sealed.id,
            holder_index=sealed.holder_index,
            credential=sealed.credential,
            delivery=sealed.delivery,
            received_at=format_timestamp(sealed.received_at),
        )
    )


def credential_or_none(connection: Connection, credential_id: str) -> SealedCredential | None:
    """The credential with this id, whoever holds it. For deliveries only: pages ask by holder."""
    query = select(held_credential).where(held_credential.c.id == credential_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _sealed(row)


def credential_of_holder_or_none(
    connection: Connection, credential_id: str, holder_index: str
) -> SealedCredential | None:
    """The credential with this id if this holder has it."""
    query = select(held_credential).where(
        held_credential.c.id == credential_id, held_credential.c.holder_index == holder_index
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _sealed(row)


def credentials_of_holder(connection: Connection, holder_index: str) -> tuple[SealedCredential, ...]:
    """Everything this holder has, newest first."""
    query = (
        select(held_credential)
        .where(held_credential.c.holder_index == holder_index)
        .order_by(held_credential.c.received_at.desc(), held_credential.c.id)
    )
    return tuple(_sealed(row) for row in connection.execute(query).mappings())


def take_back(connection: Connection, credential_id: str, at: datetime) -> bool:
    """Note that its centre took a credential back, the first time; whether this was it."""
    changed = connection.execute(
        update(held_credential)
        .where(held_credential.c.id == credential_id, held_credential.c.taken_back_at.is_(None))
        .values(taken_back_at=format_timestamp(at))
    )
    return changed.rowcount == 1


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete everything this holder has."""
    connection.execute(delete(held_credential).where(held_credential.c.holder_index == holder_index))


def _sealed(row: RowMapping) -> SealedCredential:
    return SealedCredential(
        id=row["id"],
        holder_index=row["holder_index"],
        credential=row["credential"],
        delivery=row["delivery"],
        received_at=parse_timestamp(row["received_at"]),
        taken_back_at=None if row["taken_back_at"] is None else parse_timestamp(row["taken_back_at"]),
    )
