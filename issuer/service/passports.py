"""Passports of paper: what stands in force of a person, and its pages.

Health certificates are left out: the medical department hands them out, and a passport goes through many
hands.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import anyio
import anyio.to_thread

from issuer import card_store, store, visit_store
from issuer.clients import status_of
from issuer.identity_link.name_search import NamedPerson
from issuer.paper_passport import Attached, CertificateLine, PassportView, render_passport, render_passports
from issuer.paper_passport.texts import ATTESTS, KHMER, RECORDED
from issuer.passport_card import CardView, PrintedPhoto
from issuer.sealed_cards import KeptCard
from issuer.service import card_views
from issuer.service.cards import sealed_cards
from issuer.service.delivery import file_stem, type_of, verify_url
from issuer.service.desk import Desk
from issuer.service.photos import photos_of
from issuer.store import Connection
from issuer.unsealed import Intent
from runtime.entropy import format_code
from runtime.i18n import PHNOM_PENH
from runtime.typesetting import families_abroad
from vc.errors import MalformedValue

LANGUAGES: Final = ("en", "ja", "ko", "th", "ms", "ar")
CHUNK: Final = 20
"""People whose pages are set at once, so that others get to set theirs between."""

_IN_FORCE: Final = "inForce"
_AT_ONCE: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A person with the certificates that stand in force and are printed, the newest first: at least one."""

    person: str
    certificates: tuple[Intent, ...]

    @property
    def rld_number(self) -> str:
        """Their number in the labour database."""
        return self.certificates[0].details.rld_number

    @property
    def named(self) -> NamedPerson:
        """Who they are, as the newest certificate has it."""
        return self.certificates[0].details.named


async def holders_of(desk: Desk, people: Sequence[str], *, slug: str | None = None) -> tuple[Holder, ...]:
    """These people (blind indexes), by Latin name; of one centre's certificates with ``slug``.

    Who has nothing in force to print is left out. Raises ``EvidenceUnavailable`` where the registry cannot be
    asked: a passport shows nothing that was revoked or is under review.
    """
    found = await desk.context.database.read(_standing, desk, people, slug)
    printed = [one for one in found if type_of(one).is_printed]
    good = await _in_force(desk, [one.credential_id for one in printed])
    by_person: dict[str, list[Intent]] = {}
    for one in printed:
        if one.credential_id in good:
            by_person.setdefault(one.person, []).append(one)
    holders = [Holder(person=person, certificates=tuple(theirs)) for person, theirs in by_person.items()]
    return tuple(sorted(holders, key=lambda holder: (holder.named.name_latin, holder.person)))


def languages() -> tuple[str, ...]:
    """The second languages that a passport can be printed in here."""
    return tuple(language for language in LANGUAGES if language in families_abroad())


def require_language(language: str) -> str:
    """The language, if passports are printed in it here. Raises ``MalformedValue``."""
    if language not in languages():
        raise MalformedValue("Passports are not printed in this language here.", pointer="/language")
    return language


async def print_one(desk: Desk, holder: Holder, language: str) -> bytes:
    """A person's passport as PDF/A-3b with the signed certificates in it. Raises as ``render_passport``."""
    (view,) = await views_of(desk, [holder], language)
    attached = [
        Attached(filename=f"{number}-{file_stem(one)}.json", secured=one.secured)
        for number, one in enumerate(holder.certificates, start=1)
    ]
    render = partial(render_passport, view, attached, desk.context.pages.translator.gettext)
    return await anyio.to_thread.run_sync(render)


async def print_some(desk: Desk, holders: Sequence[Holder], language: str) -> tuple[bytes, ...]:
    """The passports of several people in their order, as PDFs of ``CHUNK`` people each."""
    files = []
    for start in range(0, len(holders), CHUNK):
        views = await views_of(desk, holders[start : start + CHUNK], language)
        render = partial(render_passports, views, desk.context.pages.translator.gettext)
        files.append(await anyio.to_thread.run_sync(render))
    return tuple(files)


async def views_of(desk: Desk, holders: Sequence[Holder], language: str) -> list[PassportView]:
    """What is printed for each of these people, with the photo the labour database has of them now."""
    database, settings = desk.context.database, desk.context.settings
    centres = {record.slug: record for record in await database.read(store.all_centres)}
    photos = await photos_of(desk, [holder.rld_number for holder in holders])
    kept = await database.read(
        sealed_cards(desk).of_people, [holder.person for holder in holders], (card_store.ISSUED,)
    )
    printed = {one.intent_id for holder in holders for one in holder.certificates}
    shown = [card for card in kept if printed.issuperset(card.intent_ids)]
    pairs = list(zip(shown, await card_views.views_of(desk, shown, photos), strict=True))
    today = desk.context.clock.now().astimezone(PHNOM_PENH).date()
    return [
        PassportView(
            name_km=holder.named.name_km,
            name_latin=holder.named.name_latin,
            birth_year=holder.named.birth_date.year,
            photo=photos.get(holder.rld_number, PrintedPhoto.could_not_ask()),
            certificates=tuple(
                _line(desk, one, centres[one.centre_slug], language) for one in holder.certificates
            ),
            cards=_cards_of(holder, pairs),
            printed_on=today,
            language=language,
            verify_page=f"{settings.base_url}/verify",
            hotline=settings.hotline,
            demo=settings.is_demo,
        )
        for holder in holders
    ]


def _cards_of(holder: Holder, pairs: Sequence[tuple[KeptCard, CardView]]) -> tuple[CardView, ...]:
    return tuple(view for card, view in pairs if card.person == holder.person)


def _line(desk: Desk, one: Intent, centre: store.Record, language: str) -> CertificateLine:
    """A certificate read from the very document that was signed."""
    document: Mapping[str, Any] = json.loads(one.document)
    subject = document["credentialSubject"]
    credential_type = type_of(one)
    translate = desk.context.pages.translator.gettext
    attests = ATTESTS.get(credential_type.slug, RECORDED)
    titles = credential_type.titles
    return CertificateLine(
        attests=(translate(KHMER, attests), translate(language, attests)),
        kind=(titles[KHMER], titles.get(language, titles["en"])),
        title_en=document["name"],
        title_km=subject["localized"]["title"]["km"],
        level=subject.get("achievement", {}).get("cqfLevel"),
        is_part=subject.get("partial", False),
        day=date.fromisoformat(card_views.decided_on(document)),
        certificate_number=one.certificate_number,
        centre_name_en=centre.name_en,
        centre_name_km=centre.name_km,
        verify_url=verify_url(desk, one.token),
        typed_code=format_code(one.code),
    )


def _standing(
    connection: Connection, desk: Desk, people: Sequence[str], slug: str | None
) -> tuple[Intent, ...]:
    return desk.sealed.open(connection, visit_store.standing_of(connection, people, slug))


async def _in_force(desk: Desk, credential_ids: Sequence[str]) -> frozenset[str]:
    """Which of them the registry has nothing against."""
    client = desk.context.peers.client("revocation")
    limiter = anyio.CapacityLimiter(_AT_ONCE)
    good: set[str] = set()

    async def ask(credential_id: str) -> None:
        async with limiter:
            if (await status_of(client, credential_id))["state"] == _IN_FORCE:
                good.add(credential_id)

    try:
        async with anyio.create_task_group() as group:
            for credential_id in credential_ids:
                group.start_soon(ask, credential_id)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return frozenset(good)
