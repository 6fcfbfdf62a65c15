"""How many certificates a centre gave: figures for a decision of the registrar, never a certificate."""

from datetime import datetime
from typing import Any

from issuer import store
from issuer.award import achievement_titles
from issuer.class_list import code_list
from issuer.class_list.columns import columns_by_key
from issuer.clients import ended_credentials
from issuer.count_store import count_issued
from issuer.service.desk import Desk
from schemas import read_type
from vc.encoding.timestamps import format_timestamp
from vc.model.credential_types import types_by_slug

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
            "credential_type": types_by_slug()[row.kind].name,
            "qualification_code": _code(row.kind, row.title),
            "title": row.title,
            "issued": row.issued,
            "issued_since": row.issued_since,
            "in_force": row.in_force,
            "in_force_since": row.in_force_since,
        }
        for row in rows
    ]


def _code(kind: str, title: str) -> str | None:
    credential_type = types_by_slug()[kind]
    achievement = read_type(credential_type.name).get("achievement")
    if achievement is None:
        return None
    entries = code_list(columns_by_key(kind)[achievement["code"]].list_name).values()
    plain = title.removesuffix(_PARTIAL)
    return next((e.code for e in entries if achievement_titles(credential_type, e)["en"] == plain), None)
