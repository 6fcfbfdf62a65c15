"""The functions over the table of passport cards; each is one transaction.

A card is *reserved* (id, key and time fixed), *intended* (the payload is recorded), *issued* (its text is
kept); in between it is *signing* where the key does not repeat its signatures, and *abandoned* when left
so. What does not fit on a card is *refused*. A card that another replaces is *replaced* until the registry
has ended its status index, then *ended*. *retired* is an abandoned or refused one that was given up. One card
stands for each credential and kind; a second credential on it may stand on another. No row is deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - others name it, without SQL
from sqlalchemy import Row, insert, select, update

from issuer.open_key import require_open
from issuer.tables import card
from runtime.audit_log import Entry, record, rows_root
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, NotFound

RESERVED, INTENDED, SIGNING, ISSUED, REFUSED = "reserved", "intended", "signing", "issued", "refused"
ABANDONED, RETIRED, REPLACED, ENDED = "abandoned", "retired", "replaced", "ended"
STANDING = (RESERVED, INTENDED, SIGNING, ABANDONED, ISSUED, REFUSED)
_OF_THE_CREDENTIAL = ("intent_id", "second_intent_id", "class_id", "row", "centre_slug", "kind", "person")
_OPEN = (RESERVED, INTENDED, SIGNING, ABANDONED, REPLACED)

Record = Row[Any]
_SERVICE = "issuer"


def order(connection: Connection, cards: Sequence[dict[str, Any]], entry: Entry, *, now: datetime) -> None:
    """Reserve these cards, where none of the same credential and kind stands, and account for the order.

    Raises ``ConflictError``, as all that reserve here, where the centre's key has ended.
    """
    require_open(connection, cards)
    for new in cards:
        if _standing(connection, new["intent_id"], new["kind"]) is None:
            connection.execute(insert(card).values(**new))
    record(connection, entry, now=now)


def replace(
    connection: Connection,
    card_id: str,
    slug: str,
    successor: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    """End an issued card of this centre and reserve its successor.

    Raises ``NotFound`` for another centre's, ``ConflictError`` for one that does not stand issued.
    """
    require_open(connection, [successor])
    old = get(connection, card_id, slug)
    changed = connection.execute(
        update(card).where(card.c.card_id == card_id, card.c.state == ISSUED).values(state=REPLACED)
    )
    if changed.rowcount != 1:
        raise ConflictError("This card is not in force any more.")
    values = {name: getattr(old, name) for name in _OF_THE_CREDENTIAL}
    connection.execute(insert(card).values(**values, **successor, replaces=card_id))
    record(connection, Entry(actor=actor, act="card.reprint", object=card_id), now=now)


def order_one(connection: Connection, new: Mapping[str, Any], entry: Entry, *, now: datetime) -> None:
    """Reserve a card in the place of the one that stands for its credential and kind, if there is one.

    Raises ``ConflictError`` while that one is being made.
    """
    require_open(connection, [new])
    standing = _standing(connection, new["intent_id"], new["kind"])
    if standing is not None:
        for before, after in ((ISSUED, REPLACED), (REFUSED, RETIRED)):
            where = (card.c.card_id == standing, card.c.state == before)
            if connection.execute(update(card).where(*where).values(state=after)).rowcount == 1:
                break
        else:
            raise ConflictError("The card of this certificate is being made.")
    connection.execute(insert(card).values(**new, replaces=standing))
    record(connection, entry, now=now)


def get(connection: Connection, card_id: str, slug: str) -> Record:
    """One card of this centre; another centre's is not found. Raises ``NotFound``."""
    query = select(card).where(card.c.card_id == card_id, card.c.centre_slug == slug)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such card.")
    return found


def by_id(connection: Connection, card_id: str) -> Record:
    """A card of whatever centre. Raises ``NotFound``."""
    found = connection.execute(select(card).where(card.c.card_id == card_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such card.")
    return found


def in_class(connection: Connection, class_id: str, states: Iterable[str] = STANDING) -> Sequence[Record]:
    """The cards of a class list in these states, in the order of the sheet."""
    query = select(card).where(card.c.class_id == class_id, card.c.state.in_(list(states)))
    return connection.execute(query.order_by(card.c.row, card.c.card_id)).all()


def of_people(connection: Connection, people: Sequence[str], states: Iterable[str]) -> Sequence[Record]:
    """The cards of these people in these states, of every centre, the oldest first."""
    query = select(card).where(card.c.person.in_(people), card.c.state.in_(list(states)))
    return connection.execute(query.order_by(card.c.created, card.c.card_id)).all()


def end_of_person(connection: Connection, person: str, *, actor: str, now: datetime) -> Sequence[Record]:
    """Have every issued card of a person ended; the cards whose index the registry is still to end.

    None follows them. What is still being made has not left this house and is a new card.
    """
    mine = (card.c.person == person, card.c.state == ISSUED)
    changed = connection.execute(update(card).where(*mine).values(state=REPLACED))
    if changed.rowcount:
        record(connection, Entry(actor=actor, act="card.end-all", object=person), now=now)
    return of_people(connection, [person], (REPLACED,))


def unfinished_classes(connection: Connection) -> Sequence[tuple[str, str]]:
    """Id and centre of the class lists with cards that are still to be made or ended."""
    query = select(card.c.class_id, card.c.centre_slug).where(card.c.state.in_(_OPEN)).distinct()
    return [(row[0], row[1]) for row in connection.execute(query)]


def record_intents(connection: Connection, intents: Sequence[Mapping[str, Any]]) -> None:
    """Record what we intend to sign, before any signature."""
    for intent in intents:
        connection.execute(
            update(card)
            .where(card.c.card_id == intent["card_id"], card.c.state == RESERVED)
            .values(payload=intent["payload"], state=INTENDED)
        )


def refuse(connection: Connection, card_ids: Iterable[str]) -> None:
    """Note that what these were to say does not fit on a card. Their status indexes stay unused."""
    connection.execute(
        update(card).where(card.c.card_id.in_(list(card_ids)), card.c.state == RESERVED).values(state=REFUSED)
    )


def begin_signing(connection: Connection, card_ids: Iterable[str], at: str) -> frozenset[str]:
    """As ``store.begin_signing``: each is given to one caller, once for ever."""
    marked = (
        update(card)
        .where(card.c.card_id.in_(list(card_ids)), card.c.state == INTENDED)
        .values(state=SIGNING, signing_since=at)
    )
    return frozenset(connection.scalars(marked.returning(card.c.card_id)))


def abandon(connection: Connection, class_id: str, before: str) -> None:
    """Give up what has been *signing* since ``before`` or longer; it can no longer be issued."""
    connection.execute(
        update(card)
        .where(card.c.class_id == class_id, card.c.state == SIGNING, card.c.signing_since <= before)
        .values(state=ABANDONED)
    )


def retire(connection: Connection, card_id: str, successor: Mapping[str, Any]) -> None:
    """Close an abandoned card whose index the registry has ended, and reserve another in its place."""
    query = select(card).where(card.c.card_id == card_id, card.c.state == ABANDONED)
    old = connection.execute(query).one_or_none()
    if old is None:
        return
    require_open(connection, [successor])
    connection.execute(update(card).where(card.c.card_id == card_id).values(state=RETIRED))
    values = {name: getattr(old, name) for name in (*_OF_THE_CREDENTIAL, "replaces")}
    connection.execute(insert(card).values(**values, **successor))


def record_issued(connection: Connection, done: Sequence[Mapping[str, Any]]) -> None:
    """Keep the texts. A card that has its text keeps it; one abandoned meanwhile gets none."""
    issued: dict[str, list[JsonValue]] = {}
    for item in done:
        changed = connection.execute(
            update(card)
            .where(card.c.card_id == item["card_id"], card.c.state.in_((INTENDED, SIGNING)))
            .values(text=item["text"], digest=item["digest"], issued_at=item["issued_at"], state=ISSUED)
            .returning(card.c.class_id)
        )
        for (class_id,) in changed:
            issued.setdefault(class_id, []).append({"card": item["card_id"], "sha256": item["sha256"]})
    for class_id, rows in issued.items():
        entry = Entry(actor=_SERVICE, act="card.issue", object=class_id, rows_root=rows_root(rows))
        record(connection, entry, now=parse_timestamp(done[0]["issued_at"]))


def end(connection: Connection, card_id: str) -> None:
    """Note that the registry has ended the status index of a replaced card."""
    connection.execute(
        update(card).where(card.c.card_id == card_id, card.c.state == REPLACED).values(state=ENDED)
    )


def forget_person(connection: Connection, person: str) -> None:
    """Empty every card of this person, and close what was not signed."""
    mine = card.c.person == person
    connection.execute(update(card).where(mine).values(payload=None, text=None))
    unsigned = card.c.state.in_((RESERVED, INTENDED, REFUSED))
    connection.execute(update(card).where(mine, unsigned).values(state=RETIRED))


def _standing(connection: Connection, intent_id: str, kind: str) -> str | None:
    query = select(card.c.card_id).where(
        card.c.intent_id == intent_id, card.c.kind == kind, card.c.state.in_(STANDING)
    )
    found: str | None = connection.scalar(query)
    return found
