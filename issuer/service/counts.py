"""How many certificates a centre gave: figures for a decision of the registrar, never a certificate."""

from datetime import datetime
from typing import Any

from issuer import store
from issuer.class_list import ListKind
from issuer.service.desk import Desk
from vc.encoding.timestamps import format_timestamp

_TYPES = {ListKind.RPL: "RPLCertificate", ListKind.TRAINING: "TrainingCertificate"}
# A title of somebody who passed some of the units says so (``issuer.award``).
_PARTIAL = " (partial)"


async def issued_counts(desk: Desk, slug: str, *, since: datetime) -> list[dict[str, Any]]:
    """By type and qualification: ``issued`` ever, and ``issued_since``. Raises ``NotFound``.

    Certificates revoked later are counted too: which those are, the issuer does not know.
    """
    await desk.context.database.read(store.get_centre, slug)
    rows = await desk.context.database.read(store.count_issued, slug, format_timestamp(since))
    return [
        {
            "credential_type": _TYPES[ListKind(row.kind)],
            "qualification_code": _code(desk, ListKind(row.kind), row.title),
            "title": row.title,
            "issued": row.issued,
            "issued_since": row.issued_since,
        }
        for row in rows
    ]


def _code(desk: Desk, kind: ListKind, title: str) -> str | None:
    catalogue = desk.catalogue
    entries = (catalogue.qualifications if kind is ListKind.RPL else catalogue.courses).values()
    plain = title.removesuffix(_PARTIAL)
    return next((entry.code for entry in entries if entry.title_en == plain), None)
