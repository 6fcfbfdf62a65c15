"""The functions over the issuer's tables; each is one transaction.

``issuance`` is the record of intents: a row is *reserved* (ids fixed, nothing prepared), then
*intended* (what we intend to sign is recorded), then *issued* (the exact bytes are kept). Where the key
does not repeat its signatures it is *signing* before the key is used; left in that state it becomes
*abandoned* (whether a signature exists is not known), and *retired* once the registry has revoked its
status index. A row is never deleted: an id or index once given out is never given out again.

Award, number and row of the sheet belong to one intent that is neither retired nor ended, and stay with the
intent that follows a retired one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - others name it, without SQL
from sqlalchemy import Row, func, insert, select, union_all, update

from issuer.feed_store import add_notices
from issuer.key_use import KeyUse
from issuer.tables import bound_copy, card, centre, centre_key, class_list, rld_hold
from issuer.tables import class_row as class_row  # noqa: PLC0414 - these three are taken from here
from issuer.tables import issuance as issuance  # noqa: PLC0414
from issuer.tables import metadata as metadata  # noqa: PLC0414
from runtime.audit_log import Entry, record, rows_root
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError, NotFound

RESERVED, INTENDED, SIGNING, ISSUED = "reserved", "intended", "signing", "issued"
ABANDONED, RETIRED = "abandoned", "retired"
# How a centre ended what stays *issued* (``issuer.ending_store``).
REPLACED, TAKEN_BACK = "replaced", "taken-back"
PREVIEW, WAITING, SCHEDULED, ISSUING = "preview", "waiting", "scheduled", "issuing"
# The RLD could not be asked: the list is kept, and nothing of it can be submitted yet.
UNCOMPARED = "uncompared"
PAUSED, CANCELLED, DONE, DISCARDED = "paused", "cancelled", "issued", "discarded"

Record = Row[Any]

_SERVICE = "issuer"
_AT_ONCE = 50

# What a list of certificates does not show, and what makes most of a row.
_HEAVY = frozenset({"dataset", "document", "proof_config", "secured"})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewClass:
    """An uploaded class list with its rows that may be issued, as ``class_list`` and ``class_row``.

    ``choices`` are rows of which it is open who is meant: ``row`` and ``candidates``.
    """

    values: dict[str, Any]
    rows: Sequence[dict[str, Any]]
    choices: Sequence[dict[str, Any]] = ()


def register_centre(connection: Connection, values: dict[str, Any]) -> None:
    """Record a centre once; doing it again changes nothing."""
    if connection.scalar(select(centre.c.slug).where(centre.c.slug == values["slug"])) is None:
        connection.execute(insert(centre).values(next_number=1, **values))


def register_centre_key(connection: Connection, values: dict[str, Any]) -> None:
    """Record a centre's key once; an older open key of the same use ends where this one begins."""
    if connection.scalar(select(centre_key.c.key_id).where(centre_key.c.key_id == values["key_id"])):
        return
    connection.execute(
        update(centre_key)
        .where(
            centre_key.c.centre_slug == values["centre_slug"],
            centre_key.c.use == values.get("use", KeyUse.DOCUMENTS),
            centre_key.c.valid_until.is_(None),
        )
        .values(valid_until=values["valid_from"])
    )
    connection.execute(insert(centre_key).values(**values))
    entry = Entry(actor=_SERVICE, act="key.register", object=values["key_id"])
    record(connection, entry, now=parse_timestamp(values["valid_from"]))


def all_centres(connection: Connection) -> Sequence[Record]:
    """Every centre, by slug."""
    return connection.execute(select(centre).order_by(centre.c.slug)).all()


def get_centre(connection: Connection, slug: str) -> Record:
    """One centre. Raises ``NotFound``."""
    return _one(connection.execute(select(centre).where(centre.c.slug == slug)).one_or_none(), "centre")


def keys_of(connection: Connection, slug: str) -> Sequence[Record]:
    """Every key the centre ever had, oldest first."""
    query = select(centre_key).where(centre_key.c.centre_slug == slug)
    return connection.execute(query.order_by(centre_key.c.valid_from)).all()


def current_key(connection: Connection, slug: str, use: KeyUse = KeyUse.DOCUMENTS) -> Record:
    """The centre's open key for this use. Raises ``NotFound``."""
    query = select(centre_key).where(
        centre_key.c.centre_slug == slug, centre_key.c.use == use, centre_key.c.valid_until.is_(None)
    )
    return _one(connection.execute(query).one_or_none(), "key of this centre")


def add_class(connection: Connection, new: NewClass) -> None:
    """Keep an uploaded class list and the rows of it that may be issued."""
    connection.execute(insert(class_list).values(**new.values))
    if new.rows:
        connection.execute(insert(class_row), list(new.rows))
    entry = Entry(actor=new.values["uploaded_by"], act="class.upload", object=new.values["id"])
    record(connection, entry, now=parse_timestamp(new.values["uploaded_at"]))


def known_awards(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Which of these awards have been given already, or are about to be."""
    query = select(issuance.c.award_key).where(
        issuance.c.award_key.in_(list(keys)), issuance.c.state != RETIRED, issuance.c.ended.is_(None)
    )
    return frozenset(connection.scalars(query))


def known_numbers(connection: Connection, slug: str, numbers: Iterable[str]) -> frozenset[str]:
    """Which of these certificate numbers the centre has used already; what is corrected passes its on."""
    query = select(issuance.c.certificate_number).where(
        issuance.c.centre_slug == slug,
        issuance.c.certificate_number.in_(list(numbers)),
        issuance.c.state != RETIRED,
        func.coalesce(issuance.c.ended, "") != REPLACED,
    )
    return frozenset(connection.scalars(query))


def classes_of(
    connection: Connection, slug: str, data_classes: Collection[str], limit: int = 50
) -> Sequence[Record]:
    """The centre's class lists of these classes of data, newest first, without the uploaded bytes."""
    columns = [column for column in class_list.c if column.name not in ("original", "problems")]
    query = select(*columns).where(
        class_list.c.centre_slug == slug,
        class_list.c.state != DISCARDED,
        class_list.c.data_class.in_(list(data_classes)),
    )
    return list(connection.execute(query.order_by(class_list.c.uploaded_at.desc()).limit(limit)))


def get_class(connection: Connection, class_id: str, slug: str) -> Record:
    """One class list of this centre; another centre's is not found. Raises ``NotFound``."""
    query = select(class_list).where(class_list.c.id == class_id, class_list.c.centre_slug == slug)
    return _one(connection.execute(query).one_or_none(), "class list")


def rows_of(
    connection: Connection, class_id: str, *, after: int = -1, skip: int = 0, limit: int | None = None
) -> Sequence[Record]:
    """The rows to be issued, in the order of the sheet: those behind row ``after`` and behind the first
    ``skip`` of these, ``limit`` at most.
    """
    query = select(class_row).where(class_row.c.class_id == class_id, class_row.c.row > after)
    return connection.execute(query.order_by(class_row.c.row).offset(skip).limit(limit)).all()


def change_state(connection: Connection, class_id: str, slug: str, before: str, after: str) -> None:
    """Move a class list on, if it is where it is thought to be. Raises ``ConflictError``."""
    changed = connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.centre_slug == slug, class_list.c.state == before)
        .values(state=after)
    )
    if changed.rowcount != 1:
        get_class(connection, class_id, slug)
        raise ConflictError("This class list is not in a state that allows this.")


def discard(connection: Connection, class_id: str, slug: str, *, actor: str, now: datetime) -> None:
    """Put a preview away, or what could not be compared yet. Raises ``ConflictError``."""
    state = get_class(connection, class_id, slug).state
    change_state(connection, class_id, slug, UNCOMPARED if state == UNCOMPARED else PREVIEW, DISCARDED)
    record(connection, Entry(actor=actor, act="class.discard", object=class_id), now=now)


def finish(connection: Connection, class_id: str) -> bool:
    """Say that a class list is issued, if every row of it is; answers whether that is so.

    Whoever comes second changes nothing.
    """
    open_intents = select(issuance.c.intent_id).where(
        issuance.c.class_id == class_id, issuance.c.state.not_in((ISSUED, RETIRED))
    )
    if connection.execute(open_intents.limit(1)).first() is not None:
        return False
    connection.execute(
        update(class_list)
        .where(class_list.c.id == class_id, class_list.c.state == ISSUING)
        .values(state=DONE)
    )
    return True


def issuances_in(
    connection: Connection, class_id: str, state: str, limit: int | None = None
) -> Sequence[Record]:
    """The intents of a class list in one state, in the order of the sheet, ``limit`` at most."""
    query = select(issuance).where(issuance.c.class_id == class_id, issuance.c.state == state)
    return connection.execute(query.order_by(issuance.c.row).limit(limit)).all()


def progress(connection: Connection, class_id: str) -> tuple[int, int]:
    """How many certificates of a class list are signed, and how many are to be."""
    signed = select(func.count()).where(issuance.c.class_id == class_id, issuance.c.state == ISSUED)
    wanted = select(func.count()).where(class_row.c.class_id == class_id)
    return connection.scalar(signed) or 0, connection.scalar(wanted) or 0


def record_intents(connection: Connection, intents: Sequence[dict[str, Any]]) -> frozenset[str]:
    """Record what we intend to sign: document and proof configuration, before any signature.

    Returns the intents that this call recorded; what another recorded before stays as it is.
    """
    recorded = set()
    for intent in intents:
        changed = connection.execute(
            update(issuance)
            .where(issuance.c.intent_id == intent["intent_id"], issuance.c.state == RESERVED)
            .values(document=intent["document"], proof_config=intent["proof_config"], state=INTENDED)
        )
        if changed.rowcount == 1:
            recorded.add(intent["intent_id"])
    return frozenset(recorded)


def begin_signing(connection: Connection, intent_ids: Iterable[str], at: str) -> frozenset[str]:
    """Mark intents whose key does not repeat its signatures, before it is used.

    Returns those that are the caller's to sign: each is given to one caller, once for ever.
    """
    marked = (
        update(issuance)
        .where(issuance.c.intent_id.in_(list(intent_ids)), issuance.c.state == INTENDED)
        .values(state=SIGNING, signing_since=at)
    )
    return frozenset(connection.scalars(marked.returning(issuance.c.intent_id)))


def record_issued(connection: Connection, done: Sequence[dict[str, Any]]) -> None:
    """Keep the exact bytes. An intent that has its bytes keeps them: it is never issued twice.

    ``sha256`` is that of the bytes before they were sealed, for the audit log. Bytes for an intent that
    was abandoned meanwhile are not kept, and so go nowhere.
    """
    issued: dict[str, list[JsonValue]] = {}
    told: list[dict[str, Any]] = []
    for item in done:
        changed = connection.execute(
            update(issuance)
            .where(issuance.c.intent_id == item["intent_id"], issuance.c.state.in_((INTENDED, SIGNING)))
            .values(secured=item["secured"], digest=item["digest"], issued_at=item["issued_at"], state=ISSUED)
            .returning(issuance.c.class_id, issuance.c.credential_id, issuance.c.centre_slug)
        )
        for class_id, credential_id, slug in changed:
            at = item["issued_at"]
            told.append({"intent_id": item["intent_id"], "centre_slug": slug, "happened_at": at})
            issued.setdefault(class_id, []).append({"credential": credential_id, "sha256": item["sha256"]})
    add_notices(connection, told, "issued")
    for class_id, rows in issued.items():
        entry = Entry(actor=_SERVICE, act="credential.issue", object=class_id, rows_root=rows_root(rows))
        record(connection, entry, now=parse_timestamp(done[0]["issued_at"]))


def left_signing(connection: Connection, class_id: str, before: str) -> Sequence[str]:
    """Intents of a class list that have been *signing* since ``before`` or longer."""
    query = select(issuance.c.intent_id).where(
        issuance.c.class_id == class_id, issuance.c.state == SIGNING, issuance.c.signing_since <= before
    )
    return connection.scalars(query).all()


def abandon(connection: Connection, intent_ids: Iterable[str]) -> None:
    """Give up intents that may have been signed; from here on they can no longer be issued."""
    connection.execute(
        update(issuance)
        .where(issuance.c.intent_id.in_(list(intent_ids)), issuance.c.state == SIGNING)
        .values(state=ABANDONED)
    )


def retire(connection: Connection, successors: Mapping[str, dict[str, Any] | None]) -> None:
    """Close abandoned intents (by id) whose index the registry has revoked, and open their successors.

    None follows where the person was erased.
    """
    for intent_id, successor in successors.items():
        closed = connection.execute(
            update(issuance)
            .where(issuance.c.intent_id == intent_id, issuance.c.state == ABANDONED)
            .values(state=RETIRED)
        )
        if closed.rowcount == 1 and successor is not None:
            connection.execute(insert(issuance).values(**successor))


def record_delivered(connection: Connection, intent_ids: Sequence[str], at: datetime) -> None:
    """Note that the wallet has acknowledged these credentials."""
    connection.execute(
        update(issuance).where(issuance.c.intent_id.in_(intent_ids)).values(delivered_at=at.isoformat())
    )


def undelivered(connection: Connection) -> Sequence[str]:
    """Intents of the issued credentials the wallet has not acknowledged yet, oldest first.

    Without what was ended before it came there, and what is of people about whom a person decides first.
    """
    query = select(issuance.c.intent_id).where(
        issuance.c.state == ISSUED,
        issuance.c.delivered_at.is_(None),
        issuance.c.secured.is_not(None),
        issuance.c.ended.is_(None),
        issuance.c.person.not_in(select(rld_hold.c.person)),
    )
    return connection.scalars(query.order_by(issuance.c.issued_at)).all()


def issued_by_intents(connection: Connection, intent_ids: Sequence[str]) -> Sequence[Record]:
    """These issued credentials, in no order."""
    return connection.execute(select(issuance).where(issuance.c.intent_id.in_(intent_ids))).all()


def issued_in_class(connection: Connection, class_id: str) -> Sequence[Record]:
    """What a class list has brought forth, in the order of the sheet, without the documents."""
    columns = [column for column in issuance.c if column.name not in _HEAVY]
    query = select(*columns).where(issuance.c.class_id == class_id, issuance.c.state == ISSUED)
    return list(connection.execute(query.order_by(issuance.c.row)))


def issued_in_rows(connection: Connection, class_id: str, rows: Collection[int]) -> Sequence[Record]:
    """As ``issued_in_class``, of these rows."""
    columns = [column for column in issuance.c if column.name not in _HEAVY]
    here = (issuance.c.class_id == class_id, issuance.c.row.in_(list(rows)), issuance.c.state == ISSUED)
    return list(connection.execute(select(*columns).where(*here).order_by(issuance.c.row)))


def issued_with_key(
    connection: Connection, public_key_multibase: str, *, after: str, limit: int
) -> Sequence[Record]:
    """What was issued with this public key, cards and copies too, in order of intent, from behind ``after``.

    The intent of a card or copy is its own id.
    """
    names = select(centre_key.c.key_id).where(centre_key.c.public_key_multibase == public_key_multibase)
    certificates = select(issuance.c.intent_id, issuance.c.digest, issuance.c.issued_at).where(
        issuance.c.key_id.in_(names), issuance.c.state == ISSUED
    )
    cards = select(card.c.card_id, card.c.digest, card.c.issued_at).where(
        card.c.key_id.in_(names), card.c.digest.is_not(None)
    )
    copies = select(bound_copy.c.copy_id, bound_copy.c.digest, bound_copy.c.issued_at).where(
        bound_copy.c.key_id.in_(names), bound_copy.c.state == ISSUED
    )
    signed = union_all(certificates, cards, copies).subquery()
    query = select(signed).where(signed.c.intent_id > after)
    return list(connection.execute(query.order_by(signed.c.intent_id).limit(limit)))


def issued_by_id(connection: Connection, credential_id: str) -> Record:
    """An issued credential. Raises ``NotFound``."""
    return _issued(connection, issuance.c.credential_id == credential_id)


def issued_by_intent(connection: Connection, intent_id: str) -> Record:
    """An issued credential by its intent. Raises ``NotFound``."""
    return _issued(connection, issuance.c.intent_id == intent_id)


def issued_by_token(connection: Connection, token: str) -> Record:
    """The credential behind a QR code's token. Raises ``NotFound``."""
    return _issued(connection, issuance.c.token == token)


def issued_by_code(connection: Connection, code: str) -> Record:
    """The credential behind a typed code. Raises ``NotFound``."""
    return _issued(connection, issuance.c.code == code)


def issued_by_number(connection: Connection, number: str) -> Record:
    """The credential with this certificate number, if only one centre used it; corrected, the new one.

    Raises ``NotFound``.
    """
    here = select(issuance).where(issuance.c.certificate_number == number, issuance.c.state == ISSUED)
    found = connection.execute(here).all()
    found = [record for record in found if record.ended != REPLACED] or found
    return _one(found[0] if len(found) == 1 else None, "credential")


def _issued(connection: Connection, condition: Any) -> Record:
    found = connection.execute(select(issuance).where(condition, issuance.c.state == ISSUED)).all()
    return _one(found[0] if len(found) == 1 else None, "credential")


def _one(record: Record | None, what: str) -> Record:
    if record is None:
        raise NotFound(f"There is no such {what}.")
    return record


def rows_of_person(connection: Connection, person: str) -> Sequence[Record]:
    """The rows of class lists that this person stands in."""
    query = select(class_row).where(class_row.c.person == person)
    return connection.execute(query.order_by(class_row.c.class_id, class_row.c.row)).all()


def issuances_of_person(connection: Connection, person: str) -> Sequence[Record]:
    """This person's intents, whatever became of them, oldest first."""
    query = select(issuance).where(issuance.c.person == person)
    return connection.execute(query.order_by(issuance.c.created, issuance.c.intent_id)).all()
