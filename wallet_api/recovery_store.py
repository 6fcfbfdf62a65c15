"""Officers' help for one person at a time; each function is part of one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from vc.encoding.timestamps import format_timestamp
from wallet_api.pin_tables import recovery

CODE_TRIES: Final = 5
_AT_ONCE: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """One row. ``person`` is the sealed RLD number; times are texts. See ``wallet_api.pin_tables``."""

    recovery_id: str
    holder_index: str
    person: bytes
    officer: str
    reason: str
    compared: str | None
    code_hash: str | None
    code_tries: int
    code_right_at: str | None
    proposal_id: int | None
    begun_at: str
    expires: str
    done_at: str | None
    sessions_ended: bool
    shares_ended: bool
    cards_ended: bool
    attempts: int
    due_at: str | None


def begin(
    connection: Connection,
    *,
    recovery_id: str,
    holder_index: str,
    person: bytes,
    officer: str,
    reason: str,
    now: datetime,
    expires: datetime,
) -> None:
    """An officer begins to help somebody."""
    connection.execute(
        insert(recovery).values(
            recovery_id=recovery_id,
            holder_index=holder_index,
            person=person,
            officer=officer,
            reason=reason,
            code_tries=0,
            begun_at=format_timestamp(now),
            expires=format_timestamp(expires),
            sessions_ended=False,
            shares_ended=False,
            cards_ended=False,
            attempts=0,
        )
    )


def recovery_or_none(connection: Connection, recovery_id: str, *, lock: bool = False) -> Recovery | None:
    """One row, held against others until the transaction ends where ``lock`` is wanted."""
    query = select(recovery).where(recovery.c.recovery_id == recovery_id)
    found = _recoveries(connection, query.with_for_update() if lock else query)
    return found[0] if found else None


def of_proposal_or_none(connection: Connection, proposal_id: int) -> Recovery | None:
    """The row that waits for the second officer of a proposal."""
    found = _recoveries(connection, select(recovery).where(recovery.c.proposal_id == proposal_id))
    return found[0] if found else None


def compare(
    connection: Connection,
    recovery_id: str,
    compared: str,
    *,
    code_hash: str | None = None,
    proposal_id: int | None = None,
) -> bool:
    """Note with what the officer compared, and which second confirmation is awaited; once."""
    values = {"compared": compared, "code_hash": code_hash, "proposal_id": proposal_id}
    changed = connection.execute(
        update(recovery)
        .where(recovery.c.recovery_id == recovery_id, recovery.c.compared.is_(None))
        .values(**values)
    )
    return changed.rowcount == 1


def count_code_try(connection: Connection, recovery_id: str) -> str | None:
    """Count a try before the code is looked at; the hash it must have, None where none may be tried."""
    live = (
        recovery.c.recovery_id == recovery_id,
        recovery.c.code_hash.is_not(None),
        recovery.c.code_tries < CODE_TRIES,
    )
    counted = connection.execute(update(recovery).where(*live).values(code_tries=recovery.c.code_tries + 1))
    if counted.rowcount == 0:
        return None
    query = select(recovery.c.code_hash).where(recovery.c.recovery_id == recovery_id)
    return str(connection.scalar(query))


def take_code(connection: Connection, recovery_id: str, code_hash: str, *, now: datetime) -> bool:
    """Use the code up, once: it was right."""
    changed = connection.execute(
        update(recovery)
        .where(recovery.c.recovery_id == recovery_id, recovery.c.code_hash == code_hash)
        .values(code_hash=None, code_right_at=format_timestamp(now))
    )
    return changed.rowcount == 1


def finish(connection: Connection, recovery_id: str, *, now: datetime) -> bool:
    """Mark it done, once; what follows from it is due from now on."""
    at = format_timestamp(now)
    changed = connection.execute(
        update(recovery)
        .where(
            recovery.c.recovery_id == recovery_id,
            recovery.c.done_at.is_(None),
            recovery.c.compared.is_not(None),
            recovery.c.expires > at,
        )
        .values(done_at=at, due_at=at)
    )
    return changed.rowcount == 1


def due(connection: Connection, *, now: datetime) -> tuple[Recovery, ...]:
    """Those of which something is left to do now, longest due first."""
    query = select(recovery).where(recovery.c.due_at <= format_timestamp(now))
    return _recoveries(connection, query.order_by(recovery.c.due_at).limit(_AT_ONCE))


def note_ended(connection: Connection, recovery_id: str, what: str) -> None:
    """Note that ``sessions``, ``shares`` or ``cards`` are ended."""
    connection.execute(
        update(recovery).where(recovery.c.recovery_id == recovery_id).values({f"{what}_ended": True})
    )


def settle(connection: Connection, recovery_id: str, *, again_at: datetime | None) -> None:
    """Nothing is left to do, or it is tried again then."""
    values: dict[str, Any] = {"due_at": None if again_at is None else format_timestamp(again_at)}
    if again_at is not None:
        values["attempts"] = recovery.c.attempts + 1
    connection.execute(update(recovery).where(recovery.c.recovery_id == recovery_id).values(**values))


def forget_holder(connection: Connection, holder_index: str) -> None:
    """Delete what concerns one holder."""
    connection.execute(delete(recovery).where(recovery.c.holder_index == holder_index))


def forget_older(connection: Connection, before: datetime) -> None:
    """Delete what was begun before then, but for that of which something is left to do."""
    old = recovery.c.begun_at < format_timestamp(before)
    connection.execute(delete(recovery).where(old, recovery.c.due_at.is_(None)))


def _recoveries(connection: Connection, query: Select[Any]) -> tuple[Recovery, ...]:
    return tuple(Recovery(**row) for row in connection.execute(query).mappings())
