"""Who is found by which terms, and what they were issued. Every function takes the connection first.

Terms and people are blind indexes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, insert, select

from issuer.store import ISSUED, Connection, Record
from issuer.tables import issuance, person_term

CANDIDATES: Final = 200
"""How many certificates are taken out of their seals at most for one search."""


def add_terms(connection: Connection, terms: Mapping[str, Collection[str]]) -> None:
    """Let each person (the key) be found by these terms; the terms they have stay."""
    query = select(person_term.c.term, person_term.c.person).where(person_term.c.person.in_(list(terms)))
    known = {(row.term, row.person) for row in connection.execute(query)}
    wanted = {(term, person) for person, theirs in terms.items() for term in theirs}
    if new := sorted(wanted - known):
        connection.execute(insert(person_term), [{"term": term, "person": person} for term, person in new])


def forget_terms(connection: Connection, person: str) -> None:
    """Nobody finds this person any more."""
    connection.execute(delete(person_term).where(person_term.c.person == person))


def issued_to_found(connection: Connection, slug: str, terms: Collection[str]) -> Sequence[Record]:
    """What the centre issued to whoever has one of these terms, ``CANDIDATES`` at most, newest first."""
    people = select(person_term.c.person).where(person_term.c.term.in_(list(terms)))
    query = select(issuance).where(
        issuance.c.person.in_(people), issuance.c.centre_slug == slug, issuance.c.state == ISSUED
    )
    return connection.execute(
        query.order_by(issuance.c.created.desc(), issuance.c.intent_id).limit(CANDIDATES)
    ).all()
