"""What stands on passport cards, for whoever prints them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from issuer import store
from issuer.class_list import code_list
from issuer.passport_card import CardView, FactLine, PrintedPhoto
from issuer.sealed_cards import KeptCard
from issuer.service.delivery import verify_url
from issuer.service.desk import Desk
from issuer.service.photos import photos_of
from vc.card.claims import CardKind, Fact
from vc.card.text import parse_card

KIND_NAMES: Final = {CardKind.WORK: "work", CardKind.HEALTH: "health"}
_DECIDED_ON: Final = ("decisionDate", "endDate", "assessmentDate")


def decided_on(document: Mapping[str, Any]) -> str:
    """The day a signed document is about, in ISO 8601: its decision, else the day it was signed."""
    subject = document["credentialSubject"]
    day = next((subject[name] for name in _DECIDED_ON if name in subject), document["validFrom"])
    return str(day)[:10]


async def views_of(
    desk: Desk, kept: Sequence[KeptCard], photos: Mapping[str, PrintedPhoto] | None = None
) -> list[CardView]:
    """What is printed on each, in order, read from the very cards that were signed.

    ``photos`` by RLD number; without them the labour database is asked.
    """
    database, settings = desk.context.database, desk.context.settings
    centres = {record.slug: record for record in await database.read(store.all_centres)}
    credentials = {
        record.intent_id: record
        for record in await database.read(
            desk.sealed.issued_by_intents, [record.intent_id for record in kept]
        )
    }
    numbers = [record.details.rld_number for record in credentials.values()]
    if photos is None:
        photos = await photos_of(desk, numbers)
    views = []
    for record in kept:
        card = parse_card(record.text).card
        centre, credential = centres[record.centre_slug], credentials[record.intent_id]
        views.append(
            CardView(
                kind=KIND_NAMES[card.kind],
                name_km=card.name_khmer,
                name_latin=card.name_latin,
                birth_year=card.birth_year,
                facts=tuple(_line(fact) for fact in card.facts),
                centre_name_en=centre.name_en,
                centre_name_km=centre.name_km,
                issued_on=card.issued_at.date(),
                expires_on=card.expires_at.date(),
                card_text=record.text,
                verify_url=verify_url(desk, credential.token),
                hotline=settings.hotline,
                demo=settings.is_demo,
                photo=photos[credential.details.rld_number],
            )
        )
    return views


def _line(fact: Fact) -> FactLine:
    """The titles that any verifier finds for the code in the published lists."""
    found = code_list("qualifications").get(fact.code) or code_list("courses").get(fact.code)
    return FactLine(
        title_en=found.title_en if found else fact.code,
        title_km=found.title_km if found else None,
        level=fact.level,
        is_part=fact.is_part,
        day=fact.day,
    )
