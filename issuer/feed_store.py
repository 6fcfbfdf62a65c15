"""What the RLD is still to be told (``rld_notice``), and how far other services' feeds were read.

A notice is written in the transaction of what it is about. It holds no personal data: what is said of a
certificate is read from the certificate when it is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from issuer.tables import feed_position, issuance, rld_notice

REGISTRY: Final = "registry"
RLD: Final = "rld"
_AT_ONCE: Final = 100
_PASSING: Final = ("suspended", "reinstated")
"""What may happen to one certificate more than once."""


def add_notices(connection: Connection, intents: Iterable[Mapping[str, Any]], status: str) -> None:
    """Have the RLD told that these became ``status``: ``intent_id``, ``centre_slug``, ``happened_at``.

    A notice there is already stays as it is.
    """
    wanted = {_notice_id(intent, status): intent for intent in intents}
    known = select(rld_notice.c.notice_id).where(rld_notice.c.notice_id.in_([*wanted]))
    standing = frozenset(connection.scalars(known))
    rows = [
        {**intent, "notice_id": name, "status": status, "attempts": 0, "due_at": intent["happened_at"]}
        for name, intent in wanted.items()
        if name not in standing
    ]
    if rows:
        connection.execute(insert(rld_notice), rows)


def due_notices(connection: Connection, now: str) -> Sequence[Any]:
    """What is to be told now, oldest first, and nothing about a certificate before what came earlier."""
    earlier = rld_notice.alias("earlier")
    waits = exists().where(
        and_(
            earlier.c.intent_id == rld_notice.c.intent_id,
            earlier.c.told_at.is_(None),
            earlier.c.happened_at < rld_notice.c.happened_at,
        )
    )
    query = select(rld_notice).where(rld_notice.c.told_at.is_(None), rld_notice.c.due_at <= now, ~waits)
    return connection.execute(query.order_by(rld_notice.c.happened_at).limit(_AT_ONCE)).all()


def record_told(connection: Connection, notice_id: str, at: str) -> None:
    """Note that the RLD has a notice."""
    _change(connection, notice_id, {"told_at": at, "trouble": None})


def record_untold(connection: Connection, notice_id: str, trouble: str, due_at: str) -> None:
    """Note why a notice could not be told, and when to try again."""
    values = {"trouble": trouble, "due_at": due_at, "attempts": rld_notice.c.attempts + 1}
    _change(connection, notice_id, values)


def drop_notice(connection: Connection, notice_id: str) -> None:
    """Forget a notice that is not to be told."""
    connection.execute(delete(rld_notice).where(rld_notice.c.notice_id == notice_id))


def waiting_notices(connection: Connection, slug: str) -> tuple[int, Sequence[Any]]:
    """How many notices of a centre wait, and the oldest of them with their certificates' numbers."""
    here = (rld_notice.c.centre_slug == slug, rld_notice.c.told_at.is_(None))
    count = connection.scalar(select(func.count()).select_from(rld_notice).where(*here)) or 0
    query = (
        select(rld_notice, issuance.c.certificate_number)
        .join(issuance, issuance.c.intent_id == rld_notice.c.intent_id)
        .where(*here)
        .order_by(rld_notice.c.happened_at)
        .limit(_AT_ONCE)
    )
    return count, connection.execute(query).all()


def position_of(connection: Connection, feed: str) -> str:
    """How far a feed was read; empty at its beginning."""
    return connection.scalar(select(feed_position.c.position).where(feed_position.c.feed == feed)) or ""


def set_position(connection: Connection, feed: str, position: str) -> None:
    """Note how far a feed was read, in the transaction of what was taken from it."""
    changed = connection.execute(
        update(feed_position).where(feed_position.c.feed == feed).values(position=position)
    )
    if changed.rowcount == 0:
        connection.execute(insert(feed_position).values(feed=feed, position=position))


def _notice_id(intent: Mapping[str, Any], status: str) -> str:
    name = f"{intent['intent_id']}:{status}"
    instant_digits = "".join(filter(str.isdigit, intent["happened_at"][:26]))
    return f"{name}:{instant_digits}" if status in _PASSING else name


def take_changes(connection: Connection, changes: Sequence[Mapping[str, str]], position: str) -> None:
    """Have the RLD told of what the registry changed, note what is revoked, and that this was read.

    ``changes``: ``credential_id``, ``status``, ``at``. Of what was never issued nobody is told.
    """
    query = select(issuance.c.intent_id, issuance.c.centre_slug, issuance.c.credential_id).where(
        issuance.c.credential_id.in_({change["credential_id"] for change in changes}),
        issuance.c.issued_at.is_not(None),
    )
    issued = {row.credential_id: row for row in connection.execute(query).all()}
    for change in changes:
        row = issued.get(change["credential_id"])
        if row is None:
            continue
        intent = {"intent_id": row.intent_id, "centre_slug": row.centre_slug, "happened_at": change["at"]}
        add_notices(connection, [intent], change["status"])
        if change["status"] not in _PASSING:
            standing = (issuance.c.intent_id == row.intent_id, issuance.c.ended.is_(None))
            connection.execute(update(issuance).where(*standing).values(revoked_at=change["at"]))
    set_position(connection, REGISTRY, position)


def instant(moment: datetime) -> str:
    """An instant as these tables keep and order it: UTC, to the microsecond."""
    return moment.isoformat(timespec="microseconds")


def _change(connection: Connection, notice_id: str, values: dict[str, Any]) -> None:
    connection.execute(update(rld_notice).where(rld_notice.c.notice_id == notice_id).values(**values))
