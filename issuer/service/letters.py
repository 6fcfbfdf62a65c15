"""Letters: what holders without a confirmed phone are told on paper.

Their centre prints and hands them over, or an assisted-service officer, who sends those of a province to its
communes with a cover list. The labour database says the province of origin and nothing nearer.
"""

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
from issuer.service.national import provinces
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.audit_log import Entry, record
from runtime.auth import Principal, Role
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

    @property
    def province(self) -> str:
        """The code of the province its holder is from; empty where none is known."""
        return self.certificate.details.province_code


async def letters(desk: Desk, principal: Principal, province: str | None = None) -> tuple[Letter, ...]:
    """What is to be printed and handed over, by name; at most ``SHOWN``, of one province only where given.

    To staff of a centre that of their centre, to an officer that of every centre. Raises
    ``EvidenceUnavailable`` where the wallet cannot be asked.
    """
    found: list[Letter] = []
    after: str | None = ""
    for _ in range(_MAX_PAGES):
        page, after = await pending_letters(desk.context.peers.client("wallet_api"), after or "")
        for start in range(0, len(page), _CHUNK):
            ours = await desk.context.database.read(_ours, desk, principal, page[start : start + _CHUNK])
            found += [one for one in ours if province is None or one.province == province]
        if after is None or len(found) >= SHOWN:
            break
    return tuple(sorted(found[:SHOWN], key=lambda one: one.certificate.details.named.name_latin))


async def print_letters(desk: Desk, principal: Principal, province: str | None = None) -> bytes:
    """All of them, or those of one province under a cover list, as one PDF; written in the audit log.

    Raises ``NotFound`` where there is none.
    """
    wanted = await letters(desk, principal, province)
    if not wanted:
        raise NotFound(gettext_noop("There is nothing to print."))
    centres = {record.slug: record for record in await desk.context.database.read(store.all_centres)}
    views = [_view(desk, one, centres[one.certificate.centre_slug]) for one in wanted]
    cover = None if province is None else provinces().get(province, ("", ""))
    of = _slug_or_none(principal) or province or "all"
    entry = Entry(actor=principal.subject, act="letters.print", object=of)
    await desk.context.database.write(record, entry, now=desk.context.clock.now())
    return await anyio.to_thread.run_sync(partial(render_letters, views, cover))


def _view(desk: Desk, one: Letter, centre: store.Record) -> LetterView:
    settings = desk.context.settings
    return LetterView(
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
    slug = _slug_or_none(principal)
    records = letter_store.issued_by_ids(connection, ids, slug, OF_ROLES[principal.role])
    opened = {one.credential_id: one for one in desk.sealed.open(connection, records)}
    return [
        Letter(pending=one, certificate=opened[one.credential_id])
        for one in page
        if one.credential_id in opened
    ]


def _slug_or_none(principal: Principal) -> str | None:
    """The centre whose letters somebody sees; None for an officer, who sees those of all."""
    return None if principal.role is Role.ASSISTED_OFFICER else slug_of(principal)
