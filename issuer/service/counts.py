"""How many certificates a centre gave: figures for a decision of the registrar, never a certificate."""

from datetime import datetime
from typing import Any

from issuer import store
from issuer.class_list import ListKind
from issuer.clients import ended_credentials
from issuer.count_store import count_issued
from issuer.service.desk import Desk
from vc.encoding.timestamps import format_timestamp

_TYPES = {ListKind.RPL: "RPLCertificate", ListKind.TRAINING: "TrainingCertificate"}
# A title of somebody who passed some of the units says so (``issuer.award``).
_PARTIAL = " (partial)"


async def issued_counts(desk: Desk, slug: str, *, since: datetime) -> list[dict[str, Any]]:
    """By type and qualification: ``issued`` ever and ``in_force`` of them, and both ``_since``.

    Nothing that this service gives ends by itself: what is not revoked and not superseded is in force, as
    the registry says. Raises ``NotFound``, and ``EvidenceUnavailable`` where the registry cannot be asked.
    """
    centre = await desk.context.database.read(store.get_centre, slug)
    # Before counting: what is issued and revoked in between is counted as in force, never below nothing.
    ended = await ended_credentials(desk.context.peers.client("revocation"), centre.did)
    rows = await desk.context.database.read(count_issued, slug, format_timestamp(since), ended)
    return [
        {
            "credential_type": _TYPES[ListKind(row.kind)],
            "qualification_code": _code(desk, ListKind(row.kind), row.title),
            "title": row.title,
            "issued": row.issued,
            "issued_since": row.issued_since,
            "in_force": row.in_force,
            "in_force_since": row.in_force_since,
        }
        for row in rows
    ]


def _code(desk: Desk, kind: ListKind, title: str) -> str | None:
    catalogue = desk.catalogue
    entries = (catalogue.qualifications if kind is ListKind.RPL else catalogue.courses).values()
    plain = title.removesuffix(_PARTIAL)
    return next((entry.code for entry in entries if entry.title_en == plain), None)
