"""Correcting a certificate: another takes its place, for the same person and award, by two people.

A correction is a class list of one row that names what it corrects, and passes the same way. The old one
stays in force until the new one is signed, and is *superseded* then. So is one that was revoked, where an
appeal against that was granted; it need not change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from issuer import store
from issuer.class_list import Column, columns_of
from issuer.class_list.columns import CellKind
from issuer.clients import granted_appeals
from issuer.data_classes import OF_ROLES
from issuer.service import approving, classes, delivery, endings, single
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from issuer.unsealed import ClassRow, ClassSheet, Details, Intent
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from vc.errors import ConflictError, MalformedValue, NotFound
from vc.model.credential_types import credential_types

_NOT_FACTS = ("id", "certificateNumber")
_NAMES = {"name_km": "nameKhmer", "name_latin": "nameLatin", "birth_date": "birthDate"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What one column said and is to say; empty where it says nothing."""

    titles: Mapping[str, str]
    before: str
    after: str


async def correct(
    desk: Desk, principal: Principal, intent_id: str, row: Mapping[str, str], reason: str
) -> str:
    """Lay the corrected row of a certificate before a second person; the id of its list.

    Raises ``ConflictError`` where the certificate is not in force, or nothing would be different;
    ``MalformedValue`` without a reason; ``NotFound``; and as ``single.keep_row``.
    """
    old = await delivery.readable_issuance(desk, principal, intent_id)
    if not reason.strip() or len(reason) > approving.MAX_REASON:
        raise MalformedValue(gettext_noop("Write what was wrong."), pointer="/reason")
    is_given_anew = await endings.require_replaceable(desk, old)
    class_id = await single.keep_row(
        desk,
        principal,
        kind=delivery.type_of(old).slug,
        filename=old.certificate_number,
        row=row,
        corrects=old,
    )
    (new,) = await desk.context.database.read(desk.sealed.rows_of, class_id)
    if not is_given_anew and _facts(new.details, new.certificate_number) == _facts(
        old.details, old.certificate_number
    ):
        await classes.discard(desk, principal, class_id)
        raise ConflictError(gettext_noop("Nothing is different from the certificate."))
    await approving.submit(desk, principal, class_id, reason=reason.strip())
    return class_id


async def to_give_anew(desk: Desk, principal: Principal) -> tuple[Intent, ...]:
    """Certificates of this centre that were revoked, and are to be given anew after an appeal.

    Raises ``EvidenceUnavailable`` where the registry cannot be asked.
    """
    found = []
    for credential_id in sorted(await granted_appeals(desk.context.peers.client("revocation"))):
        try:
            one = await desk.context.database.read(desk.sealed.issued, store.issued_by_id, credential_id)
        except NotFound:
            continue
        is_here = one.centre_slug == slug_of(principal) and one.data_class in OF_ROLES[principal.role]
        if is_here and one.ended is None:
            found.append(one)
    return tuple(found)


async def changes_of(desk: Desk, record: ClassSheet) -> tuple[Change, ...]:
    """What a correction changes, column by column; nothing for any other list, or once it was erased."""
    old = await classes.corrected_by(desk, record)
    rows = await desk.context.database.read(desk.sealed.rows_of, record.id)
    if old is None or not rows:
        return ()
    new = rows[0]
    before = row_of(old.details, old.certificate_number)
    after = row_of(new.details, new.certificate_number)
    return tuple(
        Change(titles=column.titles, before=before[column.key], after=after[column.key])
        for column in columns_of(record.kind)
        if before[column.key] != after[column.key]
    )


def read_as(row: ClassRow) -> list[tuple[Mapping[str, str], str]]:
    """What will be signed of a row, column by column: the titles of a column, and what was read in it.

    Days are ISO dates in the years of our era, codes are codes.
    """
    texts = row_of(row.details, row.certificate_number)
    columns = columns_of(credential_types()[row.details.credential_type].slug)
    return [(column.titles, texts[column.key]) for column in columns if texts[column.key]]


def row_of(details: Details, certificate_number: str | None) -> dict[str, str]:
    """The row of a class list that would bring forth what was signed, as texts by column key.

    A column that leaves no trace in the certificate is empty.
    """
    subject = dict(details.subject)
    lists = {name: list(value) for name, value in subject.items() if isinstance(value, list)}
    kind = credential_types()[details.credential_type].slug
    row = {column.key: _text_of(column, subject, lists) for column in columns_of(kind)}
    return row | {"rld_number": details.rld_number, "certificate_number": certificate_number or ""}


def _text_of(column: Column, subject: Mapping[str, Any], lists: dict[str, list[Any]]) -> str:
    if column.kind is CellKind.PERSON:
        return str(subject.get(_NAMES.get(column.key, ""), ""))
    if column.kind is CellKind.UNITS:
        return ", ".join(unit["unitCode"] for unit in subject.get("unitsOfCompetency", []))
    if column.kind is CellKind.CODE and column.claim is None:
        return str(subject.get("achievement", {}).get("humanCode", ""))
    if column.claim is None:
        return ""
    if column.many:
        return str(lists[column.claim].pop(0)) if lists.get(column.claim) else ""
    value = subject.get(column.claim)
    if column.kind is CellKind.CHOICE:
        return next((choice.titles["en"] for choice in column.choices if choice.value == value), "")
    return "" if value is None else str(value)


def _facts(details: Details, number: str | None) -> tuple[Any, ...]:
    """Everything a certificate states, without the random id of its subject."""
    subject = {name: value for name, value in details.subject.items() if name not in _NOT_FACTS}
    return details.name, subject, details.valid_until, number
