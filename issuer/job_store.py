"""What is known of the work on class lists: what waits for a worker, what was stopped, who is at work.

The class list's own state says what is wanted, and these functions change it. The engine that carries the
work out (``issuer.worker``) is told nothing else, so that its tables may be lost and nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from issuer.ending_store import give_back
from issuer.store import (
    ABANDONED,
    CANCELLED,
    DONE,
    INTENDED,
    ISSUED,
    ISSUING,
    PAUSED,
    RESERVED,
    RETIRED,
    SIGNING,
    change_state,
    get_class,
)
from issuer.tables import class_list, class_row, issuance, worker
from runtime.audit_log import Entry, record
from vc.encoding.timestamps import format_timestamp
from vc.errors import ConflictError, NotFound

_UNSIGNED = (RESERVED, INTENDED)
_OPEN = (*_UNSIGNED, SIGNING, ABANDONED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """The work on one class list; ``run`` grows each time it is taken up again by hand."""

    class_id: str
    centre_slug: str
    run: int
    state: str
    has_failed: bool
    issued: int
    wanted: int


def jobs(connection: Connection, limit: int = 50) -> Sequence[Job]:
    """The newest class lists whose issuing began, of all centres."""
    begun = class_list.c.state.in_((ISSUING, PAUSED, CANCELLED, DONE))
    issued = (
        select(func.count())
        .where(issuance.c.class_id == class_list.c.id, issuance.c.state == ISSUED)
        .scalar_subquery()
    )
    wanted = select(func.count()).where(class_row.c.class_id == class_list.c.id).scalar_subquery()
    columns = (
        class_list.c.id,
        class_list.c.centre_slug,
        class_list.c.run,
        class_list.c.state,
        class_list.c.has_failed,
        issued.label("issued"),
        wanted.label("wanted"),
    )
    query = select(*columns).where(begun).order_by(class_list.c.uploaded_at.desc()).limit(limit)
    return [
        Job(
            class_id=row.id,
            centre_slug=row.centre_slug,
            run=row.run,
            state=row.state,
            has_failed=row.has_failed,
            issued=row.issued,
            wanted=row.wanted,
        )
        for row in connection.execute(query)
    ]


def waiting(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """Id, centre and run of the class lists that a worker has something to do for, oldest first."""
    open_intents = select(issuance.c.class_id).where(issuance.c.state.in_(_OPEN))
    wanted = class_list.c.state == ISSUING
    unfinished = and_(class_list.c.state == CANCELLED, class_list.c.id.in_(open_intents))
    query = select(class_list.c.id, class_list.c.centre_slug, class_list.c.run).where(
        wanted | unfinished, class_list.c.has_failed.is_(False)
    )
    return [
        (row.id, row.centre_slug, row.run)
        for row in connection.execute(query.order_by(class_list.c.uploaded_at))
    ]


def centre_of(connection: Connection, class_id: str) -> str:
    """The centre whose class list this is. Raises ``NotFound``."""
    slug = connection.execute(select(class_list.c.centre_slug).where(class_list.c.id == class_id)).scalar()
    if slug is None:
        raise NotFound("There is no such class list.")
    return str(slug)


def state_of(connection: Connection, class_id: str) -> str:
    """The state of a class list, which has to be there."""
    query = select(class_list.c.state).where(class_list.c.id == class_id)
    return str(connection.execute(query).scalar_one())


def pause(connection: Connection, class_id: str, slug: str, *, actor: str, now: datetime) -> None:
    """Let no further chunk begin. Raises ``ConflictError``, ``NotFound``."""
    change_state(connection, class_id, slug, ISSUING, PAUSED)
    record(connection, Entry(actor=actor, act="class.pause", object=class_id), now=now)


def resume(connection: Connection, class_id: str, slug: str, *, actor: str, now: datetime) -> None:
    """Go on with what was paused, or try again what failed. Raises ``ConflictError``, ``NotFound``."""
    standing = get_class(connection, class_id, slug)
    if standing.state != PAUSED and not (standing.state == ISSUING and standing.has_failed):
        raise ConflictError("This class list is not in a state that allows this.")
    connection.execute(update(class_list).where(class_list.c.id == class_id).values(state=ISSUING))
    take_up(connection, class_id, standing.run)
    record(connection, Entry(actor=actor, act="class.resume", object=class_id), now=now)


def take_up(connection: Connection, class_id: str, run: int) -> None:
    """Begin another run of a class list whose run is ``run``; whoever comes second changes nothing."""
    connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.run == run)
        .values(run=run + 1, has_failed=False)
    )


def fail(connection: Connection, class_id: str) -> None:
    """Say that issuing met what trying again by itself will not mend."""
    connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.state == ISSUING)
        .values(has_failed=True)
    )


def cancel(connection: Connection, class_id: str, slug: str, *, actor: str, now: datetime) -> None:
    """Issue no more of a class list; what was issued stays. Raises ``ConflictError``, ``NotFound``."""
    standing = get_class(connection, class_id, slug)
    if standing.state not in (ISSUING, PAUSED):
        raise ConflictError("This class list is not in a state that allows this.")
    change_state(connection, class_id, slug, standing.state, CANCELLED)
    close_unsigned(connection, class_id)
    # What was being signed is still to be seen to, by a run that has not ended.
    if standing.state == PAUSED or standing.has_failed:
        take_up(connection, class_id, standing.run)
    record(connection, Entry(actor=actor, act="class.cancel", object=class_id), now=now)


def close_unsigned(connection: Connection, class_id: str) -> None:
    """Close the intents of a cancelled class list that no key has been used for.

    What is *signing* is given up in its time, as after a crash, and its status index revoked.
    """
    connection.execute(
        update(issuance)
        .where(issuance.c.class_id == class_id, issuance.c.state.in_(_UNSIGNED))
        .values(state=RETIRED)
    )
    give_back(connection, class_id)


def beat(connection: Connection, executor_id: str, now: datetime) -> None:
    """Say that this worker is alive."""
    at = format_timestamp(now)
    changed = connection.execute(update(worker).where(worker.c.executor_id == executor_id).values(seen_at=at))
    if changed.rowcount == 0:
        connection.execute(insert(worker).values(executor_id=executor_id, seen_at=at))


def alive(connection: Connection, since: datetime) -> frozenset[str]:
    """The workers seen since then; who was not is forgotten."""
    before = format_timestamp(since)
    connection.execute(delete(worker).where(worker.c.seen_at < before))
    return frozenset(connection.scalars(select(worker.c.executor_id)))


def leave(connection: Connection, executor_id: str) -> None:
    """Forget a worker that ends."""
    connection.execute(delete(worker).where(worker.c.executor_id == executor_id))
