"""Certificates that a fraud case may be about, by what is not sealed; part of one transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from issuer.store import ISSUED, Connection, Record
from issuer.tables import class_list, issuance
from runtime.personal_data_table import GENERAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspected:
    """Which certificates; what is None is not asked about.

    ``since`` and ``until`` are instants as ``issued_at`` is kept, the second one not included; ``batch`` is
    a class list, ``key`` the id of a signing key.
    """

    centre: str | None = None
    since: str | None = None
    until: str | None = None
    batch: str | None = None
    key: str | None = None


def suspected(connection: Connection, wanted: Suspected, *, after: str, limit: int) -> Sequence[Record]:
    """``limit`` of them, in order of intent, behind the intent ``after``; documents are left out."""
    heavy = ("document", "proof_config", "secured")
    columns = [column for column in issuance.c if column.name not in heavy]
    query = (
        select(*columns, class_list.c.kind)
        .join(class_list, class_list.c.id == issuance.c.class_id)
        .where(
            issuance.c.state == ISSUED,
            issuance.c.data_class == GENERAL,
            issuance.c.intent_id > after,
        )
    )
    for value, column in (
        (wanted.centre, issuance.c.centre_slug),
        (wanted.batch, issuance.c.class_id),
        (wanted.key, issuance.c.key_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(issuance.c.issued_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(issuance.c.issued_at < wanted.until)
    return list(connection.execute(query.order_by(issuance.c.intent_id).limit(limit)))
