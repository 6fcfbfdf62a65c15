"""Which photo was printed for whom, by blind indexes: one face for many people is unusual."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, insert, select

from issuer.store import Connection
from issuer.tables import issuance, photo_seen


def note_photos(connection: Connection, photos: Mapping[str, str], *, at: str) -> None:
    """Note photos that were printed: person → photo, both blind indexes."""
    known = select(photo_seen.c.person, photo_seen.c.photo).where(photo_seen.c.person.in_([*photos]))
    there = {(row.person, row.photo) for row in connection.execute(known)}
    rows = [
        {"person": person, "photo": photo, "seen_at": at}
        for person, photo in photos.items()
        if (person, photo) not in there
    ]
    if rows:
        connection.execute(insert(photo_seen), rows)


def shared_photos(connection: Connection, *, since: str) -> Sequence[tuple[str, int]]:
    """Centre and number of people, for each photo that was printed for more than one since then."""
    query = (
        select(
            func.min(issuance.c.centre_slug).label("centre"),
            func.count(photo_seen.c.person.distinct()).label("people"),
        )
        .join(issuance, issuance.c.person == photo_seen.c.person)
        .where(photo_seen.c.seen_at >= since)
        .group_by(photo_seen.c.photo)
        .having(func.count(photo_seen.c.person.distinct()) > 1)
    )
    return [(row.centre, row.people) for row in connection.execute(query)]


def forget_person(connection: Connection, person: str) -> None:
    """Forget which photo was printed for somebody."""
    connection.execute(delete(photo_seen).where(photo_seen.c.person == person))
