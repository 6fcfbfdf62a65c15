"""What was said of a holder's photo, and the share it was said of while somebody looks at it.

Every function takes the connection of one open transaction. Values are sealed before they come here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - services name it, without SQL
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vc.encoding.timestamps import format_timestamp, parse_timestamp
from vc.verify.registry_photo import PhotoAnswer, PhotoComparison
from verifier.tables import person_key, photo_comparison

TABLE = photo_comparison.name


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownShare:
    """A share whose photo was just shown: ``sealed`` until ``open_until``, and kept until it ``ends``."""

    token_index: str
    licence_number: str
    photo_at: datetime
    sealed: bytes
    open_until: datetime
    ends: datetime


def keep_shown(connection: Connection, shown: ShownShare) -> None:
    """Keep a share whose photo was shown; what was said of an earlier one stays until somebody says anew."""
    values = {
        "licence_number": shown.licence_number,
        "photo_at": format_timestamp(shown.photo_at),
        "sealed": shown.sealed,
        "open_until": format_timestamp(shown.open_until),
        "ends": format_timestamp(shown.ends),
    }
    written = (
        update(photo_comparison).where(photo_comparison.c.token_index == shown.token_index).values(**values)
    )
    if connection.execute(written).rowcount == 1:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(photo_comparison).values(token_index=shown.token_index, **values))
    except IntegrityError:
        # Two of one organisation opened the link at the same moment.
        connection.execute(written)


def shown_or_none(
    connection: Connection, token_index: str, licence_number: str, now: datetime
) -> ShownShare | None:
    """A share whose photo was shown to this licence, while somebody may still say what they saw."""
    query = select(photo_comparison).where(
        photo_comparison.c.token_index == token_index,
        photo_comparison.c.licence_number == licence_number,
        photo_comparison.c.sealed.is_not(None),
        photo_comparison.c.open_until > format_timestamp(now),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return ShownShare(
        token_index=row["token_index"],
        licence_number=row["licence_number"],
        photo_at=parse_timestamp(row["photo_at"]),
        sealed=row["sealed"],
        open_until=parse_timestamp(row["open_until"]),
        ends=parse_timestamp(row["ends"]),
    )


def record_comparison(
    connection: Connection, token_index: str, comparison: PhotoComparison, *, by: str
) -> None:
    """Write down what somebody says of the photo. ``by`` is the id of their account."""
    values = {
        "answer": comparison.answer.value,
        "organisation": comparison.organisation,
        "compared_by": by,
        "compared_photo_at": format_timestamp(comparison.photo_at),
        "compared_at": format_timestamp(comparison.compared_at),
    }
    mine = photo_comparison.c.token_index == token_index
    connection.execute(update(photo_comparison).where(mine).values(**values))


def comparison_or_none(
    connection: Connection, token_index: str, licence_number: str
) -> PhotoComparison | None:
    """What was said last of the photo of this share, by this licence."""
    query = select(photo_comparison).where(
        photo_comparison.c.token_index == token_index,
        photo_comparison.c.licence_number == licence_number,
        photo_comparison.c.answer.is_not(None),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return PhotoComparison(
        answer=PhotoAnswer(row["answer"]),
        organisation=row["organisation"],
        photo_at=parse_timestamp(row["compared_photo_at"]),
        compared_at=parse_timestamp(row["compared_at"]),
    )


def closed(connection: Connection, now: datetime) -> tuple[str, ...]:
    """The shares that nobody can say anything of any more, and that are still sealed here."""
    query = select(photo_comparison.c.token_index).where(
        photo_comparison.c.open_until <= format_timestamp(now), photo_comparison.c.sealed.is_not(None)
    )
    return tuple(connection.scalars(query))


def forget_share(connection: Connection, token_index: str, owner: str) -> None:
    """Destroy what was shared, with the data key it was sealed under."""
    mine = photo_comparison.c.token_index == token_index
    connection.execute(update(photo_comparison).where(mine).values(sealed=None))
    connection.execute(delete(person_key).where(person_key.c.owner == owner))


def forget_ended(connection: Connection, now: datetime) -> None:
    """Delete what was said of shares that have ended; their seals are gone by then."""
    ended = photo_comparison.c.ends <= format_timestamp(now)
    connection.execute(delete(photo_comparison).where(ended, photo_comparison.c.sealed.is_(None)))
