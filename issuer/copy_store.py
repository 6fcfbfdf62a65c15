"""The functions over the table of bound copies; each is one transaction.

A copy is *reserved* (id, key and time fixed), then *signing* (what is signed is recorded), then *issued*.
Its maker alone goes on with it: what a crash, or a registry that was away, left behind is *abandoned*, and
*retired* once the registry has ended its status index, if it has one. The holder then asks for another.
No row is deleted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection as Connection  # noqa: PLC0414 - others name it, without SQL
from sqlalchemy import Row, insert, select, update

from issuer.open_key import require_open
from issuer.store import ABANDONED, ISSUED, RESERVED, RETIRED, SIGNING
from issuer.tables import bound_copy, issuance
from runtime.audit_log import Entry, record, rows_root
from vc.encoding.strict_json import JsonValue
from vc.encoding.timestamps import parse_timestamp
from vc.errors import ConflictError

Record = Row[Any]
_SERVICE: Final = "issuer"
_UNSIGNED: Final = (RESERVED, SIGNING)
_AT_ONCE: Final = 100


def reserve(connection: Connection, copies: Sequence[Mapping[str, Any]]) -> None:
    """Fix id, key and time of new copies. Raises ``KeyEnded``."""
    require_open(connection, copies)
    connection.execute(insert(bound_copy), [{**new, "state": RESERVED} for new in copies])


def record_intents(connection: Connection, intents: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Record what is signed next; returns the copies that it is still to be signed for."""
    mine = set()
    for intent in intents:
        changed = connection.execute(
            update(bound_copy)
            .where(bound_copy.c.copy_id == intent["copy_id"], bound_copy.c.state == RESERVED)
            .values(payload=intent["payload"], state=SIGNING)
        )
        if changed.rowcount == 1:
            mine.add(intent["copy_id"])
    return frozenset(mine)


def record_issued(connection: Connection, intent_id: str, done: Sequence[Mapping[str, Any]]) -> None:
    """Note that these copies of a certificate were signed, and may be handed out; ``sha256`` is the text's.

    Raises ``ConflictError`` where one was given up meanwhile: then none is, and the registry ends its index.
    """
    rows: list[JsonValue] = []
    for item in done:
        changed = connection.execute(
            update(bound_copy)
            .where(bound_copy.c.copy_id == item["copy_id"], bound_copy.c.state == SIGNING)
            .values(state=ISSUED, payload=None, digest=item["digest"], issued_at=item["issued_at"])
        )
        if changed.rowcount != 1:
            raise ConflictError("A copy was given up meanwhile.")
        rows.append({"copy": item["copy_id"], "sha256": item["sha256"]})
    entry = Entry(actor=_SERVICE, act="copy.issue", object=intent_id, rows_root=rows_root(rows))
    record(connection, entry, now=parse_timestamp(done[0]["issued_at"]))


def give_up(connection: Connection, copy_ids: Iterable[str]) -> None:
    """Abandon copies that their maker could not finish."""
    _abandon(connection, bound_copy.c.copy_id.in_(list(copy_ids)))


def give_up_left(connection: Connection, before: str) -> None:
    """Abandon what was begun at ``before`` or earlier and is not finished: its maker is gone."""
    _abandon(connection, bound_copy.c.begun_at <= before)


def _abandon(connection: Connection, which: Any) -> None:
    unsigned = bound_copy.c.state.in_(_UNSIGNED)
    connection.execute(update(bound_copy).where(which, unsigned).values(state=ABANDONED, payload=None))


def abandoned(connection: Connection) -> Sequence[Record]:
    """Some of the copies whose indexes are still to be ended; ``credential_id`` is their certificate's."""
    query = select(bound_copy, issuance.c.credential_id).join(
        issuance, issuance.c.intent_id == bound_copy.c.intent_id
    )
    return connection.execute(query.where(bound_copy.c.state == ABANDONED).limit(_AT_ONCE)).all()


def retire(connection: Connection, copy_id: str) -> None:
    """Note that an abandoned copy has no status index, or one that the registry has ended."""
    where = (bound_copy.c.copy_id == copy_id, bound_copy.c.state == ABANDONED)
    connection.execute(update(bound_copy).where(*where).values(state=RETIRED))


def copies_of_person(connection: Connection, person: str) -> Sequence[Record]:
    """What was ever begun for this person, oldest first."""
    query = select(bound_copy).where(bound_copy.c.person == person)
    return connection.execute(query.order_by(bound_copy.c.begun_at, bound_copy.c.copy_id)).all()


def forget_person(connection: Connection, person: str) -> None:
    """Give up what is not signed for this person; of the rest nothing is kept that says anything of them."""
    _abandon(connection, bound_copy.c.person == person)
