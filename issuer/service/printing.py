"""A whole class on paper, as one PDF: its certificates and its cards with cut marks, or its passports."""

import io
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

import anyio.to_thread
import pypdfium2

from issuer import card_store, ending_store, store
from issuer.certificate import CertificateView, render_certificate
from issuer.service import cards, delivery, passports, person_cards
from issuer.service.classes import readable_class, slug_of
from issuer.service.desk import Desk
from issuer.unsealed import Intent
from runtime.audit_log import Entry, record
from runtime.auth import Principal
from runtime.i18n import gettext_noop
from runtime.typesetting import COMPILING
from vc.errors import ConflictError, NotFound
from vc.model.credential_types import types_by_slug

PART: Final = 100
"""Certificates in one PDF: a longer list comes in several."""


async def parts_of(desk: Desk, kind: str, class_id: str) -> int:
    """How many PDFs a list of this type comes in; none where nothing of it stands on paper."""
    if not types_by_slug()[kind].is_printed:
        return 0
    return -(-await desk.context.database.read(ending_store.count_standing, class_id) // PART)


async def class_print(desk: Desk, principal: Principal, class_id: str, part: int) -> bytes:
    """One part (from 1) of a class list: each certificate's page, then the cards that are made of it.

    Raises ``NotFound`` for a part there is not, ``ConflictError`` where nothing stands on paper.
    """
    sheet, database = await readable_class(desk, principal, class_id), desk.context.database
    standing = _on_paper(sheet.kind, await database.read(store.issued_in_class, class_id))
    if not standing:
        raise ConflictError(gettext_noop("There is nothing to print."))
    here = standing[(part - 1) * PART : part * PART]
    if part < 1 or not here:
        raise NotFound("There is no such part.")
    intents = [record.intent_id for record in here]
    opened = await database.read(desk.sealed.issued_by_intents, intents)
    pairs = [
        (record, await delivery.certificate_view(desk, record))
        for record in sorted(opened, key=attrgetter("row"))
    ]
    rows = {record.row for record in here}
    kept = await desk.context.database.read(cards.sealed_cards(desk).in_class, class_id, (card_store.ISSUED,))
    card_pages = await cards.render_cards(desk, [card for card in kept if card.row in rows])

    def build() -> bytes:
        return joined([*(_page(*pair) for pair in pairs), *([card_pages] if card_pages else [])])

    return await anyio.to_thread.run_sync(build)


async def class_passports(
    desk: Desk, principal: Principal, class_id: str, *, part: int, language: str
) -> bytes:
    """The passports of one part (from 1) of a class list's people, with their cards, by Latin name.

    They show what this centre certified and nothing of another's. Raises ``NotFound``, ``ConflictError`` as
    ``class_print``, ``MalformedValue`` for a language that is not offered, ``EvidenceUnavailable``.
    """
    passports.require_language(language)
    sheet, database = await readable_class(desk, principal, class_id), desk.context.database
    standing = _on_paper(sheet.kind, await database.read(store.issued_in_class, class_id))
    here = standing[(part - 1) * PART : part * PART]
    if part < 1 or (standing and not here):
        raise NotFound("There is no such part.")
    people = list(dict.fromkeys(one.person for one in here))
    holders = await passports.holders_of(desk, people, slug=slug_of(principal))
    if not holders:
        raise ConflictError(gettext_noop("There is nothing to print."))
    entry = Entry(actor=principal.subject, act="class.passports", object=class_id)
    await database.write(record, entry, now=desk.context.clock.now())
    certificates = [one for holder in holders for one in holder.certificates]
    await person_cards.make_missing(desk, certificates, actor=principal.subject)
    files = await passports.print_some(desk, holders, language)
    return await anyio.to_thread.run_sync(joined, files)


def _on_paper(kind: str, issued: Sequence[store.Record]) -> list[store.Record]:
    if not types_by_slug()[kind].is_printed:
        return []
    return [record for record in issued if record.ended is None]


def _page(record: Intent, view: CertificateView) -> bytes:
    name = f"{delivery.file_stem(record)}.json"
    return render_certificate(view, credential=record.secured, credential_filename=name)


def joined(files: Sequence[bytes]) -> bytes:
    """The pages of all files one after the other; what is attached to them is left out."""
    # PDFium is one world per process, as the typesetter is.
    with COMPILING, pypdfium2.PdfDocument.new() as whole:
        for file in files:
            with pypdfium2.PdfDocument(file) as document:
                whole.import_pages(document)
        out = io.BytesIO()
        whole.save(out)
    return out.getvalue()
