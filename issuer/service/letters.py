"""The print-and-deliver list: what holders without a confirmed phone are told on paper, by their centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import anyio.to_thread

from issuer import letter_store, store
from issuer.clients import PendingLetter, letter_handed_over, pending_letters
from issuer.data_classes import OF_ROLES
from issuer.letter import LetterView, render_letters
from issuer.service.classes import slug_of
from issuer.service.desk import Desk
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import PHNOM_PENH, gettext_noop
from vc.errors import NotFound

SHOWN: Final = 200
_MAX_PAGES: Final = 50
_CHUNK: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter with the certificate it is about."""

    pending: PendingLetter
    certificate: Intent


async def letters(desk: Desk, principal: Principal) -> tuple[Letter, ...]:
    """What this centre is to print and hand over, by name; at most ``SHOWN``.

    Raises ``EvidenceUnavailable`` where the wallet cannot be asked.
    """
    found: list[Letter] = []
    after: str | None = ""
    for _ in range(_MAX_PAGES):
        page, after = await pending_letters(desk.context.peers.client("wallet_api"), after or "")
        for start in range(0, len(page), _CHUNK):
            found += await desk.context.database.read(_ours, desk, principal, page[start : start + _CHUNK])
        if after is None or len(found) >= SHOWN:
            break
    return tuple(sorted(found[:SHOWN], key=lambda one: one.certificate.details.named.name_latin))


async def print_letters(desk: Desk, principal: Principal) -> bytes:
    """All of them as one PDF; written in the audit log. Raises ``NotFound`` where there is none."""
    wanted = await letters(desk, principal)
    if not wanted:
        raise NotFound(gettext_noop("There is nothing to print."))
    centre = await desk.context.database.read(store.get_centre, slug_of(principal))
    settings = desk.context.settings
    views = [
        LetterView(
            name_km=one.certificate.details.named.name_km,
            name_latin=one.certificate.details.named.name_latin,
            centre_km=centre.name_km,
            centre_en=centre.name_en,
            certificate_number=one.certificate.certificate_number,
            status=one.pending.status,
            happened_on=datetime.fromisoformat(one.pending.happened_at).astimezone(PHNOM_PENH).date(),
            sign_in_url=f"{settings.base_url}/wallet",
            hotline=settings.hotline,
            demo=settings.is_demo,
        )
        for one in wanted
    ]
    entry = Entry(actor=principal.subject, act="letters.print", object=slug_of(principal))
    await desk.context.database.write(record, entry, now=desk.context.clock.now())
    return await anyio.to_thread.run_sync(partial(render_letters, views))


async def hand_over(desk: Desk, principal: Principal, letter_id: str) -> None:
    """Note that a letter of this centre was handed over.

    Raises ``NotFound`` for one that is not this centre's or was read meanwhile, ``EvidenceUnavailable``.
    """
    if letter_id not in {one.pending.letter_id for one in await letters(desk, principal)}:
        raise NotFound(gettext_noop("There is no such letter. Its holder may have read the news meanwhile."))
    client = desk.context.peers.client("wallet_api")
    await letter_handed_over(client, letter_id, by=principal.subject)


def _ours(
    connection: Connection, desk: Desk, principal: Principal, page: Sequence[PendingLetter]
) -> list[Letter]:
    ids = [one.credential_id for one in page]
    records = letter_store.issued_by_ids(connection, ids, slug_of(principal), OF_ROLES[principal.role])
    opened = {one.credential_id: one for one in desk.sealed.open(connection, records)}
    return [
        Letter(pending=one, certificate=opened[one.credential_id])
        for one in page
        if one.credential_id in opened
    ]
